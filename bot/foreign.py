"""Messages in other languages than English: in which, and whether somebody is in danger. Told by letters and words.

The model that embeds reads English only.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from itertools import groupby
from statistics import fmean
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bot.english import is_english
from bot.health import is_health_term
from bot.reply import Kind
from bot.wording import hashed, letters

ENGLISH = "en"
OTHER = "other"
"""The code of a language that is not English and could not be told."""

LANGUAGE_FEATURES = 2**14
DANGER_FEATURES = 2**18
"""Hashed into so many (Weinberger et al. 2009)."""

ENGLISH_SHARE = 0.9
"""A text with at least this share of English words is English; only what is not in it is looked at."""

FOREIGN_SHARE = 0.34
"""One with at most this share may be in some other language, though none that is known claims it."""

LEAST = -0.1
"""The margin from which a language claims a text; English only from 0, for in others somebody may be in danger."""

LEAST_DANGER = -0.15
"""The margin from which a text tells danger: most messages that are learned are none, and from 0 on 93 % of dev's
dangers are told, so 97 %. See docs/safety.md."""

CLEARLY = 0.5
"""A text that English claims from less than 0 is that if no other language claims it within so much: "boswelia vs
turmeric". Of 1,233 messages in other languages none is such a text."""

LESS_FOR_A_PART = 0.5
"""So much less counts what only a sentence of a message says. See docs/safety.md for what other numbers give."""

LESS_FOR_A_FEW_WORDS = 0.1
"""So much less counts a text of three words and less than 25 letters: most say "I don't know" or a name. Of 480 blind
ones 5.9 instead of 8.3 % of the harmless are taken for danger, 92.2 instead of 92.7 % of the dangers told."""
_SHORT = 25

_OF_LANGUAGE = range(1, 4)
_OF_DANGER = range(1, 6)
"""Letters of a run."""
_TOGETHER = 3
"""Words that are read as one feature, at most."""

RECIPE = (LANGUAGE_FEATURES, DANGER_FEATURES, _OF_LANGUAGE, _OF_DANGER, _TOGETHER)
"""What is read of a text changes with these."""

_WORD = re.compile(r"(?<!\w)[^\W\d_]+(?:['’][^\W\d_]+)?(?!\w)")
"""A word; what has digits among its letters is a cipher or a code."""
_ANY_WORD = re.compile(r"[\w\u0900-\u0dff\u0e00-\u0e7f]+")
"""With the vowel signs of India's and Thailand's scripts."""
_STOP = re.compile(r"[.!?…。！？।؟\n]+")
_FEW = 3
_HALF = 0.5

Half = NDArray[np.float16]


class Machines(NamedTuple):
    """Linear support vector machines over hashed features, the intercept last, as `bot.foreign_learned.fit` makes them.

    `codes` (n,) are English, the known languages and `OTHER`; `languages` (n, `LANGUAGE_FEATURES` + 1) has one machine
    for each against all others; `rarities` (`DANGER_FEATURES`,) are inverse document frequencies; `dangers`
    (2, `DANGER_FEATURES` + 1) tell danger from none, and a crisis from an emergency.
    """

    codes: NDArray[np.str_]
    languages: Half
    rarities: Half
    dangers: Half


class Foreign:
    """Tells languages, and dangers in others than English.

    Args:
        machines: What was learned.
    """

    def __init__(self, machines: Machines) -> None:
        self._codes: list[str] = machines.codes.tolist()
        self._languages = machines.languages.astype(np.float32)
        self._rarities = machines.rarities.astype(np.float32)
        self._dangers = machines.dangers.astype(np.float32)

    def language_of(self, text: str, spelled: str, vocabulary: Collection[str]) -> str | None:
        """The language of a text.

        Args:
            text: As typed.
            spelled: The same with misspelled English put right.
            vocabulary: Words, lower case, that count as English: those of the documents.

        Returns:
            An ISO 639 code, `OTHER`, or None for English and for what has no words.
        """
        english, words = _english(spelled, vocabulary)
        if english >= ENGLISH_SHARE:
            return None
        unclaimed = OTHER if english <= FOREIGN_SHARE and words >= _FEW else None
        told, of_spelled = (self._claimed(each, unclaimed) for each in (text, spelled))
        return told if of_spelled else None

    def _claimed(self, text: str, unclaimed: str | None) -> str | None:
        """The language that claims a text, None for English; what is said of a text that none claims."""
        own = language_features(text)
        margins = self._languages[:, own].sum(axis=1) / np.sqrt(len(own)) + self._languages[:, -1]
        second, first = np.sort(margins)[-2:].tolist()
        likeliest = self._codes[int(margins.argmax())]
        if likeliest == ENGLISH:
            return None if first >= 0 or first - second >= CLEARLY else unclaimed
        return likeliest if first >= LEAST else unclaimed

    def danger_of(self, text: str, vocabulary: Collection[str]) -> Kind | None:
        """The danger that a text tells as a whole or in a part of it; None where nothing in it is in another language.

        Args:
            text: As typed: what is put right as English may be another language without its accents.
            vocabulary: As of `language_of`.
        """
        english, words = _english(text, vocabulary)
        says_enough = words > 1 or any(c.isalpha() and not c.isascii() for c in text)
        is_foreign = (english <= FOREIGN_SHARE and says_enough) or self.language_of(text, text, vocabulary) is not None
        told = [self._dangers_of(text)] if is_foreign else []
        if told and len(text) < _SHORT and len(text.split()) <= _FEW:
            told = [(danger - LESS_FOR_A_FEW_WORDS, crisis) for danger, crisis in told]
        for part in _sentences(text) if is_foreign else [*_sentences(text), *_not_english(text, vocabulary)]:
            if self.language_of(part, part, vocabulary):
                danger, crisis = self._dangers_of(part)
                told.append((danger - LESS_FOR_A_PART, crisis))
        danger, crisis = max(told, default=(-1.0, 0.0))
        if danger < LEAST_DANGER:
            return None
        return Kind.CRISIS if crisis > 0 else Kind.EMERGENCY

    def _dangers_of(self, text: str) -> tuple[float, float]:
        own = danger_features(text)
        weights = self._rarities[own]
        weights /= max(float(np.linalg.norm(weights)), 1e-9)
        danger, crisis = (self._dangers[:, own] @ weights + self._dangers[:, -1]).tolist()
        return danger, crisis


def _english(text: str, vocabulary: Collection[str]) -> tuple[float, int]:
    """Which share of a text's words is English, 1 where it has none, and how many they are."""
    words = [word.lower() for word in _WORD.findall(text) if len(word) > 1 or not word.isascii()]
    known = (word in vocabulary or is_english(word) or is_health_term(word) for word in words)
    return (fmean(known) if words else 1.0), len(words)


def is_mostly_english(text: str) -> bool:
    """Whether more than half of a text's words are English."""
    return _english(text, ())[0] > _HALF


def _sentences(text: str) -> list[str]:
    """The sentences of a text that has several; of scripts without spaces one word is one."""
    sentences = [each for each in _STOP.split(text) if len(each.split()) > 1 or not each.isascii()]
    return [sentence for sentence in sentences if sentence != text]


def _not_english(text: str, vocabulary: Collection[str]) -> list[str]:
    """What stands in a row in a text and is not English, two words and more."""
    runs = groupby(text.split(), lambda word: _english(word, vocabulary)[0] == 1)
    found = [list(run) for is_english, run in runs if not is_english]
    return [" ".join(run) for run in found if len(run) > 1]


def language_features(text: str) -> list[int]:
    """What a language is told by: runs of letters."""
    return hashed(letters(unicodedata.normalize("NFKC", text), _OF_LANGUAGE), LANGUAGE_FEATURES)


def danger_features(text: str) -> list[int]:
    """What a danger is told by: runs of letters, and of words without their accents, which many leave out."""
    text = unicodedata.normalize("NFKC", text)
    apart = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    plain = "".join(c for c in apart if not unicodedata.combining(c))
    words = _ANY_WORD.findall(plain)
    together = {
        "_".join(("", *words[at : at + size]))
        for size in range(1, _TOGETHER + 1)
        for at in range(len(words) - size + 1)
    }
    return hashed(letters(text, _OF_DANGER) | together, DANGER_FEATURES)
