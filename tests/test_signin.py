"""The door of the staff's window over real HTTP: what is closed, who gets in, and what strangers can't do."""

from __future__ import annotations

import asyncio
import logging
import re
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from journals import rows
from serving import serving
from staffing import NAME, PASSWORD, Clock, as_staff
from starlette.responses import StreamingResponse
from starlette.routing import Mount
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from bot.settings import load_settings
from bot.staff_sessions import IDLE, Sessions
from bot.web.app import create_app
from bot.web.origin import is_from, is_from_our_page, is_from_this_computer
from bot.web.signin import Cookie, StaffOnly

PAGE = {"accept": "text/html,application/xhtml+xml"}
FORM = {"name": NAME, "password": PASSWORD}
SESSION, DEVICE = Cookie.SESSION, Cookie.DEVICE


@contextmanager
def staffed(state: Path, **changes: Any) -> Iterator[tuple[FastAPI, httpx.Client]]:
    """A server with one account, and a stranger's client that asks as a page of the server does."""
    app = create_app(load_settings(state=state, limit_sign_in="", **changes))
    app.state.door.accounts.add(NAME, PASSWORD)
    with serving(app) as url, httpx.Client(base_url=url, headers={"origin": url}, timeout=30) as web:
        yield app, web


@pytest.fixture(scope="module")
def module_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FastAPI, str]]:
    with staffed(tmp_path_factory.mktemp("state")) as (app, web):
        yield app, str(web.base_url)


@pytest.fixture
def app(module_app: tuple[FastAPI, str]) -> FastAPI:
    return module_app[0]


@pytest.fixture
def url(module_app: tuple[FastAPI, str]) -> str:
    return module_app[1].rstrip("/")


@pytest.fixture
def web(url: str) -> Iterator[httpx.Client]:
    """A stranger, who has no cookie yet."""
    with httpx.Client(base_url=url, headers={"origin": url}, timeout=30) as web:
        yield web


def _routes(app: FastAPI, prefix: str = "") -> Iterator[tuple[str, set[str]]]:
    """Each path of an app with its methods, blanks filled."""
    for context in iter_route_contexts(app.routes):
        path = re.sub(r"{[^}]+}", "any", context.path or "")
        yield f"{prefix}{path}", set(getattr(context.original_route, "methods", None) or {"GET", "POST"})


def test_every_route_of_the_staffs_window_is_closed_and_leads_to_the_sign_in(app: FastAPI, web: httpx.Client) -> None:
    with as_staff(app, str(web.base_url).rstrip("/")) as kim:
        assert kim.get("/staff/", headers=PAGE, timeout=120).status_code == 200
    window = app.state.console._opened.result()
    [gradio] = [route.app for route in window.routes if isinstance(route, Mount)]
    routes = [*_routes(app), *_routes(window, "/staff"), *_routes(gradio, "/staff")]
    behind = {(path, method) for path, methods in routes for method in methods if path.startswith("/staff")}
    paths = {path for path, _ in behind}
    assert {"/staff/", "/staff/gaps.csv", "/staff/gradio_api/upload", "/staff/gradio_api/queue/join"} <= paths
    assert len(paths) > 30
    is_open = {"/staff/sign-in", "/staff/sign-in.css", "/staff/sign-out"}
    for path, method in sorted(behind):
        if path in is_open:
            continue
        answers = [web.request(method, path), web.request("POST", path), web.get(path, headers=PAGE), web.head(path)]
        assert [answer.status_code for answer in answers] == [401, 401, 303, 401], (path, method)
        assert answers[2].headers["location"] == "/staff/sign-in"
        assert answers[2].content == b""
        if method != "HEAD":
            assert answers[0].json() == {"error": {"code": "sign_in", "message": "Please sign in first."}}


@pytest.mark.parametrize("path", ["/%73taff/console.css", "/staff//console.css", "/staff/./x", "/staff/%2e/x"])
def test_no_way_of_writing_the_address_opens_it(web: httpx.Client, path: str) -> None:
    answer = web.get(httpx.URL(web.base_url, raw_path=path.encode()))
    assert answer.status_code == 401


@pytest.mark.parametrize("path", ["//staff/console.css", "/STAFF/console.css", "/x/../staff/console.css", "/staffs"])
def test_what_is_not_under_the_address_does_not_show_the_window(web: httpx.Client, path: str) -> None:
    assert web.get(httpx.URL(web.base_url, raw_path=path.encode())).status_code in {401, 404}


@pytest.mark.parametrize("method", ["OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"])
def test_no_method_opens_it(web: httpx.Client, method: str) -> None:
    assert web.request(method, "/staff/").status_code == 401


def test_a_websocket_is_closed_before_it_opens_without_a_sign_in(tmp_path: Path) -> None:
    app = create_app(load_settings(state=tmp_path))
    with (
        TestClient(app) as client,
        pytest.raises(WebSocketDisconnect) as refused,
        client.websocket_connect("/staff/gradio_api/queue/join", headers={"origin": "http://testserver"}),
    ):
        pass
    assert refused.value.code == 1008


def test_who_signs_in_gets_in_until_they_sign_out(app: FastAPI, web: httpx.Client, url: str) -> None:
    entered = web.post("/staff/sign-in", data=FORM)
    assert (entered.status_code, entered.headers["location"]) == (303, "/staff/")
    session, device = entered.headers.get_list("set-cookie")
    assert re.fullmatch(rf"{SESSION}=[\w-]{{43}}; HttpOnly; Path=/; SameSite=strict", session)
    assert re.fullmatch(rf"{DEVICE}=[\w-]{{43}}; HttpOnly; Max-Age=7776000; Path=/; SameSite=strict", device)
    assert web.get("/staff/console.css").status_code == 200
    assert web.get("/staff/sign-in").headers["location"] == "/staff/"
    stolen = dict(web.cookies)
    left = web.post("/staff/sign-out")
    assert (left.status_code, left.headers["location"]) == (303, "/staff/sign-in?out")
    assert SESSION not in web.cookies
    assert DEVICE in web.cookies
    assert "You are signed out." in web.get("/staff/sign-in?out").text
    assert httpx.get(f"{url}/staff/console.css", cookies=stolen).status_code == 401
    done = rows(f"sqlite:///{app.state.settings.state / 'journal.db'}", "SELECT who, action FROM audit ORDER BY id")
    assert done[-2:] == [(NAME, "sign_in"), (NAME, "sign_out")]


def test_who_signs_in_anew_leaves_no_session_behind(web: httpx.Client, url: str) -> None:
    web.post("/staff/sign-in", data=FORM)
    before = dict(web.cookies)
    web.post("/staff/sign-in", data=FORM)
    assert web.cookies[SESSION] != before[SESSION]
    assert httpx.get(f"{url}/staff/console.css", cookies=before).status_code == 401


def test_that_the_window_asks_whether_its_reader_is_signed_in_keeps_nobody_signed_in(tmp_path: Path) -> None:
    clock = Clock()
    with staffed(tmp_path) as (app, web):
        app.state.door.sessions = Sessions(app.state.journal, IDLE, clock)
        web.post("/staff/sign-in", data=FORM)
        clock.wait(IDLE / 2)
        assert web.get("/staff/console.css").status_code == 200
        clock.wait(IDLE - timedelta(minutes=2))
        assert web.get("/staff/session").status_code == 204
        clock.wait(timedelta(minutes=2))
        assert web.get("/staff/session").status_code == 401
        assert web.get("/staff/console.css").status_code == 401


def test_who_was_signed_out_for_doing_nothing_is_told_so(web: httpx.Client) -> None:
    web.cookies.set(SESSION, "over")
    sent = web.get("/staff/", headers=PAGE)
    assert sent.headers["location"] == "/staff/sign-in?ended"
    assert "nothing was done for a while" in web.get("/staff/sign-in?ended").text


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": ""},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"host": "evil.example"},
    ],
)
def test_what_changes_something_must_come_from_a_page_of_ours(app: FastAPI, url: str, headers: dict[str, str]) -> None:
    with as_staff(app, url) as kim:
        for path in ("/staff/sign-in", "/staff/sign-out", "/staff/gradio_api/queue/join"):
            refused = kim.post(path, data=FORM, headers=headers)
            assert (refused.status_code, refused.json()["error"]["code"]) == (403, "not_ours")
            assert "set-cookie" not in refused.headers
        assert kim.get("/staff/console.css").status_code == 200


def test_by_what_is_known_of_it_a_request_is_from_our_page() -> None:
    def ask(method: str = "POST", **headers: str) -> bool:
        sent = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        return is_from_our_page({"type": "http", "method": method, "headers": sent})

    assert ask("GET")
    assert ask(sec_fetch_site="same-origin", origin="https://a.example", host="inner:8000")
    assert ask(origin="http://10.0.0.5:8000", host="10.0.0.5:8000")
    assert not ask(origin="http://10.0.0.5:9000", host="10.0.0.5:8000")
    assert not ask(host="10.0.0.5:8000")
    assert not ask(origin="http://10.0.0.5:8000")
    assert not ask()


def test_a_wrong_password_a_name_that_nobody_has_and_a_locked_account_get_the_same_answer(tmp_path: Path) -> None:
    with staffed(tmp_path) as (app, web):
        app.state.door.accounts.add("lee", "seven geese over a hill")
        wrong = web.post("/staff/sign-in", data={"name": "lee", "password": "no such password"})
        for _ in range(4):
            web.post("/staff/sign-in", data={"name": "lee", "password": "no such password"})
        locked = web.post("/staff/sign-in", data={"name": "lee", "password": "seven geese over a hill"})
        nobody = web.post("/staff/sign-in", data={"name": "bob", "password": "seven geese over a hill"})
    answers = [(r.status_code, r.text.replace("bob", "lee"), set(r.headers)) for r in (wrong, locked, nobody)]
    assert answers[0][0] == 403
    assert answers[0] == answers[1] == answers[2]
    assert 'role="alert"' in wrong.text
    assert "set-cookie" not in wrong.headers


def test_from_one_address_only_so_many_tries_are_taken_and_a_known_browser_is_not_counted(tmp_path: Path) -> None:
    app = create_app(load_settings(state=tmp_path, limit_sign_in="3/hour", trusted_proxies="127.0.0.1"))
    app.state.door.accounts.add(NAME, PASSWORD)
    with serving(app) as url:
        headers = {"origin": url, "x-forwarded-for": "203.0.113.1"}
        with httpx.Client(base_url=url, headers=headers, timeout=30) as kim:
            assert kim.post("/staff/sign-in", data=FORM).status_code == 303
            stranger = {"data": {"name": "nobody", "password": "x"}, "headers": headers}
            answers = [httpx.post(f"{url}/staff/sign-in", timeout=30, **stranger) for _ in range(3)]
            assert [answer.status_code for answer in answers] == [403, 403, 429]
            assert int(answers[2].headers["retry-after"]) > 3000
            assert "too many tries from this network" in answers[2].text
            assert kim.post("/staff/sign-in", data=FORM).status_code == 303
        other = {**headers, "x-forwarded-for": "203.0.113.2"}
        assert httpx.post(f"{url}/staff/sign-in", data=FORM, headers=other, timeout=30).status_code == 303


def test_by_https_the_cookies_are_secure_and_one_set_without_it_is_not_taken(tmp_path: Path) -> None:
    with staffed(tmp_path, trusted_proxies="127.0.0.1") as (_, web):
        web.headers.update({"x-forwarded-proto": "https", "x-forwarded-for": "203.0.113.1"})
        entered = web.post("/staff/sign-in", data=FORM)
        session, device = entered.headers.get_list("set-cookie")
        for told in (session, device):
            assert re.match(r"__Host-faqbot-\w+=[\w-]{43}; ", told)
            assert {"Secure", "HttpOnly", "Path=/", "SameSite=strict"} <= set(told.split("; "))
            assert "Domain" not in told
        token = session.split(";")[0]
        assert web.get("/staff/console.css", headers={"cookie": token}).status_code == 200
        assert web.get("/staff/console.css", headers={"cookie": token.removeprefix("__Host-")}).status_code == 401


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"", "application/x-www-form-urlencoded"),
        (b"name=%ff%fe&password=%00", "application/x-www-form-urlencoded"),
        (b"\xff\xff", "application/x-www-form-urlencoded"),
        (b"a=1&" * 1000, "application/x-www-form-urlencoded"),
        (b"name=a&name=b&password=c&password=d", "application/x-www-form-urlencoded"),
        (b'{"name": "x"}', "application/json"),
        (b"name=nurse+kim&password=four+ducks+on+a+pond", "text/plain"),
    ],
)
def test_a_form_that_is_none_is_a_failed_try(web: httpx.Client, content: bytes, media_type: str) -> None:
    answer = web.post("/staff/sign-in", content=content, headers={"content-type": media_type})
    assert answer.status_code == 403
    assert answer.headers["content-type"].startswith("text/html")


def test_a_form_of_megabytes_is_not_read(web: httpx.Client) -> None:
    assert web.post("/staff/sign-in", data={"name": "x" * 1_000_000}).status_code == 413


def test_what_was_typed_stays_text_and_is_in_no_log(web: httpx.Client, caplog: pytest.LogCaptureFixture) -> None:
    typed = {"name": '"><script>alert(1)</script>', "password": "a password typed in vain"}
    with caplog.at_level(logging.DEBUG):
        shown = web.post("/staff/sign-in", data=typed).text
    assert "<script" not in shown
    assert "&lt;script&gt;" in shown
    assert typed["password"] not in shown + caplog.text
    assert "alert(1)" not in caplog.text


def test_the_page_may_load_and_run_next_to_nothing_and_is_not_kept(web: httpx.Client) -> None:
    page = web.get("/staff/sign-in")
    policy = page.headers["content-security-policy"]
    assert "script-src" not in policy
    assert {"default-src 'none'", "form-action 'self'", "frame-ancestors 'none'"} <= set(policy.split("; "))
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "same-origin"
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=", page.text)
    for address in re.findall(r'(?:src|href)="([^"]+\.\w+)"', page.text):
        assert web.get(page.url.join(address)).status_code == 200


def test_where_the_accounts_can_not_be_read_nobody_gets_in_and_patients_are_served(tmp_path: Path) -> None:
    (tmp_path / "journal.db").mkdir()
    app = create_app(load_settings(state=tmp_path))
    with serving(app) as url, httpx.Client(base_url=url, headers={"origin": url}) as web:
        web.cookies.set(SESSION, "any")
        answers = [web.get("/staff/console.css"), web.post("/staff/sign-in", data=FORM), web.get("/metrics")]
        assert [answer.status_code for answer in answers[:2]] == [503, 503]
        assert answers[0].json()["error"]["code"] == "not_ready"
        assert str(tmp_path) not in answers[0].text + answers[1].text
        assert web.get("/").status_code == 200


def test_where_the_accounts_can_be_read_no_more_nobody_gets_in_and_patients_are_served(tmp_path: Path) -> None:
    with staffed(tmp_path) as (app, web):
        web.cookies.set(SESSION, app.state.door.sessions.open(1))
        assert web.get("/staff/session").status_code == 204
        with closing(sqlite3.connect(tmp_path / "journal.db")) as other:
            other.execute("DROP TABLE staff_session")
        answers = [web.get("/staff/session"), web.post("/staff/sign-in", data=FORM), web.post("/staff/sign-out")]
        assert [answer.status_code for answer in answers] == [503] * 3
        assert answers[0].json()["error"]["code"] == "not_ready"
        assert not any("staff_session" in answer.text for answer in answers)
        assert web.get("/").status_code == 200


def _link(app: FastAPI) -> str:
    return f"/staff/sign-in?link={app.state.door.first_visit.link()}"


def test_the_link_printed_at_the_start_opens_the_window_once_and_leaves_the_address_bar(tmp_path: Path) -> None:
    app = create_app(load_settings(state=tmp_path))
    with serving(app) as url, httpx.Client(base_url=url, headers={"origin": url}) as web:
        link = _link(app)
        entered = web.get(link)
        assert (entered.status_code, entered.headers["location"]) == (303, "/staff/")
        assert web.get("/staff/console.css").status_code == 200
        again = httpx.get(f"{url}{link}")
        assert again.status_code == 403
        assert "works once" in again.text
        assert "set-cookie" not in again.headers
        app.state.door.accounts.add(NAME, PASSWORD)
        assert web.get("/staff/console.css").status_code == 401
        assert httpx.get(f"{url}{_link(app)}").status_code == 403


def test_who_came_by_the_link_can_sign_out(tmp_path: Path) -> None:
    app = create_app(load_settings(state=tmp_path))
    with serving(app) as url, httpx.Client(base_url=url, headers={"origin": url}) as web:
        web.get(_link(app))
        kept = dict(web.cookies)
        assert web.post("/staff/sign-out").status_code == 303
        assert httpx.get(f"{url}/staff/console.css", cookies=kept).status_code == 401


FROM_ELSEWHERE = [
    {"host": "evil.example"},
    {"host": "127.0.0.1.evil.example"},
    {"host": ""},
    {"x-forwarded-for": "127.0.0.1"},
    {"x-real-ip": "127.0.0.1"},
    {"forwarded": "for=127.0.0.1"},
    {"via": "1.1 proxy"},
]


@pytest.mark.parametrize("proxies", ["", "127.0.0.1"])
def test_the_link_works_for_nobody_but_who_sits_at_the_servers_computer(tmp_path: Path, proxies: str) -> None:
    app = create_app(load_settings(state=tmp_path, trusted_proxies=proxies))
    with serving(app) as url:
        link = _link(app)
        for headers in FROM_ELSEWHERE:
            refused = httpx.get(f"{url}{link}", headers=headers)
            assert (refused.status_code, "set-cookie" in refused.headers) == (403, False), headers
        visitor = httpx.get(f"{url}{link}")
        assert visitor.status_code == 303
        for headers in FROM_ELSEWHERE:
            elsewhere = httpx.get(f"{url}/staff/console.css", cookies=dict(visitor.cookies), headers=headers)
            assert elsewhere.status_code == 401, headers


def test_this_computer_is_told_by_its_address_and_by_the_name_it_was_asked_by() -> None:
    def ask(client: str, host: str) -> bool:
        return is_from_this_computer({"type": "http", "client": (client, 1), "headers": [(b"host", host.encode())]})

    for host in ("127.0.0.1", "127.0.0.1:8000", "localhost:8000", "[::1]:8000"):
        assert ask("127.0.0.1", host)
        assert ask("::ffff:127.0.0.1", host)
        assert not ask("203.0.113.1", host)
    for host in ("0.0.0.0", "clinic.example", "localhost.evil.example", "[::1", "127.0.0.1@evil.example", "10.0.0.5"):
        assert not ask("127.0.0.1", host)


@pytest.mark.parametrize(
    ("client", "forwarded", "is_in"),
    [
        ("10.1.2.3", None, True),
        ("::ffff:10.1.2.3", None, True),
        ("11.1.2.3", None, False),
        ("unknown", None, False),
        ("10.1.2.3", "203.0.113.1", False),
        ("10.1.2.3", "10.1.2.3", True),
        ("203.0.113.1", "203.0.113.1", False),
    ],
)
def test_an_address_that_a_proxy_may_hide_is_in_no_network(client: str, forwarded: str | None, is_in: bool) -> None:
    headers = [] if forwarded is None else [(b"x-forwarded-for", forwarded.encode())]
    assert is_from(["10.0.0.0/8"], {"type": "http", "client": (client, 1), "headers": headers}) is is_in


def test_figures_are_for_staff_and_for_the_networks_of_the_settings(tmp_path: Path) -> None:
    with staffed(tmp_path, metrics_from="192.0.2.0/24") as (app, web):
        assert web.get("/metrics").status_code == 401
        assert web.get("/metrics/any", headers=PAGE).status_code == 303
        with as_staff(app, str(web.base_url).rstrip("/")) as kim:
            assert kim.get("/metrics").status_code != 401
    with staffed(tmp_path / "open") as (_, web):
        assert web.get("/metrics").status_code != 401
        assert web.get("/metrics", headers={"x-forwarded-for": "203.0.113.1"}).status_code == 401


def test_an_answer_that_goes_on_and_on_ends_when_its_reader_is_signed_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.web.signin._SEEN_TO_EVERY_S", 0.0)
    with staffed(tmp_path) as (app, web):
        door = app.state.door

        async def ticks() -> AsyncIterator[str]:
            while True:
                yield "tick\n"
                await asyncio.sleep(0.01)

        async def endless(scope: Any, receive: Any, send: Any) -> None:
            await StreamingResponse(ticks())(scope, receive, send)

        web.post("/staff/sign-in", data=FORM)
        with serving(StaffOnly(endless, door)) as url:  # type: ignore[arg-type]
            cookies = {SESSION: web.cookies[SESSION]}
            with httpx.stream("GET", f"{url}/staff/events", cookies=cookies, timeout=30) as response:
                lines = response.iter_lines()
                assert [next(lines) for _ in range(3)] == ["tick"] * 3
                web.post("/staff/sign-out")
                assert all(line == "tick" for line in lines)
