"""The sign-in in a real browser: by keyboard alone, without scripts, in both colour schemes, for a screen reader."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from fastapi import FastAPI, Response
from playwright.sync_api import Browser, Page, expect
from serving import serving
from staffing import NAME, PASSWORD
from starlette.routing import Route
from visits import SHOTS

from bot.settings import load_settings
from bot.web.app import create_app
from bot.web.signin import Cookie

AXE = Axe()
WINDOW = """<!doctype html><title>In</title><script src="session.js" defer></script><p>A patient's question</p>
<form method="post" action="sign-out"><button>Sign out</button></form>"""
NARROW = {"viewport": {"width": 320, "height": 400}}


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    """The application with a plain page in place of the window, which has tests of its own."""
    app = create_app(load_settings(state=tmp_path))
    page = Response(WINDOW)
    page.headers["content-type"] = "text/html; charset=utf-8"
    app.router.routes.insert(0, _fixed("/staff/", page))
    app.state.door.accounts.add(NAME, PASSWORD)
    return app


def _fixed(path: str, response: Response) -> Route:
    return Route(path, lambda _: response)


@pytest.fixture
def url(app: FastAPI) -> Iterator[str]:
    with serving(app) as url:
        yield url


@contextmanager
def visiting(browser: Browser, **context: Any) -> Iterator[Page]:
    """A page of a fresh browser; at the end it has logged nothing but what the answers' own status makes it log."""
    opened = browser.new_context(**{"viewport": {"width": 1280, "height": 800}} | context)
    page = opened.new_page()
    logged: list[str] = []
    page.on("console", lambda message: logged.append(message.text))
    yield page
    opened.close()
    assert [text for text in logged if not text.startswith("Failed to load resource")] == []


def _sign_in(page: Page, password: str) -> None:
    page.get_by_label("Name").fill(NAME)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def _barriers(page: Page) -> list[str]:
    found = AXE.run(page).response["violations"]
    return [f"{v['id']}: {node['target']}" for v in found for node in v["nodes"]]


@pytest.mark.parametrize("scripts", [True, False])
def test_by_keyboard_alone_somebody_gets_in_and_out_again(browser: Browser, url: str, scripts: bool) -> None:
    with visiting(browser, java_script_enabled=scripts) as page:
        page.goto(f"{url}/staff/")
        expect(page).to_have_url(f"{url}/staff/sign-in")
        expect(page.get_by_label("Name")).to_be_focused()
        for key in (*NAME, "Tab", *PASSWORD, "Enter"):
            page.keyboard.press("Space" if key == " " else key)
        expect(page).to_have_url(f"{url}/staff/")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page).to_have_url(f"{url}/staff/sign-in?out")
        expect(page.get_by_role("status")).to_have_text("You are signed out.")
        page.go_back()
        expect(page).to_have_url(re.compile(r"/staff/sign-in"))


def test_no_script_can_read_who_is_signed_in(browser: Browser, url: str) -> None:
    with visiting(browser) as page:
        page.goto(f"{url}/staff/sign-in")
        _sign_in(page, PASSWORD)
        expect(page).to_have_url(f"{url}/staff/")
        assert page.evaluate("document.cookie") == ""
        kept = {cookie["name"]: cookie for cookie in page.context.cookies()}
        assert set(kept) == {"faqbot-staff", "faqbot-device"}
        assert kept["faqbot-staff"]["expires"] == -1
        assert {cookie["sameSite"] for cookie in kept.values()} == {"Strict"}


@pytest.mark.parametrize("reason", ["idle", "elsewhere"])
def test_who_is_signed_out_meanwhile_is_led_to_the_sign_in_and_nothing_stays_on_the_screen(
    browser: Browser, url: str, app: FastAPI, reason: str
) -> None:
    with visiting(browser) as page:
        page.clock.install()
        page.goto(f"{url}/staff/sign-in")
        _sign_in(page, PASSWORD)
        expect(page.get_by_text("A patient's question")).to_be_visible()
        page.clock.run_for(60_000)
        expect(page).to_have_url(f"{url}/staff/")
        [kept] = [cookie["value"] for cookie in page.context.cookies() if cookie["name"] == Cookie.SESSION]
        app.state.door.sessions.close(kept)
        if reason == "idle":
            page.clock.run_for(20_000)
        else:
            page.mouse.click(5, 5)  # the page may be left at any moment: nothing to wait for
        expect(page).to_have_url(f"{url}/staff/sign-in?ended")
        expect(page.get_by_role("status")).to_contain_text("signed out")
        expect(page.get_by_text("A patient's question")).not_to_be_visible()


def test_a_page_of_another_origin_can_neither_sign_out_nor_send_the_form(
    browser: Browser, url: str, app: FastAPI
) -> None:
    with visiting(browser) as page:
        page.goto(f"{url}/staff/sign-in")
        _sign_in(page, PASSWORD)
        expect(page).to_have_url(f"{url}/staff/")
        evil = f'<form method="post" action="{url}/staff/sign-out"><button>Win a prize</button></form>'
        page.route("http://evil.localhost/", lambda route: route.fulfill(body=evil, content_type="text/html"))
        page.goto("http://evil.localhost/")
        page.get_by_role("button").click()
        expect(page.get_by_text("not_ours")).to_be_visible()
        page.goto(f"{url}/staff/")
        expect(page).to_have_title("In")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_each_state_of_the_page_has_no_barrier_and_a_problem_is_announced(
    browser: Browser, url: str, scheme: str
) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    with visiting(browser, color_scheme=scheme) as page:
        page.goto(f"{url}/staff/sign-in")
        page.screenshot(path=SHOTS / f"sign-in-{scheme}.png")
        assert _barriers(page) == []
        _sign_in(page, "no such password")
        problem = page.get_by_role("alert")
        expect(problem).to_contain_text("too many tries")
        expect(page).to_have_title(re.compile("^Not signed in: "))
        expect(page.get_by_label("Password")).to_be_focused()
        expect(page.get_by_label("Password")).to_have_accessible_description(re.compile("That did not work"))
        expect(page.get_by_label("Name")).to_have_value(NAME)
        expect(page.get_by_label("Password")).to_have_value("")
        page.screenshot(path=SHOTS / f"sign-in-failed-{scheme}.png")
        assert _barriers(page) == []


def test_at_four_times_the_size_nothing_is_cut_off(browser: Browser, url: str) -> None:
    with visiting(browser, **NARROW) as page:
        page.goto(f"{url}/staff/sign-in")
        _sign_in(page, "no such password")
        expect(page.get_by_role("alert")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        page.screenshot(path=SHOTS / "sign-in-narrow.png", full_page=True)
        _sign_in(page, PASSWORD)
        expect(page).to_have_title("In")


def test_the_word_of_the_first_link_stands_nowhere_in_the_browser_afterwards(browser: Browser, tmp_path: Path) -> None:
    app = create_app(load_settings(state=tmp_path / "first"))
    app.router.routes.insert(0, _fixed("/staff/", Response("In", media_type="text/html")))
    with serving(app) as url, visiting(browser) as page:
        word = app.state.door.first_visit.link()
        page.goto(f"{url}/staff/sign-in?link={word}")
        expect(page).to_have_url(f"{url}/staff/")
        assert page.evaluate("document.referrer") == ""
        page.go_back()
        assert word not in page.url
