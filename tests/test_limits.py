"""How much and how often the API may be asked: sizes, rates, and whose requests they are counted for."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from limits import parse
from limits.strategies import MovingWindowRateLimiter
from serving import serving

from bot.settings import SettingsError, load_settings
from bot.web.app import create_app
from bot.web.limits import MAX_BODY_BYTES, SESSION_HEADER, Memory, subscriber

RATING = {"reply_id": "0" * 32, "rating": "up"}
JSON = {"content-type": "application/json"}
REDIS = shutil.which("redis-server")


@contextmanager
def limited(state: Path, **changes: Any) -> Iterator[httpx.Client]:
    """A server with these settings; it has no index, and ratings need none."""
    with serving(create_app(load_settings(state=state, **changes))) as url, httpx.Client(base_url=url) as web:
        yield web


def _rate(web: httpx.Client, session: str = "", behind: str = "") -> int:
    headers = {SESSION_HEADER: session} if session else {}
    headers |= {"x-forwarded-for": behind} if behind else {}
    return web.post("/api/feedback", json=RATING, headers=headers).status_code


def test_one_rating_too_many_is_429_and_says_when_to_come_back(tmp_path: Path) -> None:
    with limited(tmp_path, limit_address="3/minute", allowed_origins="https://elm.example") as web:
        assert [_rate(web) for _ in range(3)] == [204] * 3
        refused = web.post("/api/feedback", json=RATING, headers={"origin": "https://elm.example"})
    assert refused.status_code == 429
    wait_s = int(refused.headers["retry-after"])
    assert 1 <= wait_s <= 60
    assert refused.json() == {
        "error": {
            "code": "too_many",
            "message": f"There were too many requests. Please try again in {_said(wait_s)}.",
        }
    }
    assert refused.headers["access-control-allow-origin"] == "https://elm.example"
    assert "Retry-After" in refused.headers["access-control-expose-headers"]
    assert "default-src 'none'" in refused.headers["content-security-policy"]


def _said(wait_s: int) -> str:
    return "1 minute" if wait_s == 60 else f"{wait_s} seconds"


def test_a_wait_of_hours_is_told_in_minutes(tmp_path: Path) -> None:
    with limited(tmp_path, limit_address="1/2hours") as web:
        _rate(web)
        refused = web.post("/api/feedback", json=RATING)
    assert refused.json()["error"]["message"].endswith("again in 120 minutes.")


def test_one_who_waited_as_told_is_let_in(tmp_path: Path) -> None:
    with limited(tmp_path, limit_address="1/second") as web:
        while (response := web.post("/api/feedback", json=RATING)).status_code != 429:
            pass
        time.sleep(int(response.headers["retry-after"]))
        assert _rate(web) == 204


@pytest.mark.parametrize("path", ["/api/chat", "/api/chat/stream", "/api/feedback"])
def test_whatever_is_sent_to_the_api_counts_even_what_is_malformed(tmp_path: Path, path: str) -> None:
    with limited(tmp_path, limit_address="2/minute") as web:
        answers = [web.post(path, content=b"{", headers=JSON) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [400, 400, 429]
    assert answers[-1].headers["content-type"] == "application/json"


def test_each_conversation_has_its_own_count_and_all_of_one_address_share_another(tmp_path: Path) -> None:
    with limited(tmp_path, limit_session="2/minute", limit_address="6/minute") as web:
        assert [_rate(web, session="a") for _ in range(3)] == [204, 204, 429]
        assert [_rate(web, session="b") for _ in range(2)] == [204, 204]
        assert [_rate(web) for _ in range(2)] == [204, 429]
        assert _rate(web, session="c") == 429


def test_of_several_rates_each_holds(tmp_path: Path) -> None:
    with limited(tmp_path, limit_address="5/minute; 2/hour") as web:
        assert [_rate(web) for _ in range(3)] == [204, 204, 429]


def test_reading_is_counted_apart_from_asking(tmp_path: Path) -> None:
    with limited(tmp_path, limit_address="1/minute", limit_reads="2/minute") as web:
        assert [web.get("/api/config").status_code for _ in range(3)] == [200, 200, 429]
        assert web.get("/api/passages/any").status_code == 429
        assert [_rate(web) for _ in range(2)] == [204, 429]


def test_health_and_pages_are_never_limited(tmp_path: Path) -> None:
    with limited(tmp_path, limit_address="1/minute", limit_reads="1/minute") as web:
        assert [_rate(web) for _ in range(2)] == [204, 429]
        assert {web.get(path).status_code for path in ["/healthz", "/"] * 10} == {200}
        assert {web.get("/readyz").status_code for _ in range(5)} == {503}


def test_an_empty_limit_is_none(tmp_path: Path) -> None:
    with limited(tmp_path, limit_session="", limit_address=" ", limit_reads="") as web:
        assert {_rate(web, session="a") for _ in range(100)} == {204}


def test_the_standard_limits_let_a_conversation_through(tmp_path: Path) -> None:
    with limited(tmp_path) as web:
        assert [_rate(web, session="a") for _ in range(21)] == [204] * 20 + [429]


def test_an_address_that_a_stranger_claims_is_not_believed(tmp_path: Path) -> None:
    with limited(tmp_path, limit_address="1/minute") as web:
        assert [_rate(web, behind=f"203.0.113.{n}") for n in range(2)] == [204, 429]


def test_a_trusted_proxy_tells_the_patients_address_and_patients_can_not(tmp_path: Path) -> None:
    with limited(tmp_path, limit_address="1/minute", trusted_proxies="127.0.0.0/8, 10.0.0.1") as web:
        assert [_rate(web, behind="203.0.113.1") for _ in range(2)] == [204, 429]
        assert _rate(web, behind="203.0.113.2") == 204
        assert _rate(web, behind="203.0.113.3, 203.0.113.1") == 429
        assert _rate(web, behind="203.0.113.1, 10.0.0.1") == 429
        assert _rate(web, behind="203.0.113.1:4711") == 429


def test_neighbours_of_one_ipv6_network_share_a_count(tmp_path: Path) -> None:
    with limited(tmp_path, limit_address="1/minute", trusted_proxies="127.0.0.1") as web:
        assert _rate(web, behind="2001:db8:1:2::1") == 204
        assert _rate(web, behind="2001:db8:1:2:ffff::9") == 429
        assert _rate(web, behind="[2001:db8:1:2::3]:4711") == 429
        assert _rate(web, behind="2001:db8:1:3::1") == 204


@pytest.mark.parametrize(
    ("address", "whose"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8:0:1:2:3:4:5", "2001:db8:0:1::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "unknown"),
        ("no address", "unknown"),
    ],
)
def test_an_address_belongs_to_a_subscriber(address: str, whose: str) -> None:
    assert subscriber(address) == whose


def test_while_the_shared_counts_are_out_of_reach_the_server_counts_by_itself(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        nobody_there = f"redis://:password@127.0.0.1:{taken.getsockname()[1]}"
    with limited(tmp_path, limit_address="2/minute", limit_storage=nobody_there) as web:
        assert [_rate(web) for _ in range(4)] == [204, 204, 429, 429]
    told = [record for record in caplog.records if record.name == "faqbot.web"]
    assert len(told) == 1
    assert "ConnectionError" in caplog.text
    assert "password" not in caplog.text


def test_a_storage_that_can_not_be_is_refused_at_the_start(tmp_path: Path) -> None:
    settings = load_settings(state=tmp_path, limit_storage="redis://127.0.0.1:no-port")
    with pytest.raises(SettingsError, match=r"^FAQBOT_LIMIT_STORAGE: "):
        create_app(settings)


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[str]:
    """A Redis of this test's own."""
    if not REDIS:
        pytest.skip("redis-server is not installed: shared counts are not tested")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    command = [REDIS, "--port", port, "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        assert any("Ready to accept connections" in line for line in server.stdout)
        yield f"redis://127.0.0.1:{port}"
        server.terminate()
        server.stdout.read()


def test_several_servers_count_together(tmp_path: Path, redis: str) -> None:
    settings = {"limit_session": "3/minute", "limit_storage": redis}
    with limited(tmp_path / "a", **settings) as one, limited(tmp_path / "b", **settings) as other:
        answers = [_rate(web, session="a") for web in (one, other, one, other, one)]
        refused = one.post("/api/feedback", json=RATING, headers={SESSION_HEADER: "a"})
    assert answers == [204, 204, 204, 429, 429]
    assert 1 <= int(refused.headers["retry-after"]) <= 60


def _chat(size: int) -> bytes:
    start, end = b'{"question": "What is SVF?", "history": ["', b'"]}'
    return start + b"x" * (size - len(start) - len(end)) + end


def _in_pieces(body: bytes) -> Iterator[bytes]:
    yield from (body[start : start + 10_000] for start in range(0, len(body), 10_000))


@pytest.mark.parametrize("path", ["/api/chat", "/api/chat/stream"])
@pytest.mark.parametrize("is_in_pieces", [False, True])
def test_the_longest_body_is_read_and_one_more_byte_is_413(tmp_path: Path, path: str, is_in_pieces: bool) -> None:
    with limited(tmp_path) as web:
        answers = [
            web.post(path, content=_in_pieces(body) if is_in_pieces else body, headers=JSON)
            for body in (_chat(MAX_BODY_BYTES), _chat(MAX_BODY_BYTES + 1))
        ]
    assert [answer.status_code for answer in answers] == [503, 413]
    assert answers[1].json() == {"error": {"code": "too_long", "message": "The message is too long."}}
    assert "default-src 'none'" in answers[1].headers["content-security-policy"]


def test_a_body_without_an_end_is_refused_before_it_ends(tmp_path: Path) -> None:
    request = (
        b"POST /api/chat HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    with limited(tmp_path) as web, socket.create_connection((web.base_url.host, web.base_url.port or 0), 10) as patient:
        patient.sendall(request + (b"2000\r\n" + b"x" * 0x2000 + b"\r\n") * 33)
        assert patient.recv(1000).startswith(b"HTTP/1.1 413 ")


def test_a_comment_that_is_too_long_is_413_and_not_kept(tmp_path: Path) -> None:
    with limited(tmp_path) as web:
        answers = [web.post("/api/feedback", json={**RATING, "comment": "x" * n}) for n in (500, 501)]
    assert [answer.status_code for answer in answers] == [204, 413]
    assert answers[1].json()["error"]["code"] == "too_long"


def test_whoever_has_not_come_for_a_while_is_forgotten_and_who_has_is_not() -> None:
    names, regular = Memory(), "one who comes again"
    limiter = MovingWindowRateLimiter(names)
    brief, long = parse("2/second"), parse("2/hour")
    limiter.hit(long, regular)
    for n in range(5000):
        limiter.hit(brief, str(n))
    time.sleep(1.1)
    for _ in range(2000):
        limiter.hit(brief, "another")
    assert len(names.events) == 2
    assert limiter.hit(long, regular)
    assert not limiter.hit(long, regular)


def test_a_header_that_does_not_end_is_refused_before_it_fills_the_memory(tmp_path: Path) -> None:
    with limited(tmp_path) as web, socket.create_connection((web.base_url.host, web.base_url.port or 0), 10) as patient:
        patient.sendall(b"GET /healthz HTTP/1.1\r\nHost: here\r\nX-Long: " + b"x" * 200_000)
        assert patient.recv(1000).startswith(b"HTTP/1.1 400 ")
