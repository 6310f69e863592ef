"""Somebody of the staff, signed in, for tests of what is behind the sign-in."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx
from fastapi import FastAPI

from bot.passwords import StaffError
from bot.web.signin import Cookie, Door

NAME = "nurse kim"
PASSWORD = "four ducks on a pond"


@dataclass
class Clock:
    """A clock that stands still until it is put on."""

    time: datetime = field(default_factory=lambda: datetime(2026, 11, 28, 9, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.time

    def wait(self, how_long: timedelta) -> None:
        self.time += how_long


def token(app: FastAPI) -> str:
    """The token of a new session of a member of staff, whose account is made where there is none."""
    door: Door = app.state.door
    with suppress(StaffError):
        door.accounts.add(NAME, PASSWORD)
    signed_in = door.accounts.sign_in(NAME, PASSWORD)
    assert signed_in
    return door.sessions.open(signed_in.account_id)


def as_staff(app: FastAPI, url: str) -> httpx.Client:
    """A client that is signed in, and asks as a page of this server does."""
    headers = {"origin": url, "cookie": f"{Cookie.SESSION}={token(app)}"}
    return httpx.Client(base_url=url, headers=headers, timeout=30)
