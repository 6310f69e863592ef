"""The journal's database: SQLite in the state folder, or PostgreSQL; its tables are made with the first session."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import URL, Connection, make_url, text
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session

from bot.engines import is_busy, postgres, sqlite
from bot.settings import Settings

MIGRATIONS = Path(__file__).parent / "migrations"
_HEAD = max(path.stem.split("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))
"""Revisions are numbered, so that the newest is known without importing Alembic, which takes half a second."""

_OURS = 0o600

_LOCK = 7_236_001
"""Of the servers that start at once, one migrates; any number would do."""


class JournalError(RuntimeError):
    """The journal can't be opened or used; the message names it and what was wrong, never what was to be kept."""


class JournalBusyError(JournalError):
    """Somebody else held the database for too long; the next try may succeed."""


class Database:
    """The engine over `FAQBOT_DATABASE`.

    Raises:
        SettingsError: The database's driver is not installed.
    """

    def __init__(self, settings: Settings) -> None:
        file = URL.create("sqlite", database=str(settings.state / "journal.db"))
        url = make_url(settings.database) if settings.database else file
        self.name = url.render_as_string()
        """The address, its password hidden."""
        self.file = Path(url.database or "") if url.get_backend_name() == "sqlite" else None
        self._lock = threading.Lock()
        self._is_made = False
        self._engine = sqlite(url) if self.file else postgres(url)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was ever kept; of a server that isn't known before it is asked."""
        return self.file is not None and not self.file.exists()

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A session whose changes are committed at its end; on SQLite one writes at a time.

        Raises:
            JournalError: The database can't be reached or made, or a statement failed; nothing of the session is kept.
            IntegrityError: A statement was against a rule of the tables; likewise.
        """
        self._make()
        with self._told(), Session(self._engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that only reads, and waits for no writer. Raises as `session` does."""
        self._make()
        engine = self._engine.execution_options(reads_only=True)
        with self._told(), Session(engine, autoflush=False) as session:
            yield session

    def overwrite_deleted(self) -> None:
        """Takes what was deleted out of SQLite's write-ahead log too, which is emptied into the file.

        Raises:
            JournalBusyError: Somebody reads what is in the log still.
            JournalError: The database can't be reached or made.
        """
        if self.file is None:
            return
        self._make()
        engine = self._engine.execution_options(without_transaction=True)  # SQLite does it outside of one
        with self._told(), engine.connect() as connection:
            is_read, *_ = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
        if is_read:
            raise JournalBusyError(f"{self.name}: what was deleted is in its log still, for somebody reads it")

    @staticmethod
    def import_what_it_takes() -> None:
        """Imports what makes the tables, half a second on a slow machine."""
        import alembic.command  # noqa: F401

    def close(self) -> None:
        """Lets the connections go; the next session opens them again."""
        self._engine.dispose()

    def _make(self) -> None:
        with self._lock:
            if self._is_made and not self.is_empty:
                return
            try:
                if self.file:
                    self.file.parent.mkdir(parents=True, exist_ok=True)
                    self.file.touch(mode=_OURS)  # what patients wrote is for the clinic's eyes
                    _close_to_others(self.file)
                self._engine.dispose()  # its connections may be to a file that was taken away
                with self._engine.begin() as connection:
                    _migrate(connection)
            except (SQLAlchemyError, OSError) as error:
                raise self._trouble("can't be opened", error) from error
            self._is_made = True

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Makes a JournalError of what SQLAlchemy raises inside, but for a broken rule of the tables."""
        try:
            yield
        except IntegrityError:
            raise
        except SQLAlchemyError as error:
            raise self._trouble("can't be used", error) from error

    def _trouble(self, what: str, error: Exception) -> JournalError:
        kind = JournalBusyError if is_busy(error) else JournalError
        return kind(f"{self.name}: {what} ({type(error).__name__})")


def _close_to_others(file: Path) -> None:
    """Lets nobody but us read a file that was there before, with SQLite's beside it; one of another owner stays."""
    for path in (file, *(file.with_name(file.name + ending) for ending in ("-wal", "-shm"))):
        with suppress(OSError):  # a file system without rights
            found = path.stat()
            if stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid() and stat.S_IMODE(found.st_mode) != _OURS:
                path.chmod(_OURS)


def _migrate(connection: Connection) -> None:
    """Brings the tables to the newest form, or none of them: all in the transaction of this connection."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    if _revision(connection) == _HEAD:
        return
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise JournalError("the journal was made by a newer faqbot; install that one, or name another") from error


def _revision(connection: Connection) -> str | None:
    if not connection.dialect.has_table(connection, "alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found
