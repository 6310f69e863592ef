"""Which language a message is in, where it is not English."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from functools import cache
from statistics import fmean
from string import Template
from typing import TYPE_CHECKING, NamedTuple

import yaml

from bot.english import is_english
from bot.health import is_health_term
from prompts.render import FOLDER as PROMPTS
from prompts.render import PromptError

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

OTHER = "other"
"""The code of a language that is not English and could not be told."""

ENGLISH_SHARE = 0.9
"""A text of Latin letters with at least this share of English words is English, and is looked at no further."""

FOREIGN_SHARE = 0.34
"""One with less than this share, of three words and more, is in some other language even when none can be told."""

SURE = 0.85
"""What the probability of a language must reach. See tests/test_language.py for what is told and what is not."""

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_LATIN = re.compile(r"[a-z\u00c0-\u024f\u1e00-\u1eff'’]+", re.IGNORECASE)
_SPANISH_SIGNS = re.compile(r"(?<!\w)[¿¡]\s?\w")
"""They begin a question or a call; within a word they are what a broken apostrophe becomes."""
_HALF = 0.5
"""A text with such a sign and more English words is English with a few words of Spanish."""
_FEW = 3


class Language(NamedTuple):
    """The fixed words in a language: `reply` for any message in it, the others behind the English text."""

    name: str
    reply: str
    emergency: str
    crisis: str

    def fill(self, text: str, **blanks: str) -> str:
        """One of the texts with its blanks filled.

        Raises:
            PromptError: It has another blank.
        """
        try:
            return Template(text).substitute(blanks)
        except (KeyError, ValueError) as error:
            raise PromptError(f"prompts/languages.yaml: {self.name}: no value for {error}; mend the text.") from error


def language_of(text: str, spelled: str, vocabulary: Collection[str]) -> str | None:
    """The language of a text.

    Args:
        text: As typed.
        spelled: The same with misspelled English put right.
        vocabulary: Words, lower case, that count as English: those of the documents.

    Returns:
        An ISO 639 code of `languages`, `OTHER`, or None for English and for what has no words.
    """
    words = [word.lower() for word in _WORD.findall(spelled)]
    if not words:
        return None
    if _SPANISH_SIGNS.search(text) and _english(map(str.lower, _WORD.findall(text)), vocabulary) <= _HALF:
        return "es"
    foreign_letters = sum(len(word) for word in words if not _LATIN.fullmatch(word))
    if foreign_letters > sum(map(len, words)) / 4:
        return _classified(text, 0.0) or OTHER
    words = [word for word in words if len(word) > 1 or not _LATIN.fullmatch(word)]
    if not words:  # "M1", "K"
        return None
    english = _english(words, vocabulary)
    if english >= ENGLISH_SHARE:
        return None
    guess = _classified(text, 0.0) if len(words) >= _FEW - 1 else None
    sure = guess and _classified(text, SURE)
    return sure or (OTHER if guess and english <= FOREIGN_SHARE and len(words) >= _FEW else None)


def has_foreign_words(text: str, vocabulary: Collection[str]) -> bool:
    """Whether a text may be in another language, though too little of it tells: "ya no veo salida para mi"."""
    words = [word for word in map(str.lower, _WORD.findall(text)) if len(word) > 1]
    return bool(words) and _english(words, vocabulary) < ENGLISH_SHARE


def _english(words: Iterable[str], vocabulary: Collection[str]) -> float:
    """Which share of some words, lower case, counts as English."""
    return fmean(word in vocabulary or is_english(word) or is_health_term(word) for word in words)


def _classified(text: str, least: float) -> str | None:
    code, probability = _identifier().classify(text)
    return str(code) if code != "en" and probability >= least else None


@cache
def languages() -> dict[str, Language]:
    """The languages of prompts/languages.yaml, by code.

    Raises:
        PromptError: The file can't be read or lacks a text; names the language.
    """
    path, code = PROMPTS / "languages.yaml", "file"
    found = {}
    try:
        for code, entry in yaml.safe_load(path.read_text(encoding="utf-8")).items():
            found[str(code)] = Language(**entry)
    except (OSError, AttributeError, TypeError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise PromptError(f"{path}: '{code}': {error}; put the text back.") from error
    return found


@cache
def _identifier() -> LanguageIdentifier:
    """Source: Lui & Baldwin (2012), "langid.py". It takes half a second to load; most questions need no look."""
    from py3langid.langid import MODEL_DIR, MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_modelpath(MODEL_DIR / MODEL_FILE, norm_probs=True)
    identifier.set_languages(["en", *languages()])
    return identifier
