"""What is kept of the use of the bot. A journal that is down or full costs an entry, never an answer or a page."""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import URL, DateTime, String, create_engine, event
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

MAX_COMMENT_CHARS = 500
_PATIENCE_S = 1.0
"""How long an entry waits for another writer."""

log = logging.getLogger("faqbot.journal")


class Base(DeclarativeBase):
    """The tables of the journal."""


class Feedback(Base):
    """What a patient thought of a reply."""

    __tablename__ = "feedback"

    id: Mapped[int] = mapped_column(primary_key=True)
    time: Mapped[datetime] = mapped_column(DateTime(timezone=True), index=True)
    reply_id: Mapped[str] = mapped_column(String(64), index=True)
    rating: Mapped[str] = mapped_column(String(8))
    comment: Mapped[str | None] = mapped_column(String(MAX_COMMENT_CHARS))


class Journal:
    """Entries in an SQLite file, which is made with the first of them. `lost` counts those that could not be kept."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lost = 0
        self._lock = threading.Lock()
        self._is_made = False
        self._engine = create_engine(
            URL.create("sqlite", database=str(path)),
            connect_args={"timeout": _PATIENCE_S},
            hide_parameters=True,  # an error's message would tell the comment
        )
        event.listen(self._engine, "connect", _write_ahead)

    def keep_feedback(self, reply_id: str, rating: str, comment: str | None = None) -> bool:
        """Keeps a rating; whether it could."""
        said = comment and comment.encode("utf-8", "replace").decode()  # half a character can't be stored
        return self._keep(Feedback(time=datetime.now(UTC), reply_id=reply_id, rating=rating, comment=said))

    def close(self) -> None:
        """Lets the file go; the next entry opens it again."""
        self._engine.dispose()

    def _keep(self, entry: Base) -> bool:
        try:
            self._make()
            with Session(self._engine) as session, session.begin():
                session.add(entry)
        except Exception as error:  # noqa: BLE001 (whatever is wrong with the journal, the patient goes on)
            with self._lock:
                self.lost += 1
            kind, table = type(error).__name__, entry.__tablename__
            log.error("%s: an entry of %s was lost (%s); %d since the start", self.path, table, kind, self.lost)
            return False
        return True

    def _make(self) -> None:
        with self._lock:
            if self._is_made and self.path.exists():
                return
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.touch(mode=0o600)  # comments are for the clinic's eyes
            self._engine.dispose()  # its connections may be to a file that was taken away
            Base.metadata.create_all(self._engine)
            self._is_made = True


def _write_ahead(connection: Any, _: Any) -> None:
    """Readers don't wait for a writer; an entry survives a kill of the process."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.close()
