"""Dangers that a clinic adds to the examples: a message that says the same as one is of its kind.

What the second look has learned, it learned without them, and would speak against them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from bot.examples import SCREENED, Examples
from bot.reply import DANGER, Kind
from index.embed import Vectors

NEAR = 0.75
"""Cosine from which a message says the same as an example. See docs/safety.md for how many do."""

_EVEN = 0.0
"""Log odds of a message that says the same as an example: more than any kind must reach."""

_NONE = -1
"""In place of a kind's number: a near miss, or of a kind that is no danger."""


class Added(NamedTuple):
    """What was added to the packaged examples: `rows` (n, dim) of length 1; `kinds` (n,), in `SCREENED` or -1."""

    rows: NDArray[np.float16]
    kinds: NDArray[np.int8]

    @classmethod
    def to(cls, packaged: Collection[int], examples: Sequence[Examples], rows: Vectors) -> Self:
        """What of some examples is not packaged.

        Args:
            packaged: The names of the packaged ones, as `names` has them of `of_examples`.
            examples: Of every kind.
            rows: (n, dim), the vectors of `bot.examples.texts_of(examples)`.
        """
        kinds = [
            number
            for each in examples
            for number in [_number(each.kind)] * len(each.match) + [_NONE] * len(each.near_misses)
        ]
        new = ~np.isin(names(of_examples(examples)), np.array(packaged, np.uint64))
        return cls(rows[new].astype(np.float16), np.array(kinds, np.int8)[new])

    def raised(self, scores: NDArray[np.float32], rows: Vectors) -> NDArray[np.float32]:
        """Log odds, (n, kinds) as `SCREENED`: at least even for a danger of which an example says the same.

        Not where an added near miss or an example of another kind is nearer.

        Args:
            scores: What was learned of texts.
            rows: Their vectors, (n, dim), each of length 1.
        """
        if not len(self.kinds):
            return scores
        cosines = rows @ self.rows.astype(np.float32).T
        nearest = cosines.argmax(axis=1)
        is_same = (cosines.max(axis=1) >= NEAR) & (self.kinds[nearest] != _NONE)
        raised = scores.copy()
        same, of = np.flatnonzero(is_same), self.kinds[nearest[is_same]]
        raised[same, of] = np.maximum(raised[same, of], _EVEN)
        return raised


def _number(kind: Kind) -> int:
    return SCREENED.index(kind) if kind in DANGER else _NONE


def of_examples(examples: Sequence[Examples]) -> list[str]:
    """What tells an example or a near miss from all others: its kind, which of the two it is, and its text."""
    return [
        f"{each.kind}\0{sort}\0{text}"
        for each in examples
        for sort, texts in (("match", each.match), ("near_miss", each.near_misses))
        for text in texts
    ]


def names(texts: Iterable[str]) -> NDArray[np.uint64]:
    """A number for each text, the same for the same words."""
    digests = b"".join(hashlib.sha256(text.encode()).digest()[:8] for text in texts)
    return np.frombuffer(digests, np.uint64)
