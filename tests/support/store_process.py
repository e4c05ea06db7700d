"""Run ``mockstore serve`` in a process, and send it ShipStation's two kinds of request."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

ROOT = Path(__file__).parents[2]
COMMAND = "import sys; sys.argv[0] = 'mockstore'; from mockstore.cli.main import main; main()"
LOGIN = {"Authorization": "Basic " + b64encode(b"ship-user:ship-pass").decode()}


@dataclass
class Serving:
    """A running store, and what it printed at its start."""

    process: subprocess.Popen[str]
    said: dict[str, str]

    @property
    def address(self) -> str:
        """Host and port."""
        return self.said.get("Listens at") or self.said["URL"].split("/")[2]

    def ask(self, method: str, target: str, body: bytes | None = None) -> tuple[int, bytes]:
        """Send a request on a new connection, and return status and body of the reply."""
        connection = HTTPConnection(self.address, timeout=60)
        try:
            connection.request(method, f"/?dispatch=shipstation&{target}", body, LOGIN)
            reply = connection.getresponse()
            return reply.status, reply.read()
        finally:
            connection.close()

    def export(
        self, start: str = "01/01/2000 00:00", end: str = "01/01/2090 00:00", page: int = 1
    ) -> tuple[int, bytes]:
        """Request a page of a window's export, and return status and body."""
        window = f"start_date={start}&end_date={end}".replace(" ", "+")
        return self.ask("GET", f"action=export&{window}&page={page}")

    def notify(self, order: str, tracking: str, lines: tuple[tuple[str, int], ...] = (), notes: str = "") -> int:
        """Notify of a parcel with these line items, or with everything that is not shipped yet; return the status."""
        items = "".join(
            f"<Item><SKU/><LineItemID>{line}</LineItemID><Quantity>{number}</Quantity></Item>" for line, number in lines
        )
        notice = (
            f"<ShipNotice><OrderNumber>{order}</OrderNumber><TrackingNumber>{tracking}</TrackingNumber>"
            f"<NotesToCustomer>{notes}</NotesToCustomer><Items>{items}</Items></ShipNotice>"
        )
        query = f"action=shipnotify&order_number={order}&carrier=UPS&service=Ground&tracking_number={tracking}"
        return self.ask("POST", query, notice.encode())[0]


@contextmanager
def serving(*options: str) -> Iterator[Serving]:
    """Run a store on a free port until the block ends. SIGTERM then must end it with status 0."""
    process = subprocess.Popen(
        [sys.executable, "-c", COMMAND, "serve", "--port", "0", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        said = {}
        for line in process.stdout:
            if row := re.fullmatch(r"  (\S.*?)  +(.*)\n", line):
                said[row[1]] = row[2]
            if line.startswith("Ctrl-C"):
                break
        assert "URL" in said, "it did not start"
        yield Serving(process, said)
        if process.poll() is None:
            process.terminate()
            assert process.wait(20) == 0
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        process.stdout.close()
        process.stderr.close()
