"""What is an English word, how common it is, and how it sounds."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping, Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from jellyfish import metaphone
from rapidfuzz.distance import OSA

if TYPE_CHECKING:
    from spellchecker import SpellChecker

EVERYDAY = 10_000
"""Of the word list's 1.6 billion counted words; an everyday word is counted at least so often."""

COMMON = 1_000
"""A common one at least so often."""

_ERROR = 3.0
"""What an error costs, in the logarithm of how common a word is."""
_SOUND = 4.0
"""What it is worth that a word sounds the same: "tht" is "that" rather than "the"."""
_OF_CORPUS = 1_000_000
"""A word of the corpus counts as at least so common."""
_VOWEL = re.compile("^[AEIOU]")
_TWICE = re.compile(r"(.)\1+")


def is_rare(word: str) -> bool:
    """Whether a word, lower case, is a name or a term and not everyday English: counted less than 6 in a million."""
    return counts().get(word, 0) < EVERYDAY


def is_english(word: str) -> bool:
    """Whether a word, lower case, is a common English one: an apostrophe may be left out."""
    return counts().get(word, 0) >= COMMON


def sound(word: str) -> str:
    """How a word, lower case, sounds: its Metaphone code, all vowels at its head alike, letters in a row as one.

    For those are what is left out: "sucess", "reccomend".
    """
    return _VOWEL.sub("A", metaphone(_TWICE.sub(r"\1", word)))


def likeliest(word: str, others: Collection[str], vocabulary: Collection[str]) -> str | None:
    """What was meant by a word. Source: the noisy channel, Kernighan, Church & Gale (1990), one cost for all errors."""

    def likelihood(other: str) -> float:
        common = max(counts().get(other, 1), _OF_CORPUS if other in vocabulary else 1)
        return math.log(common) - _ERROR * OSA.distance(word, other) + _SOUND * (sound(other) == sound(word))

    return max(sorted(others), key=likelihood, default=None)


@lru_cache(maxsize=4)
def sounds(words: Collection[str]) -> Mapping[str, Sequence[str]]:
    """The words of each sound."""
    alike: dict[str, list[str]] = {}
    for word in sorted(words):
        alike.setdefault(sound(word), []).append(word)
    return alike


@cache
def counts() -> Mapping[str, int]:
    """How often each English word was counted."""
    return dict(_speller().word_frequency.dictionary)


@cache
def by_sound() -> Mapping[str, Sequence[str]]:
    """The common English words of each sound."""
    return sounds(frozenset(word for word, count in counts().items() if count >= COMMON))


def an_error_away(word: str) -> set[str]:
    """All that one letter more, less, changed or moved makes of a word, lower case."""
    return {str(other) for other in _speller().edit_distance_1(word)}


@cache
def _speller() -> SpellChecker:
    from spellchecker import SpellChecker  # 0.2 s to load, and many questions need no look

    return SpellChecker()
