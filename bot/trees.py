"""Boosted regression trees as arrays, told without the library that grew them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

DEPTH = 3
"""Questions that a tree asks before it says a number."""


class Trees(NamedTuple):
    """Regression trees of `DEPTH` questions each, whose numbers are added up.

    `features` (n, 2 ** DEPTH - 1) and `bounds`, of the same shape, say which feature must be above what to go to the
    right, level by level; `leaves` (n, 2 ** DEPTH) are the numbers.
    """

    features: NDArray[np.int8]
    bounds: NDArray[np.float64]
    leaves: NDArray[np.float64]

    def sums(self, rows: Sequence[Sequence[float]]) -> NDArray[np.float64]:
        """What the trees say of each row of features, higher the likelier; (len(rows),)."""
        values = np.asarray(rows, np.float32)
        tree, row = np.arange(len(self.leaves)), np.arange(len(values))[:, None]
        node = np.zeros((len(values), len(tree)), np.intp)
        for _ in range(DEPTH):
            node = 2 * node + 1 + (values[row, self.features[tree, node]] > self.bounds[tree, node])
        return np.asarray(self.leaves[tree, node - self.features.shape[1]].sum(axis=1))
