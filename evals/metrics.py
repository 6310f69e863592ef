"""Measures. Pure: values in, numbers out."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from evals.questions import states

_SENTENCE_END = re.compile(r"[.!?]+[\"'”’)\]]*(?=\s|$)")


def fact_recall(shown: Collection[str], facts: Sequence[Collection[str]]) -> float:
    """The share of the facts that some sentences state.

    Source: nugget recall, Voorhees (2003), "Overview of the TREC 2003 Question Answering Track".

    Args:
        shown: The sentences of the reply.
        facts: For each fact, the quotations or patterns of which any one states it.

    Returns:
        A number in [0, 1].

    Raises:
        ValueError: `facts` is empty; such a question has no recall.
    """
    if not facts:
        raise ValueError("a question without facts has no fact recall")
    return sum(any(states(sentence, fact) for sentence in shown for fact in any_of) for any_of in facts) / len(facts)


def fact_precision(shown: Collection[str], facts: Sequence[Collection[str]]) -> float:
    """The share of the sentences shown that state a fact asked for.

    What a sentence adds that nobody marked counts against it, a limit of a benefit included.

    Source: nugget precision by sentence, after Lin & Demner-Fushman (2005), "Automatically
    Evaluating Answers to Definition Questions".

    Args:
        shown: The sentences of the reply; at least one.
        facts: As for `fact_recall`.

    Returns:
        A number in [0, 1].

    Raises:
        ValueError: Nothing is shown; such a reply has no precision.
    """
    if not shown:
        raise ValueError("a reply without sentences has no fact precision")
    wanted = [fact for any_of in facts for fact in any_of]
    return sum(any(states(sentence, fact) for fact in wanted) for sentence in shown) / len(shown)


def recall_at(ranked: Sequence[str], relevant: Collection[str], k: int) -> float:
    """The share of the relevant passages among the first k.

    Source: Manning, Raghavan & Schütze (2008), "Introduction to Information Retrieval", ch. 8.

    Args:
        ranked: Passage ids, best first, none twice.
        relevant: Ids marked as answering the question.
        k: At least 1.

    Returns:
        A number in [0, 1].

    Raises:
        ValueError: `relevant` is empty; such a question has nothing to find.
    """
    _check(relevant)
    return len(set(ranked[:k]) & set(relevant)) / len(relevant)


def reciprocal_rank(ranked: Sequence[str], relevant: Collection[str]) -> float:
    """1 / rank of the first relevant passage, or 0 when none was found; its mean is MRR.

    Source: Voorhees (1999), "The TREC-8 Question Answering Track Report".

    Args:
        ranked: Passage ids, best first.
        relevant: Ids marked as answering the question.

    Returns:
        A number in [0, 1].

    Raises:
        ValueError: `relevant` is empty; such a question has no rank to score.
    """
    _check(relevant)
    return next((1 / rank for rank, passage in enumerate(ranked, start=1) if passage in relevant), 0.0)


def ndcg_at(ranked: Sequence[str], relevant: Collection[str], k: int) -> float:
    """Normalised discounted cumulative gain of the first k, each relevant passage a gain of 1.

    Source: Järvelin & Kekäläinen (2002), "Cumulated gain-based evaluation of IR techniques".

    Args:
        ranked: Passage ids, best first, none twice.
        relevant: Ids marked as answering the question.
        k: At least 1.

    Returns:
        A number in [0, 1]: 1 where the relevant ones come first.

    Raises:
        ValueError: `relevant` is empty; such a question has no ideal order.
    """
    _check(relevant)
    gain = sum(1 / math.log2(rank + 1) for rank, passage in enumerate(ranked[:k], start=1) if passage in relevant)
    return gain / sum(1 / math.log2(rank + 1) for rank in range(1, min(k, len(relevant)) + 1))


def _check(relevant: Collection[str]) -> None:
    if not relevant:
        raise ValueError("a question without relevant passages has no retrieval measure")


def risk_coverage(confidence: Sequence[float], right: Sequence[bool]) -> NDArray[np.float64]:
    """The share of wrong answers among the k most confident, for each k.

    Source: El-Yaniv & Wiener (2010), "On the Foundations of Noise-free Selective Classification".

    Args:
        confidence: For each question, how sure the answer is; any scale.
        right: Whether the answer would be right if it were given; never, where none exists.

    Returns:
        (n,) risks in [0, 1]; the k-th at a coverage of k / n. Questions of one confidence share
        the mean of their outcomes, so that their order doesn't count.
    """
    order = np.argsort(-np.asarray(confidence, dtype=float), kind="stable")
    wrong = 1.0 - np.asarray(right, dtype=float)[order]
    _, group = np.unique(-np.asarray(confidence, dtype=float)[order], return_inverse=True)
    shared = np.bincount(group, weights=wrong)[group] / np.bincount(group)[group]
    return np.asarray(np.cumsum(shared) / np.arange(1, len(shared) + 1), dtype=np.float64)


def aurc(confidence: Sequence[float], right: Sequence[bool]) -> float:
    """Area under the risk–coverage curve: the mean risk over all coverages; lower is better.

    Source: Geifman & El-Yaniv (2017), "Selective Classification for Deep Neural Networks".

    Args:
        confidence: As for `risk_coverage`; at least one.
        right: As for `risk_coverage`.

    Returns:
        A number in [0, 1].
    """
    return float(risk_coverage(confidence, right).mean())


def reading_grade(text: str) -> float:
    """The school grade (US) that reads a text with ease, from letters, words and sentences.

    Source: Coleman & Liau (1975), "A computer readability formula designed for machine scoring".
    It counts no syllables, and so needs no dictionary of them.

    Args:
        text: English; at least one word.

    Returns:
        A grade; below 6 is plain, above 12 for graduates. A text of a few words may fall outside 0 to 20.

    Raises:
        ValueError: There is no word.
    """
    count = len(text.split())
    if not count:
        raise ValueError("a text without words has no reading grade")
    letters = sum(character.isalnum() for character in text)
    sentences = max(1, len(_SENTENCE_END.findall(text)))
    return 5.88 * letters / count - 29.6 * sentences / count - 15.8
