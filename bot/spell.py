"""Misspelled words, put right by the corpus's own words and by English ones; a word that is right is never changed."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping, Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from jellyfish import metaphone
from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from bot.health import is_health_term
from index.lexical import is_content

if TYPE_CHECKING:
    from spellchecker import SpellChecker

_ADDRESS = r"\S*(?://|@|\w\.\w)\S*"
_WORD = re.compile(rf"{_ADDRESS}|[^\W\d_]+(?:['’][^\W\d_]+)?")
_UNKNOWN = re.compile(r"(?<![\w'’-])[a-z]{5,}(?![\w'’-])")
"""What may have been typed by ear: no name, no acronym, nothing short."""
_PAIR = re.compile(r"(?<![\w'’-])([^\W\d_]{2,}) ([^\W\d_]{3,})(?![\w'’-])")
_MIN_LETTERS = 4
_SHORTEST = 3
_UNMISTAKABLE = 7
"""Letters from which on a word may be put right by any English word."""
_EVERYDAY = 10_000
"""Of the word list's 1.6 billion counted words; a word put right by its sound is as common as this."""
_COMMON = 1_000
"""A word put right is at least as common; one that is less so and short may be a misspelled function word."""
_LONG = 10
"""From this many letters on a word may have two errors, before only one unless it sounds the same: in eight
letters two make "mention" of the drug Mestinon."""
_ERROR = 3.0
"""What an error costs, in the logarithm of how common a word is."""
_SOUND = 4.0
"""What it is worth that a word sounds the same: "tht" is "that" rather than "the"."""
_OF_CORPUS = 1_000_000
"""A word of the corpus counts as at least so common."""
_SOUNDING = 2
"""Errors at most in a word that sounds the same; one in a word of fewer letters than these."""
_SOUNDING_LETTERS = 6
_VOWEL = re.compile("^[AEIOU]")
_SPOKEN = {
    **{"yall": "y'all", "lipo": "lipo", "thx": "thanks", "ppl": "people", "wut": "what", "gud": "good"},
    **{"pls": "please", "plz": "please", "pleez": "please", "cuz": "because", "tho": "though"},
}
"""As it is spoken or texted, and in no word list: how it is written."""


def correct(text: str, vocabulary: Collection[str]) -> str:
    """A text with its misspelled words put right.

    A word is misspelled when neither the corpus nor a general English word list has it, or when it
    is hardly ever used and sounds like a function word ("wat"). One with a capital inside the text is
    taken for a name and left alone, and so is what names a disease or a drug. What is meant is the
    likeliest word that is an error away (optimal string alignment, Damerau 1964) or that sounds the
    same (Metaphone, Philips 1990): a word of the corpus, a function word, or for a long word any.

    Args:
        text: As typed.
        vocabulary: The corpus's words, lower case.

    Returns:
        The text, all other characters unchanged.
    """

    def mend(match: re.Match[str]) -> str:
        word = match.group().lower()
        name = match.start() > 0 and match.group()[0].isupper()
        if name or not word.isalpha() or len(word) < _SHORTEST or word in vocabulary or is_health_term(word):
            return match.group()
        if word in _SPOKEN:
            return _SPOKEN[word]
        if word in _english():
            return _function_word(word) or match.group()
        if word.endswith("in") and _english().get(f"{word}g", 0) >= _EVERYDAY:
            return f"{word}g"  # as it is spoken: "doin"
        return _likeliest(word, _of_corpus(word, vocabulary) | _of_english(word), vocabulary) or match.group()

    return _WORD.sub(mend, text)


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
    if word in vocabulary or word in _english() or is_health_term(word):
        return word
    corpus = _sounds(frozenset(vocabulary))
    alike = {*corpus.get(sound(word), ()), *_by_sound().get(sound(word), ())}
    if found := _likeliest(word, {o for o in alike if OSA.distance(word, o) <= len(word) // 2}, vocabulary):
        return found
    halves = ((word[:at], word[at:]) for at in range(_MIN_LETTERS, len(word) - _MIN_LETTERS + 1))
    pairs = ([_likeliest(half, corpus.get(sound(half), ()), vocabulary) for half in pair] for pair in halves)
    return next((f"{first} {last}" for first, last in pairs if first and last), word)


def is_rare(word: str) -> bool:
    """Whether a word, lower case, is a name or a term and not everyday English: counted less than 6 in a million."""
    return _english().get(word, 0) < _EVERYDAY


def is_english(word: str) -> bool:
    """Whether a word, lower case, is a common English one: an apostrophe may be left out."""
    return _english().get(word, 0) >= _COMMON


def _of_corpus(word: str, vocabulary: Collection[str]) -> set[str]:
    """The words of the corpus that may be meant."""
    if len(word) < _MIN_LETTERS:
        return set()
    longer = _longer(frozenset(vocabulary))
    errors = 2 if len(word) >= _LONG else 1
    near = {other for other, *_ in extract(word, longer, scorer=OSA.distance, score_cutoff=errors, limit=None)}
    alike = {o for o in _sounds(longer).get(sound(word), ()) if OSA.distance(word, o) <= _SOUNDING}
    owner = _of_corpus(word[:-1], vocabulary) if word.endswith("s") else set()  # "wartons jelly" is Wharton's
    return {other for other in near if other[0] == word[0]} | alike | owner


def _of_english(word: str) -> set[str]:
    """The English words that may be meant.

    A drug's name is in no word list, and a short one is often an error away from a word.
    """
    near = {other for other in _speller().edit_distance_1(word) if _english().get(other, 0) >= _COMMON}
    if len(word) < _UNMISTAKABLE:
        near = {other for other in near if not is_content(other) and (len(word) > _MIN_LETTERS or _twin(word, other))}
    if len(word) < _MIN_LETTERS:
        return near
    rarest = _COMMON if len(word) >= _UNMISTAKABLE else _EVERYDAY
    alike = {other for other in _by_sound().get(sound(word), ()) if _english()[other] >= rarest}
    return near | {
        other for other in alike if OSA.distance(word, other) <= (1 if len(word) < _SOUNDING_LETTERS else _SOUNDING)
    }


def _function_word(word: str) -> str | None:
    """The function word that a hardly ever used one is an error away from and sounds like; None for any other."""
    if _english()[word] >= _COMMON or not is_content(word):
        return None
    near = {other for other in _speller().edit_distance_1(word) if not is_content(other)}
    return _likeliest(word, {o for o in near if sound(o) == sound(word) and _english().get(o, 0) >= _EVERYDAY}, ())


def _twin(word: str, other: str) -> bool:
    """Whether two words sound the same, have the same letters, or one lacks its end."""
    return sound(word) == sound(other) or sorted(word) == sorted(other) or other.startswith(word)


def sound(word: str) -> str:
    """How a word, lower case, sounds: its Metaphone code, all vowels at its head alike."""
    return _VOWEL.sub("A", metaphone(word))


def _likeliest(word: str, others: Collection[str], vocabulary: Collection[str]) -> str | None:
    """What was meant by a word. Source: the noisy channel, Kernighan, Church & Gale (1990), one cost for all errors."""

    def likelihood(other: str) -> float:
        common = max(_english().get(other, 1), _OF_CORPUS if other in vocabulary else 1)
        return math.log(common) - _ERROR * OSA.distance(word, other) + _SOUND * (sound(other) == sound(word))

    return max(sorted(others), key=likelihood, default=None)


@lru_cache(maxsize=4)
def _longer(vocabulary: frozenset[str]) -> tuple[str, ...]:
    """The words that a longer one may have been meant for."""
    return tuple(sorted(word for word in vocabulary if len(word) > _MIN_LETTERS))


@lru_cache(maxsize=4)
def _sounds(words: Collection[str]) -> Mapping[str, Sequence[str]]:
    """The words of each sound."""
    by_sound: dict[str, list[str]] = {}
    for word in sorted(words):
        by_sound.setdefault(sound(word), []).append(word)
    return by_sound


@cache
def _english() -> Mapping[str, int]:
    """How often each English word was counted."""
    return dict(_speller().word_frequency.dictionary)


@cache
def _by_sound() -> Mapping[str, Sequence[str]]:
    """The common English words of each sound."""
    return _sounds(frozenset(word for word, count in _english().items() if count >= _COMMON))


@cache
def _speller() -> SpellChecker:
    from spellchecker import SpellChecker  # 0.2 s to load, and many questions need no look

    return SpellChecker()
