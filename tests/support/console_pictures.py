"""Take the pictures of the web console in docs/images: ``python -m tests.support.console_pictures FOLDER``.

The store has a typical importer's traffic, with a few mistakes. The pictures need Chromium.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from mockstore.behaviours.current import About
from mockstore.traffic.faults import Fault, FaultScript
from tests.support.browser import chromium, running
from tests.support.console_store import ConsoleStore, console_store
from tests.support.store_in_thread import basic

PAGES = {"overview": "", "traffic": "traffic", "request": "traffic/7", "shipstation": "shipstation"}
PAGES |= {"trouble": "trouble", "orders": "orders", "order": "orders/one?number=1017"}
SIZES = {"wide": (1200, 800), "narrow": (390, 800)}
LOGIN = {"Authorization": basic("ship-user", "ship-pass"), "Accept-Encoding": "gzip", "User-Agent": "my-importer/1.4"}


def send_traffic(store: ConsoleStore) -> None:
    """Send what an importer sends: windows and notifications, some of them wrong."""

    def export(start: str, end: str, page: str = "1", login: Mapping[str, str] = LOGIN) -> str:
        window = f"start_date={quote(start, '/')}&end_date={quote(end, '/')}&page={page}"
        return store.ask(f"/?dispatch=shipstation&action=export&{window}", headers=login)[2]

    text = export("03/01/2026 00:00", "03/29/2026 00:00")
    (number, *_) = re.findall(r"<OrderNumber>(?:<!\[CDATA\[)?([^<\]]+)", text)
    export("03/29/2026 00:00", "03/30/2026 00:00", login={"User-Agent": "my-importer/1.4", "Accept-Encoding": "gzip"})
    export("03/29/2026 00:00", "03/30/2026 00:00")
    store.faults.script(FaultScript((Fault(kind="status", status=503, action="export"),)))
    export("03/30/2026 00:00", "03/31/2026 00:00")
    export("03/30/2026 00:00", "03/31/2026 00:00")
    store.faults.script(FaultScript((Fault(kind="cut", times=2, action="export", page=2),)))
    export("2026-03-31", "04/01/2026 00:00")
    query = f"action=shipnotify&order_number={number}&carrier=UPS&service=Ground&tracking_number=1Z999"
    body = (
        f"<ShipNotice>\n  <OrderNumber>{number}</OrderNumber>\n  <TrackingNumber>1Z998</TrackingNumber>\n"
        "  <Carrier>UPS</Carrier>\n  <Service>Ground</Service>\n</ShipNotice>\n"
    )
    store.ask(f"/?dispatch=shipstation&{query}", "POST", LOGIN, body.encode())
    export("03/31/2026 00:00", "04/01/2026 00:00")


def main(folder: Path) -> None:
    """Take a picture of each page, wide and narrow."""
    path = chromium()
    assert path is not None, "Chromium isn't installed"
    with console_store(defects=("country-uk",), orders=500) as store, running(path) as browser:
        before = store.current.about
        send_traffic(store)
        for size, (width, height) in SIZES.items():
            context = browser.new_context(viewport={"width": width, "height": height})
            page = context.new_page()
            page.goto(store.link())
            for name, place in PAGES.items():
                page.goto(f"{store.base}/console/{place}", wait_until="load")
                page.screenshot(path=folder / f"console-{name}-{size}.png")
            page.goto(f"{store.base}/console/orders/edit?number=1000")
            page.get_by_label("Unit price").first.fill("12,50")
            page.get_by_role("button", name="Save").first.click()
            page.screenshot(path=folder / f"console-order-form-{size}.png")
            store.current.switch(About(defects=("window-ignored", "window-has-no-end", "booked-but-500")))
            page.goto(f"{store.base}/console/trouble/behaviour?q=SHP-1+booked")
            page.screenshot(path=folder / f"console-switches-{size}.png")
            store.current.switch(before)
            context.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
