"""Replies, ratings, what staff did and who staff are.

A journal of the time before had ratings alone, without a version; they are kept.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.journal_tables import UtcTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Makes the tables."""
    _replies()
    _ratings()
    _staff()


def _replies() -> None:
    op.create_table(
        "exchange",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("time", UtcTime, nullable=False, index=True),
        sa.Column("reply_id", sa.String(64), nullable=False, index=True),
        sa.Column("kind", sa.String(16), nullable=False, index=True),
        sa.Column("reasons", sa.JSON, nullable=False),
        sa.Column("passage_ids", sa.JSON, nullable=False),
        sa.Column("scores", sa.JSON, nullable=False),
        sa.Column("latency_ms", sa.Float, nullable=False),
        sa.Column("answerer", sa.Text, nullable=False),
        sa.Column("text", sa.Text),
    )


def _ratings() -> None:
    if sa.inspect(op.get_bind()).has_table("feedback"):
        op.add_column("feedback", sa.Column("question", sa.Text))
    else:
        op.create_table(
            "feedback",
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("time", UtcTime, nullable=False, index=True),
            sa.Column("reply_id", sa.String(64), nullable=False, index=True),
            sa.Column("rating", sa.String(8), nullable=False),
            sa.Column("comment", sa.Text),
            sa.Column("question", sa.Text),
        )
    op.create_table(
        "handled",
        sa.Column("reply_id", sa.String(64), primary_key=True),
        sa.Column("time", UtcTime, nullable=False, index=True),
        sa.Column("by", sa.Text, nullable=False),
    )


def _staff() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("time", UtcTime, nullable=False, index=True),
        sa.Column("who", sa.Text, nullable=False, index=True),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("about", sa.Text, nullable=False),
    )
    op.create_table(
        "account",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(200), nullable=False, unique=True),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Column("created_at", UtcTime, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("locked_until", UtcTime),
    )
    op.create_table(
        "staff_session",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("token_hash", sa.String(128), nullable=False, unique=True),
        sa.Column(
            "account_id", sa.Integer, sa.ForeignKey("account.id", ondelete="CASCADE"), nullable=False, index=True
        ),
        sa.Column("created_at", UtcTime, nullable=False),
        sa.Column("expires_at", UtcTime, nullable=False),
        sa.Column("last_seen_at", UtcTime, nullable=False),
    )
    op.create_table(
        "staff_device",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("token_hash", sa.String(128), nullable=False, unique=True),
        sa.Column(
            "account_id", sa.Integer, sa.ForeignKey("account.id", ondelete="CASCADE"), nullable=False, index=True
        ),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("last_used_at", UtcTime, nullable=False, index=True),
    )
