"""The tables of the journal: replies, ratings, what staff did, and who staff are."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect, Float, ForeignKey, MetaData, String, Text, TypeDecorator
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

_NAMES = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
"""Each constraint has a name, so that a later migration can name it."""


class Action(StrEnum):
    """What staff do that is written down."""

    SIGN_IN = "sign_in"
    SIGN_OUT = "sign_out"
    SIGN_IN_FAILED = "sign_in_failed"
    REBUILD = "rebuild"
    EXPORT = "export"
    EVALUATION = "evaluation"
    ADDED_TO_SET = "added_to_set"
    HANDLED = "handled"
    REPORTED = "reported"
    CANCELLED = "cancelled"
    ACCOUNT_ADDED = "account_added"
    ACCOUNT_REMOVED = "account_removed"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 (what happened, no password)


class UtcTime(TypeDecorator[datetime]):
    """A time with its zone, which is UTC: SQLite keeps no zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return value and value.astimezone(UTC)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        time: datetime = value if value.tzinfo else value.replace(tzinfo=UTC)
        return time.astimezone(UTC)


class Base(DeclarativeBase):
    """The tables of the journal."""

    metadata = MetaData(naming_convention=_NAMES)
    type_annotation_map = {datetime: UtcTime, str: Text, list[str]: JSON, dict[str, float]: JSON}  # noqa: RUF012


class Exchange(Base):
    """A reply; `text` is the question, where it may be kept."""

    __tablename__ = "exchange"

    id: Mapped[int] = mapped_column(primary_key=True)
    time: Mapped[datetime] = mapped_column(index=True)
    reply_id: Mapped[str] = mapped_column(String(64), index=True)
    kind: Mapped[str] = mapped_column(String(16), index=True)
    reasons: Mapped[list[str]]
    passage_ids: Mapped[list[str]]
    """Those cited; of a reply without an answer the nearest ones."""
    scores: Mapped[dict[str, float]]
    """Of the best hit, with the `relevance` of them all; empty where nothing was searched for."""
    latency_ms: Mapped[float] = mapped_column(Float)
    answerer: Mapped[str]
    text: Mapped[str | None]


class Feedback(Base):
    """What a patient thought of a reply; `question` is the one rated, where it may be kept."""

    __tablename__ = "feedback"

    id: Mapped[int] = mapped_column(primary_key=True)
    time: Mapped[datetime] = mapped_column(index=True)
    reply_id: Mapped[str] = mapped_column(String(64), index=True)
    rating: Mapped[str] = mapped_column(String(8))
    comment: Mapped[str | None]
    question: Mapped[str | None]


class Handled(Base):
    """A gap that staff has dealt with."""

    __tablename__ = "handled"

    reply_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    time: Mapped[datetime] = mapped_column(index=True)
    by: Mapped[str]


class Audit(Base):
    """What a member of staff did."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(primary_key=True)
    time: Mapped[datetime] = mapped_column(index=True)
    who: Mapped[str] = mapped_column(index=True)
    action: Mapped[str] = mapped_column(String(32))
    about: Mapped[str]


class Account(Base):
    """A member of staff who may sign in."""

    __tablename__ = "account"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    password_hash: Mapped[str]
    created_at: Mapped[datetime]
    failures: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]


class StaffSession(Base):
    """A sign-in that lasts until it expires; the token itself is kept nowhere."""

    __tablename__ = "staff_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(128), unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]


class StaffDevice(Base):
    """A browser in which somebody has signed in before: strangers who guess can't lock it out."""

    __tablename__ = "staff_device"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(128), unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    failures: Mapped[int] = mapped_column(default=0)
    last_used_at: Mapped[datetime] = mapped_column(index=True)
