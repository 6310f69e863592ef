"""Grows boosted trees with scikit-learn, and lays them out as `bot.trees` tells them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.trees import DEPTH, Trees

TREES = 600
RATE = 0.06
LEAST_OF_A_LEAF = 10
"""Rows."""
SURE = 5.0
"""What is said where all of what was learned is alike, as log odds."""


def grown(rows: Sequence[Sequence[float]], labels: Sequence[bool], seed: int) -> Trees:
    """Trees that tell rows that are something (labelled true) from others, as log odds.

    Args:
        rows: Of features, as many in each.
        labels: One for each row; where all are alike, the trees say so of anything.
        seed: Of the chance that draws rows and features.

    Source: Friedman (2001), "Greedy function approximation: a gradient boosting machine".
    """
    from sklearn.ensemble import GradientBoostingClassifier

    if len({*labels}) < 2:
        return _saying(SURE if any(labels) else -SURE)
    machine = GradientBoostingClassifier(
        n_estimators=TREES,
        learning_rate=RATE,
        max_depth=DEPTH,
        min_samples_leaf=LEAST_OF_A_LEAF,
        subsample=0.5,
        max_features=0.5,
        random_state=seed,
    )
    values = np.asarray(rows, np.float32)
    machine.fit(values, labels)
    laid = [laid_out(tree.tree_, machine.learning_rate) for tree in machine.estimators_[:, 0]]
    first = float(machine.init_.predict_proba(values[:1])[0, 1])
    laid[0][2][:] += np.log(first / (1 - first))
    return Trees(*(np.array(part) for part in zip(*laid, strict=True)))


def _saying(odds: float) -> Trees:
    """Trees that say the same of all."""
    inner = 2**DEPTH - 1
    return Trees(np.zeros((1, inner), np.int8), np.full((1, inner), np.inf), np.full((1, inner + 1), odds))


def laid_out(tree: Any, rate: float) -> tuple[NDArray[np.int8], NDArray[np.float64], NDArray[np.float64]]:
    """A tree of scikit-learn's as a whole one of `DEPTH` levels: where it ends early, everything goes left."""
    inner = 2**DEPTH - 1
    features, bounds = np.zeros(inner, np.int8), np.full(inner, np.inf)
    leaves = np.zeros(inner + 1)
    nodes = {0: 0}
    for place in range(2 * inner + 1):
        node = nodes[place]
        ends = tree.children_left[node] < 0
        if place >= inner:
            leaves[place - inner] = rate * tree.value[node, 0, 0]
            continue
        if not ends:
            features[place], bounds[place] = tree.feature[node], tree.threshold[node]
        nodes[2 * place + 1] = node if ends else tree.children_left[node]
        nodes[2 * place + 2] = node if ends else tree.children_right[node]
    return features, bounds, leaves
