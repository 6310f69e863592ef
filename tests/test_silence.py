"""Nothing leaves the server but its answers, whatever its environment asks for."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from consoles import own_state
from staffing import NAME, PASSWORD

from bot.journal import Journal
from bot.settings import load_settings
from bot.staff import Accounts

pytestmark = pytest.mark.slow

SCRIPT = Path(sys.executable).with_name("faqbot")
PATIENCE_S = 60
TRACED = """
from langchain_core.runnables import RunnableLambda
from langchain_core.tracers.langchain import wait_for_all_tracers
RunnableLambda(lambda text: text).invoke("a secret illness")
wait_for_all_tracers()
"""
SPANS = """
import sys
sys.path.insert(0, sys.argv[2])
from pathlib import Path
import staffing
from fastapi import FastAPI
from fastapi.testclient import TestClient
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from bot.settings import load_settings
from bot.web.app import create_app

seen, provider = InMemorySpanExporter(), TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(seen))
trace.set_tracer_provider(provider)
ours = create_app(load_settings(state=Path(sys.argv[1])))
with TestClient(FastAPI()) as web:
    web.get("/any")
print(len(seen.get_finished_spans()))
seen.clear()
with TestClient(ours, headers={"cookie": f"faqbot-staff={staffing.token(ours)}"}) as web:
    web.post("/api/chat", json={"question": "a secret illness"})
    assert web.get("/staff/").status_code == 200
print(len(seen.get_finished_spans()))
"""


class Listener(BaseHTTPRequestHandler):
    """Takes whatever is sent, and remembers it."""

    heard: list[str]

    def do_POST(self) -> None:
        self.heard.append(f"{self.command} {self.path}")
        self.rfile.read(int(self.headers.get("content-length") or 0))
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    do_GET = do_CONNECT = do_PUT = do_PATCH = do_POST  # noqa: N815 (the library calls them so)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def listening() -> Iterator[tuple[dict[str, str], list[str]]]:
    """An environment that asks every library to report to this machine, or to go through it, and what came."""
    heard: list[str] = []
    with ThreadingHTTPServer(("127.0.0.1", 0), type("Heard", (Listener,), {"heard": heard})) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        asked = {
            **dict.fromkeys(("LANGSMITH_TRACING", "LANGCHAIN_TRACING_V2", "FASTAPI_OTEL_AUTO_CONFIGURE"), "true"),
            **dict.fromkeys(("LANGSMITH_ENDPOINT", "LANGCHAIN_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"), url),
            **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY"), url),
            **{"LANGSMITH_API_KEY": "any", "CHROMA_OTEL_COLLECTION_ENDPOINT": url, "CHROMA_OTEL_GRANULARITY": "all"},
            **{"ANONYMIZED_TELEMETRY": "true", "ORT_DISABLE_TELEMETRY": "0"},
        }
        kept = {name: value for name, value in os.environ.items() if name.lower() not in {"no_proxy", "ci"}}
        yield {**kept, **asked}, heard
        server.shutdown()


@contextmanager
def served(environment: dict[str, str]) -> Iterator[str]:
    """The command `faqbot serve`, until the block ends; it then has had time to send what it would."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    with subprocess.Popen((SCRIPT, "serve", "--port", str(port)), env=environment, stderr=subprocess.DEVNULL) as server:
        try:
            _wait_until_ready(url)
            yield url
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(PATIENCE_S)


def _wait_until_ready(url: str) -> None:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        try:
            if httpx.get(f"{url}/readyz", trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise TimeoutError(url)


def test_tracing_and_telemetry_that_the_environment_asks_for_send_no_word_of_the_server_away(
    state: Path, tmp_path: Path
) -> None:
    folder = own_state(state, tmp_path)
    Accounts(Journal(load_settings(state=folder))).add(NAME, PASSWORD)
    with listening() as (environment, heard):
        with (
            served({**environment, "FAQBOT_STATE": str(folder)}) as url,
            httpx.Client(trust_env=False, timeout=PATIENCE_S, headers={"origin": url}) as web,
        ):
            question = {"question": "What is SVF for a secret illness?"}
            assert web.post(f"{url}/api/chat", json=question).status_code == 200
            assert "event: reply" in web.post(f"{url}/api/chat/stream", json=question).text
            assert web.post(f"{url}/staff/sign-in", data={"name": NAME, "password": PASSWORD}).status_code == 303
            assert "gradio" in web.get(f"{url}/staff/").text
        assert heard == []
        subprocess.run([sys.executable, "-c", TRACED], env=environment, check=True, timeout=PATIENCE_S)
        assert heard, "the environment would have been obeyed by a chain that does not refuse"


def test_no_request_of_patients_or_staff_is_recorded_by_the_web_frameworks_telemetry(tmp_path: Path) -> None:
    pytest.importorskip("opentelemetry.sdk")
    done = subprocess.run(
        [sys.executable, "-c", SPANS, str(tmp_path), str(Path(__file__).parent)],
        check=True,
        capture_output=True,
        text=True,
        timeout=2 * PATIENCE_S,
    )
    usual, ours = done.stdout.split()
    assert int(usual) > 0
    assert int(ours) == 0
