"""The page around the staff's window: its headers, what it may load, and the clinic's bar above it."""

from __future__ import annotations

import re
import secrets

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.profile import Clinic

_POLICY = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; frame-src 'self'; manifest-src 'self'; base-uri 'self'; form-action 'self'; "
    "frame-ancestors 'none'"
)
"""Gradio sets styles on elements ('unsafe-inline') and a <base>; it needs no script but its own files and those in the
page, which the nonce names. Its component HTML alone would need 'unsafe-eval': the window does without it."""

_REPORT_POLICY = (
    "sandbox allow-scripts; default-src 'none'; script-src 'nonce-{nonce}'; style-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
"""What questions hold stands in a report: were it ever run as a script, it could send nothing and read no cookie."""

_FROM_PROXIES = {b"x-forwarded-host", b"x-forwarded-proto", b"x-gradio-server"}
"""Gradio believes them of anyone; those of trusted proxies are in the scope already."""

_ABOUT_GRADIO = re.compile(r'<meta\s+(property|name)="(og|twitter):[^>]*>|<link rel="manifest"[^>]*>')
_LINKS = '<link rel="icon" href="../demo/icon.svg"><link rel="stylesheet" href="./console.css">'
_WATCH = '<script src="./session.js" defer></script><script src="./console.js" defer></script>'
_BODY = re.compile(r"<body[^>]*>")


def without_hints(scope: Scope) -> Scope:
    """A request without the headers that would tell Gradio another address, and for the page, unpacked."""
    dropped = _FROM_PROXIES | {b"accept-encoding"} if is_page(scope) else _FROM_PROXIES
    return {**scope, "headers": [(name, value) for name, value in scope["headers"] if name not in dropped]}


def is_page(scope: Scope) -> bool:
    """Whether the page itself is asked for."""
    return bool(scope["path"].endswith("/staff/"))


def bar(clinic: Clinic, who: str) -> str:
    """The clinic's bar above the window: whose it is, who is signed in, and the way out."""
    from bot.web.console_html import show  # with Jinja, which patients don't wait for either

    name = clinic.name[:1].upper() + clinic.name[1:]
    return show("bar", clinic=clinic, name=name, who=who, on=readable_on(clinic.color))


def readable_on(color: str) -> str:
    """Black or white, whichever is easier to read on a colour: the one with the higher contrast by WCAG 2.2."""
    channels = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    luminance = sum(weight * value for weight, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
    return "#ffffff" if 1.05 / (luminance + 0.05) >= (luminance + 0.05) / 0.05 else "#0d1414"


async def send_page(app: ASGIApp, scope: Scope, receive: Receive, send: Send, above: str) -> None:
    """Has the app make its page, and sends it with the clinic's bar and a policy for its scripts.

    Args:
        app: Gradio's.
        scope: Of the request.
        receive: Likewise.
        send: Likewise.
        above: HTML to stand above the app.
    """
    started: Message = {}
    body = bytearray()

    async def keep(message: Message) -> None:
        if message["type"] == "http.response.start":
            started.update(message)
        else:
            body.extend(message.get("body", b""))

    await app(scope, receive, keep)
    if not Headers(raw=started["headers"]).get("content-type", "").startswith("text/html"):
        await send(started)
        await send({"type": "http.response.body", "body": bytes(body)})
        return
    nonce = secrets.token_urlsafe(16)
    page = _dressed(body.decode(), above, nonce).encode()
    headers = MutableHeaders(raw=list(started["headers"]))
    headers["content-length"] = str(len(page))
    headers["content-security-policy"] = _POLICY.format(nonce=nonce)
    headers["cross-origin-opener-policy"] = "same-origin"
    headers["cache-control"] = "no-store"
    await send({**started, "headers": headers.raw})
    await send({"type": "http.response.body", "body": page})


def framed(page: str) -> Response:
    """A report as a response that the window may show in a frame: its own scripts run, and reach nothing."""
    nonce = secrets.token_urlsafe(16)
    headers = {"Content-Security-Policy": _REPORT_POLICY.format(nonce=nonce), "Cache-Control": "no-store"}
    return Response(_named(page, nonce), media_type="text/html; charset=utf-8", headers=headers)


def _named(page: str, nonce: str) -> str:
    return page.replace("<script", f'<script nonce="{nonce}"')


def _dressed(page: str, above: str, nonce: str) -> str:
    page = _ABOUT_GRADIO.sub("", page)
    page = page.replace("</head>", f"{_LINKS}{_WATCH}</head>", 1)
    page = _named(page, nonce)
    return _BODY.sub(lambda body: body[0] + above, page, count=1)
