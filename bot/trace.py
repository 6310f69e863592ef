"""How a reply came about, for staff and evaluation; patients never get it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from pydantic import BaseModel, ConfigDict

from index.retrieve import Hit


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class HitScore(_Frozen):
    """A retrieved sentence in the trace."""

    passage_id: str
    sentence: str
    dense: float
    lexical: float
    expected: float
    score: float


class Dropped(_Frozen):
    """A sentence of a model's draft that is not shown, and why: a fault, what it is about behind a colon."""

    text: str
    fault: str


class Trace(_Frozen):
    """How a reply came about; left out for patients.

    Attributes:
        timings_ms: Milliseconds by step.
        drafting: How the drafting of a chat model went: empty where none was asked, `kept` where the answer
            is in its words, else why it is not: `timeout`, `http_429`, `not_covered`, `unsupported` …
        dropped: The sentences of its draft that are not shown.
        tokens_in: Tokens of the prompt, where the model's server says so.
        tokens_out: Tokens of the draft, likewise.
        rewriting: How the rewriting of a follow-up by a chat model went: empty where none was asked for, `used` where
            its question was looked up and answered, else why it was not: see `bot.rewrite.Rewritten`.
    """

    hits: tuple[HitScore, ...]
    relevance: float
    thresholds: dict[str, float]
    timings_ms: dict[str, float]
    drafting: str = ""
    dropped: tuple[Dropped, ...] = ()
    tokens_in: int | None = None
    tokens_out: int | None = None
    rewriting: str = ""

    @classmethod
    def of(
        cls,
        hits: Sequence[Hit],
        relevance: float,
        thresholds: dict[str, float],
        timings_ms: dict[str, float],
        rewriting: str = "",
    ) -> Self:
        """The trace of a reply made from these hits."""
        scores = tuple(
            HitScore(
                passage_id=hit.passage.id,
                sentence=hit.sentence.text,
                dense=hit.dense,
                lexical=hit.lexical,
                expected=hit.expected,
                score=hit.score,
            )
            for hit in hits
        )
        return cls(hits=scores, relevance=relevance, thresholds=thresholds, timings_ms=timings_ms, rewriting=rewriting)
