"""Tells kinds of messages by their letters and words, beside the screen's vectors, which only know the meaning."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.examples import SCREENED

FEATURES = 2**18
"""Runs of one to five letters within a word are hashed into so many (Weinberger et al. 2009)."""

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
    from sklearn.svm import LinearSVC

    rows = _features(texts)
    counts = [COUNTS.get(sort, COUNTS_OF_A_KIND) for sort in sorts]
    weights = np.zeros((len(SCREENED), FEATURES + 1), np.float32)
    for number, kind in enumerate(SCREENED):
        mine = [sort == kind for sort in sorts]
        if any(mine) and not all(mine):
            machine = LinearSVC(C=COST, random_state=0).fit(rows, mine, sample_weight=counts)
            weights[number] = np.append(machine.coef_[0], machine.intercept_)
    return weights


def margins(texts: Sequence[str], weights: Weights) -> NDArray[np.float32]:
    """How far texts lie on the side of each kind, (len(texts), len(SCREENED)): about 1 for its examples, else -1."""
    return np.asarray(_features(texts) @ weights[:, :-1].T + weights[:, -1], np.float32)


def _features(texts: Sequence[str]) -> Any:
    from sklearn.feature_extraction.text import HashingVectorizer

    plain = [" ".join(text.lower().replace("’", "'").split()) for text in texts]
    hashing = HashingVectorizer(
        analyzer="char_wb", ngram_range=(1, 5), n_features=FEATURES, alternate_sign=False, binary=True, lowercase=False
    )
    return hashing.transform(plain)
