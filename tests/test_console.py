"""The staff's window by HTTP: closed, lazily opened, with nothing of Gradio but what it needs."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import staffing
from consoles import own_state
from fastapi import FastAPI
from fastapi.routing import APIRoute
from serving import serving
from sqlalchemy import select
from starlette.routing import Mount, Route

from bot.chain import FaqChain
from bot.journal import Journal
from bot.journal_tables import Action, Audit
from bot.live import LiveChain
from bot.reply import Kind
from bot.settings import Settings, load_settings
from bot.web import console
from bot.web.app import create_app

pytestmark = pytest.mark.slow

NEEDED = {
    "/",
    "/config",
    "/theme.css",
    "/static/x",
    "/assets/x",
    "/gradio_api/heartbeat/x",
    "/gradio_api/queue/data",
    "/gradio_api/queue/join",
    "/gradio_api/cancel",
    "/gradio_api/reset",
    "/gradio_api/reset/",
    "/gradio_api/startup-events",
}
"""All of Gradio that is there, for who is signed in."""

LAZY = """
import sys
sys.path.insert(0, {tests!r})
import staffing
from pathlib import Path
from serving import serving
from bot.settings import load_settings
from bot.web.app import create_app
import httpx

app = create_app(load_settings(state=Path({state!r})))
with serving(app) as url:
    assert httpx.post(url + "/api/chat", json={{"question": "What is SVF?"}}, timeout=60).status_code == 200
    assert httpx.get(url + "/staff/").status_code != 200
    assert "gradio" not in sys.modules
    with staffing.as_staff(app, url) as client:
        assert "gradio" in client.get("/staff/", timeout=60).text
    assert "gradio" in sys.modules
"""


@pytest.fixture(scope="module")
def app(state: Path, tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    folder = own_state(state, tmp_path_factory.mktemp("state"))
    return create_app(load_settings(state=folder, limit_session="", limit_address="", limit_reads=""))


@pytest.fixture(scope="module")
def url(app: FastAPI) -> Iterator[str]:
    with serving(app) as served:
        yield served


@pytest.fixture(scope="module")
def staff(app: FastAPI, url: str) -> Iterator[httpx.Client]:
    with staffing.as_staff(app, url) as client:
        client.get("/staff/", timeout=120)
        yield client


def gradio_routes(app: FastAPI) -> list[tuple[str, str]]:
    """Method and path, filled, of each route that Gradio serves."""
    opened: FastAPI = app.state.console._opened.result()
    mounted = next(route for route in opened.routes if isinstance(route, Mount))
    found = [
        (method, re.sub(r"\{[^}]*\}", "x", route.path))
        for route in _flat(mounted.routes)
        for method in sorted(route.methods or {"GET"})
    ]
    assert len(found) > 50
    return found


def _flat(routes: list) -> Iterator[Route]:
    for route in routes:
        if isinstance(route, APIRoute | Route):
            yield route
        elif inner := getattr(getattr(route, "original_router", None), "routes", None) or getattr(
            route, "routes", None
        ):
            yield from _flat(inner)


def test_patients_are_answered_without_gradio_which_comes_with_the_first_visit_of_staff(
    state: Path, tmp_path: Path
) -> None:
    code = LAZY.format(tests=str(Path(__file__).parent), state=str(own_state(state, tmp_path)))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_no_route_of_gradio_answers_who_is_not_signed_in(app: FastAPI, url: str, staff: httpx.Client) -> None:
    with httpx.Client(base_url=url, headers={"origin": url}) as stranger:
        for method, path in gradio_routes(app):
            response = stranger.request(method, f"/staff{path}")
            assert response.status_code in {303, 307, 401}, f"{method} {path}: {response.status_code}"
            assert "location" not in response.headers or "sign-in" in response.headers["location"]


def test_staff_reach_no_more_of_gradio_than_the_window_needs(app: FastAPI, staff: httpx.Client) -> None:
    refused = [path for method, path in gradio_routes(app) if path not in NEEDED]
    assert {"/gradio_api/upload", "/gradio_api/file=x", "/gradio_api/proxy=x", "/gradio_api/info"} <= set(refused)
    for method, path in gradio_routes(app):
        if path not in NEEDED:
            assert staff.request(method, f"/staff{path}").status_code == 404, f"{method} {path}"


def test_the_window_lets_nobody_in_by_itself(app: FastAPI, state: Path, tmp_path: Path) -> None:
    """Without the sign-in before it, it is closed: it fails to the safe side."""
    settings = load_settings(state=own_state(state, tmp_path))
    alone, journal = FastAPI(), Journal(settings)
    console.install(alone, settings, LiveChain(settings), journal)
    with serving(alone) as url, httpx.Client(base_url=url, timeout=60) as client:
        for path in ("/staff/", "/staff/config", "/staff/gaps.csv", "/staff/jobs/20200101T000000-abcd/report.html"):
            assert client.get(path).status_code == 401, path
        assert client.post("/staff/gradio_api/queue/join", json={}).status_code == 401
    journal.close()


def test_the_page_may_run_its_own_scripts_only(staff: httpx.Client) -> None:
    first, second = staff.get("/staff/"), staff.get("/staff/")
    policy = first.headers["content-security-policy"]
    scripts = next(part for part in policy.split("; ") if part.startswith("script-src"))
    assert re.fullmatch(r"script-src 'self' 'nonce-[\w-]{20,}'", scripts)
    assert policy != second.headers["content-security-policy"]
    nonce = scripts.split("'nonce-")[1].rstrip("'")
    assert first.text.count("<script") == first.text.count(f'<script nonce="{nonce}"') > 2
    assert first.headers["cache-control"] == "no-store"


def test_the_page_names_no_other_server(staff: httpx.Client) -> None:
    markup = re.sub(r"<script.*?</script>", "", staff.get("/staff/").text, flags=re.DOTALL)
    assert re.findall(r"""(?:src|href|content)="?(https?:[^"\s>]*)""", markup) == []


def test_the_bar_says_whose_it_is_and_who_is_signed_in(staff: httpx.Client) -> None:
    page = staff.get("/staff/").text
    assert "<h1>The clinic</h1>" in page
    assert f"Signed in as <b>{staffing.NAME}</b>" in page
    assert '<form method="post" action="./sign-out">' in page


def test_a_host_that_a_header_names_is_not_believed(staff: httpx.Client) -> None:
    for header in ("x-forwarded-host", "x-gradio-server"):
        assert "evil.example" not in staff.get("/staff/", headers={header: "evil.example"}).text


def test_without_its_slash_the_window_is_found_all_the_same(staff: httpx.Client) -> None:
    response = staff.get("/staff", headers={"host": "evil.example"})
    assert (response.status_code, response.headers["location"]) == (307, "/staff/")


def test_gaps_are_exported_as_a_file_and_the_export_is_written_down(
    app: FastAPI, staff: httpx.Client, chain: FaqChain
) -> None:
    journal: Journal = app.state.journal
    reply = chain.invoke("=stem cells tinnitus")
    assert reply.kind is Kind.NO_ANSWER
    journal.keep_reply(reply, 1.0)
    response = staff.get("/staff/gaps.csv?days=7&which=unanswered")
    assert response.headers["content-disposition"].startswith('attachment; filename="gaps-')
    assert response.headers["cache-control"] == "no-store"
    lines = response.content.decode("utf-8-sig").splitlines()
    assert len(lines) == 2
    assert '"\'=stem cells tinnitus"' in lines[1]
    with journal.reading() as session:
        audits = [(entry.who, entry.about) for entry in session.scalars(select(Audit)) if entry.action == Action.EXPORT]
    assert audits == [(staffing.NAME, "gaps of 7 days")]


def test_where_an_export_cannot_be_written_down_there_is_none(
    app: FastAPI, staff: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app.state.journal, "audit", lambda *_: False)  # as with a database that is full
    response = staff.get("/staff/gaps.csv")
    assert response.status_code == 503
    assert "can't be written down" in response.text
    assert "content-disposition" not in response.headers


def test_behind_a_proxy_that_keeps_the_host_staff_sign_in_and_use_the_window(
    app: FastAPI, url: str, staff: httpx.Client
) -> None:
    ours = {"host": "clinic.example", "origin": "http://clinic.example"}
    with httpx.Client(base_url=url, headers=ours, timeout=60) as web:
        assert "Sign in" in web.get("/staff/sign-in").text
        entered = web.post("/staff/sign-in", data={"name": staffing.NAME, "password": staffing.PASSWORD})
        assert (entered.status_code, "clinic.example" in entered.headers["location"]) == (303, False)
        web.headers["cookie"] = entered.headers.get_list("set-cookie")[0].split(";")[0]
        assert f"Signed in as <b>{staffing.NAME}</b>" in web.get("/staff/").text
        calls = web.get("/staff/config").json()["dependencies"]
        [look] = [call["id"] for call in calls if call["api_name"] == "look" and not call["inputs"]][:1]
        asked = {"data": [], "fn_index": look, "session_hash": "host"}
        assert web.post("/staff/gradio_api/queue/join", json=asked).status_code == 200
        assert web.post("/staff/gradio_api/queue/join", json=asked, headers={"origin": url}).status_code == 403


def test_old_runs_are_deleted_when_the_server_starts_without_a_visit(tmp_path: Path) -> None:
    old = tmp_path / "jobs" / "20200101T000000-abcd"
    old.mkdir(parents=True)
    with serving(create_app(load_settings(state=tmp_path))):
        end = time.monotonic() + 60
        while old.exists() and time.monotonic() < end:
            time.sleep(0.02)
    assert not old.exists()


@pytest.mark.parametrize("query", ["days=0", "days=99999999999", "days=-1", "days=x", "which=x", "handled=x"])
def test_a_query_that_makes_no_sense_is_no_error(query: str, staff: httpx.Client) -> None:
    assert staff.get(f"/staff/gaps.csv?{query}").status_code == 200


def test_a_report_runs_its_own_scripts_and_reaches_nothing(app: FastAPI, staff: httpx.Client) -> None:
    settings: Settings = app.state.settings
    folder = settings.state / "jobs" / "20260101T000000-abcd"
    folder.mkdir(parents=True)
    request = '{"kind": "evaluation", "who": "x", "started_at": "2026-01-01T00:00:00+00:00", "arguments": {}}'
    (folder / "request.json").write_text(request)
    (folder / "report.html").write_text("<!DOCTYPE html><script>1</script>")
    response = staff.get("/staff/jobs/20260101T000000-abcd/report.html")
    policy = response.headers["content-security-policy"]
    assert policy.startswith("sandbox allow-scripts; default-src 'none'; script-src 'nonce-")
    assert "connect-src" not in policy
    assert response.text.startswith('<!DOCTYPE html><script nonce="')


@pytest.mark.parametrize(
    "path",
    ["20260101T000000-abcd/compare.html", "20200101T000000-abcd/report.html", "%2e%2e/report.html", "x/request.html"],
)
def test_there_is_no_other_page_among_the_jobs(path: str, staff: httpx.Client) -> None:
    assert staff.get(f"/staff/jobs/{path}").status_code in {400, 404}
