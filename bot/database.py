"""The journal's database: SQLite in the state folder, or PostgreSQL; its tables are made with the first session."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot.settings import Settings, SettingsError

MIGRATIONS = Path(__file__).parent / "migrations"
_HEAD = max(path.stem.split("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))
"""Revisions are numbered, so that the newest is known without importing Alembic, which takes half a second."""

_PATIENCE_S = 5.0
"""How long a session waits for another writer."""

_POSTGRES_WAITS = {"connect_timeout": 3, "tcp_user_timeout": 10_000}
"""Seconds for a connection, milliseconds for an answer of the network; an address that names its own goes before."""

_LOCK = 7_236_001
"""Of the servers that start at once, one migrates; any number would do."""


class JournalError(RuntimeError):
    """The journal can't be opened or read; the message names it and what was wrong, never what was to be kept."""


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
        self._engine = _sqlite(url) if self.file else _postgres(url)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was ever kept; of a server that isn't known before it is asked."""
        return self.file is not None and not self.file.exists()

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A session whose changes are committed at its end; on SQLite one writes at a time.

        Raises:
            JournalError: The database can't be reached or made.
            SQLAlchemyError: A statement failed; nothing of the session is kept.
        """
        self._make()
        with Session(self._engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that only reads, and waits for no writer. Raises as `session` does."""
        self._make()
        with Session(self._engine.execution_options(reads_only=True), autoflush=False) as session:
            yield session

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
                    self.file.touch(mode=0o600)  # what patients wrote is for the clinic's eyes
                self._engine.dispose()  # its connections may be to a file that was taken away
                with self._engine.begin() as connection:
                    _migrate(connection)
            except (SQLAlchemyError, OSError) as error:
                raise JournalError(f"{self.name}: can't be opened ({type(error).__name__})") from error
            self._is_made = True


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


def _sqlite(url: URL) -> Engine:
    # an error's message would tell what was to be kept
    engine = create_engine(url, connect_args={"timeout": _PATIENCE_S}, hide_parameters=True)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _postgres(url: URL) -> Engine:
    waits = {name: value for name, value in _POSTGRES_WAITS.items() if name not in url.query}
    try:
        return create_engine(
            url.set(drivername="postgresql+psycopg"), connect_args=waits, hide_parameters=True, pool_pre_ping=True
        )
    except ImportError as error:
        raise SettingsError(
            "FAQBOT_DATABASE: PostgreSQL needs its driver; run: pip install faqbot-clinic[postgres]"
        ) from error


def _prepare(connection: Any, _: Any) -> None:
    """Readers don't wait for a writer; an entry survives a kill of the process; what is deleted is overwritten."""
    connection.isolation_level = None  # transactions begin below: the driver's own leave changes of tables out
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "secure_delete=ON", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin(connection: Connection) -> None:
    reads_only = connection.get_execution_options().get("reads_only", False)
    connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")
