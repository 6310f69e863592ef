"""What a contender showed, and how fast, as one row of figures."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

import numpy as np
from pydantic import BaseModel, ConfigDict

from bot.reply import Kind
from evals.contest import Entry
from evals.metrics import fact_recall
from evals.peers import Answered
from evals.questions import Case


class Row(BaseModel):
    """A contender's figures; shares in [0, 1], None where no question of the kind was asked.

    `facts` is the share of answerable questions all of whose facts are shown, `words` the median
    of words shown for those that show any; `near` and `far` are the shares of questions without
    an answer for which something is shown all the same. Latencies are of each question's fastest
    time of all turns, and `per_second`, for a single caller, is made of them.
    `first_answer_s` counts from the start of the process, `build_s` is a build from nothing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    facts: float | None
    words: float | None
    near: float | None
    far: float | None
    p50_ms: float
    p95_ms: float
    per_second: float
    first_answer_s: float
    peak_mb: float
    install_mb: float
    build_s: float
    passages: int
    versions: dict[str, str]


def fastest(answered: Sequence[Answered]) -> Answered:
    """Of several turns, the least time of each question and of the start: what else a machine does only slows it.

    Source: the documentation of Python's `timeit`, on the minimum of repeats.
    """
    turns = zip(*(turn.replies for turn in answered), strict=True)
    best = tuple(min(replies, key=lambda reply: reply.latency_ms) for replies in turns)
    starts = {name: min(getattr(turn, name) for turn in answered) for name in ("ready_s", "first_answer_s", "peak_mb")}
    return answered[0].model_copy(update={"replies": best, **starts})


def row(entry: Entry, cases: Sequence[Case]) -> Row:
    """The figures of one entry that has been asked, from what it showed for each case."""
    built, answered = entry.built, fastest(entry.answered)
    shown = {reply.id: reply.passages for reply in answered.replies}
    ms = [reply.latency_ms for reply in answered.replies]
    answerable = [case for case in cases if case.kind is Kind.ANSWER and case.facts]
    uncovered = [case for case in cases if case.kind is Kind.NO_ANSWER]
    words = [len(" ".join(shown[case.id]).split()) for case in answerable if shown[case.id]]
    return Row(
        name=entry.name,
        facts=_share([fact_recall(shown[case.id], case.facts) == 1 for case in answerable]),
        words=statistics.median(words) if words else None,
        near=_share([bool(shown[case.id]) for case in uncovered if "far" not in case.tags]),
        far=_share([bool(shown[case.id]) for case in uncovered if "far" in case.tags]),
        p50_ms=float(np.percentile(ms, 50)),
        p95_ms=float(np.percentile(ms, 95)),
        per_second=1000 * len(ms) / sum(ms),
        first_answer_s=answered.first_answer_s,
        peak_mb=answered.peak_mb,
        install_mb=entry.install_mb,
        build_s=built.build_s,
        passages=built.passages,
        versions=answered.versions,
    )


def _share(which: Sequence[bool]) -> float | None:
    return sum(which) / len(which) if which else None
