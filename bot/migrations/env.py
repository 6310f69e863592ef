"""Alembic's way in: it migrates the connection that bot.database hands over, in that connection's transaction."""

from __future__ import annotations

from alembic import context

from bot.journal_tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    transactional_ddl=True,  # SQLite can as well, where the transaction was begun by hand
)
with context.begin_transaction():
    context.run_migrations()
