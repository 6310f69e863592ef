"""Gaps: what patients asked and didn't get, from which the clinic learns what to write next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.journal_tables import Exchange, Feedback, Handled
from bot.reply import Kind

_AT_ONCE = 500
"""Ids in one statement; databases have a limit."""


@dataclass(frozen=True)
class Gap:
    """A question without an answer, or whose reply was rated down."""

    id: str
    """That of the reply."""
    time: datetime
    text: str | None
    """The question without personal data; None where it was not to be kept."""
    kind: str | None
    """Of the reply; None where only its rating was kept."""
    reasons: tuple[str, ...]
    passage_ids: tuple[str, ...]
    """Those cited, or the nearest ones."""
    rating: str | None
    comment: str | None
    handled_by: str | None
    handled_at: datetime | None


def gaps_of(session: Session, since: datetime, handled: bool) -> list[Gap]:
    """The gaps since a time, the newest first; those already handled only if asked for."""
    done = {entry.reply_id: entry for entry in session.scalars(select(Handled))}
    rated = _rated_down(session, since)
    found = (
        _gap(id_, exchange, rated.get(id_), done.get(id_))
        for id_, exchange in _candidates(session, since, rated)
        if handled or id_ not in done
    )
    return sorted(found, key=lambda gap: gap.time, reverse=True)


def _rated_down(session: Session, since: datetime) -> dict[str, Feedback]:
    """By reply, the last rating of those whose last is "down"; what an earlier one of them said stays."""
    ratings: dict[str, Feedback] = {}
    for entry in session.scalars(select(Feedback).where(Feedback.time >= since).order_by(Feedback.id)):
        before = ratings.get(entry.reply_id)
        if before and before.rating == entry.rating:
            entry.comment, entry.question = entry.comment or before.comment, entry.question or before.question
        ratings[entry.reply_id] = entry
    return {id_: entry for id_, entry in ratings.items() if entry.rating == "down"}


def _candidates(session: Session, since: datetime, rated: dict[str, Feedback]) -> Iterator[tuple[str, Exchange | None]]:
    unanswered = select(Exchange).where(Exchange.kind == Kind.NO_ANSWER, Exchange.time >= since)
    exchanges = {entry.reply_id: entry for entry in session.scalars(unanswered)}
    missing = sorted(rated.keys() - exchanges.keys())
    for start in range(0, len(missing), _AT_ONCE):
        wanted = select(Exchange).where(Exchange.reply_id.in_(missing[start : start + _AT_ONCE]))
        exchanges |= {entry.reply_id: entry for entry in session.scalars(wanted)}
    yield from exchanges.items()
    yield from ((id_, None) for id_ in rated.keys() - exchanges.keys())


def _gap(id_: str, exchange: Exchange | None, rated: Feedback | None, done: Handled | None) -> Gap:
    first = exchange or rated
    assert first is not None  # noqa: S101 (a candidate is one or the other)
    return Gap(
        id=id_,
        time=first.time,
        text=(rated and rated.question) or (exchange and exchange.text) or None,
        kind=exchange.kind if exchange else None,
        reasons=tuple(exchange.reasons) if exchange else (),
        passage_ids=tuple(exchange.passage_ids) if exchange else (),
        rating=rated.rating if rated else None,
        comment=rated.comment if rated else None,
        handled_by=done.by if done else None,
        handled_at=done.time if done else None,
    )
