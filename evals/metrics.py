"""Measures. Pure: values in, numbers out."""

from __future__ import annotations

from collections.abc import Collection, Sequence


def fact_recall(shown: Collection[str], facts: Sequence[Collection[str]]) -> float:
    """The share of the facts that a reply shows.

    Source: nugget recall, Voorhees (2003), "Overview of the TREC 2003 Question Answering Track".

    Args:
        shown: The sentences of the reply.
        facts: For each fact, the sentences of which any one states it.

    Returns:
        A number in [0, 1].

    Raises:
        ValueError: `facts` is empty; such a question has no recall.
    """
    if not facts:
        raise ValueError("a question without facts has no fact recall")
    return sum(any(any(fact in sentence for sentence in shown) for fact in fact_set) for fact_set in facts) / len(facts)
