"""A text as it sounds: for what was typed by ear or dictated."""

from __future__ import annotations

import re
from collections.abc import Collection

from rapidfuzz.distance import OSA

from bot.english import by_sound, counts, likeliest, sound, sounds
from bot.health import is_health_term

_UNKNOWN = re.compile(r"(?<![\w'’-])[a-z]{5,}(?![\w'’-])")
"""What may have been typed by ear: no name, no acronym, nothing short."""
_PAIR = re.compile(r"(?<![\w'’-])([^\W\d_]{2,}) ([^\W\d_]{3,})(?![\w'’-])")
_LEAST_LETTERS = 4
"""Of half a word."""


def heard(text: str, vocabulary: Collection[str]) -> str:
    """A text as it sounds: what is no word as the words that sound the same, a word in two pieces in one.

    For what was typed by ear or dictated: "how do stemsells find the in jury", "the ninth sirkit". It puts in what is
    farther off than a misspelling, so it is one reading of a text and not its spelling.

    Args:
        text: As spelled.
        vocabulary: The corpus's words, lower case.
    """

    def whole(pair: re.Match[str]) -> str:
        both = (pair[1] + pair[2]).lower()
        return both if both in vocabulary and not {pair[1].lower(), pair[2].lower()} <= {*vocabulary} else pair[0]

    return _UNKNOWN.sub(lambda word: _sounding(word[0], vocabulary), _PAIR.sub(whole, text))


def _sounding(word: str, vocabulary: Collection[str]) -> str:
    """What sounds like something that is no word, one word or two of the corpus; any other as it is."""
    if word in vocabulary or word in counts() or is_health_term(word):
        return word
    corpus = sounds(frozenset(vocabulary))
    alike = {*corpus.get(sound(word), ()), *by_sound().get(sound(word), ())}
    if found := likeliest(word, {o for o in alike if OSA.distance(word, o) <= len(word) // 2}, vocabulary):
        return found
    halves = ((word[:at], word[at:]) for at in range(_LEAST_LETTERS, len(word) - _LEAST_LETTERS + 1))
    pairs = ([likeliest(half, corpus.get(sound(half), ()), vocabulary) for half in pair] for pair in halves)
    return next((f"{first} {last}" for first, last in pairs if first and last), word)
