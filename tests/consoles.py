"""The staff's window for tests: a state folder of its own, and a browser that is signed in."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import staffing
from axe_playwright_python.sync_playwright import Axe
from fastapi import FastAPI
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, expect
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt
from visits import SHOTS

from index.current import current_store

SLOW_MS = 120_000
"""For what embeds, builds or evaluates on a busy machine."""

BY_THE_BROWSER = re.compile("^Failed to load resource")
AXE = Axe()


def own_state(state: Path, folder: Path) -> Path:
    """A state folder with a copy of the index that answers; what is never written again is shared."""
    store = current_store(state)
    shutil.copytree(store, folder / "index" / store.name)
    (folder / "index" / "CURRENT").write_text(store.name)
    shutil.copytree(state / "models", folder / "models", copy_function=os.link)
    return folder


@dataclass
class StaffVisit:
    """A member of staff's view of the window."""

    page: Page
    logged: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)

    def open(self, tab: str) -> None:
        self.page.get_by_role("tab", name=tab).click()

    def ask(self, question: str) -> Locator:
        """Asks, and waits for the reply; the panel that says why."""
        self.page.get_by_label("Question", exact=True).fill(question)
        self.page.get_by_role("button", name="Ask", exact=True).click()
        expect(self.page.locator(".turn .asked").last).to_have_text(question, timeout=SLOW_MS)
        return self.page.locator(".why")

    def set_how_sure(self, least: str) -> None:
        """Sets how sure the assistant must be, where the open tab asks for it."""
        name = "How sure the assistant must be to answer"
        number = self.page.get_by_label(f"number input for {name}").locator("visible=true")
        slider = self.page.get_by_label(f"range slider for {name}").locator("visible=true")
        # what was just unfolded may be given its first value after it is seen, over what was typed
        for attempt in Retrying(
            stop=stop_after_attempt(5), retry=retry_if_exception_type(AssertionError), reraise=True
        ):
            with attempt:
                number.fill(least)
                number.press("Tab")
                expect(slider).to_have_value(least, timeout=5000)

    def shot(self, name: str, *, whole: bool = False) -> None:
        """Keeps what is seen as var/screenshots/<name>.png."""
        SHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SHOTS / f"{name}.png", full_page=whole)

    def barriers(self) -> list[str]:
        """What axe-core finds in the page against WCAG 2.2 AA and its own best practices."""
        found = AXE.run(self.page).response["violations"]
        return [f"{v['id']}: {node['target']} {node['failureSummary']}" for v in found for node in v["nodes"]]

    def kept_in_the_browser(self) -> dict[str, Any]:
        kept: dict[str, Any] = self.page.evaluate(
            """async () => ({ local: {...localStorage}, session: {...sessionStorage},
                databases: await indexedDB.databases(), caches: await caches.keys(), cookie: document.cookie })"""
        )
        return kept


@contextmanager
def visiting_staff(browser: Browser, app: FastAPI, url: str, **context: Any) -> Iterator[StaffVisit]:
    """A signed-in window; at the end nothing was logged, no policy broken, and no other server asked."""
    opened = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, "reduced_motion": "reduce"} | context)
    opened.add_cookies([{"name": "faqbot-staff", "value": staffing.token(app), "url": url, "httpOnly": True}])
    page = opened.new_page()
    page.set_default_timeout(SLOW_MS)
    visit = StaffVisit(page)

    def note(message: ConsoleMessage) -> None:
        if not BY_THE_BROWSER.match(message.text):
            visit.logged.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: visit.logged.append(str(error)))
    page.on("request", lambda request: visit.addresses.append(request.url))
    page.goto(f"{url}/staff/")
    page.get_by_role("tab", name="Ask").wait_for()
    try:
        yield visit
    finally:
        opened.close()
    assert visit.logged == []
    assert {urlsplit(address).netloc for address in visit.addresses} <= {urlsplit(url).netloc, ""}
