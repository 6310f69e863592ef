"""The example that a message is nearest to: it names what the message was taken for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bot.examples import SCREENED, Examples
from bot.reply import Kind
from index.embed import Vectors


class Nearest:
    """The examples as points.

    Args:
        examples: Of every kind.
        rows: (n, dim), the vectors of `bot.examples.texts_of(examples)`.
    """

    def __init__(self, examples: Sequence[Examples], rows: Vectors) -> None:
        codes = [
            (e, is_example) for e in examples for is_example in (*[True] * len(e.match), *[False] * len(e.near_misses))
        ]
        self._rows: dict[Kind, Vectors] = {}
        self._codes: dict[Kind, list[str]] = {}
        for kind in SCREENED:
            own = [number for number, (example, is_example) in enumerate(codes) if is_example and example.kind is kind]
            self._rows[kind] = rows[own]
            self._codes[kind] = [codes[number][0].code for number in own]

    def code(self, kind: Kind, vector: Vectors) -> str:
        """The code of a kind's nearest example; the kind has one."""
        return self._codes[kind][int(np.argmax(self._rows[kind] @ vector))]
