"""A session whose replies come from a tape: the same requests get the same replies, in the same order."""

from __future__ import annotations

from collections import defaultdict, deque

from conformance.client.bodies import BodyStore
from conformance.client.exchange import Exchange, Headers
from conformance.client.recording.tape import RecordedExchange, Tape, request_key
from conformance.client.session import EventLoop, Session
from conformance.core.errors import NotRecorded


class ReplaySession(Session):
    """A session that replies from a tape. ``missed`` counts the requests without a reply on the tape."""

    def __init__(self, tape: Tape, loop: EventLoop, bodies: BodyStore | None = None) -> None:
        super().__init__(loop, bodies=bodies)
        self._tape = tape
        self._left: dict[str, deque[RecordedExchange]] = defaultdict(deque)
        # requests that were sent at the same moment are on the tape in the order of their replies
        for taped in sorted(tape.exchanges, key=lambda taped: taped.number):
            self._left[taped.ask].append(taped)
        self.missed = 0

    async def _pause(self, seconds: float) -> None:
        """Return at once: a recording has nothing to wait for."""

    async def _reply_to(self, method: str, url: str, headers: Headers, body: bytes) -> Exchange:
        queue = self._left[request_key(method, url, headers, body)]
        if not queue or queue[0].body.cut_of is not None:
            self.missed += 1
            raise NotRecorded(
                "the reply was too long to be recorded"
                if queue
                else "this version of the suite sends a request that wasn't recorded: run it against the store again"
            )
        taped = queue.popleft()
        return Exchange(
            number=taped.number,
            method=method,
            url=url,
            request_headers=headers,
            request_body=body,
            status=taped.status,
            reason=taped.reason,
            reply_headers=taped.reply_headers,
            reply_body=self._tape.body(taped),
            duration_ms=taped.duration_ms,
            error=taped.error,
        )
