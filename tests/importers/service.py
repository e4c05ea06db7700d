"""The correct importer as a service: it polls by itself, and serves over HTTP what it holds.

    service.py --url URL --user NAME --state DIR --interval SECONDS [--broken NAME]

It prints the URL of its results, and runs until it is killed. It holds only the latest
orders. With ``--broken`` it is one of the broken importers.
"""

import argparse
import json
import threading
import time
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import broken
import correct

MEANINGS = {
    "Processed": "paid",
    "Complete": "shipped",
    "Open": "unpaid",
    "Failed": "cancelled",
    "Declined": "cancelled",
    "Backordered": "on_hold",
    "Canceled": "cancelled",
    "Awaiting call": "on_hold",
    "Wird geprüft – Zoll & Steuer, Antwort der Behörde": "on_hold",
}
"""The configured meanings of CS-Cart's statuses."""

MAX_HELD_ORDERS = 400


def drop_oldest(path):
    """Drop the oldest orders of the file."""
    held = json.loads(path.read_text())
    path.write_text(json.dumps(dict(list(held.items())[-MAX_HELD_ORDERS:])))


class Results(BaseHTTPRequestHandler):
    """Serves the result of the last poll."""

    path_of_result = None

    def do_GET(self):
        body = self.path_of_result.read_bytes() if self.path_of_result.exists() else b"[]"
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        """Log nothing."""


def main():
    parser = argparse.ArgumentParser()
    for name in ("--url", "--user", "--state"):
        parser.add_argument(name, required=True)
    parser.add_argument("--interval", type=float, default=0.2)
    parser.add_argument("--broken")
    options = parser.parse_args()
    if options.broken:
        broken.BROKEN[options.broken].break_it()
    state = Path(options.state)
    Results.path_of_result = state / "result.json"
    server = ThreadingHTTPServer(("127.0.0.1", 0), Results)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"http://127.0.0.1:{server.server_port}/", flush=True)
    statuses = state / "statuses.json"
    statuses.write_text(json.dumps(MEANINGS))
    since = datetime.now(correct.UTC) - timedelta(hours=1)
    while True:
        until = datetime.now(correct.UTC)
        words = ["pull", "--url", options.url, "--user", options.user, "--since", since.isoformat()]
        words += ["--until", until.isoformat(), "--state", str(state), "--timeout", "1"]
        words += ["--statuses", str(statuses), "--result", str(state / "next.json")]
        pause = options.interval
        if correct.main(words) == 0:
            since = until
        else:
            pause = 3 if json.loads((state / "next.json").read_text())["problem"] == "refused" else 1.1
        (state / "next.json").replace(state / "result.json")
        drop_oldest(state / "orders.json")
        time.sleep(pause)


if __name__ == "__main__":
    main()
