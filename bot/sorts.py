"""The sort of examples that a message is nearest to: it names what the message was taken for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bot.examples import SCREENED, Examples
from bot.reply import Kind
from index.embed import Vectors


def centres_of(examples: Sequence[Examples], rows: Vectors) -> Vectors:
    """The mean vector of each sort's examples, (sorts, dim), of length 1; zeros for a sort that has only near misses.

    Args:
        examples: Of every kind.
        rows: (n, dim), the vectors of `bot.examples.texts_of(examples)`.
    """
    centres, at = np.zeros((len(examples), rows.shape[1]), np.float32), 0
    for centre, example in zip(centres, examples, strict=True):
        total = rows[at : at + len(example.match)].sum(axis=0)
        centre[:] = total / max(float(np.linalg.norm(total)), 1e-9)
        at += len(example.match) + len(example.near_misses)
    return centres


class Sorts:
    """The sorts as points.

    Args:
        examples: Of every kind.
        centres: As `centres_of` makes them.
    """

    def __init__(self, examples: Sequence[Examples], centres: Vectors) -> None:
        own = {k: [n for n, example in enumerate(examples) if example.match and example.kind is k] for k in SCREENED}
        self._codes = {kind: [examples[number].code for number in numbers] for kind, numbers in own.items()}
        self._centres: dict[Kind, Vectors] = {kind: centres[numbers] for kind, numbers in own.items()}

    def code(self, kind: Kind, vector: Vectors) -> str:
        """The code of a kind's nearest sort; the kind has one."""
        return self._codes[kind][int(np.argmax(self._centres[kind] @ vector))]
