"""Tells kinds of messages by their letters and words, beside the screen's vectors, which only know the meaning."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from bot.examples import SCREENED

FEATURES = 2**18
"""Runs of one to five letters within a word are hashed into so many (Weinberger et al. 2009)."""

SIZES = range(1, 6)
"""Letters of a run."""

COST = 0.3
"""C of the support vector machine. See docs/safety.md for what other values give."""

NEAR_MISS, QUESTION = "near_miss", "question"
"""Of no kind: what only sounds so, and questions for the documents."""

COUNTS = {NEAR_MISS: 3.0, QUESTION: 1.0}
COUNTS_OF_A_KIND = 2.0

Weights = NDArray[np.float32]
"""(len(SCREENED), FEATURES + 1): for each kind what a feature weighs, and last its intercept."""


def fit(texts: Sequence[str], sorts: Sequence[str]) -> Weights:
    """Linear support vector machines over character n-grams, one for each screened kind against all else.

    The same weights come of the same texts.

    Args:
        texts: As typed.
        sorts: Of each the kind, or `NEAR_MISS` or `QUESTION`.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.svm import LinearSVC

    counting = TfidfVectorizer(analyzer=features, binary=True, use_idf=False)  # each row has length 1
    rows = counting.fit_transform(texts)
    columns = sorted(counting.vocabulary_)
    counts = [COUNTS.get(sort, COUNTS_OF_A_KIND) for sort in sorts]
    weights = np.zeros((len(SCREENED), FEATURES + 1), np.float32)
    for number, kind in enumerate(SCREENED):
        mine = [sort == kind for sort in sorts]
        if any(mine) and not all(mine):
            machine = LinearSVC(C=COST, random_state=0).fit(rows, mine, sample_weight=counts)
            weights[number, columns], weights[number, -1] = machine.coef_[0], machine.intercept_[0]
    return weights


def margins(texts: Sequence[str], weights: Weights) -> NDArray[np.float32]:
    """How far texts lie on the side of each kind, (len(texts), len(SCREENED)): about 1 for its examples, else -1."""
    return np.array([_margin(features(text), weights) for text in texts], np.float32)


def _margin(own: Sequence[int], weights: Weights) -> Weights:
    return np.asarray(weights[:, own].sum(axis=1) / math.sqrt(len(own) or 1) + weights[:, -1], np.float32)


def features(text: str) -> list[int]:
    """The features that a text has, each once, in order: its character n-grams within words, hashed.

    As scikit-learn's HashingVectorizer(analyzer="char_wb", ngram_range=(1, 5)) has them, which takes more than a
    second to import; words are set off by a space on both sides.
    """
    return hashed(letters(text, SIZES), FEATURES)


def letters(text: str, sizes: range) -> set[str]:
    """Runs of letters of some sizes within the words of a text, in lower case."""
    words = {f" {word} " for word in text.lower().replace("’", "'").split()}
    return {word[at : at + size] for word in words for size in sizes for at in range(max(1, len(word) - size + 1))}


def hashed(parts: Collection[str], features: int) -> list[int]:
    """The numbers of some parts of a text, each below `features` and once, in order. Hash: MurmurHash3."""
    from mmh3 import hash as murmur

    return sorted({abs(murmur(part)) % features for part in parts})
