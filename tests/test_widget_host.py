"""The chat window on other people's pages: their policies, styles, colours, directions and sizes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response
from playwright.sync_api import Browser, Locator, expect
from serving import serving
from visits import NARROW, PHONE, visiting

from bot.settings import Settings
from bot.web import demo
from bot.web.app import create_app

pytestmark = pytest.mark.slow

QUESTION = "What is SVF?"
COLORS = ("#ffee00", "white", "#000", "oklch(0.7 0.25 145)", "rebeccapurple", "hsl(0 100% 50% / .5)", "no colour")
HOSTILE = """
*, *::before { all: unset !important; color: lime !important; font: 40px/3 cursive !important;
  letter-spacing: 1em !important; visibility: hidden !important; text-align: right !important;
  text-transform: uppercase !important; }
main, faqbot-chat { display: none !important; opacity: .1 !important; transform: rotate(9deg) !important; }
faqbot-chat { position: static !important; width: 9px !important; z-index: -1 !important;
  pointer-events: none !important; filter: blur(9px) !important; }
html { font-size: 4px !important; } button { background: red !important; }
:root { --ink: red; --brand: red; --card: red; }
"""


@pytest.fixture(scope="module")
def server(settings: Settings) -> Iterator[str]:
    with serving(create_app(settings.model_copy(update={"allowed_origins": ("*",)}))) as url:
        yield url


class Host:
    """Another server, with one page."""

    def __init__(self, server: str) -> None:
        self.server, self.html, self.policy, self.css = server, "", "", ""
        self.app = FastAPI()

        @self.app.get("/")
        def page() -> HTMLResponse:
            return HTMLResponse(self.html, headers={"Content-Security-Policy": self.policy} if self.policy else {})

        @self.app.get("/widget.js")
        def widget(request: Request) -> Response:
            return demo.file(request)

        @self.app.get("/page.css")
        def css() -> Response:
            return Response(self.css, media_type="text/css")

    def has(self, body: str = "", script: str = "", html: str = "", **more: str) -> None:
        """Makes it a page with the widget's script, with these attributes; the server's address is put for $server."""
        self.html = (
            f'<!doctype html><html lang="en" {html}><meta name="viewport" content="width=device-width">'
            f'<title>A page</title><link rel="stylesheet" href="/page.css">'
            f'<script src="{self.server}/widget.js" {script} defer></script><main><h1>A page</h1>{body}</main>'
        )
        self.policy = more.get("policy", "").replace("$server", self.server)
        self.css = more.get("css", "")


@pytest.fixture(scope="module")
def host_at(server: str) -> Iterator[tuple[Host, str]]:
    host = Host(server)
    with serving(host.app) as url:
        yield host, url


@pytest.fixture
def host(host_at: tuple[Host, str]) -> Host:
    return host_at[0]


@pytest.fixture
def url(host_at: tuple[Host, str]) -> str:
    return host_at[1]


def _style(locator: Locator, *names: str) -> list[str]:
    found: list[str] = locator.evaluate("(e, names) => names.map((n) => getComputedStyle(e)[n])", list(names))
    return found


def _contrast(locator: Locator) -> float:
    """WCAG contrast of an element's text with its own background."""
    colors = _style(locator, "color", "backgroundColor")
    light, dark = sorted((_luminance(color) for color in colors), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(color: str) -> float:
    parts = [float(part) for part in re.findall(r"[\d.]+(?:e-\d+)?", color)[:3]]
    scale = 1 if color.startswith("color(") else 255
    linear = [p / scale / 12.92 if p / scale <= 0.04045 else ((p / scale + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_it_works_on_another_site_under_the_strictest_policy(browser: Browser, host: Host, url: str) -> None:
    host.has(policy="default-src 'none'; script-src $server; connect-src $server; require-trusted-types-for 'script'")
    host.html = host.html.replace('<link rel="stylesheet" href="/page.css">', "")
    with visiting(browser, url, host.server, viewport={"width": 1000, "height": 700}) as visit:
        visit.page.evaluate("window.print = () => {}")
        visit.open()
        reply = visit.ask(QUESTION)
        assert _style(visit.window, "borderTopLeftRadius", "display") == ["19.2px", "flex"]
        reply.locator(".term").first.hover()
        expect(visit.page.get_by_role("tooltip")).to_be_visible()
        reply.locator(".cite").first.click()
        expect(visit.passage.locator("mark")).to_be_visible()
        link = visit.passage.get_by_role("link", name="Read it in the article")
        expect(link).to_have_attribute("href", re.compile(f"^{host.server}/#"))
        expect(link).to_have_attribute("target", "_blank")
        visit.press("Escape")
        reply.get_by_role("button", name="Yes, this was helpful").click()
        expect(visit.said).to_have_text("Thank you.")
        visit.page.get_by_role("button", name="More").click()
        visit.page.get_by_role("button", name="Print this chat").click()
        expect(visit.page.frame_locator("iframe").locator("h1")).to_contain_text("Chat with")


def test_a_copy_of_the_script_on_the_page_s_own_server_asks_the_server_that_data_server_names(
    browser: Browser, host: Host, url: str
) -> None:
    host.has(script=f'data-server="{host.server}/"')
    host.html = host.html.replace(f'src="{host.server}/widget.js"', 'src="/widget.js"')
    with visiting(browser, url, host.server, viewport={"width": 1000, "height": 700}) as visit:
        visit.open()
        with visit.page.expect_response(f"{host.server}/api/chat/stream") as asked:
            reply = visit.ask(QUESTION)
        assert asked.value.headers["access-control-allow-origin"] == "*"
        assert asked.value.request.all_headers()["origin"] == url
        reply.locator(".cite").first.click()
        link = visit.passage.get_by_role("link", name="Read it in the article")
        expect(link).to_have_attribute("href", re.compile(f"^{host.server}/#"))
        visit.press("Escape")
        reply.get_by_role("button", name="Yes, this was helpful").click()
        expect(visit.said).to_have_text("Thank you.")
    paths = [address.removeprefix(host.server) for address in visit.addresses if address.startswith(host.server)]
    assert paths[:2] == ["/api/config", "/api/chat/stream"]
    assert paths[2].startswith("/api/passages/")
    assert paths[3:] == ["/api/feedback"]


def test_hostile_styles_of_the_page_stay_outside(browser: Browser, host: Host, url: str) -> None:
    looks = []
    for css in ("", HOSTILE):
        host.has("<p>Text of the page</p>", css=css)
        with visiting(browser, url, host.server, viewport={"width": 1000, "height": 700}) as visit:
            visit.open()
            reply = visit.ask(QUESTION)
            parts = (visit.window, visit.box, reply, reply.locator(".cite").first, reply.locator(".quote").first)
            names = ("color", "fontSize", "fontFamily", "letterSpacing", "display", "visibility", "backgroundColor")
            looks.append([[part.bounding_box(), *_style(part, *names)] for part in parts])
            shield = visit.page.locator("faqbot-chat")
            assert _style(shield, "opacity", "transform", "filter", "zIndex") == ["1", "none", "none", "2147483647"]
    assert looks[0] == looks[1]


def test_two_windows_of_a_page_keep_apart(browser: Browser, host: Host, url: str) -> None:
    host.has('<faqbot-chat inline id="a"></faqbot-chat><faqbot-chat inline id="b" data-title="Other"></faqbot-chat>')
    with visiting(browser, url, host.server) as visit:
        first, second = visit.page.locator("#a"), visit.page.locator("#b")
        expect(second.get_by_role("heading", name="Other")).to_be_visible()
        first.get_by_label("Your question").fill(QUESTION)
        visit.press("Enter")
        expect(first.locator(".cite").first).to_be_visible()
        second.get_by_label("Your question").fill("How much does it cost?")
        visit.press("Enter")
        expect(second.locator(".no_answer")).to_be_visible()
        expect(visit.page.locator("faqbot-chat")).to_have_count(2)
        visit.page.reload()
        expect(first.locator(".turn")).to_have_count(1)
        expect(first.locator(".answer")).to_be_visible()
        expect(second.locator(".no_answer")).to_be_visible()
        assert visit.barriers() == []


def test_an_inline_window_takes_its_place_in_the_page_and_its_passages_stand_beside_the_answer(
    browser: Browser, host: Host, url: str
) -> None:
    host.has("<faqbot-chat inline></faqbot-chat>", css="faqbot-chat { --faqbot-height: 600px }")
    with visiting(browser, url, host.server, viewport={"width": 1200, "height": 800}) as visit:
        reply = visit.ask(QUESTION)
        assert (visit.window.bounding_box() or {})["height"] == 600
        expect(visit.launcher).to_be_hidden()
        expect(visit.page.get_by_role("button", name="Close")).to_have_count(0)
        reply.locator(".cite").first.click()
        expect(visit.passage.locator("mark")).to_be_visible()
        panel, window = visit.passage.bounding_box(), visit.window.bounding_box()
        assert panel
        assert window
        assert panel["x"] > window["x"] + window["width"] / 2
        assert panel["height"] > 590
        visit.shot("inline")
        visit.press("Escape")
        visit.press("Escape")
        expect(visit.window).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read_in_whatever_colour_the_page_chooses(
    browser: Browser, host: Host, url: str, scheme: Any
) -> None:
    host.has(
        "".join(f'<faqbot-chat inline data-color="{color}" data-title="{color}"></faqbot-chat>' for color in COLORS)
    )
    with visiting(browser, url, host.server, color_scheme=scheme, viewport={"width": 700, "height": 700}) as visit:
        for at in range(len(COLORS)):
            chat = visit.page.locator("faqbot-chat").nth(at)
            chat.locator(".chip").first.click()
            reply = chat.locator(".reply")
            expect(reply.locator(".cite").first).to_be_visible()
            parts = (
                chat.locator(".head"),
                chat.locator(".ask .round"),
                chat.locator(".you"),
                reply.locator(".cite").first,
            )
            assert min(_contrast(part) for part in parts) >= 4.5, COLORS[at]
        assert visit.barriers() == []
        brands = {_style(visit.page.locator(".you").nth(at), "backgroundColor")[0] for at in range(len(COLORS))}
        assert len(brands) == len(COLORS)


def test_a_window_that_opens_by_itself_leaves_the_focus_to_the_page(browser: Browser, host: Host, url: str) -> None:
    host.has(script='data-open="true"')
    with visiting(browser, url, host.server, viewport={"width": 900, "height": 700}) as visit:
        expect(visit.window).to_be_visible()
        assert visit.page.evaluate("document.activeElement === document.body")
        visit.page.get_by_role("button", name="Close").click()
        expect(visit.launcher).to_be_focused()
        visit.page.reload()
        expect(visit.launcher).to_be_visible()
        expect(visit.window).to_be_hidden()
    with visiting(browser, url, host.server, **NARROW) as visit:
        expect(visit.launcher).to_be_visible()
        expect(visit.window).to_be_hidden()


def test_the_attributes_of_the_script_choose_title_place_language_and_theme(
    browser: Browser, host: Host, url: str
) -> None:
    host.has(script='data-title="Ask Elm Street" data-position="left" data-lang="ar" data-theme="dark"')
    with visiting(browser, url, host.server, viewport={"width": 900, "height": 700}) as visit:
        expect(visit.launcher).to_have_text("Ask Elm Street")
        assert (visit.launcher.bounding_box() or {})["x"] == 20
        visit.open()
        visit.shot("rtl-dark")
        expect(visit.page.get_by_role("heading", name="Ask Elm Street")).to_be_visible()
        assert _style(visit.window, "direction", "colorScheme") == ["rtl", "dark"]
        close, title = visit.page.get_by_role("button", name="Close").bounding_box(), visit.window.bounding_box()
        assert close
        assert title
        assert close["x"] < title["x"] + 60
        reply = visit.ask(QUESTION)
        assert visit.too_wide() == []
        expect(reply.locator("li .source b")).to_be_visible()
        assert visit.barriers() == []


def test_a_page_that_reads_from_right_to_left_has_its_window_at_its_own_end(
    browser: Browser, host: Host, url: str
) -> None:
    host.has(html='dir="rtl"')
    with visiting(browser, url, host.server, viewport={"width": 900, "height": 700}) as visit:
        expect(visit.launcher).to_be_visible()
        assert (visit.launcher.bounding_box() or {})["x"] == 20
        visit.open()
        assert (visit.window.bounding_box() or {})["x"] == 20


def test_at_400_percent_everything_is_reached_by_scrolling_one_way(browser: Browser, host: Host, url: str) -> None:
    host.has()
    with visiting(browser, url, host.server, **NARROW) as visit:
        visit.open()
        reply = visit.ask("What is " + "immunomodulation" * 20 + " of SVF?")
        assert visit.too_wide() == []
        reply = visit.ask("How do MSCs actually work in the body?")
        assert visit.too_wide() == []
        visit.shot("zoom-400")
        for part in (
            reply.locator(".cite").last,
            reply.locator("> .fine"),
            visit.box,
            visit.page.locator(".foot .fine"),
        ):
            part.scroll_into_view_if_needed()
            expect(part).to_be_in_viewport(ratio=0.9)
        reply.locator(".cite").first.click()
        close = visit.passage.get_by_role("button", name="Close")
        expect(close).to_be_in_viewport(ratio=1)
        assert visit.too_wide() == []
        link = visit.passage.get_by_role("link")
        link.scroll_into_view_if_needed()
        expect(link).to_be_in_viewport(ratio=0.9)
        visit.shot("zoom-400-passage")


@pytest.mark.parametrize("viewport", [(740, 360), (640, 400), (320, 256)], ids=["landscape", "200 %", "400 %"])
def test_in_a_low_window_the_box_and_the_way_out_stay_in_view_and_the_answer_is_scrolled_to(
    browser: Browser, host: Host, url: str, viewport: tuple[int, int]
) -> None:
    host.has()
    width, height = viewport
    with visiting(browser, url, host.server, viewport={"width": width, "height": height}) as visit:
        visit.open()
        expect(visit.box).to_be_in_viewport(ratio=1)
        for question in ("What is HLA?", QUESTION):
            visit.ask(question)
        expect(visit.page.locator(".you").last).to_be_in_viewport(ratio=1)
        expect(visit.box).to_be_in_viewport(ratio=1)
        expect(visit.page.get_by_role("button", name="Close")).to_be_in_viewport(ratio=1)
        visit.page.get_by_role("button", name="More").click()
        expect(visit.page.get_by_role("button", name="Copy this chat")).to_be_in_viewport(ratio=1)


def test_the_page_chooses_the_font_and_a_reader_its_size(browser: Browser, host: Host, url: str) -> None:
    host.has(css="faqbot-chat { --faqbot-font: 20px/1.6 Georgia, serif }")
    with visiting(browser, url, host.server, **PHONE) as visit:
        visit.open()
        reply = visit.ask(QUESTION)
        assert _style(reply.locator(".quote").first, "fontSize", "fontFamily") == ["20px", "Georgia, serif"]
        assert _style(visit.box, "fontSize") == ["20px"]
        assert visit.too_wide() == []


def test_forced_colours_and_reduced_motion_are_honoured(browser: Browser, host: Host, url: str) -> None:
    host.has()
    with visiting(browser, url, host.server, forced_colors="active", viewport={"width": 900, "height": 700}) as visit:
        visit.open()
        reply = visit.ask(QUESTION)
        for part in (
            reply,
            reply.locator(".cite").first,
            visit.page.locator(".you"),
            visit.page.locator(".ask .round"),
        ):
            style, width = _style(part, "borderTopStyle", "borderTopWidth")
            assert (style, width) == ("solid", "1px")
        reply.locator(".cite").first.click()
        mark, text = visit.passage.locator("mark"), visit.passage.locator("blockquote")
        assert _style(mark, "backgroundColor") != _style(text, "backgroundColor")
        visit.shot("forced-colours")
        assert _style(visit.passage, "animationName") == ["none"]
    with visiting(browser, url, host.server, reduced_motion="no-preference") as visit:
        visit.open()
        assert _style(visit.window, "animationName") == ["rise"]


def test_the_script_twice_makes_one_window_and_one_before_the_page_is_read_waits_for_it(
    browser: Browser, host: Host, url: str
) -> None:
    host.has("<p>Text</p>")
    tag = f'<script src="{host.server}/widget.js"></script>'
    host.html = host.html.replace("<title>", f"{tag}{tag}<title>")
    with visiting(browser, url, host.server) as visit:
        expect(visit.launcher).to_be_visible()
        expect(visit.page.locator("faqbot-chat")).to_have_count(1)


def test_the_script_needs_nothing_that_the_browsers_of_docs_api_md_lack() -> None:
    newer = r"light-dark\(|field-sizing|groupBy|AbortSignal\.any|:has\(|:dir\(|withResolvers|@starting-style|popover"
    assert re.findall(newer, demo.WIDGET.read_text(encoding="utf-8")) == []


def test_a_page_that_is_not_allowed_gets_no_window_and_is_not_disturbed(browser: Browser, settings: Settings) -> None:
    with serving(create_app(settings)) as server:
        host = Host(server)
        host.has()
        with serving(host.app) as url:
            page = browser.new_page()
            page.goto(url)
            page.wait_for_load_state("networkidle")
            assert page.locator(".launch").count() == 0
            expect(page.get_by_role("heading", name="A page")).to_be_visible()
            page.context.close()
