"""Who is signed in: sessions that end when nothing is done for a while, and after a working day at the latest."""

from __future__ import annotations

import hmac
import secrets
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select, update

from bot.database import JournalError
from bot.journal import Journal
from bot.journal_tables import Account, StaffSession
from bot.staff import digest, utc_now

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
_NOTED_EVERY = timedelta(minutes=1)
"""A request writes down that somebody was here only so often."""

FIRST_VISITOR = "(this computer)"
"""Who is there by the one-time link, before there are accounts; no account can have this name."""


class Sessions:
    """The sessions of the journal's database, of which only hashes of their tokens are kept.

    Methods raise JournalError where that can't be opened or used.

    Args:
        journal: Where they are kept.
        idle: After so long without a request one is over.
        now: The clock.
    """

    def __init__(self, journal: Journal, idle: timedelta = IDLE, now: Callable[[], datetime] = utc_now) -> None:
        self._journal = journal
        self._idle = idle
        self._now = now

    def open(self, account_id: int) -> str:
        """A new session's token, which its owner alone has; what is over is forgotten."""
        now, token = self._now(), secrets.token_urlsafe(32)
        over = or_(StaffSession.expires_at <= now, StaffSession.last_seen_at <= now - self._idle)
        with self._journal.session() as session:
            session.execute(delete(StaffSession).where(over))
            session.add(
                StaffSession(
                    token_hash=digest(token),
                    account_id=account_id,
                    created_at=now,
                    expires_at=now + LONGEST,
                    last_seen_at=now,
                )
            )
        return token

    def who(self, token: str | None, *, is_active: bool = True) -> str | None:
        """The name of the account that a session is of; None where it is over, or none.

        Args:
            token: As the browser sent it.
            is_active: Whether somebody did something, which puts the end off.
        """
        if not token:
            return None
        now = self._now()
        asked = select(Account.name, StaffSession).join(Account).where(StaffSession.token_hash == digest(token))
        with self._journal.reading() as session:
            found = session.execute(asked).one_or_none()
        if found is None:
            return None
        name, kept = found
        if kept.expires_at <= now or kept.last_seen_at <= now - self._idle:
            return None
        if is_active and kept.last_seen_at < now - _NOTED_EVERY:
            # a database that can't be written to, on a full disk, signs nobody out
            with suppress(JournalError), self._journal.session() as session:
                session.execute(update(StaffSession).where(StaffSession.id == kept.id).values(last_seen_at=now))
        return str(name)

    def close(self, token: str | None) -> None:
        """Ends a session, if there is one."""
        if token:
            with self._journal.session() as session:
                session.execute(delete(StaffSession).where(StaffSession.token_hash == digest(token)))


class FirstVisit:
    """The way in while there are no accounts: a link that works once, for who sits at the server's own computer."""

    def __init__(self, now: Callable[[], datetime] = utc_now) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._link = ""
        self._token = ""
        self._ends = now()

    def link(self) -> str:
        """A new word for the link; what went before works no more."""
        with self._lock:
            self._link, self._token = secrets.token_urlsafe(32), ""
            return self._link

    def use(self, link: str) -> str | None:
        """The token of a session for the link's word, which is used up; None where it is not the word."""
        with self._lock:
            if not self._link or not hmac.compare_digest(digest(self._link), digest(link)):
                return None
            self._link, self._token = "", secrets.token_urlsafe(32)
            self._ends = self._now() + LONGEST
            return self._token

    def who(self, token: str | None) -> str | None:
        """The visitor's name, where the token is theirs."""
        with self._lock:
            is_theirs = token and self._token and hmac.compare_digest(digest(self._token), digest(token))
            return FIRST_VISITOR if is_theirs and self._now() < self._ends else None

    def close(self) -> None:
        """Ends the visit."""
        with self._lock:
            self._token = ""
