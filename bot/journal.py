"""What is kept of the use of the bot. A journal that is down or full costs an entry, never an answer or a page."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from bot.database import Database, JournalBusyError, JournalError
from bot.entries import clean, exchange_of, keeps_text
from bot.expiry import delete_old
from bot.gap import MOST_GAPS, Gap, Newest, gaps_of, in_parts
from bot.journal_tables import Action, Audit, Base, Exchange, Feedback, Handled
from bot.private import import_what_it_takes
from bot.reply import Kind, Reply
from bot.settings import Settings
from bot.writer import Writer

MAX_COMMENT_CHARS = 500
_ROOM = 1000
"""Entries that may wait: some minutes of a busy clinic, a few MB."""
_DAY_S = 86_400.0
_PAUSE_S = 0.05
"""Enough for a reply to be on its way before its entry is written."""
_FLUSHED_S = 30.0
_CLOSED_S = 5.0

_INSERTS: Mapping[str, Callable[..., postgresql.Insert | sqlite.Insert]] = {
    "postgresql": postgresql.insert,
    "sqlite": sqlite.insert,
}
"""What leaves alone a row that another has just put in."""

_EVER = datetime.fromtimestamp(0, UTC)

log = logging.getLogger("faqbot.journal")


class Journal:
    """Entries in the database of the settings, which is made with the first of them.

    What patients cause is handed to a thread that writes it; `lost` counts what could not be kept.

    Raises:
        SettingsError: The database's driver is not installed.
    """

    def __init__(self, settings: Settings) -> None:
        self.database = Database(settings)
        self.lost = 0
        self._settings = settings
        self._lock = threading.Lock()
        self._writer = Writer(_ROOM, self._deletes_old, _DAY_S, _PAUSE_S)

    def keep_reply(self, reply: Reply, latency_ms: float) -> bool:
        """Hands over a reply to be kept, its question only where the settings say so; whether there was room.

        Args:
            reply: With its trace.
            latency_ms: From the question's arrival to the reply, in milliseconds.
        """
        return self._hand_over(exchange_of(reply, latency_ms, keeps_text(reply.kind, self._settings.keep_text)))

    def keep_feedback(
        self, reply_id: str, rating: str, comment: str | None = None, question: str | None = None
    ) -> bool:
        """Hands over a rating to be kept; whether there was room.

        Args:
            reply_id: Of the reply rated.
            rating: "up" or "down".
            comment: In the patient's words.
            question: The one rated; kept of a reply that is known, rated down and not of a person in danger.
        """
        keeps = question if rating == "down" and self._settings.keep_text != "none" else None
        return self._hand_over(
            Feedback(time=datetime.now(UTC), reply_id=reply_id, rating=rating, comment=comment, question=keeps)
        )

    def audit(self, who: str, action: Action, about: str = "") -> bool:
        """Writes down at once what a member of staff did; whether it could."""
        return self._write(Audit(time=datetime.now(UTC), who=who, action=action, about=about))

    def audited(self, most: int) -> list[Audit]:
        """What members of staff did last, the newest first.

        Raises:
            JournalError: The journal can't be opened.
        """
        with self.reading() as session:
            return list(session.scalars(select(Audit).order_by(Audit.id.desc()).limit(most)))

    def session(self) -> AbstractContextManager[Session]:
        """A session to change tables in, committed at its end; see `Database.session`."""
        return self.database.session()

    def reading(self) -> AbstractContextManager[Session]:
        """A session that only reads, and waits for no writer; see `Database.reading`."""
        return self.database.reading()

    def gaps(self, since: datetime | None = None, handled: bool = False, most: int = MOST_GAPS) -> Newest[Gap]:
        """What patients asked and didn't get, the newest first: without an answer, or rated down.

        Args:
            since: None: all that is kept.
            handled: Those that are handled too.
            most: No more than so many; what comes back tells whether there are older ones.

        Raises:
            JournalError: The journal can't be opened.
        """
        with self.reading() as session:
            return gaps_of(session, since or _EVER, handled, most)

    def mark_handled(self, ids: Iterable[str], by: str) -> None:
        """Marks gaps as handled, by their ids; those that are already stay as they are.

        Raises:
            JournalError: The journal can't be opened.
        """
        now = datetime.now(UTC)
        with self.session() as session:
            insert = _INSERTS[session.get_bind().dialect.name]
            for wanted in in_parts(sorted(set(ids))):
                marks = [{"reply_id": id_, "time": now, "by": by} for id_ in wanted]
                session.execute(insert(Handled).on_conflict_do_nothing(), marks)

    def counts(self, since: datetime | None = None) -> dict[str, int]:
        """How many replies of each kind were kept since a time.

        Raises:
            JournalError: The journal can't be opened.
        """
        start = since or _EVER
        asked = (
            select(Exchange.kind, func.count().label("number")).where(Exchange.time >= start).group_by(Exchange.kind)
        )
        with self.reading() as session:
            return {row.kind: row.number for row in session.execute(asked)}

    def used_passages(self, since: datetime | None = None) -> Counter[str]:
        """How often each passage was shown to patients, by its id; one that never was is not in it.

        Raises:
            JournalError: The journal can't be opened.
        """
        start = since or _EVER
        shown = select(Exchange.passage_ids).where(Exchange.time >= start, Exchange.kind != Kind.NO_ANSWER)
        with self.reading() as session:
            return Counter(id_ for ids in session.scalars(shown.execution_options(yield_per=1000)) for id_ in ids)

    @property
    def waiting(self) -> int:
        """Entries that are handed over and not yet written."""
        return self._writer.waiting

    def start(self) -> None:
        """Starts the thread, which first deletes what is older than it may be."""
        self._writer.start()

    def flush(self, timeout_s: float = _FLUSHED_S) -> bool:
        """Waits until what was handed over is written; whether it was in time."""
        return self._writer.flush(timeout_s)

    def close(self) -> None:
        """Writes what waits and lets the database go; the next entry opens it again."""
        if left := self._writer.close(_CLOSED_S):
            self._lose(left, "at the end, the database was too slow")
        self.database.close()

    def delete_old(self, now: datetime) -> int:
        """Deletes the replies, ratings and handled gaps that are older than the settings allow; how many.

        Raises:
            JournalError: The journal can't be opened, or not all could be deleted.
        """
        return delete_old(self.database, now - timedelta(days=self._settings.keep_days))

    def _hand_over(self, entry: Exchange | Feedback) -> bool:
        if self._writer.put(lambda: self._write(entry)):
            return True
        self._lose(1, f"of {entry.__tablename__}, for too many wait")
        return False

    def _write(self, entry: Base) -> bool:
        try:
            try:
                self._add(entry)
            except JournalBusyError:
                self._add(entry)
        except Exception as error:  # noqa: BLE001 (whatever is wrong with the journal, the patient goes on)
            self._lose(1, f"of {entry.__tablename__} ({type(error.__cause__ or error).__name__})")
            return False
        return True

    def _add(self, entry: Base) -> None:
        with self.session() as session:
            clean(entry, session, self._settings.keep_text)
            session.add(entry)

    def _lose(self, number: int, which: str) -> None:
        with self._lock:
            self.lost += number
        entries = "an entry was" if number == 1 else f"{number} entries were"
        log.error("%s: %s lost, %s; %d since the start", self.database.name, entries, which, self.lost)

    def _deletes_old(self) -> bool:
        import_what_it_takes()  # while nobody asks yet: later it would slow down the first question
        if self.database.is_empty:
            self.database.import_what_it_takes()
            return True
        try:
            self.delete_old(datetime.now(UTC))
        except JournalError as error:
            log.error("old entries can't be deleted: %s", error)
            return False
        return True
