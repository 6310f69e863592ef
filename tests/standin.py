"""A server that behaves as a test tells it, behind the real window: slow, cut off, hostile, gone."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, StreamingResponse

from bot.web import demo

PATIENCE_S = 20
INLINE = (
    '<!doctype html><html lang="en"><title>A page</title><script src="/widget.js" defer></script>'
    "<main><h1>A page</h1><faqbot-chat inline></faqbot-chat></main>"
)


@dataclass
class StandIn:
    """What the server says, and what it was asked.

    Attributes:
        config: Answer of /api/config.
        reply: Answer of both ways to ask, unless `chat` or `stream` say something else.
        pages: HTML and content security policy of its pages, by path.
        gate: While it is not set, nothing asked is answered.
    """

    config: dict[str, Any]
    reply: dict[str, Any]
    chat: Callable[[], Response] | None = None
    stream: Callable[[], Response] | None = None
    pages: dict[str, tuple[str, str]] = field(default_factory=lambda: {"/": (INLINE, "")})
    asked: list[tuple[str, dict[str, Any], str]] = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    @property
    def paths(self) -> list[str]:
        return [path for path, *_ in self.asked]

    @property
    def app(self) -> FastAPI:
        app = FastAPI()

        @app.get("/widget.js")
        def widget(request: Request) -> Response:
            return demo.file(request)

        @app.get("/api/config")
        def config() -> Response:
            return JSONResponse(self.config)

        @app.post("/api/chat")
        def chat(body: dict[str, Any], request: Request) -> Response:
            self._note(body, request)
            return self.chat() if self.chat else JSONResponse(self.reply)

        @app.post("/api/chat/stream")
        def stream(body: dict[str, Any], request: Request) -> Response:
            self._note(body, request)
            return self.stream() if self.stream else events(("status", {"state": "searching"}), ("reply", self.reply))

        @app.post("/api/feedback")
        def feedback(body: dict[str, Any], request: Request) -> Response:
            self._note(body, request)
            return Response(status_code=204)

        @app.get("/{path:path}")
        def page(path: str) -> Response:
            html, policy = self.pages.get(f"/{path}", ("", ""))
            return HTMLResponse(html, headers={"Content-Security-Policy": policy} if policy else {})

        return app

    def _note(self, body: dict[str, Any], request: Request) -> None:
        self.asked.append((request.url.path, body, request.headers["x-faqbot-session"]))
        self.gate.wait(PATIENCE_S)


def events(*sent: tuple[str, Any], then: Callable[[], object] | None = None) -> Response:
    """A stream of events; `then` is called before the last of them."""

    def lines() -> Iterator[str]:
        yield ": a comment keeps the line open\n\n"
        for at, (name, data) in enumerate(sent):
            if then and at == len(sent) - 1:
                then()
            yield f"event: {name}\ndata: {json.dumps(data)}\n\n"

    return StreamingResponse(lines(), media_type="text/event-stream")


def error(status: int, code: str, message: str = "Said by the server.", **headers: str) -> Response:
    """An error in the one form that the API has."""
    return JSONResponse({"error": {"code": code, "message": message}}, status_code=status, headers=headers)
