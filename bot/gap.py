"""Gaps: what patients asked and didn't get, from which the clinic learns what to write next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import ColumnElement, Text, cast, exists, func, select
from sqlalchemy.orm import Session

from bot.journal_tables import Exchange, Feedback, Handled
from bot.reply import Kind, Reason

T = TypeVar("T")
Entry = TypeVar("Entry", Exchange, Handled)

MOST_GAPS = 10_000
"""That are read at once; a clinic with 100 of them a day has fewer in a season."""

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


class Newest(list[T]):
    """What is of the newest entries; `is_cut` where there are older ones that were left out."""

    def __init__(self, items: Iterable[T], *, is_cut: bool) -> None:
        super().__init__(items)
        self.is_cut = is_cut


def in_parts(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """Ids, so many at a time as a statement can name."""
    return (ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE))


def gaps_of(session: Session, since: datetime, handled: bool, most: int) -> Newest[Gap]:
    """The newest gaps since a time, no more than so many; those already handled only if asked for."""
    rated = _rated_down(session, since, handled, most)
    exchanges = _unanswered(session, since, handled, most)
    exchanges |= _by_ids(session, Exchange, rated.keys() - exchanges.keys())
    ids = exchanges.keys() | rated.keys()
    done = _by_ids(session, Handled, ids) if handled else {}
    found = (_gap(id_, exchanges.get(id_), rated.get(id_), done.get(id_)) for id_ in ids)
    gaps = sorted(found, key=lambda gap: (gap.time, gap.id), reverse=True)
    return Newest(gaps[:most], is_cut=len(gaps) > most)


def _unanswered(session: Session, since: datetime, handled: bool, most: int) -> dict[str, Exchange]:
    """By their ids; one more than is wanted tells that there are more."""
    asks = cast(Exchange.reasons, Text).not_like(f"%{Reason.NO_QUESTION}%")
    asked = select(Exchange).where(Exchange.kind == Kind.NO_ANSWER, Exchange.time >= since, asks)
    if not handled:
        asked = asked.where(_is_open(Exchange))
    newest = asked.order_by(Exchange.time.desc()).limit(most + 1)
    return {entry.reply_id: entry for entry in session.scalars(newest)}


def _rated_down(session: Session, since: datetime, handled: bool, most: int) -> dict[str, Feedback]:
    """By reply, the last rating of those whose last is "down"; what an earlier one of them said stays."""
    last = select(func.max(Feedback.id)).where(Feedback.time >= since).group_by(Feedback.reply_id)
    asked = select(Feedback).where(Feedback.id.in_(last), Feedback.rating == "down")
    if not handled:
        asked = asked.where(_is_open(Feedback))
    newest = asked.order_by(Feedback.id.desc()).limit(most + 1)
    rated = {entry.reply_id: entry for entry in session.scalars(newest)}
    for ids in in_parts(sorted(rated)):
        said: dict[str, Feedback] = {}
        all_of_them = select(Feedback).where(Feedback.reply_id.in_(ids), Feedback.time >= since)
        for entry in session.scalars(all_of_them.order_by(Feedback.id)):
            before = said.get(entry.reply_id)
            if before and before.rating == entry.rating:
                entry.comment, entry.question = entry.comment or before.comment, entry.question or before.question
            said[entry.reply_id] = entry
    return rated


def _is_open(table: type[Exchange | Feedback]) -> ColumnElement[bool]:
    """Whether nobody has marked the gap of an entry as handled."""
    return ~exists().where(Handled.reply_id == table.reply_id)


def _by_ids(session: Session, table: type[Entry], ids: Iterable[str]) -> dict[str, Entry]:
    entries: dict[str, Entry] = {}
    for part in in_parts(sorted(ids)):
        entries |= {entry.reply_id: entry for entry in session.scalars(select(table).where(table.reply_id.in_(part)))}
    return entries


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
