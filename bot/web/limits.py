"""How much and how often the API may be asked."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Iterator
from hashlib import sha256
from ipaddress import IPv6Address, IPv6Network, ip_address

from anyio import CapacityLimiter, to_thread
from limits import RateLimitItem, parse_many
from limits.errors import ConfigurationError, StorageError
from limits.storage import MemoryStorage, Storage, storage_from_string
from limits.strategies import MovingWindowRateLimiter
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.settings import Settings, SettingsError
from bot.web.errors import TOO_LONG, ApiError

MAX_BODY_BYTES = 256 * 1024
"""Longest body taken: a long conversation has a tenth of it."""

SESSION_HEADER = "X-Faqbot-Session"
"""A word that the widget makes up for each conversation; a client without one is known by its address alone."""

_COUNTED = "/api/"
_SUBNET_BITS = 64
"""Whoever has an IPv6 address has all of its /64."""

_STORAGE_TIMEOUT_S = 1.0
_STORAGE_THREADS = 8
_TRIED_AGAIN_S = 30
_SWEPT_EVERY = 1000

log = logging.getLogger("faqbot.web")


class Limits:
    """Refuses a body that is announced as too long (413), and more requests than the settings allow (429)."""

    def __init__(self, app: ASGIApp, counts: Counts) -> None:
        self.app = app
        self._counts = counts
        self._threads: CapacityLimiter | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Calls the app within, unless the request is refused."""
        if scope["type"] == "http":
            if int(Headers(scope=scope).get("content-length") or 0) > MAX_BODY_BYTES:
                raise ApiError(413, "too_long", TOO_LONG)
            if scope["path"].startswith(_COUNTED):
                await self._count(scope)
        await self.app(scope, receive, send)

    async def _count(self, scope: Scope) -> None:
        # threads of their own: those that answer questions may all be busy
        self._threads = self._threads or CapacityLimiter(_STORAGE_THREADS)
        address = subscriber(scope["client"][0] if scope.get("client") else "")
        session = Headers(scope=scope).get(SESSION_HEADER, "")
        is_read = scope["method"] != "POST"
        wait_s = await to_thread.run_sync(self._counts.wait_s, is_read, address, session, limiter=self._threads)
        if wait_s:
            message = f"There were too many requests. Please try again in {in_words(wait_s)}."
            raise ApiError(429, "too_many", message, {"Retry-After": str(wait_s)})


class Counts:
    """Who asked how often of late.

    Where the storage can't be reached, this process counts by itself for a while, and then tries again.
    """

    def __init__(self, settings: Settings) -> None:
        self._session = _rates(settings.limit_session)
        self._address = _rates(settings.limit_address)
        self._reads = _rates(settings.limit_reads)
        self._sign_ins = _rates(settings.limit_sign_in)
        self._shared = MovingWindowRateLimiter(_storage(settings.limit_storage))
        self._own = MovingWindowRateLimiter(Memory())
        self._down_until_s = 0.0

    def wait_s(self, is_read: bool, address: str, session: str) -> int:
        """Counts a request; 0, or how many seconds it comes too early."""
        return self._wait_s(list(self._counted(is_read, address, session)))

    def sign_in_wait_s(self, address: str) -> int:
        """Counts a try to sign in; 0, or how many seconds it comes too early."""
        return self._wait_s([(rate, "sign-in", address) for rate in self._sign_ins])

    def _wait_s(self, counted: list[tuple[RateLimitItem, str, str]]) -> int:
        if time.monotonic() >= self._down_until_s:
            try:
                return _take(self._shared, counted)
            except StorageError as error:
                self._down_until_s = time.monotonic() + _TRIED_AGAIN_S
                kind = type(error.storage_error).__name__
                log.error("for %d s requests are counted by this process alone: %s", _TRIED_AGAIN_S, kind)
        return _take(self._own, counted)

    def _counted(self, is_read: bool, address: str, session: str) -> Iterator[tuple[RateLimitItem, str, str]]:
        """Each rate that a request counts for, with the kind and the name of whom it is counted for."""
        if is_read:
            yield from ((rate, "reads", address) for rate in self._reads)
            return
        yield from ((rate, "address", address) for rate in self._address)
        if session:
            name = sha256(session.encode()).hexdigest()
            yield from ((rate, "session", name) for rate in self._session)


class Memory(MemoryStorage):
    """Counts in memory, and forgets who has not come for a while; the library keeps every name for ever (5.8)."""

    _until_swept = _SWEPT_EVERY

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Counts once more, where that is not too often."""
        self._until_swept -= 1
        if self._until_swept <= 0:
            self._until_swept = _SWEPT_EVERY
            self._forget(time.time())
        return super().acquire_entry(key, limit, expiry, amount)

    def _forget(self, now_s: float) -> None:
        for key in list(self.events):
            with self.locks[key]:
                latest = next(iter(self.events.get(key, ())), None)
                if latest is None or latest.expiry < now_s:
                    self.clear(key)


def _take(limiter: MovingWindowRateLimiter, counters: list[tuple[RateLimitItem, str, str]]) -> int:
    for rate, kind, name in counters:
        if not limiter.hit(rate, kind, name):
            early_s = limiter.get_window_stats(rate, kind, name).reset_time - time.time()
            return max(1, math.ceil(early_s))
    return 0


def subscriber(address: str) -> str:
    """Whom an address belongs to: itself, of IPv6 its /64; "unknown" where it is none."""
    try:
        ip = ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(ip, IPv6Address):
        return str(ip.ipv4_mapped or IPv6Network((int(ip), _SUBNET_BITS), strict=False))
    return str(ip)


def in_words(seconds: int) -> str:
    """A wait as people say it: "40 seconds"."""
    amount, unit = (seconds, "second") if seconds < 60 else (math.ceil(seconds / 60), "minute")
    return f"{amount} {unit}{'' if amount == 1 else 's'}"


def _rates(text: str) -> list[RateLimitItem]:
    return parse_many(text) if text.strip() else []


def _storage(uri: str) -> Storage:
    try:
        if uri.startswith("memory:"):
            return Memory()
        timeouts = {"socket_timeout": _STORAGE_TIMEOUT_S, "socket_connect_timeout": _STORAGE_TIMEOUT_S}
        storage = storage_from_string(uri, wrap_exceptions=True, **timeouts)
    except ConfigurationError as error:
        raise SettingsError(f"FAQBOT_LIMIT_STORAGE: {error}; run: pip install faqbot-clinic[redis]") from error
    except ValueError as error:
        raise SettingsError(f"FAQBOT_LIMIT_STORAGE: {error}; write redis://HOST:PORT") from error
    assert isinstance(storage, Storage)  # noqa: S101 (of the two kinds, the one that waits)
    return storage
