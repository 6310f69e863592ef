"""What each part of retrieval brings: the same questions with some scores switched off."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from bot.reply import Kind
from bot.understand import Question, understand
from evals.catalogue import mean
from evals.errors import EvalError
from evals.metrics import fact_recall
from evals.questions import Case
from evals.stats import Interval, Rows, interval
from index.retrieve import FusionWeights, HybridRetriever

VARIANTS = {
    "dense sentences": FusionWeights(sentence=1, passage=0, expected=0, lexical=0),
    "dense passages": FusionWeights(sentence=0, passage=1, expected=0, lexical=0),
    "BM25": FusionWeights(sentence=0, passage=0, expected=0, lexical=1),
    "expected questions": FusionWeights(sentence=0, passage=0, expected=1, lexical=0),
    "dense sentences + BM25": FusionWeights(sentence=1, passage=0.2, expected=0, lexical=0.5),
    "all fused": FusionWeights(),
}
"""FusionWeights by the name of what is left on; BM25 reads the expected questions with each sentence."""

CUTOFFS = (1, 3, 4)


def answerable(sets: Iterable[Sequence[Case]]) -> list[Case]:
    """The cases that retrieval can be measured on: those that an answer with certain facts is expected to.

    Raises:
        EvalError: There are none.
    """
    cases = [case for cases in sets for case in cases if case.kind is Kind.ANSWER and case.facts]
    if not cases:
        raise EvalError("no question of these sets and this split has 'facts' to find; name another --set or --split.")
    return cases


def recall_at(retriever: HybridRetriever, cases: Sequence[Case], cutoffs: Sequence[int] = CUTOFFS) -> Rows:
    """Whether all facts of a question are among the first k sentences found.

    Args:
        retriever: With the weights to measure.
        cases: With facts each.
        cutoffs: The values of k.

    Returns:
        (questions, cutoffs), 1 or 0.
    """
    rows = np.empty((len(cases), len(cutoffs)), dtype=np.float64)
    for row, case in zip(rows, cases, strict=True):
        understood = understand(Question(case.q, case.history), retriever.store.vocabulary)
        sentences = [hit.sentence.text for hit in retriever.hits(understood.text, max(cutoffs))]
        row[:] = [fact_recall(sentences[:k], case.facts) == 1 for k in cutoffs]
    return rows


def ablation(
    retriever: HybridRetriever,
    cases: Sequence[Case],
    progress: Callable[[str, int, int], None] = lambda *_: None,
    variants: Mapping[str, FusionWeights] = VARIANTS,
) -> dict[str, list[Interval]]:
    """The share of questions all of whose facts are among the first k sentences found, k in `CUTOFFS`.

    Args:
        retriever: Over the index to measure.
        cases: See `answerable`.
        progress: Called as the work goes on.
        variants: Weights by name.

    Returns:
        Shares in [0, 1] with their intervals, by variant, one for each cutoff.
    """
    taken: dict[str, list[Interval]] = {}
    for number, (name, weights) in enumerate(variants.items()):
        progress("searching", number, len(variants))
        rows = recall_at(retriever.model_copy(update={"weights": weights}), cases)
        taken[name] = [interval(rows[:, [column]], mean, share=True) for column in range(len(CUTOFFS))]
    progress("searching", len(variants), len(variants))
    return taken
