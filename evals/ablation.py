"""What each part of retrieval brings: the same questions with some scores switched off."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from bot.chain import FaqChain
from bot.reply import Kind
from bot.turn import Turn
from bot.understand import Question, understand
from evals.catalogue import mean
from evals.errors import EvalError
from evals.metrics import fact_recall
from evals.questions import Case, Fact
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


class Sought(NamedTuple):
    """A question as it is understood, with the earlier ones that it is about, and the facts to find."""

    text: str
    facts: tuple[tuple[Fact, ...], ...]


def answerable(sets: Iterable[Sequence[Case]]) -> list[Case]:
    """The cases that retrieval can be measured on: those that an answer with certain facts is expected to.

    Raises:
        EvalError: There are none.
    """
    cases = [case for cases in sets for case in cases if case.kind is Kind.ANSWER and case.facts]
    if not cases:
        raise EvalError("no question of these sets and this split has 'facts' to find; name another --set or --split.")
    return cases


def sought(chain: FaqChain, cases: Sequence[Case]) -> list[Sought]:
    """What is looked for, case by case."""
    found = []
    for case in cases:
        question = Question(case.q, case.history)
        understood = understand(question, chain.retriever.store.vocabulary)
        meant = chain.finder.follow_ups.meant(question, understood, Turn(chain.retriever.embeddings))
        found.append(Sought(meant.understood.text, case.facts))
    return found


def recall_at(retriever: HybridRetriever, questions: Sequence[Sought], cutoffs: Sequence[int] = CUTOFFS) -> Rows:
    """Whether all facts of a question are among the first k sentences found.

    Args:
        retriever: With the weights to measure.
        questions: With facts each.
        cutoffs: The values of k.

    Returns:
        (questions, cutoffs), 1 or 0.
    """
    rows = np.empty((len(questions), len(cutoffs)), dtype=np.float64)
    for row, (text, facts) in zip(rows, questions, strict=True):
        sentences = [hit.sentence.text for hit in retriever.hits(text, max(cutoffs))]
        row[:] = [fact_recall(sentences[:k], facts) == 1 for k in cutoffs]
    return rows


def ablation(
    retriever: HybridRetriever,
    questions: Sequence[Sought],
    progress: Callable[[str, int, int], None] = lambda *_: None,
    variants: Mapping[str, FusionWeights] = VARIANTS,
) -> dict[str, list[Interval]]:
    """The share of questions all of whose facts are among the first k sentences found, k in `CUTOFFS`.

    Args:
        retriever: Over the index to measure.
        questions: See `sought`.
        progress: Called as the work goes on.
        variants: Weights by name.

    Returns:
        Shares in [0, 1] with their intervals, by variant, one for each cutoff.
    """
    taken: dict[str, list[Interval]] = {}
    for number, (name, weights) in enumerate(variants.items()):
        progress("searching", number, len(variants))
        rows = recall_at(retriever.model_copy(update={"weights": weights}), questions)
        taken[name] = [interval(rows[:, [column]], mean, share=True) for column in range(len(CUTOFFS))]
    progress("searching", len(variants), len(variants))
    return taken
