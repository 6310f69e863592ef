"""Tells kinds of messages by their meaning: small networks over the vectors that questions are embedded to."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bot.examples import SCREENED
from index.embed import Vectors

NETWORKS = 10
"""So many learn the same from different beginnings, and their mean is taken (Lakshminarayanan et al. 2017)."""

HIDDEN = 256
EPOCHS = 12
SCALE = 8.0
"""A vector of length 1 has entries too small for a network to begin with."""

RECIPE = (NETWORKS, HIDDEN, EPOCHS, SCALE)
"""What is learned changes with these."""

_LEAST = 1e-9


class Networks(NamedTuple):
    """What `fit` has learned: (networks, dim + 1, hidden) and (networks, hidden + 1, 1 + kinds).

    The last row of each is the intercept; the first class is no kind at all.
    """

    hidden: NDArray[np.float32]
    output: NDArray[np.float32]


def fit(rows: Vectors, sorts: Sequence[str], kinds: Sequence[str] = SCREENED) -> Networks:
    """Networks of one hidden layer that tell kinds from each other and from all else.

    The same weights come of the same rows on the same machine.

    Args:
        rows: (n, dim), each of length 1.
        sorts: Of each the kind; any other word is no kind.
        kinds: To tell apart.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    numbers = {str(kind): number for number, kind in enumerate(kinds, start=1)}
    classes = [numbers.get(sort, 0) for sort in sorts]
    hidden = np.zeros((NETWORKS, rows.shape[1] + 1, HIDDEN), np.float32)
    output = np.zeros((NETWORKS, HIDDEN + 1, 1 + len(kinds)), np.float32)
    output[:, -1] = np.log(_LEAST)  # a kind without examples is told of nothing
    for seed in range(NETWORKS):
        network = MLPClassifier(
            (HIDDEN,),
            alpha=1e-3,
            max_iter=EPOCHS,
            random_state=seed,
            learning_rate_init=2e-3,
            batch_size=min(256, len(rows)),
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # it stops early on purpose
            network.fit(SCALE * rows, classes)
        hidden[seed] = np.vstack([network.coefs_[0], network.intercepts_[0]])
        learned = np.vstack([network.coefs_[1], network.intercepts_[1]])
        if learned.shape[1] == 1:  # of two classes scikit-learn keeps the second
            learned = np.hstack([np.zeros_like(learned), learned])
        output[seed][:, network.classes_] = learned
    return Networks(hidden, output)


def log_odds(rows: Vectors, networks: Networks) -> NDArray[np.float32]:
    """How much likelier each kind is than none, as natural logarithms, (len(rows), kinds).

    Args:
        rows: (n, dim), each of length 1.
        networks: As `fit` makes them.
    """
    activation = np.maximum(SCALE * rows @ networks.hidden[:, :-1] + networks.hidden[:, None, -1], 0)
    scores = activation @ networks.output[:, :-1] + networks.output[:, None, -1]
    scores -= np.logaddexp.reduce(scores, axis=2, keepdims=True)
    log_shares = np.maximum(scores, np.log(_LEAST)).mean(axis=0)
    return np.asarray(log_shares[:, 1:] - log_shares[:, :1], np.float32)
