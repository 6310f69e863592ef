"""By how much a message is nearer to the examples of each kind than to all else, in the embedding space."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from bot.examples import SCREENED, Examples
from bot.reply import Kind
from index.embed import Vectors

NEAREST = 10
"""Of each sort so many of the nearest are weighed."""

TEMPERATURE = 0.05
"""By so much a cosine must be higher to count e times as much."""


class Leads:
    """The examples as points.

    Args:
        examples: Of every kind.
        rows: (n, dim), the vectors of `texts_of(examples)`.
        near_questions: The cosines of the known questions nearest to a vector.
    """

    def __init__(
        self, examples: Sequence[Examples], rows: Vectors, near_questions: Callable[[Vectors], Sequence[float]]
    ) -> None:
        self._rows = rows
        self._near_questions = near_questions
        owners = [(e, kind) for e in examples for kind in (*[e.kind] * len(e.match), *[None] * len(e.near_misses))]
        self._codes = [example.code for example, _ in owners]
        self._of = {
            kind: np.array([at for at, (_, owner) in enumerate(owners) if owner is kind], dtype=np.intp)
            for kind in (*SCREENED, None)
        }

    def of(self, vector: Vectors) -> dict[Kind, tuple[float, str]]:
        """For each kind its lead before all else, and the code of its nearest example."""
        cosines = self._rows @ vector
        others = [*_highest(cosines[self._of[None]]), *self._near_questions(vector)]
        highest = {kind: _highest(cosines[self._of[kind]]) for kind in SCREENED}
        leads: dict[Kind, tuple[float, str]] = {}
        for kind in SCREENED:
            else_ = others if kind is Kind.LANGUAGE else [*others, *highest[Kind.LANGUAGE]]
            leads[kind] = (_density(highest[kind]) - _density(else_), self._nearest(kind, cosines))
        return leads

    def _nearest(self, kind: Kind, cosines: NDArray[np.float32]) -> str:
        """The code of a kind's nearest example; empty where it has none."""
        own = self._of[kind]
        return self._codes[int(own[cosines[own].argmax()])] if len(own) else ""


def texts_of(examples: Sequence[Examples]) -> list[str]:
    """What has a vector: of each sort its examples, then its near misses."""
    return [text for example in examples for text in (*example.match, *example.near_misses)]


def _highest(cosines: NDArray[np.float32]) -> list[float]:
    count = min(NEAREST, len(cosines))
    return (
        [float(cosine) for cosine in np.partition(cosines, len(cosines) - count)[len(cosines) - count :]]
        if count
        else []
    )


def _density(cosines: Sequence[float]) -> float:
    """A soft maximum of the highest cosines; a Parzen window (Parzen 1962) on the logarithmic scale."""
    nearest = sorted(cosines, reverse=True)[:NEAREST]
    return TEMPERATURE * math.log(sum(math.exp(cosine / TEMPERATURE) for cosine in nearest)) if nearest else -1.0
