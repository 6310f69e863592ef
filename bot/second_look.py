"""A message that may be of a screened kind is read once more, as words, by a model that has learned nothing else.

The networks of `bot.meaning` read the vector that a question is embedded to, which was made for finding passages. This
one reads the words themselves, at most `index.layers.MAX_TOKENS` of a text, so it costs a second pass; ordinary
questions are far from every kind and are spared it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.examples import SCREENED
from index.errors import ModelError
from index.layers import Layers
from prompts.render import FOLDER as PROMPTS

FILE = PROMPTS / "screen" / "reader.onnx"
"""`faqbot train-screen` makes it."""


class SecondLook:
    """The model.

    Args:
        file: Of its layers.
        threads: 0: one for each core.

    Raises:
        ModelError: As of `index.layers.Layers`; or it tells other kinds than those that are screened.
    """

    def __init__(self, file: Path = FILE, threads: int = 0) -> None:
        self._layers = Layers(file, "faqbot train-screen", threads)
        self.record = self._layers.record
        if self.record.classes != SCREENED:
            raise ModelError(f"{file}: tells {', '.join(self.record.classes)} apart; run: faqbot train-screen")

    def log_odds(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """How much likelier each screened kind is than none, as natural logarithms, (len(texts), kinds)."""
        return self._layers.log_odds(texts)
