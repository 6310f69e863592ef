"""Do the passages answer the question? A threshold on one number, until a calibrated model takes its place."""

from __future__ import annotations

from collections.abc import Sequence

from bot.understand import Understood
from index.lexical import LexicalIndex
from index.retrieve import Hit

TOP = 3
"""Hits that are looked at."""

COVERAGE_WEIGHT = 0.5
"""Half a cosine: the best of 0.3, 0.5 and 1 on evals/questions, split dev (AUROC .944, .946, .939)."""


def relevance(question: Understood, hits: Sequence[Hit], lexical: LexicalIndex) -> float:
    """How likely it is that the best hits answer a question; not a probability.

    The highest cosine to a sentence or to a question that one is known to answer, plus half the
    share of the question's terms, weighted by rarity, that the best hits speak of. The cosine
    alone takes all talk of stem cells for alike (AUROC .836 between answerable and near but
    uncovered questions, split dev); the two together reach .97. Only what is asked now must be
    spoken of: the question before a follow-up is, as a rule, covered, and a story seldom is.

    Args:
        question: As understood.
        hits: Best first.
        lexical: The index that the hits come from.

    Returns:
        A number up to 1.5; 0 without hits.
    """
    if not hits:
        return 0.0
    cosine = max(max(hit.dense, hit.expected) for hit in hits)
    top = [hit.number for hit in hits[:TOP]]
    return cosine + COVERAGE_WEIGHT * lexical.coverage(question.asked, top)
