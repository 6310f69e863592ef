"""Misspelled words, put right by the corpus's own words; a word that is right is never changed."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import cache
from typing import TYPE_CHECKING

from rapidfuzz.distance import OSA
from rapidfuzz.process import extractOne

from index.lexical import is_content

if TYPE_CHECKING:
    from spellchecker import SpellChecker

_ADDRESS = r"\S*(?://|@|\w\.\w)\S*"
_WORD = re.compile(rf"{_ADDRESS}|[^\W\d_]+(?:['’][^\W\d_]+)?")
_MIN_LETTERS = 5
_MIN_FUNCTION_WORD = 3
_UNMISTAKABLE = 7
"""Letters from which on a word may be put right by any English word."""
_EVERYDAY = 10_000
"""Of the word list's 1.6 billion counted words; a word put right is at least a tenth as common."""
_COMMON = 1_000
_LONG = 10
"""From this many letters on a word may have two errors, before only one: in eight letters two
make "mention" of the drug Mestinon."""


def correct(text: str, vocabulary: Collection[str]) -> str:
    """A text with its misspelled words put right.

    A word is misspelled when neither the corpus nor a general English word list has it; one with
    a capital inside the text is taken for a name and left alone. It is replaced by the nearest
    word of the corpus with the same first letter, by optimal string alignment (Damerau 1964), else
    by an English word, or left as it is.

    Args:
        text: As typed.
        vocabulary: The corpus's words, lower case.

    Returns:
        The text, all other characters unchanged.
    """

    def mend(match: re.Match[str]) -> str:
        word = match.group().lower()
        name = match.start() > 0 and match.group()[0].isupper()
        if name or not word.isalpha() or word in vocabulary or word in _english():
            return match.group()
        return _in_corpus(word, vocabulary) or _in_english(word) or match.group()

    return _WORD.sub(mend, text)


def is_rare(word: str) -> bool:
    """Whether a word, lower case, is a name or a term and not everyday English: counted less than 6 in a million."""
    return _english().get(word, 0) < _EVERYDAY


def _in_corpus(word: str, vocabulary: Collection[str]) -> str | None:
    if len(word) < _MIN_LETTERS:
        return None
    near = [other for other in vocabulary if other[0] == word[0] and len(other) >= _MIN_LETTERS]
    found = extractOne(word, sorted(near), scorer=OSA.distance, score_cutoff=2 if len(word) >= _LONG else 1)
    return found[0] if found else None


def _in_english(word: str) -> str | None:
    """The commonest English word an error away: a function word, or for a long word any, for long words seldom collide.

    A drug's name is in no word list, and a short one is often an error away from a word.
    """
    if len(word) < _MIN_FUNCTION_WORD:
        return None
    near = {other: _english().get(other, 0) for other in _speller().edit_distance_1(word)}
    fitting = [
        other
        for other, count in sorted(near.items())
        if count >= _COMMON and (len(word) >= _UNMISTAKABLE or not is_content(other))
    ]
    return max(fitting, key=lambda other: near[other], default=None)


@cache
def _english() -> Mapping[str, int]:
    """How often each English word was counted."""
    return dict(_speller().word_frequency.dictionary)


@cache
def _speller() -> SpellChecker:
    from spellchecker import SpellChecker  # 0.2 s to load, and many questions need no look

    return SpellChecker()
