"""How SQLite and PostgreSQL are connected to, and what their errors mean."""

from __future__ import annotations

import sqlite3
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError

from bot.settings import SettingsError

_PATIENCE_S = 5.0
"""How long a session waits for another writer; an address that names its own `timeout` goes before."""

_POSTGRES_WAITS = {"connect_timeout": 3, "tcp_user_timeout": 10_000}
"""Seconds for a connection, milliseconds for an answer of the network; an address that names its own goes before."""

_PRIMARY_CODE = 0xFF
"""The bits of SQLite's error codes that tell what went wrong; the others tell where."""


def is_busy(error: Exception) -> bool:
    """Whether an error says that somebody else held SQLite's file for too long."""
    cause = error.orig if isinstance(error, DBAPIError) else None
    return getattr(cause, "sqlite_errorcode", 0) & _PRIMARY_CODE == sqlite3.SQLITE_BUSY


def sqlite(url: URL) -> Engine:
    """An engine on a file: nobody who reads it waits for who writes, and who writes waits for one another."""
    waits = {} if "timeout" in url.query else {"timeout": _PATIENCE_S}
    # an error's message would tell what was to be kept
    engine = create_engine(url, connect_args=waits, hide_parameters=True)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def postgres(url: URL) -> Engine:
    """An engine on a server.

    Raises:
        SettingsError: Its driver is not installed.
    """
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
    options = connection.get_execution_options()
    if not options.get("without_transaction"):
        connection.exec_driver_sql("BEGIN" if options.get("reads_only") else "BEGIN IMMEDIATE")
