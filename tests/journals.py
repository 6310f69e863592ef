"""What the tests of the journal share: replies to keep, and what a database holds of them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import create_engine, inspect, text
from sqlalchemy.pool import NullPool

from bot.reply import Kind, Reply
from bot.trace import HitScore, Trace

HITS = tuple(
    HitScore(passage_id=f"passage{n}", sentence="A sentence.", dense=0.5, lexical=0.25, expected=0.1, score=2.0 - n)
    for n in range(5)
)


def reply(kind: Kind = Kind.NO_ANSWER, question: str = "Do you treat gout?", **changes: Any) -> Reply:
    trace = Trace(hits=HITS, relevance=0.3, thresholds={}, timings_ms={})
    fields: dict[str, Any] = {
        **{"kind": kind, "question": question, "understood_as": question, "notice": "A notice.", "disclaimer": "D."},
        **{"reasons": ("uncovered_term:gout",), "trace": trace},
    }
    return Reply(**fields | changes)


def rows(address: str, statement: str) -> list[tuple[Any, ...]]:
    """The rows of a statement, by a connection that is no journal's."""
    engine = create_engine(address, poolclass=NullPool)
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(statement))]


def tables(address: str) -> set[str]:
    return set(inspect(create_engine(address, poolclass=NullPool)).get_table_names())
