"""What is older than it may be is deleted, a little at a time: entries of patients come in between."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import InstrumentedAttribute

from bot.database import Database
from bot.journal_tables import Exchange, Feedback, Handled

_AT_ONCE = 1000
"""Entries of one transaction: some milliseconds for which a writer waits."""

_EXPIRES: dict[type[Exchange | Feedback | Handled], InstrumentedAttribute[Any]] = {
    Exchange: Exchange.id,
    Feedback: Feedback.id,
    Handled: Handled.reply_id,
}
"""Each table with its key."""


def delete_old(database: Database, oldest: datetime) -> int:
    """Deletes replies, ratings and marks of handled gaps from before a time, from the files too; how many.

    Raises:
        JournalError: It failed; what was deleted until then stays so, the next time goes on from there.
    """
    number = 0
    for table, key in _EXPIRES.items():
        old = select(key).where(table.time < oldest).limit(_AT_ONCE)
        deleted = _AT_ONCE
        while deleted == _AT_ONCE:
            with database.session() as session:
                deleted = session.connection().execute(delete(table).where(key.in_(old))).rowcount
            number += deleted
    database.overwrite_deleted()
    return number
