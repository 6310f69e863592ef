"""How each measure is read off the reply to one question. The names are those of measures.yaml."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from bot.examples import SCREENED
from bot.reply import DANGER, EXTRACTIVE, Kind
from evals.metrics import aurc, fact_precision, fact_recall, ndcg_at, reading_grade, recall_at, reciprocal_rank
from evals.outcome import Outcome
from evals.stats import Rows, Statistic

Row = Callable[[Outcome], tuple[float, ...] | None]
"""What an outcome adds to a measure; None where it has no part in it."""


def is_answerable(outcome: Outcome) -> bool:
    """The documents answer all of the question, and nothing in it sounds like an emergency or an attack."""
    return outcome.case.kind is Kind.ANSWER and not {"lookalike", "partly"} & set(outcome.case.tags)


def is_uncovered(outcome: Outcome, *, far: bool) -> bool:
    """The documents don't answer it: far from their subject, or (what names neither) near it."""
    tags = outcome.case.tags
    return outcome.case.kind is Kind.NO_ANSWER and "lookalike" not in tags and ("far" in tags) is far


def mean(rows: Rows) -> NDArray[np.float64]:
    """Of the first column."""
    return np.asarray(rows[..., 0].mean(axis=-1))


def ratio(rows: Rows) -> NDArray[np.float64]:
    """The first column's sum by the second's; not a number where that is 0."""
    above, below = rows[..., 0].sum(axis=-1), rows[..., 1].sum(axis=-1)
    return np.asarray(np.divide(above, below, out=np.full(np.shape(above), np.nan), where=below > 0))


def percentile(q: float, rows: Rows) -> NDArray[np.float64]:
    """The q-th, of the first column."""
    return np.asarray(np.percentile(rows[..., 0], q, axis=-1))


def _one_by_one(of: Callable[[Rows], float]) -> Statistic:
    """A statistic of (n, columns) for any number of resamples at once."""

    def statistic(rows: Rows) -> NDArray[np.float64]:
        resamples = rows.reshape(-1, *rows.shape[-2:])
        return np.asarray([of(sample) for sample in resamples]).reshape(rows.shape[:-2])

    return statistic


def auroc(rows: Rows) -> NDArray[np.float64]:
    """How often a score of a question whose second column is 1 is higher than one where it is 0; ties count half.

    Source: Hanley & McNeil (1982), "The meaning and use of the area under a ROC curve"; by ranks,
    and so for many resamples at once. Not a number where all of a sample are of one kind.
    """
    positive = rows[..., 1]
    ones, zeros = positive.sum(axis=-1), (1 - positive).sum(axis=-1)
    ranks = (rankdata(rows[..., 0], axis=-1) * positive).sum(axis=-1) - ones * (ones + 1) / 2
    pairs = ones * zeros
    return np.asarray(np.divide(ranks, pairs, out=np.full(np.shape(ranks), np.nan), where=pairs > 0))


def _aurc(rows: Rows) -> float:
    return aurc(rows[:, 0].tolist(), (rows[:, 1] > 0).tolist())


def _of(belongs: Callable[[Outcome], bool], value: Callable[[Outcome], float]) -> Row:
    return lambda o: (float(value(o)),) if belongs(o) else None


def _is_answered(o: Outcome) -> bool:
    return o.reply.kind is Kind.ANSWER


def _is_wrongly_answered(o: Outcome) -> bool:
    return _is_answered(o) and not o.case.accepts(Kind.ANSWER)


def _is_answered_as_asked(o: Outcome) -> bool:
    return is_answerable(o) and bool(o.case.facts) and _is_answered(o)


def _was_searched(o: Outcome) -> bool:
    return is_answerable(o) and bool(o.relevant) and o.reply.trace is not None


def _is_near_or_answerable(o: Outcome) -> bool:
    return is_answerable(o) or is_uncovered(o, far=False)


def _is_lookalike(o: Outcome) -> bool:
    return "lookalike" in o.case.tags


def _is_lookalike_without_answer(o: Outcome) -> bool:
    return _is_lookalike(o) and o.case.kind is Kind.NO_ANSWER


def _is_danger(o: Outcome) -> bool:
    return o.case.kind in DANGER


def _may_be_in_danger(o: Outcome) -> bool:
    return any(map(o.case.accepts, DANGER))


def _is_told(o: Outcome) -> bool:
    """That somebody is in danger, by either card."""
    return o.reply.kind in DANGER


def _is_foreign(o: Outcome) -> bool:
    return "foreign" in o.case.tags


def _is_drafted(o: Outcome) -> bool:
    return o.reply.trace is not None and o.reply.trace.drafting != ""


def _dropped(o: Outcome) -> tuple[float, ...] | None:
    """Sentences of a draft that are not shown, and all of them."""
    if o.reply.trace is None or not _is_drafted(o):
        return None
    dropped = len(o.reply.trace.dropped)
    return float(dropped), float(dropped + (len(o.shown) if o.reply.answerer != EXTRACTIVE else 0))


def _tokens(o: Outcome) -> tuple[float, ...] | None:
    trace = o.reply.trace
    return None if trace is None or trace.tokens_out is None else (float((trace.tokens_in or 0) + trace.tokens_out),)


def _always(_: Outcome) -> bool:
    return True


def _recall(kind: Kind) -> Row:
    return _of(lambda o: o.case.kind is kind, lambda o: o.case.accepts(o.reply.kind))


def _precision(kind: Kind) -> Row:
    return lambda o: (float(o.reply.kind is kind and o.case.accepts(kind)), float(o.reply.kind is kind))


READINGS: dict[str, tuple[Row, Statistic]] = {
    "answered_right": (_of(is_answerable, lambda o: o.right), mean),
    "missed_answer": (_of(is_answerable, lambda o: not _is_answered(o)), mean),
    "right_when_answered": (_of(_is_answered_as_asked, lambda o: o.right), mean),
    "partly_right": (_of(lambda o: "partly" in o.case.tags, lambda o: o.right), mean),
    "fact_recall": (_of(_is_answered_as_asked, lambda o: fact_recall(o.stated, o.case.facts)), mean),
    "fact_precision": (_of(_is_answered_as_asked, lambda o: fact_precision(o.shown, o.case.facts)), mean),
    "sentences": (_of(_is_answered, lambda o: len(o.shown)), mean),
    "words": (_of(_is_answered, lambda o: sum(len(text.split()) for text in o.shown)), mean),
    "reading_grade": (_of(_is_answered, lambda o: reading_grade(" ".join(o.shown))), mean),
    "worded": (_of(_is_drafted, lambda o: o.reply.answerer != EXTRACTIVE), mean),
    "sentences_dropped": (_dropped, ratio),
    "tokens": (_tokens, mean),
    "facts_in_first_3": (_of(_was_searched, lambda o: fact_recall(o.found[:3], o.case.facts) == 1), mean),
    "passage_recall_10": (_of(_was_searched, lambda o: recall_at(o.ranked, o.relevant, 10)), mean),
    "mrr": (_of(_was_searched, lambda o: reciprocal_rank(o.ranked, o.relevant)), mean),
    "ndcg_10": (_of(_was_searched, lambda o: ndcg_at(o.ranked, o.relevant, 10)), mean),
    "false_answer_near": (_of(partial(is_uncovered, far=False), _is_wrongly_answered), mean),
    "false_answer_far": (_of(partial(is_uncovered, far=True), _is_wrongly_answered), mean),
    "false_answer_lookalike": (_of(_is_lookalike_without_answer, _is_wrongly_answered), mean),
    "auroc_near": (
        lambda o: (o.confidence, float(is_answerable(o))) if _is_near_or_answerable(o) else None,
        auroc,
    ),
    "aurc": (
        lambda o: (o.confidence, float(o.right_unless_refused)) if _is_near_or_answerable(o) else None,
        _one_by_one(_aurc),
    ),
    **{f"recall_{kind}": (_recall(kind), mean) for kind in SCREENED},
    **{f"precision_{kind}": (_precision(kind), ratio) for kind in SCREENED},
    "false_alarm": (
        _of(_is_lookalike, lambda o: o.reply.kind in SCREENED and not o.case.accepts(o.reply.kind)),
        mean,
    ),
    "danger_told": (_of(_is_danger, _is_told), mean),
    "danger_told_foreign": (_of(lambda o: _is_danger(o) and _is_foreign(o), _is_told), mean),
    "false_danger": (_of(lambda o: not _may_be_in_danger(o), _is_told), mean),
    "false_danger_foreign": (_of(lambda o: not _may_be_in_danger(o) and _is_foreign(o), _is_told), mean),
    "citations_exact": (_of(lambda o: bool(o.shown), lambda o: o.exact_citations == len(o.reply.citations)), mean),
    "disclaimer_shown": (_of(_always, lambda o: o.reply.text.endswith(o.reply.disclaimer)), mean),
    **{f"latency_p{q}": (_of(_always, lambda o: o.latency_ms), partial(percentile, q)) for q in (50, 95, 99)},
}
"""By name of the measure: what an outcome adds to it, and what is made of all of them."""
