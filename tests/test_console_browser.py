"""The web console in a real browser: it is live, harmless, and for everybody."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, expect

from mockstore.orders.specimens import specimens
from mockstore.shop.facts import store_facts
from mockstore.store.creation import create_order
from tests.support.accessibility import faults_of
from tests.support.browser import chromium, running
from tests.support.console_store import NOW, ConsoleStore, console_store
from tests.support.store_in_thread import basic

CHROMIUM = chromium()
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium isn't installed (apt-get install chromium)")

LOGIN = {"Authorization": basic("ship-user", "ship-pass"), "Accept-Encoding": "gzip"}
PAYLOADS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "{{ 7 * 7 }}{% include 'base.html.j2' %}",
    "</li></ol><h1>Fallen</h1>",
    "&lt;b&gt;&#x202e;\u202eevil\u2066",
    "a\x00b\x1b[31m\u2028",
)
MANY = 10_000


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all tests."""
    assert CHROMIUM is not None
    with running(CHROMIUM) as found:
        yield found


@pytest.fixture(scope="module")
def shared_store() -> Iterator[ConsoleStore]:
    """One store for all tests."""
    with console_store(defects=("country-uk",), orders=3) as running_store:
        yield running_store


@pytest.fixture
def store(shared_store: ConsoleStore) -> ConsoleStore:
    """Return the store, without the requests of the test before."""
    shared_store.loop.call_soon_threadsafe(shared_store.journal.clear)
    return shared_store


@contextmanager
def let_in(browser: Browser, store: ConsoleStore, **options: Any) -> Iterator[BrowserContext]:
    """Open the console in a browser. A dialog, an error of a script or a request to elsewhere fails."""
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
    context.set_default_timeout(15_000)
    wrong: list[str] = []

    def dismiss(dialog: Dialog) -> None:
        wrong.append(dialog.message)
        dialog.dismiss()

    context.on("dialog", dismiss)
    context.on("weberror", lambda error: wrong.append(str(error.error)))
    context.on("console", lambda message: wrong.append(message.text) if "Content Security" in message.text else None)
    context.on("request", lambda sent: None if sent.url.startswith(store.base) else wrong.append(sent.url))
    try:
        page = context.new_page()
        page.goto(store.link())
        page.close()
        yield context
        assert not wrong
    finally:
        context.close()


def opened(context: BrowserContext, store: ConsoleStore, path: str) -> Page:
    """Open a page, and wait until its stream is open if it has one that shows requests."""
    page = context.new_page()
    page.goto(f"{store.base}/console/{path}")
    return page


def traffic(context: BrowserContext, store: ConsoleStore, query: str = "") -> Page:
    """Open the page Traffic, and wait until it is live."""
    page = context.new_page()
    with page.expect_response(lambda reply: "/traffic/stream" in reply.url):
        page.goto(f"{store.base}/console/traffic{query}")
    return page


def export(store: ConsoleStore, page: str = "1", start: str = "03/01/2026 00:00", **headers: str) -> None:
    """Request an export from the store."""
    window = urlencode({"start_date": start, "end_date": "03/02/2026 00:00", "page": page})
    store.ask(f"/?dispatch=shipstation&action=export&{window}", headers={**LOGIN, **headers})


def record(store: ConsoleStore, count: int, query: str = "action=shipnotify", reply: bytes = b"ok") -> None:
    """Add requests to the journal, as if they had arrived."""

    async def add() -> None:
        for number in range(count):
            target = f"/?dispatch=shipstation&{query}"
            if query == "action=shipnotify":
                target += f"&order_number=N{number}&tracking_number=T{number}"
            store.journal.record(NOW, "GET" if "export" in query else "POST", target, LOGIN, b"", 200, reply=reply)

    asyncio.run_coroutine_threadsafe(add(), store.loop).result(20)


def test_a_link_opens_the_console_and_leaves_no_token(browser: Browser, store: ConsoleStore) -> None:
    """The address has no token afterwards, scripts cannot read the cookie, and secrets show on demand only."""
    with let_in(browser, store) as context:
        page = opened(context, store, "")
        (cookie,) = context.cookies(f"{store.base}/console/")
        assert (cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, "Strict", "/console")
        assert context.cookies(store.base) == []
        assert page.evaluate("document.cookie") == ""
        expect(page).to_have_title("Overview · Mock CS-Cart 4.6.3")
        expect(page.locator("#password")).to_be_hidden()
        page.get_by_text("Show", exact=True).click()
        expect(page.locator("#password")).to_have_text("ship-pass")
        expect(page.locator("#curl")).to_contain_text(f'curl -u "ship-user:ship-pass" \\\n  "{store.base}')
        expect(page.get_by_text("The United Kingdom is called UK")).to_be_visible()


def test_a_used_link_says_how_to_get_another(browser: Browser, store: ConsoleStore) -> None:
    """The page has the command, and nothing else."""
    link = store.link()
    context = browser.new_context()
    store.ask(link)
    page = context.new_page()
    page.goto(link)
    expect(page.get_by_text("This link was used before.")).to_be_visible()
    expect(page.get_by_text(f"mockstore console {store.base}")).to_be_visible()
    assert faults_of(page) == []
    context.close()


def test_two_pages_show_each_request_when_it_arrives(browser: Browser, store: ConsoleStore) -> None:
    """A verdict that a later request brings about is added to the earlier request, on a page that hid it, too."""
    with let_in(browser, store) as context:
        every, broken = traffic(context, store), traffic(context, store, "?kind=export&breaks=any")
        record(store, 1, "action=export&start_date=03/01/2026+00:00&end_date=03/02/2026+00:00", b'<Orders pages="2">')
        expect(every.locator("#request-1")).to_contain_text("Export 03/01/2026 00:00 – 03/02/2026 00:00, page 1 of 2")
        export(store, start="yesterday")
        expect(every.locator("#request-2")).to_contain_text("IMP-2 start_date has another format")
        expect(broken.locator("#request-2")).to_contain_text("IMP-2")
        expect(every.locator("#request-1 .breaches")).to_have_count(0)
        export(store, start="03/01/2026 12:00")
        for page in (every, broken):
            expect(page.locator("#request-1")).to_contain_text("IMP-3 Not every page of the window was requested.")
        numbers = "rows => rows.map(row => row.dataset.number)"
        assert every.locator("#rows > li").evaluate_all(numbers) == ["3", "2", "1"]
        assert broken.locator("#rows > li").evaluate_all(numbers) == ["2", "1"]
        every.locator("#request-1 a").click()
        expect(every.get_by_role("heading", level=1)).to_have_text("Request 1: Export")
        expect(every.get_by_text("without page 2")).to_be_visible()


def test_a_pause_holds_the_page_and_is_made_up_for(browser: Browser, store: ConsoleStore) -> None:
    """While the page is paused nothing moves; then it shows what it missed. The keyboard suffices."""
    with let_in(browser, store) as context:
        page = traffic(context, store)
        page.get_by_role("button", name="Pause").press("Enter")
        expect(page.locator("#live")).to_have_text("Paused")
        export(store)
        with page.expect_response(lambda reply: "/traffic/stream" in reply.url):
            page.get_by_role("button", name="Resume").press("Enter")
        expect(page.locator("#request-1")).to_be_visible()


def test_the_keyboard_reaches_everything(browser: Browser, store: ConsoleStore) -> None:
    """The first stop skips the navigation. Each stop has a name and is outlined."""
    export(store)
    with let_in(browser, store) as context:
        page = traffic(context, store)
        focused = "() => [document.activeElement.textContent.trim() || document.activeElement.name, " + (
            "getComputedStyle(document.activeElement).outlineStyle]"
        )
        stops = []
        for _ in range(30):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement === document.body"):
                break  # the keyboard has left the page
            stops.append(page.evaluate(focused))
        names = [name for name, _ in stops]
        assert names[:3] == ["Skip to the content", "Overview", "Traffic"]
        assert {"Pause", "Clear", "q", "Filter"} <= set(names)
        assert all(outline not in ("none", "") for _, outline in stops), stops
        page.goto(f"{store.base}/console/traffic")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"


def test_hostile_texts_are_shown_harmlessly(browser: Browser, store: ConsoleStore) -> None:
    """Texts of requests stay texts: in rows that arrive, in the details, in the search, and in a form."""
    with let_in(browser, store) as context:
        page = traffic(context, store)
        for text in PAYLOADS:
            query = urlencode({"order_number": text, "tracking_number": text, text: text})
            evil = "".join(filter(str.isprintable, text)).encode("ascii", "ignore").decode()
            headers = {**LOGIN, "X-Evil": evil}
            store.ask(f"/?dispatch=shipstation&action=shipnotify&{query}", "POST", headers, text.encode())
        expect(page.locator(f"#request-{len(PAYLOADS)}")).to_be_visible()
        expect(page.locator("#rows > li")).to_have_count(len(PAYLOADS))
        expect(page.locator("#request-1")).to_contain_text("order <script>alert(1)</script>, tracking number")
        expect(page.locator("#request-7")).to_contain_text("&lt;b&gt;&#x202e;⟨U+202E⟩evil⟨U+2066⟩")
        expect(page.locator("#request-8")).to_contain_text("a␀b␛[31m⟨U+2028⟩")
        for number, text in enumerate(PAYLOADS, start=1):
            page.goto(f"{store.base}/console/traffic/{number}")
            assert page.locator("h1").count() == 1
            assert page.locator("main img, main script").count() == 0
            if number % 2:
                continue
            page.goto(f"{store.base}/console/traffic?{urlencode({'q': f'{text}.', 'breaks': text})}")
            assert page.locator("h1").count() == 1
            assert page.locator("#in-q").input_value() == f"{text}.".replace("\x00", "\ufffd")


def test_ten_thousand_requests_stay_usable(browser: Browser, store: ConsoleStore) -> None:
    """The page has a hundred rows, and at most two hundred however many arrive. Search and filters see all."""
    with let_in(browser, store) as context:
        record(store, MANY)
        page = traffic(context, store)
        expect(page.locator("#rows > li")).to_have_count(100)
        expect(page.locator("#latest")).to_have_text("10,000 requests")
        for _ in range(5):
            record(store, 200)
            expect(page.locator("#rows > li").first).to_have_attribute("data-number", str(store.journal.latest))
        assert page.locator("#rows > li").count() == 200
        expect(page.locator("#missed")).to_contain_text("750 more requests arrived too fast to be shown here.")
        expect(page.locator("#latest")).to_have_text("11,000 requests")
        page.goto(f"{store.base}/console/traffic")
        expect(page.get_by_text("The latest 10,000 are kept.")).to_be_visible()
        page.get_by_role("link", name="Older requests").click()
        expect(page.locator("#rows > li").first).to_have_attribute("data-number", "10900")
        page.get_by_role("searchbox", name="Search").fill("N5000")
        page.get_by_role("button", name="Filter").click()
        expect(page.locator("#rows > li")).to_have_count(1)
        expect(page.locator("#request-5001")).to_contain_text("order N5000")
        page.get_by_label("Requests", exact=True).select_option("exports")
        page.get_by_role("button", name="Filter").click()
        expect(page.get_by_text("No request matches these filters.")).to_be_visible()


def test_a_store_that_starts_again_is_noticed(browser: Browser, store: ConsoleStore) -> None:
    """Every page says that the store is gone, and later that it is back. The session goes on, and the page is live."""
    with let_in(browser, store) as context:
        export(store)
        overview = opened(context, store, "")
        page = traffic(context, store)
        expect(page.locator("#request-1")).to_be_visible()
        store.stop()
        for each in (overview, page):
            expect(each.locator("#connection")).to_contain_text("The store does not answer.")
        store.start()
        for each in (overview, page):
            expect(each.locator("#connection")).to_contain_text("The store was started again.")
        expect(page.locator("#rows > li")).to_have_count(0)
        export(store, start="yesterday")
        expect(page.locator("#request-1")).to_contain_text("IMP-2")
        assert faults_of(page) == []
        page.get_by_role("link", name="Reload this page").click()
        expect(page.locator("#request-1")).to_contain_text("IMP-2")
        expect(page.locator("#connection")).to_be_empty()


def test_a_session_that_ends_is_noticed(browser: Browser, store: ConsoleStore) -> None:
    """The page says so, and leads to where a new link is explained."""
    with let_in(browser, store) as context:
        page = traffic(context, store)
        page.get_by_role("button", name="Pause").click()
        context.clear_cookies()
        page.get_by_role("button", name="Resume").click()
        expect(page.locator("#connection")).to_contain_text("Your session has ended")
        page.get_by_role("link", name="How to get one").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("This console is locked")


def test_a_form_of_an_older_session_is_sent_again(browser: Browser, store: ConsoleStore) -> None:
    """Nothing is done at first; a click sends the same inputs with the new session's token."""
    with let_in(browser, store) as context:
        export(store)
        page = traffic(context, store)
        other = context.new_page()
        other.goto(store.link())
        page.get_by_role("button", name="Clear").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Send the form again?")
        assert store.journal.latest == 1
        assert faults_of(page) == []
        page.get_by_role("button", name="Send it again").click()
        expect(page.get_by_text("The journal is empty.")).to_be_visible()
        assert store.journal.latest == 0
        page.reload()
        expect(page.get_by_text("The journal is empty.")).to_have_count(0)


def test_an_order_is_edited_in_two_tabs(browser: Browser, store: ConsoleStore) -> None:
    """Errors link to inputs, a button adds a line, and the second tab is told of the first one's change."""
    with let_in(browser, store, java_script_enabled=False) as context:
        page, other = (opened(context, store, "orders/edit?number=1002") for _ in range(2))
        page.get_by_label("Compute the weight from the lines").check()
        expect(page.get_by_label("Weight", exact=True).last).to_be_hidden()  # it would not be used
        page.get_by_label("Compute the weight from the lines").uncheck()
        page.get_by_label("The order has a shipping address").uncheck()
        expect(page.get_by_role("group", name="Shipping address")).to_be_hidden()
        page.get_by_label("The order has a shipping address").check()
        page.get_by_label("Tax").fill("much")
        page.get_by_label("Tax").press("Enter")
        page.get_by_role("alert").get_by_role("link", name="Tax").click()
        assert page.url.endswith("#in-tax")
        expect(page.get_by_label("Tax")).to_have_value("much")
        expect(page.get_by_label("Tax")).to_have_accessible_description(re.compile("Enter a number with a point"))
        page.get_by_label("Tax").fill("1.25")
        lines = page.get_by_role("group", name=re.compile(r"^Line \d+$")).count()
        page.get_by_role("button", name="Add a line").click()
        page.get_by_role("group", name=f"Line {lines + 1}", exact=True).get_by_label("SKU").fill("MUG-9")
        page.get_by_role("button", name="Save").first.click()
        expect(page.get_by_text("The order 1002 was saved.")).to_be_visible()
        other.get_by_label("Internal notes").fill("typed by the second")
        other.get_by_role("button", name="Save").first.click()
        expect(other.get_by_role("heading", name="This order was changed meanwhile")).to_be_visible()
        expect(other.get_by_label("Tax")).to_have_accessible_description(re.compile("The store has now: 1.25"))
        other.get_by_role("button", name="Save").first.click()
        expect(other.get_by_text("The order 1002 was saved.")).to_be_visible()
        order = store.store.find("1002")
        assert order is not None
        assert (order.internal_notes, len(order.items)) == ("typed by the second", lines)


@pytest.mark.long
def test_a_browser_leaves_every_specimen_as_it_is(browser: Browser, store: ConsoleStore) -> None:
    """A form that is opened and saved unchanged changes nothing, whatever browsers do to texts."""
    made = [create_order(store.store, each.draft) for each in specimens(store_facts(store.store.shop), NOW, "browser")]
    with let_in(browser, store) as context:
        page = context.new_page()
        for order in made:
            page.goto(f"{store.base}/console/orders/edit?{urlencode({'number': order.order_number})}")
            page.get_by_role("button", name="Save").first.click()
            expect(page.get_by_text("was saved.")).to_be_visible()
            assert store.store.find(order.order_number) == order
    for order in made:
        store.store.delete(order.order_number)


@pytest.mark.parametrize("options", [{}, {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark"}])
def test_pages_can_be_used_by_everybody(browser: Browser, store: ConsoleStore, options: dict[str, Any]) -> None:
    """Names, labels, headings and contrast are right, and nothing is wider than the window, on a phone, too."""
    export(store, start="<b>" * 60, page="9" * 300)
    store.ask(f"/?dispatch=shipstation&action=shipnotify&order_number={'W' * 400}", "POST", LOGIN, b"W" * 4000)
    with let_in(browser, store, **options) as context:
        page = context.new_page()
        for path in (
            "",
            "traffic",
            "traffic?kind=other",
            "traffic/1",
            "traffic/2",
            "shipstation",
            "trouble",
            "trouble/behaviour?q=SHP-1",
            "orders",
            "orders/one?number=1001",
            "orders/new",
            "orders/edit?number=1001",
            "nothing",
        ):
            page.goto(f"{store.base}/console/{path}")
            for closed in page.locator("summary").all():
                if closed.evaluate("summary => !summary.parentElement.open"):
                    closed.click()
            assert faults_of(page) == [], path


def test_what_cannot_be_undone_is_asked_first(browser: Browser, store: ConsoleStore) -> None:
    """Without a script, and with the keyboard alone: the first button only asks, the second one acts."""
    with let_in(browser, store, java_script_enabled=False) as context:
        for path, first, second, told in (
            ("orders/one?number=1000", "Delete", "Yes, delete the order", "The order 1000 was deleted."),
            ("trouble", "Reset the store", "Yes, reset the store", "The store has its first orders again"),
        ):
            page = opened(context, store, path)
            expect(page.get_by_role("button", name=second)).to_be_hidden()
            page.locator("summary", has_text=first).press("Enter")
            expect(page.get_by_text("This cannot be undone.")).to_be_visible()
            assert (store.store.find("1000") is None) == (path == "trouble")
            page.keyboard.press("Tab")
            page.keyboard.press("Enter")
            expect(page.get_by_text(told)).to_be_visible()
        assert store.store.find("1000") is not None


def test_a_defect_is_found_and_switched_without_script(browser: Browser, shared_store: ConsoleStore) -> None:
    """A user searches, ticks a box and applies it; then everything is turned off. The page needs no script."""
    before = shared_store.current.about
    with let_in(browser, shared_store, java_script_enabled=False) as context:
        page = opened(context, shared_store, "trouble")
        page.get_by_role("link", name="Choose defects").click()
        page.get_by_role("searchbox", name="Search").fill("booked 500")
        page.get_by_role("button", name="Search").click()
        page.get_by_label("booked-but-500", exact=True).check()
        page.get_by_role("button", name="Apply").first.click()
        expect(page.locator("ul.cards")).to_contain_text("booked-but-500")
        assert shared_store.current.about.defects == (*before.defects, "booked-but-500")
        page.get_by_role("button", name="Turn all off").click()
        expect(page.get_by_text("No defect and no variant is on.")).to_be_visible()
    assert shared_store.current.about.defects == ()
    shared_store.current.switch(before)
