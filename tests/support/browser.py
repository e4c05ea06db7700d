"""The browser in which reports are tried: Debian's Chromium, driven by playwright, whose own browser isn't needed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Dialog, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")


def chromium() -> str | None:
    """Return the path of Chromium, or None if it isn't installed."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@contextmanager
def running(path: str) -> Iterator[Browser]:
    """Run a browser until the block ends."""
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium's sandbox doesn't work as root
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def opened(browser: Browser, file: Path, *, width: int = 1280, height: int = 900, **options: Any) -> Iterator[Page]:
    """Open a file in a window of its own. A dialog, an error of a script or a refusal of the page's policy fails."""
    context = browser.new_context(viewport={"width": width, "height": height}, **options)
    wrong: list[str] = []

    def dismiss(dialog: Dialog) -> None:
        wrong.append(dialog.message)
        dialog.dismiss()

    try:
        page = context.new_page()
        page.on("dialog", dismiss)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
        page.goto(file.resolve().as_uri())
        yield page
        assert not wrong
    finally:
        context.close()
