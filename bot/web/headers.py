"""What browsers are told of every response: what it may load, who may show it, how long it may be kept."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
_DATA = {"Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"}
_PAGE = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'; "
    "require-trusted-types-for 'script'; trusted-types 'none'",  # text only: no script may make HTML of it
    "Cross-Origin-Opener-Policy": "same-origin",
}
_DOCS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_FOR_STAFF = {"Referrer-Policy": "same-origin"}
"""Without it a form's Origin is null, and can't be told from another site's."""
_FOR_OTHER_PAGES = {"Cross-Origin-Resource-Policy": "cross-origin"}
_FOR_OURS = {"Cross-Origin-Resource-Policy": "same-origin"}


class SecureHeaders:
    """Adds the headers that fit the path and the kind of each response, where the response has none of its own."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Calls the app within."""

        async def secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in secure(scope["path"], headers.get("content-type", "")).items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, secured if scope["type"] == "http" else send)


def is_for_other_pages(path: str) -> bool:
    """Whether pages of other origins may use what is there: the API and the widget."""
    return path.startswith("/api/") or path == "/widget.js"


def secure(path: str, content_type: str) -> Mapping[str, str]:
    """The headers for a response of this kind at this path."""
    is_page = content_type.startswith("text/html")
    kind = (_DOCS if path == "/docs" else _PAGE) if is_page else _DATA
    kept = {"Cache-Control": "no-store"} if path.startswith("/api/") or (is_page and path.startswith("/staff/")) else {}
    if path.startswith("/staff"):
        kept |= _FOR_STAFF
    return {**_ALWAYS, **kind, **(_FOR_OTHER_PAGES if is_for_other_pages(path) else _FOR_OURS), **kept}
