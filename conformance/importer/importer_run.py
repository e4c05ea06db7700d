"""One importer before stores of one version: a store opened for it, pulls, and what has to come of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from conformance.core.errors import NotExercised
from conformance.importer.attached import Attached
from conformance.importer.evidence import OccasionEvidence, evidence
from conformance.importer.program import (
    ImporterError,
    Memory,
    Program,
    Pull,
    how_ended,
    last,
)
from conformance.importer.stores import (
    AccessMode,
    OrderFactory,
    RunningStore,
    StoreConfig,
    base_of,
    opened,
)
from mockstore.traffic.requests import LoggedRequest

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


PATIENCE_S = 1.0
"""Seconds that the importer is told to wait for a reply, where one doesn't come."""

HANGS_S = 1.4
"""Seconds after which a reply that doesn't come is broken off: longer than the importer was told to wait."""


class ImporterRun:
    """What occasions need: the importer, a version, and folders for what the importer keeps."""

    def __init__(
        self, program: Program | Attached, version: str, access: AccessMode, memory: Callable[[], Memory]
    ) -> None:
        self.program, self.version, self.access, self.memory = program, version, access, memory

    @asynccontextmanager
    async def store(self, kind: StoreConfig, stock: OrderFactory, version: str = "") -> AsyncIterator[RunningStore]:
        """A store, for as long as it is needed."""
        stand = await opened(version or self.version, kind, stock, self.access)
        try:
            yield stand
        finally:
            await stand.close()

    def leaves(self, stand: RunningStore, *args: Any, **more: Any) -> OccasionEvidence:
        """The evidence of an occasion."""
        program = self.program
        return evidence(stand, *args, bounded=program.bounded, offered=program.offered, **more)

    async def imports(
        self,
        kind: StoreConfig,
        stock: OrderFactory,
        start: timedelta,
        end: timedelta,
        version: str = "",
        *,
        check: Callable[[Pull], Pull] | None = None,
        **how: Any,
    ) -> OccasionEvidence:
        """One pull that has to succeed, or to pass another check."""
        async with self.store(kind, stock, version) as stand:
            base = base_of(stand.now)
            pull = await self.program.pull(stand, base + start, base + end, self.memory(), **how)
            (check or succeeded)(pull)
            return self.leaves(stand, (pull,), by_id=kind.profile != "reference", stating=bool(kind.variants))


def require_accepted(requests: Iterable[LoggedRequest]) -> None:
    """What the store refuses for what it is says nothing of what else an importer does.

    Raises:
        NotExercised: where a request of these was refused, though nothing was wrong with the store.
    """
    for each in requests:
        status = each.entry.status
        if 400 <= status < 500 and not each.entry.fault:
            said = " ".join(each.entry.reply.split())[:200]
            raise NotExercised(
                f"the store refused the request {each.shown} with status {status}{f' ({said})' if said else ''}: "
                f"that is {'IMP-1' if each.refused else 'IMP-12' if each.action == 'shipnotify' else 'IMP-2'}"
            )


def succeeded(pull: Pull) -> Pull:
    """A pull that had no reason to fail.

    Raises:
        ImporterFault: where it did.
        NotExercised: where the store refused what it asked for.
    """
    if pull.failed:
        require_accepted(pull.requests)
    if not pull.failed and not pull.requests:
        raise ImporterError(f"the import command says success, and asked the store for nothing{last(pull.ended)}")
    if pull.failed:
        problem = f" ({pull.result.problem})" if pull.result and pull.result.problem else ""
        raise ImporterError(
            f"the import command {how_ended(pull.ended)}{problem}, though nothing was wrong{last(pull.ended)}"
        )
    return pull


def asked(pull: Pull) -> Pull:
    """A pull that asked for something: its requests can be judged, whatever came of it.

    Raises:
        ImporterFault: where it asked for nothing.
    """
    return pull if pull.requests else succeeded(pull)
