"""Which pages of other origins may use the API and the widget."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.web.errors import body
from bot.web.headers import is_for_other_pages
from bot.web.limits import SESSION_HEADER

_PREFLIGHT_KEPT_S = 3600


class Cors(CORSMiddleware):
    """Starlette's rules, for what is there for other pages; a refusal has the one form of errors."""

    def __init__(self, app: ASGIApp, origins: tuple[str, ...]) -> None:
        super().__init__(
            app,
            allow_origins=origins,
            allow_methods=("GET", "POST"),
            allow_headers=(SESSION_HEADER,),
            expose_headers=("Retry-After",),
            max_age=_PREFLIGHT_KEPT_S,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Calls the app within; answers a preflight."""
        is_theirs = scope["type"] == "http" and is_for_other_pages(scope["path"])
        await (super().__call__ if is_theirs else self.app)(scope, receive, send)

    def preflight_response(self, request_headers: Headers) -> Response:
        """What a browser that asks first is told."""
        response = super().preflight_response(request_headers)
        if response.status_code < 400:
            return response
        kept = {name: value for name, value in response.headers.items() if not name.startswith("content-")}
        return body(response.status_code, "not_allowed", bytes(response.body).decode(), kept)
