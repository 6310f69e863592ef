"""Staff accounts: who may sign in, and what slows down who guesses.

An account takes five wrong passwords, then one try after one, two, four … at most 15 minutes. So that a
stranger who guesses on and on can't keep its owner out, a browser that the owner has signed in with
before has a count of its own (device cookies, OWASP). A name that is no account costs the same, and
gets the same answer.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.journal import Journal
from bot.journal_tables import Account, Action, StaffDevice, StaffSession
from bot.lockout import count_failure, locked_until
from bot.passwords import Passwords, StaffError, checked

DEVICE_KEPT = timedelta(days=90)

COMMAND_LINE = "(command line)"
"""Who did it, where it was done on the server's own command line."""

_NAME = re.compile(r"[^\W_][\w.@+'-]*(?: [\w.@+'-]+)*")
_LONGEST_NAME = 100


def utc_now() -> datetime:
    """The time."""
    return datetime.now(UTC)


def digest(token: str) -> str:
    """What is kept of a token: nobody who reads the database can use it."""
    return sha256(token.encode("utf-8", "replace")).hexdigest()


def account_name(text: str) -> str:
    """A name as it is kept: in lower case, with single spaces.

    Raises:
        StaffError: It can't be one.
    """
    name = " ".join(unicodedata.normalize("NFKC", text).split()).casefold()
    if len(name) > _LONGEST_NAME or not _NAME.fullmatch(name):
        raise StaffError(f"{text!a} can't be a name; take letters and digits, with spaces or . @ + ' - _ between them")
    return name


@dataclass(frozen=True, slots=True)
class Listed:
    """An account as it is listed. `locked_until` is None where nothing is locked."""

    name: str
    created_at: datetime
    last_seen_at: datetime | None
    locked_until: datetime | None


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who has signed in; `device` is what their browser will be known by from now on."""

    account_id: int
    name: str
    device: str


class Accounts:
    """The accounts of the journal's database.

    Methods raise JournalError where that can't be opened or used.

    Args:
        journal: Where they are kept, and where it is written down what happens to them.
        now: The clock.
        passwords: How they are hashed.
    """

    def __init__(
        self, journal: Journal, now: Callable[[], datetime] = utc_now, passwords: Passwords | None = None
    ) -> None:
        self._journal = journal
        self._now = now
        self._passwords = passwords or Passwords()

    def add(self, name: str, password: str) -> str:
        """Makes an account; its name as it is kept.

        Raises:
            StaffError: There is one of this name, or name or password can't be taken.
        """
        name = account_name(name)
        kept = self._passwords.hash(checked(password, name))
        try:
            with self._journal.session() as session:
                session.add(Account(name=name, password_hash=kept, created_at=self._now(), failures=0))
        except IntegrityError as error:
            raise StaffError(f"there is an account {name} already; run: faqbot staff password '{name}'") from error
        self._journal.audit(COMMAND_LINE, Action.ACCOUNT_ADDED, name)
        return name

    def remove(self, name: str) -> None:
        """Takes an account away, and signs its owner out everywhere.

        Raises:
            StaffError: There is none of this name.
        """
        with self._journal.session() as session:
            account = _known(session, name)
            session.delete(account)
        self._journal.audit(COMMAND_LINE, Action.ACCOUNT_REMOVED, account.name)

    def set_password(self, name: str, password: str) -> None:
        """Gives an account another password, unlocks it, and signs its owner out everywhere.

        Raises:
            StaffError: There is none of this name, or the password can't be taken.
        """
        kept = self._passwords.hash(checked(password, account_name(name)))
        with self._journal.session() as session:
            account = _known(session, name)
            account.password_hash, account.failures, account.locked_until = kept, 0, None
            for table in (StaffSession, StaffDevice):
                session.execute(delete(table).where(table.account_id == account.id))
        self._journal.audit(COMMAND_LINE, Action.PASSWORD_CHANGED, account.name)

    def exist(self) -> bool:
        """Whether there is an account."""
        with self._journal.reading() as session:
            return session.scalar(select(func.count()).select_from(Account)) != 0

    def listed(self) -> list[Listed]:
        """All accounts, by name."""
        seen = func.max(StaffSession.last_seen_at).label("seen")
        joined = select(Account, seen).outerjoin(StaffSession).group_by(Account.id).order_by(Account.name)
        with self._journal.reading() as session:
            return [
                Listed(account.name, account.created_at, seen_at, locked_until(account, self._now()))
                for account, seen_at in session.execute(joined)
            ]

    def knows(self, device: str | None, name: str) -> bool:
        """Whether the named one has signed in with a browser before, and not failed too often since."""
        try:
            name = account_name(name)
        except StaffError:
            return False
        with self._journal.reading() as session:
            known, account = _device(session, device), _find(session, name)
            return known is not None and account is not None and known.account_id == account.id

    def sign_in(self, name: str, password: str, device: str | None = None) -> SignedIn | None:
        """Who has signed in; None where the name, the password or the time is wrong.

        Args:
            name: As typed.
            password: As typed.
            device: What the browser is known by, if it is.
        """
        try:
            name = account_name(name)
        except StaffError:
            name = ""
        with self._journal.reading() as session:
            account = _find(session, name)
            kept = account.password_hash if account else None
        right = self._passwords.matches(kept, password)
        new_hash = self._passwords.hash(password) if right and kept and self._passwords.is_outdated(kept) else None
        with self._journal.session() as session:
            # looked up again: of many tries at once each sees the ones before
            known = _device(session, device)
            account = _find(session, name, for_change=True)
            signed_in = self._decide(session, account, known, right=right and account is not None)
            if signed_in and account and new_hash:
                account.password_hash = new_hash
        self._journal.audit(name if kept else "", Action.SIGN_IN if signed_in else Action.SIGN_IN_FAILED)
        return signed_in

    def _decide(
        self, session: Session, account: Account | None, device: StaffDevice | None, *, right: bool
    ) -> SignedIn | None:
        now = self._now()
        own = device if device and account and device.account_id == account.id else None
        if account is None or (own is None and locked_until(account, now)):
            return None
        if not right:
            count_failure(session, account, own, now)
            return None
        session.execute(delete(StaffDevice).where(StaffDevice.last_used_at < now - DEVICE_KEPT))
        if own:
            session.delete(own)
        else:
            account.failures, account.locked_until = 0, None
        token = secrets.token_urlsafe(32)
        session.add(StaffDevice(token_hash=digest(token), account_id=account.id, failures=0, last_used_at=now))
        return SignedIn(account.id, account.name, token)


def _find(session: Session, name: str, *, for_change: bool = False) -> Account | None:
    asked = select(Account).where(Account.name == name)
    return session.scalar(asked.with_for_update() if for_change else asked)


def _known(session: Session, name: str) -> Account:
    found = _find(session, account_name(name), for_change=True)
    if found is None:
        raise StaffError(f"there is no account {name!a}; run: faqbot staff list")
    return found


def _device(session: Session, token: str | None) -> StaffDevice | None:
    return session.scalar(select(StaffDevice).where(StaffDevice.token_hash == digest(token))) if token else None
