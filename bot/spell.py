"""Misspelled words, put right by the corpus's own words; a word that is right is never changed."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache

from rapidfuzz.distance import OSA
from rapidfuzz.process import extractOne

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_MIN_LETTERS = 5
_LONG = 10
"""From this many letters on a word may have two errors, before only one: in eight letters two
make "mention" of the drug Mestinon."""


def correct(text: str, vocabulary: Collection[str]) -> str:
    """A text with its misspelled words put right.

    A word is misspelled when neither the corpus nor a general English word list has it; one with
    a capital inside the text is taken for a name and left alone. It is replaced by the nearest
    word of the corpus with the same first letter, by optimal string alignment (Damerau 1964), or
    left as it is.

    Args:
        text: As typed.
        vocabulary: The corpus's words, lower case.

    Returns:
        The text, all other characters unchanged.
    """

    def mend(match: re.Match[str]) -> str:
        word = match.group().lower()
        name = match.start() > 0 and match.group()[0].isupper()
        if name or not word.isalpha() or len(word) < _MIN_LETTERS or word in vocabulary or word in _english():
            return match.group()
        near = [other for other in vocabulary if other[0] == word[0] and len(other) >= _MIN_LETTERS]
        errors = 2 if len(word) >= _LONG else 1
        found = extractOne(word, sorted(near), scorer=OSA.distance, score_cutoff=errors)
        return found[0] if found else match.group()

    return _WORD.sub(mend, text)


@cache
def _english() -> Collection[str]:
    from spellchecker import SpellChecker  # 0.2 s to load, and many questions need no look

    return frozenset(SpellChecker().word_frequency.dictionary)
