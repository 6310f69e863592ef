"""The API's description as staff see it, in a real browser."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest
import staffing
from playwright.sync_api import Browser, expect
from serving import serving

from bot.settings import load_settings
from bot.web.app import create_app
from bot.web.signin import Cookie


def test_the_description_is_shown_under_a_strict_policy_and_without_a_request_elsewhere(
    browser: Browser, tmp_path: Path
) -> None:
    logged: list[str] = []
    asked: list[str] = []
    app = create_app(load_settings(state=tmp_path, docs=True))
    with serving(app) as url:
        page = browser.new_page()
        page.goto(f"{url}/docs")
        expect(page).to_have_url(f"{url}/staff/sign-in")
        page.context.add_cookies([{"name": Cookie.SESSION, "value": staffing.token(app), "url": url}])
        page.on("console", lambda message: logged.append(message.text))
        page.on("pageerror", lambda error: logged.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        policy = (page.goto(f"{url}/docs") or pytest.fail("no page")).headers["content-security-policy"]
        chat = page.locator(".opblock", has_text="/api/chat").first
        chat.locator(".opblock-summary-control").click()
        expect(chat.get_by_text("Too many requests.")).to_be_visible()
        chat.get_by_role("button", name="Try it out").click()
        chat.get_by_role("button", name="Execute").click()
        expect(chat.locator(".live-responses-table")).to_contain_text("not_ready")
        page.close()
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert [message for message in logged if "503" not in message] == []
    assert {urlsplit(address).netloc for address in asked if not address.startswith("data:")} == {urlsplit(url).netloc}
