"""An OpenAI-compatible server of chat models that answers by a script: well, wrongly, late, or not at all."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from bot.entailed import Entails
from index.entailment import Entailment

Exchange = BaseHTTPRequestHandler
Step = Callable[["ScriptedModel", Exchange], None]

PATIENCE_S = 30
DRIP_S = 0.02


@dataclass
class ScriptedModel:
    """What the server says, and what it was asked.

    Attributes:
        script: One step for each request; the last one answers all that come after.
        paths: Of the requests, in order.
        asked: Their bodies.
        left: Set when a client has gone away while it was answered.
        over: Set at the end: what still goes on then stops.
    """

    script: list[Step] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    left: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)
    url: str = ""

    @property
    def prompts(self) -> list[str]:
        """The words of each request: passages and question."""
        return [body["messages"][-1]["content"] for body in self.asked]

    def answer(self, exchange: Exchange) -> None:
        self.paths.append(exchange.path)
        body = exchange.rfile.read(int(exchange.headers.get("content-length", 0)))
        if exchange.path.endswith("/chat/completions"):
            self.asked.append(json.loads(body))
        step = self.script[min(len(self.paths), len(self.script)) - 1]
        try:
            step(self, exchange)
        except ConnectionError:
            self.left.set()
            exchange.close_connection = True


@contextmanager
def scripted(*script: Step) -> Iterator[ScriptedModel]:
    """Serves the script on a free port of this machine while the block runs."""
    model = ScriptedModel(list(script))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            model.answer(self)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        model.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
        try:
            yield model
        finally:
            model.over.set()
            server.shutdown()
            thread.join(PATIENCE_S)


def completion(content: str | None) -> bytes:
    """A chat completion as the protocol has it."""
    message = {"role": "assistant", "content": content}
    return json.dumps(
        {
            **{"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "elm-7b"},
            "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
            "usage": {"prompt_tokens": 700, "completion_tokens": 60, "total_tokens": 760},
        }
    ).encode()


def drafted(*sentences: tuple[str, list[int]], covered: bool = True) -> str:
    """A draft in the form that is asked for."""
    return json.dumps(
        {"covered": covered, "sentences": [{"text": text, "passages": numbers} for text, numbers in sentences]}
    )


def says(content: str | None) -> Step:
    """The model's words, whatever they are."""
    return lambda _, exchange: _send(exchange, 200, completion(content))


def drafts(*sentences: tuple[str, list[int]]) -> Step:
    return says(drafted(*sentences))


def fails(status: int, **headers: str) -> Step:
    """An error of the server, which repeats what it was asked, as some do."""

    def step(model: ScriptedModel, exchange: Exchange) -> None:
        body = json.dumps({"error": {"message": f"can't do: {model.prompts[-1]}", "type": "server_error"}}).encode()
        _send(exchange, status, body, **headers)

    return step


def sends(body: bytes) -> Step:
    """A body that is no chat completion."""
    return lambda _, exchange: _send(exchange, 200, body)


def closes(_: ScriptedModel, exchange: Exchange) -> None:
    """The connection is closed without a word."""
    exchange.connection.shutdown(socket.SHUT_RDWR)
    exchange.close_connection = True


def breaks(_: ScriptedModel, exchange: Exchange) -> None:
    """The connection is closed in the middle of the reply."""
    whole = completion(drafted(("The FDA approved Ryoncil.", [1])))
    exchange.send_response(200)
    exchange.send_header("content-type", "application/json")
    exchange.send_header("content-length", str(len(whole)))
    exchange.end_headers()
    exchange.wfile.write(whole[: len(whole) // 2])
    exchange.close_connection = True


def is_silent(model: ScriptedModel, exchange: Exchange) -> None:
    """Nothing comes, until the client goes."""
    exchange.connection.settimeout(PATIENCE_S)
    if exchange.connection.recv(1) == b"":
        model.left.set()
    exchange.close_connection = True


def drips(model: ScriptedModel, exchange: Exchange) -> None:
    """A byte now and then, without an end: no wait for the next one is long."""
    _begin_chunks(exchange)
    while not model.over.wait(DRIP_S):
        exchange.wfile.write(b"1\r\n \r\n")


def floods(model: ScriptedModel, exchange: Exchange) -> None:
    """As many bytes as are taken, without an end."""
    _begin_chunks(exchange)
    while not model.over.is_set():
        exchange.wfile.write(b"10000\r\n" + b" " * 0x10000 + b"\r\n")


def _begin_chunks(exchange: Exchange) -> None:
    exchange.send_response(200)
    exchange.send_header("content-type", "application/json")
    exchange.send_header("transfer-encoding", "chunked")
    exchange.end_headers()


def _send(exchange: Exchange, status: int, body: bytes, **headers: str) -> None:
    exchange.send_response(status)
    exchange.send_header("content-type", "application/json")
    exchange.send_header("content-length", str(len(body)))
    for name, value in headers.items():
        exchange.send_header(name.replace("_", "-"), value)
    exchange.end_headers()
    exchange.wfile.write(body)


@cache
def entails() -> Entails:
    """The model that checks what was drafted, opened once."""
    return Entailment(threads=1).log_odds
