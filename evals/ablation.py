"""What each part of retrieval brings: the same questions with some scores switched off."""

from __future__ import annotations

from collections.abc import Sequence

from bot.understand import Question, understand
from evals.metrics import fact_recall
from evals.questions import Case
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


def recall_at(retriever: HybridRetriever, cases: Sequence[Case], cutoffs: Sequence[int] = CUTOFFS) -> dict[int, float]:
    """The share of questions all of whose facts are among the first k sentences found.

    Args:
        retriever: With the weights to measure.
        cases: With facts each.
        cutoffs: The values of k.

    Returns:
        A share in [0, 1] by k.
    """
    found = dict.fromkeys(cutoffs, 0)
    for case in cases:
        understood = understand(Question(case.q, tuple(case.history)), retriever.store.vocabulary)
        sentences = [hit.sentence.text for hit in retriever.hits(understood.text, max(cutoffs))]
        for k in cutoffs:
            found[k] += fact_recall(sentences[:k], case.facts) == 1
    return {k: count / len(cases) for k, count in found.items()}


def ablation(retriever: HybridRetriever, cases: Sequence[Case]) -> dict[str, dict[int, float]]:
    """`recall_at` of each variant."""
    return {
        name: recall_at(retriever.model_copy(update={"weights": weights}), cases) for name, weights in VARIANTS.items()
    }
