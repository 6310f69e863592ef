"""Visits to pages with the chat window: how tests open one, ask, look at it, and what must hold when they leave."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, expect

SHOTS = Path(__file__).parents[1] / "var" / "screenshots"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "device_scale_factor": 2}
NARROW = {"viewport": {"width": 320, "height": 256}}
"""What 1280 by 1024 pixels are at 400 %."""

BY_THE_BROWSER = re.compile("^Failed to load resource")
"""How Chromium begins what it logs itself of an answer other than 200; the page can't prevent it."""

AXE = Axe()

expect.set_options(timeout=30_000)  # a server opens its index at the first question


@dataclass
class Visit:
    """A patient's view of a page with the chat window, and what it let be seen behind the scenes."""

    page: Page
    logged: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)

    @property
    def launcher(self) -> Locator:
        return self.page.locator(".launch")

    @property
    def window(self) -> Locator:
        return self.page.locator(".win")

    @property
    def log(self) -> Locator:
        return self.page.get_by_role("log")

    @property
    def box(self) -> Locator:
        return self.page.get_by_label("Your question")

    @property
    def note(self) -> Locator:
        return self.page.locator(".note")

    @property
    def replies(self) -> Locator:
        return self.page.locator(".turn > .reply")

    @property
    def passage(self) -> Locator:
        return self.page.locator(".panel")

    @property
    def said(self) -> Locator:
        """What a screen reader was told last, politely."""
        return self.page.locator(".win > [role=status]")

    @property
    def alarmed(self) -> Locator:
        """What a screen reader was told last, at once."""
        return self.page.locator(".win > [role=alert]")

    def open(self) -> None:
        self.launcher.click()
        expect(self.window).to_be_visible()

    def ask(self, question: str) -> Locator:
        """Types and sends a question; the finished reply that comes."""
        turns = self.page.locator(".turn")
        before = turns.count()
        self.box.fill(question)
        self.box.press("Enter")
        reply = turns.nth(before).locator(".reply")
        expect(reply.locator("> .fine")).to_be_visible()
        return reply

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def shot(self, name: str) -> None:
        """Keeps what is seen as var/screenshots/<name>.png."""
        SHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SHOTS / f"{name}.png")

    def barriers(self, part: str | None = None) -> list[str]:
        """What axe-core finds in the page, or in a part of it, against WCAG 2.2 AA and its own best practices."""
        found = AXE.run(self.page, context=part).response["violations"]
        return [f"{v['id']}: {node['target']} {node['failureSummary']}" for v in found for node in v["nodes"]]

    def too_wide(self) -> list[str]:
        """The elements whose content does not fit into their width, in the page and in the window."""
        found: list[str] = self.page.evaluate(
            """() => [document, document.querySelector('faqbot-chat').shadowRoot]
                .flatMap((root) => [...root.querySelectorAll('*')])
                .filter((e) => e.clientWidth > 1 && e.scrollWidth > e.clientWidth + 1).map((e) => e.outerHTML)"""
        )
        return found


@contextmanager
def visiting(browser: Browser, url: str, *servers: str, **context: Any) -> Iterator[Visit]:
    """A window on a page; at the end nothing was logged, no policy broken, and no other server asked.

    Args:
        browser: From `chromium.started`.
        url: Of the page.
        servers: Base URLs that may be asked beside the page's own server.
        context: Of the browser's new context: viewport, colour scheme …
    """
    page = browser.new_context(**{"reduced_motion": "reduce"} | context).new_page()
    visit = Visit(page)

    def note(message: ConsoleMessage) -> None:
        if not BY_THE_BROWSER.match(message.text):
            visit.logged.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: visit.logged.append(str(error)))
    page.on("request", lambda request: visit.addresses.append(request.url))
    page.goto(url)
    try:
        yield visit
    finally:
        page.context.close()
    assert visit.logged == []
    assert {urlsplit(a).netloc for a in visit.addresses} <= {urlsplit(a).netloc for a in (url, *servers)}
