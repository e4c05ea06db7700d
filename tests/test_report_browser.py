"""report.html in a real browser: links, filters, folds, a phone, paper, the dark, and no scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from conformance.report import html
from conformance.report.model import Report
from conformance.runner.run import run
from conformance.runner.settings import EmbeddedTarget, RunSettings
from conformance.runner.workers import run_in_one_worker
from tests.support.browser import chromium, opened, running
from tests.support.reports import clean, hostile, mixed, phone, report, result

CHROMIUM = chromium()
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium isn't installed (apt-get install chromium)")

WIDTHS = (1280, 700, 390)
"""A desktop, a narrow window, and a phone."""
EIGHT_DEFECTS = (
    *("address2-dropped", "window-in-shop-zone", "booked-but-500", "buyer-is-recipient"),
    *("price-with-tax", "location-always-empty", "phone-without-plus", "notes-without-tags"),
)
MAX_PRINTED_PAGES = 12
"""Pages of a report of these eight defects: it has 10. Before findings were grouped, it had 29."""
MIN_CONTRAST = 4.5
"""Contrast of small text, by WCAG 2.1 level AA."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all tests. It ends with them: while it runs, no other event loop can run in this thread."""
    assert CHROMIUM is not None
    with running(CHROMIUM) as found:
        yield found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the page of each kind of report."""
    place = tmp_path_factory.mktemp("pages")
    rows = [phone(f"CT-{n}", "4.3.4") for n in range(12)]
    reports: dict[str, Report] = {
        "mixed": mixed(),
        "hostile": hostile(),
        "clean": clean(),
        "rows": report([result("CUS-2", "deviates", "4.3.4", *rows), result("CON-1")]),
    }
    for name, of in reports.items():
        (place / f"{name}.html").write_text(html.render(of), encoding="utf-8")
    return place


FOLLOW_LINKS = """async () => {
  const hidden = [];
  const links = Array.from(document.querySelectorAll("a[href^='#']"));
  const targets = new Set(links.map(link => link.getAttribute('href')));
  const bar = document.getElementById('bar');
  for (const target of targets) {
    document.querySelectorAll('details.fold').forEach(fold => { fold.open = false; });
    scrollTo(0, 0);
    const followed = new Promise(resolve => addEventListener('hashchange', resolve, {once: true}));
    document.querySelector(`a[href='${target}']`).click();
    await followed;
    await new Promise(requestAnimationFrame);
    const name = target.slice(1), find = id => document.getElementById(id);
    const node = find(decodeURIComponent(name)) || find(name);
    const line = node.querySelector('summary, h2'), box = line.getBoundingClientRect();
    const seen = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    const end = getComputedStyle(bar).position === 'sticky' ? bar.getBoundingClientRect().bottom : 0;
    if (!seen || !line.contains(seen) || box.y < end - 1 || !line.checkVisibility()) hidden.push(target);
  }
  return [targets.size, hidden];
}"""
"""Follows each link of the page. Returns the number of targets, and those whose first line is not seen then."""


@pytest.mark.parametrize("width", WIDTHS)
def test_links_lead_below_the_bar(browser: Browser, folder: Path, width: int) -> None:
    """Each link to a requirement, a feature or an exchange opens its folds and shows its first line."""
    with opened(browser, folder / "mixed.html", width=width) as page:
        number, hidden = page.evaluate(FOLLOW_LINKS)
    assert number >= 20
    assert hidden == []


def shown(page: Page) -> list[str]:
    """Return the ids of the requirements that are shown."""
    ids: list[str] = page.locator("details.req:visible").evaluate_all("nodes => nodes.map(node => node.id)")
    return ids


def test_filters_and_search(browser: Browser, folder: Path) -> None:
    """Each filter shows what it names; what is no result of the filter goes; an empty result says so."""
    with opened(browser, folder / "mixed.html") as page:
        every = shown(page)
        assert len(every) == 14
        assert page.locator("#shown").inner_text() == "14 of 14 requirements shown"
        page.get_by_label("Verdict").select_option("deviates")
        assert shown(page) == ["CUS-2", "NOT-1", "CON-5"]
        assert page.locator("table.figures").is_hidden()
        page.get_by_label("Level").select_option("should")
        assert shown(page) == ["CON-5"]
        page.get_by_label("Version").select_option("4.6.3")
        assert shown(page) == ["CON-5"]
        page.get_by_role("button", name="Clear").click()
        page.get_by_label("Verdict").select_option("observed")
        assert shown(page) == ["CON-11", "PAG-7"]
        page.get_by_role("button", name="Clear").click()
        page.get_by_label("Feature").select_option("Gift")
        assert shown(page) == ["GIF-1"]
        page.get_by_role("button", name="Clear").click()
        page.get_by_label("Search").fill("ct-1008  PHONE")
        assert shown(page) == ["CUS-2"]
        page.get_by_label("Search").fill("there is no such text")
        assert shown(page) == []
        assert "No requirement fits" in page.locator("#nothing").inner_text()
        page.get_by_label("Search").fill("")
        page.get_by_label("Version").select_option("4.3.4")
        rows = page.locator("#CUS-2 tr[data-versions]")
        assert [rows.nth(n).is_visible() for n in range(rows.count())] == [True, False, False, False, False]
        page.evaluate("() => { location.hash = '#SHP-2' }")
        page.get_by_label("Search").fill("CUS-2")
        page.evaluate("() => { location.hash = '#GIF-1' }")
        page.wait_for_function("() => document.querySelectorAll('details.req:not([hidden])').length === 14")


def test_folds_and_keyboard(browser: Browser, folder: Path) -> None:
    """Five rows are open and the rest is folded. Everything opens and closes by keyboard, where the focus is seen."""
    with opened(browser, folder / "rows.html") as page:
        rows = page.locator("#CUS-2 tr[data-versions]")
        assert [rows.nth(n).is_visible() for n in range(rows.count())] == [True] * 5 + [False] * 7
        fold = page.locator("#CUS-2 summary", has_text="7 more findings")
        fold.focus()
        page.keyboard.press("Enter")
        assert rows.nth(11).is_visible()
        page.keyboard.press("Space")
        assert rows.nth(11).is_hidden()
        page.keyboard.press("Tab")
        assert page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle") == "solid"
        toggle = page.get_by_role("button", name="Open or close all")
        toggle.press("Enter")
        assert page.locator("details.req:not([open])").count() == 0
        toggle.press("Enter")
        assert page.locator("details.req[open]").count() == 0
        reached = []
        page.locator("h1").click()
        for _ in range(12):
            page.keyboard.press("Tab")
            reached.append(page.evaluate("() => document.activeElement.tagName"))
        assert {"A", "INPUT", "SELECT", "BUTTON", "SUMMARY"} <= set(reached)


@pytest.mark.parametrize("name", ["mixed", "rows", "hostile", "clean"])
def test_a_phone(browser: Browser, folder: Path, name: str) -> None:
    """390 pixels are enough: nothing goes sideways, the filters are folded, and no number breaks in two."""
    with opened(browser, folder / f"{name}.html", width=390, height=844) as page:
        assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
        assert page.locator("#filters").is_hidden()
        page.locator("#bar > summary").click()
        assert page.get_by_label("Search").is_visible()
        assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
        broken = page.locator("table.figures td:not(:first-child)").evaluate_all(
            "cells => cells.filter(cell => { const range = document.createRange(); range.selectNodeContents(cell);"
            " return range.getBoundingClientRect().height > 30 }).map(cell => cell.textContent)"
        )
        assert broken == []
        labels = page.locator("table.findings:visible td").evaluate_all(
            "cells => cells.map(cell => getComputedStyle(cell, '::before').content)"
        )
        assert all(label not in ("none", "normal", '""') for label in labels)


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour as WCAG defines it."""
    parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_can_be_read(browser: Browser, folder: Path, scheme: str) -> None:
    """In both colour schemes, each text has enough contrast to what is behind it."""
    with opened(browser, folder / "mixed.html", color_scheme=scheme) as page:
        page.get_by_role("button", name="Open or close all").click()
        background = page.evaluate("() => getComputedStyle(document.body).backgroundColor")
        assert (luminance(background) < 0.1) == (scheme == "dark")
        pairs = page.evaluate(
            """() => {
              const behind = node => {
                for (; node; node = node.parentElement) {
                  const colour = getComputedStyle(node).backgroundColor;
                  if (!colour.startsWith('rgba(0, 0, 0, 0')) return colour;
                }
              };
              const found = new Set();
              document.querySelectorAll('body *').forEach(node => {
                const text = Array.from(node.childNodes).some(child => child.nodeType === 3 && child.data.trim());
                if (text && node.checkVisibility()) found.add(getComputedStyle(node).color + '|' + behind(node));
              });
              return Array.from(found);
            }"""
        )
        assert len(pairs) > 8
        for pair in pairs:
            light, dark = sorted(map(luminance, pair.split("|")), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= MIN_CONTRAST, (scheme, pair)


def test_without_scripts(browser: Browser, folder: Path) -> None:
    """Everything is there: deviations are open, folds open by themselves, links work, and filters are away."""
    with opened(browser, folder / "mixed.html", java_script_enabled=False) as page:
        assert page.locator("#bar").is_hidden()
        assert page.locator("#nothing").is_hidden()
        assert page.locator("#CUS-2 tr[data-versions]").first.is_visible()
        assert page.locator("#CON-1 details").is_hidden()
        page.locator("#CON-1 > summary").click()
        assert page.locator("#CON-1 details").first.is_visible()
        page.locator("nav a[href='#NOT-1']").click()
        box = page.locator("#NOT-1 > summary").bounding_box()
        assert box is not None
        assert 0 <= box["y"] < 900


def test_hostile_text_does_nothing(browser: Browser, folder: Path) -> None:
    """No script of the target runs, and no element of it is there; ``opened`` notices dialogs and errors."""
    with opened(browser, folder / "hostile.html") as page:
        page.get_by_role("button", name="Open or close all").click()
        assert page.locator("script").count() == 1
        assert page.locator("img, iframe, object, embed, link").count() == 0
        page.get_by_label("Search").fill("<script>alert(1)</script>")
        assert shown(page)


def test_eight_defects_on_paper(browser: Browser, tmp_path: Path) -> None:
    """A printed report of eight defects has few pages; folds and filters aren't printed, and nothing is cut off."""
    found = run(RunSettings((EmbeddedTarget("4.3.4", defects=EIGHT_DEFECTS),)), judge=run_in_one_worker)
    assert found.summary.exit_status == 1
    (tmp_path / "report.html").write_text(html.render(found), encoding="utf-8")
    with opened(browser, tmp_path / "report.html") as page:
        printed = page.pdf(format="A4")
        assert len(re.findall(rb"/Type\s*/Page\b(?!s)", printed)) <= MAX_PRINTED_PAGES
        page.emulate_media(media="print")
        assert page.locator("#bar").is_hidden()
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
        assert page.locator("#CUS-4 tr[data-versions]").first.is_visible()
        assert page.locator("#CUS-4 figure").first.is_visible()
