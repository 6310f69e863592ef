"""The browser in which pages are tested: the system's Chromium, which asks nobody for anything by itself."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
QUIET = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)


@contextmanager
def started() -> Iterator[Browser]:
    """Chromium while the block runs; the test is skipped, or fails where a browser is required, if there is none."""
    if not CHROMIUM.exists():
        missing = f"{CHROMIUM} is not installed: the page is not tested"
        if os.environ.get("FAQBOT_REQUIRE_BROWSER"):
            pytest.fail(missing)
        pytest.skip(missing)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()
