"""Two texts read together: does a passage say what a sentence says?

Vectors of each text by itself are near whatever is said of the same things; a model that reads both at once tells
more. Source: Nogueira & Cho (2019), "Passage Re-ranking with BERT", here for entailment (Dagan et al. 2005).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.layers import Layers

FILE = Path(__file__).with_suffix(".onnx")


class Entailment:
    """The model.

    Args:
        file: Of its layers.
        threads: 0: one for each core.

    Raises:
        ModelError: As of `index.layers.Layers`.
    """

    def __init__(self, file: Path = FILE, threads: int = 0) -> None:
        self._layers = Layers(file, "faqbot train-entailment", threads)
        self.record = self._layers.record

    def log_odds(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        """How likely each passage says what its sentence says, as natural logarithms of odds, (len(pairs),).

        Args:
            pairs: Passage and sentence.

        Raises:
            ValueError: A sentence is too long to be read whole.
        """
        return self._layers.log_odds(pairs)[:, 0]
