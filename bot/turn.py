"""One question on its way through the chain: what it has cost so far, and what needs no second embedding."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Sequence
from typing import Any, TypeVar

from index.embed import Encoded, OnnxEmbeddings, Vectors

Made = TypeVar("Made")


class Turn:
    """One question on its way: what was embedded and looked up for it, each once, and the milliseconds of each step."""

    def __init__(self, embeddings: OnnxEmbeddings) -> None:
        self.laps_ms: dict[str, float] = {}
        self._embeddings = embeddings
        self._encoded: dict[str, Encoded] = {}
        self._made: dict[Hashable, Any] = {}
        self._last = time.perf_counter()

    def lap(self, step: str) -> None:
        now = time.perf_counter()
        self.laps_ms[step] = round(self.laps_ms.get(step, 0.0) + (now - self._last) * 1000, 3)
        self._last = now

    def once(self, of: Hashable, make: Callable[[], Made]) -> Made:
        """What is made of something, once."""
        if of not in self._made:
            self._made[of] = make()
        made: Made = self._made[of]
        return made

    def encoded(self, text: str) -> Encoded:
        self.vectors([text])
        return self._encoded[text]

    def vectors(self, texts: Sequence[str]) -> list[Vectors]:
        """A row of length 1 for each text."""
        new = [text for text in dict.fromkeys(texts) if text not in self._encoded]
        self._encoded.update(zip(new, self._embeddings.encode_words(new), strict=True))
        return [self._encoded[text].vector for text in texts]
