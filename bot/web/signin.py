"""The door of the staff's window: /staff, /metrics and /docs, with all below, are closed to who has not signed in."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from anyio import CapacityLimiter, to_thread
from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.database import JournalError
from bot.settings import Settings
from bot.staff import DEVICE_KEPT, Accounts
from bot.staff_sessions import FirstVisit, Sessions
from bot.web.errors import ApiError, body
from bot.web.origin import is_from, is_from_our_page, is_from_this_computer

STAFF = "/staff"
SIGN_IN = f"{STAFF}/sign-in"
SIGNED_IN = f"{STAFF}/session"
"""Asked by the window itself, again and again: it does not put the end of a session off."""
_OPEN = frozenset({SIGN_IN, f"{SIGN_IN}.css", f"{STAFF}/sign-out"})
_METRICS = "/metrics"
_DESCRIPTION = ("/docs", "/openapi.json")

_HASHED_AT_ONCE = 2
"""Each takes 64 MiB for a tenth of a second."""
_LOOKED_UP_AT_ONCE = 8
_SEEN_TO_EVERY_S = 30.0
"""How often it is seen to, while an answer goes on and on, that its reader is still signed in."""

NOT_OURS = "The request did not come from a page of the staff's window."
SIGN_IN_FIRST = "Please sign in first."
DOWN = "The staff's window can't be opened just now. Please try again in a few minutes."


class Cookie(StrEnum):
    """What a browser keeps of ours: who is signed in, and that somebody was before."""

    SESSION = "faqbot-staff"
    DEVICE = "faqbot-device"


@dataclass
class Door:
    """Who may come in."""

    settings: Settings
    accounts: Accounts
    sessions: Sessions
    first_visit: FirstVisit = field(default_factory=FirstVisit)

    @cached_property
    def hashing(self) -> CapacityLimiter:
        """Of the threads that check passwords."""
        return CapacityLimiter(_HASHED_AT_ONCE)

    @cached_property
    def looking(self) -> CapacityLimiter:
        """Of the threads that look sessions up: those that answer patients may all be busy."""
        return CapacityLimiter(_LOOKED_UP_AT_ONCE)

    async def who(self, scope: Scope, *, is_active: bool = True) -> str | None:
        """The name of whoever asks; None where nobody is signed in.

        Raises:
            ApiError: The accounts can't be read.
        """
        token = cookie(scope, Cookie.SESSION)
        if not token:
            return None
        try:
            return await to_thread.run_sync(self._who, scope, token, is_active, limiter=self.looking)
        except JournalError as error:
            raise ApiError(503, "not_ready", DOWN) from error

    def _who(self, scope: Scope, token: str, is_active: bool) -> str | None:
        visitor = self.first_visit.who(token)
        if visitor and self.accounts.exist():
            self.first_visit.close()
        elif visitor:
            return visitor if is_from_this_computer(scope) else None
        return self.sessions.who(token, is_active=is_active)

    def is_first_visit(self, scope: Scope) -> bool:
        """Whether there are no accounts, and somebody at the server's own computer asks."""
        return is_from_this_computer(scope) and not self.accounts.exist()


class StaffOnly:
    """Lets through who is signed in, with their name in `scope["state"]["staff"]`; shows all others the way in.

    Whatever changes something must come from a page of ours besides, signed in or not (cross-site requests).
    """

    def __init__(self, app: ASGIApp, door: Door) -> None:
        self.app = app
        self._door = door
        self._roots = (STAFF, _METRICS, *(_DESCRIPTION if door.settings.docs else ()))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Calls the app within, or refuses."""
        if scope["type"] not in {"http", "websocket"}:
            return await self.app(scope, receive, send)
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        if not (self._is_guarded(path) or self._is_guarded(scope["path"])):
            return await self.app(scope, receive, send)
        state = scope["state"] = {**scope.get("state", {}), "staff": None}
        if not is_from_our_page(scope):
            return await _refuse(scope, receive, send, 403, "not_ours", NOT_OURS)
        if path in _OPEN:
            return await self.app(scope, receive, send)
        state["staff"] = await self._door.who(scope, is_active=path != SIGNED_IN)
        if state["staff"]:
            return await self.app(scope, receive, self._while_signed_in(scope, send))
        if path == _METRICS and is_from(self._door.settings.metrics_from, scope):
            return await self.app(scope, receive, send)
        if _is_page(scope):
            return await _to_sign_in(scope, receive, send)
        await _refuse(scope, receive, send, 401, "sign_in", SIGN_IN_FIRST)

    def _is_guarded(self, path: str) -> bool:
        return any(path == root or path.startswith(f"{root}/") for root in self._roots)

    def _while_signed_in(self, scope: Scope, send: Send) -> Send:
        """Sends on; ends an answer that goes on when its reader has been signed out."""
        seen_to_s = time.monotonic()
        is_over = False

        async def watched(message: Message) -> None:
            nonlocal seen_to_s, is_over
            if is_over:
                return
            if message.get("more_body") and time.monotonic() - seen_to_s >= _SEEN_TO_EVERY_S:
                seen_to_s = time.monotonic()
                if await self._door.who(scope, is_active=False) is None:
                    is_over, message = True, {"type": "http.response.body", "body": b"", "more_body": False}
            await send(message)

        return watched if scope["type"] == "http" else send


def cookie(scope: Scope, name: Cookie) -> str | None:
    """What the browser keeps of ours; by HTTPS only what it was told by HTTPS."""
    cookies = cookie_parser("; ".join(Headers(scope=scope).getlist("cookie")))
    return cookies.get(f"{_prefix(scope)}{name}")


def keep(response: Response, scope: Scope, name: Cookie, token: str | None) -> None:
    """Tells the browser to keep a token, or with None to forget it; scripts and other sites never get it."""
    response.set_cookie(
        f"{_prefix(scope)}{name}",
        token or "",
        max_age=0 if token is None else int(DEVICE_KEPT.total_seconds()) if name is Cookie.DEVICE else None,
        path="/",
        secure=scope["scheme"] == "https",
        httponly=True,
        samesite="strict",
    )


def _prefix(scope: Scope) -> str:
    """`__Host-` lets no neighbour's page, and no one on the way without HTTPS, set the cookie."""
    return "__Host-" if scope["scheme"] in {"https", "wss"} else ""


def _is_page(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] not in {"GET", "HEAD"}:
        return False
    headers = Headers(scope=scope)
    mode = headers.get("sec-fetch-mode")
    return mode == "navigate" if mode else "text/html" in headers.get("accept", "")


async def _to_sign_in(scope: Scope, receive: Receive, send: Send) -> None:
    ended = "?ended" if cookie(scope, Cookie.SESSION) else ""
    await RedirectResponse(f"{scope.get('root_path', '')}{SIGN_IN}{ended}", 303)(scope, receive, send)


async def _refuse(scope: Scope, receive: Receive, send: Send, status: int, code: str, message: str) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": message})
    else:
        await body(status, code, message)(scope, receive, send)
