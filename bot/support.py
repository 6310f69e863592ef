"""The sentences of passages on which a drafted one rests: those that together say most of what it says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from bot.claims import word_list
from bot.plain import Word, is_said, meanings
from index.embed import Vectors

Embed = Callable[[Sequence[str]], Sequence[Vectors]]
"""Texts to vectors of length 1, one for each."""

MOST_SUPPORT = 3
"""Sentences that a drafted one may rest on."""


class Nearness:
    """Cosines of a text to sentences, of which only those that are asked for are embedded."""

    def __init__(self, text: str, sentences: Sequence[str], embed: Embed) -> None:
        self._text, self._sentences, self._embed = text, sentences, embed
        self._cosines: dict[int, float] = {}

    def of(self, numbers: Iterable[int]) -> list[float]:
        numbers = list(numbers)
        if new := [number for number in numbers if number not in self._cosines]:
            vectors = np.asarray(self._embed([self._text, *(self._sentences[number] for number in new)]))
            self._cosines.update(zip(new, (vectors[1:] @ vectors[0]).tolist(), strict=True))
        return [self._cosines[number] for number in numbers]

    def closest(self, numbers: Iterable[int], enough: float) -> float:
        """The highest cosine to some sentences, at least one, or the first that is enough."""
        highest = -1.0
        for number in numbers:
            highest = max(highest, *self.of([number]))
            if highest >= enough:
                break
        return highest


def choose(said: Sequence[Word], sentences: Sequence[Sequence[Word]], near: Nearness) -> list[int]:
    """The sentences that together say most of what is said: the nearest first, then those that add to it."""
    left = [word for word in said if claims(word)]
    says = [meanings(sentence) for sentence in sentences]
    chosen = [first(_covers(left, says), near)]
    while len(chosen) < MOST_SUPPORT:
        left = [word for word in left if not is_said(word, says[chosen[-1]])]
        covers = _covers(left, says)
        best = max((n for n in range(len(covers)) if n not in chosen), key=covers.__getitem__, default=None)
        if best is None or covers[best] < 1:
            break
        chosen.append(best)
    return chosen


def _covers(words: Sequence[Word], says: Sequence[frozenset[str]]) -> list[int]:
    """How many of some words each of several texts says."""
    return [sum(is_said(word, there) for word in words) for there in says]


def first(covers: Sequence[int], near: Nearness) -> int:
    """The sentence with the highest sum of what it covers and twice its cosine.

    No cosine is over 1: what can't come first by it is not embedded.
    """
    scores: dict[int, float] = {}
    for cover in sorted(set(covers), reverse=True):
        if scores and cover + 2 < max(scores.values()):
            break
        numbers = [number for number, other in enumerate(covers) if other == cover]
        scores |= {n: cover + 2 * cosine for n, cosine in zip(numbers, near.of(numbers), strict=True)}
    return max(sorted(scores), key=scores.__getitem__)


def adds(said: Sequence[Word], sentence: Sequence[Word], before: Sequence[Sequence[Word]]) -> int:
    """How many words that are said a sentence of the support has first."""
    there = meanings([word for other in before for word in other])
    left = [word for word in said if claims(word) and not is_said(word, there)]
    return _covers(left, [meanings(sentence)])[0]


def claims(word: Word) -> bool:
    """Whether a word claims something by itself."""
    return not word.free and word.lower not in word_list("modal")
