"""How wrong passwords are counted, and for how long an account then takes none."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.journal_tables import Account, StaffDevice

TRIES = 5
LONGEST_LOCK = timedelta(minutes=15)
QUIET = timedelta(days=1)
"""After so long without a try the wrong ones are forgotten."""


def count_failure(session: Session, account: Account, own: StaffDevice | None, now: datetime) -> None:
    """Counts a wrong password: for the browser, which after some is known no more, or else for the account."""
    if own:
        own.failures += 1
        if own.failures >= TRIES:
            session.delete(own)
        return
    if account.locked_until and account.locked_until < now - QUIET:
        account.failures = 0
    account.failures += 1
    over = account.failures - TRIES
    if over >= 0:
        account.locked_until = now + min(LONGEST_LOCK, timedelta(minutes=2 ** min(over, 10)))


def locked_until(account: Account, now: datetime) -> datetime | None:
    """When an account takes passwords again; None where it does."""
    until = account.locked_until
    return until if until and until > now else None
