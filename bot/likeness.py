"""How like a text is to the examples of each kind: by its meaning, by its wording, and in doubt by a second look.

What says the same as an example that a clinic has added is of that one's kind.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from bot.added import Added
from bot.meaning import Networks
from bot.meaning import log_odds as of_meaning
from bot.wording import Weights, margins
from index.embed import Vectors

WORDING_WEIGHT = 4.0
"""What a margin of the wording is worth as a logarithm of odds."""

DOUBTFUL = -8.0
"""From here on by meaning and wording, a text is looked at a second time: one question in eight that the documents
answer, and of a hundred messages in danger all but one (docs/safety.md)."""

Look = Callable[[Sequence[str]], NDArray[np.float32]]
"""Texts to how much likelier each screened kind is than none, as `bot.second_look.SecondLook.log_odds`."""


class Likeness:
    """Tells how much likelier texts are of each screened kind than of none.

    Args:
        networks: Of the meaning, as `bot.meaning.fit` makes them.
        weights: Of the wording, as `bot.wording.fit` makes them.
        look_again: Reads what is doubtful.
        added: Examples that `look_again` does not know.
    """

    def __init__(self, networks: Networks, weights: Weights, look_again: Look, added: Added) -> None:
        self._networks = networks
        self._weights = weights
        self._look_again = look_again
        self._added = added

    def log_odds(self, texts: Sequence[str], rows: Vectors) -> NDArray[np.float32]:
        """How much likelier texts are of each kind than of none.

        Args:
            texts: As typed.
            rows: Their vectors, (len(texts), dim), each of length 1.

        Returns:
            Natural logarithms of odds, (len(texts), kinds), in the order of `bot.examples.SCREENED`.
        """
        scores: NDArray[np.float32] = of_meaning(rows, self._networks) + WORDING_WEIGHT * margins(texts, self._weights)
        doubtful = np.flatnonzero(scores.max(axis=1) >= DOUBTFUL)
        scores[doubtful] += self._look_again([texts[number] for number in doubtful.tolist()])
        return self._added.raised(scores, rows)
