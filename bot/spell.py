"""Misspelled words, put right by the corpus's own words and by English ones.

A word that is right is changed only where it stands for another: "dose it help".
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import cache, lru_cache
from pathlib import Path

import yaml
from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from bot.english import COMMON, EVERYDAY, an_error_away, by_sound, counts, likeliest, sound, sounds
from bot.health import is_health_term
from index.lexical import is_content

_ADDRESS = r"\S*(?://|@|\w\.\w)\S*"
_WORD = re.compile(rf"{_ADDRESS}|[^\W\d_]+(?:['’][^\W\d_]+)?")
_MIN_LETTERS = 4
_SHORTEST = 3
_UNMISTAKABLE = 7
"""Letters from which on a word may be put right by any English word."""
_LONG = 10
"""From this many letters on a word may have two errors, before only one unless it sounds the same: in eight
letters two make "mention" of the drug Mestinon."""
_SOUNDING = 2
"""Errors at most in a word that sounds the same; one in a word of fewer letters than these."""
_SOUNDING_LETTERS = 6

TEXTED = Path(__file__).with_name("texted.yaml")
"""Words as they are texted, and how they are written. One that is a word of the documents, a disease, a drug or a name
stays."""

_APART = r"(?<![\w/.'’-])(?<!\d )"
"""Before a letter that is a word, and no unit or part of an address."""
_ENDS = r"(?![\w/'’-]|\.\w)"
_WISHING = (
    "able|allowed|ask|easy|going|good|got|had|happen|hard|has|have|how|legal|likely|need|needs|safe|they|used|want|what"
    "|you"
)
_DOING = "ask|be|do|find|get|give|go|have|hear|know|me|my|pay|see|take|tell|the|them"
_USED = (
    "any|approved|cells|done|good|injections?|is|it|legal|made|meant|ryoncil|safe|shots?|svf|them|therapy|treatment|used"
    "|what|works?"
)
_SOMETHING = "arthritis|him|her|hips?|how|it|knees?|me|my|pain|that|the|them|this|us|what|you|your"
"""What stands before and behind "2" and "4" that are no numbers."""
_ANOTHER_WORD = (
    (
        re.compile(
            r"(^|\b(?:why|when|where|and|but|how(?: \w+)?)\s)do(?:se|s)"
            r"(?= (?:it|this|that|they|he|she|stem)\b)",
            re.IGNORECASE,
        ),
        r"\1does",
    ),
    (re.compile(rf"\b(what|how|who|where|why|which|they|these|those|there|cells|exosomes) r{_ENDS}"), r"\1 are"),
    (re.compile(rf"{_APART}r u{_ENDS}"), "are you"),
    (re.compile(rf"{_APART}u r{_ENDS}"), "you are"),
    (re.compile(rf"{_APART}(?<!vitamin )u(?! s\b){_ENDS}"), "you"),
    (re.compile(rf"{_APART}ur{_ENDS}"), "your"),
    (re.compile(rf"{_APART}w{_ENDS}"), "with"),
    (re.compile(rf"{_APART}(?<!vitamin )b4{_ENDS}"), "before"),
    (
        re.compile(
            r"(^|[.!?,]\s*|\b(?:and|but|so|ok|then)\s)y(?= (?:do|does|did|is|are|was|were|would|not|[a-z]+n't)\b)"
        ),
        r"\1why",
    ),
    (re.compile(rf"\b({_WISHING}) 2(?= (?:{_DOING})\b)"), r"\1 to"),
    (re.compile(rf"\b({_USED}) 4(?= (?:{_SOMETHING})\b)"), r"\1 for"),
    (
        re.compile(r"\bsum(?= (?:cells|clinics?|kind|number|one|people|patients|places?|sort|things?|trials)\b)"),
        "some",
    ),
    (re.compile(r"\b(side )affect(s?)\b", re.IGNORECASE), r"\1effect\2"),
    (re.compile(r"\b(how )affective\b", re.IGNORECASE), r"\1effective"),
)
"""Words that are right by themselves, or letters, where another is meant."""


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
        if word in counts():
            return _function_word(word) or match.group()
        if word.endswith("in") and counts().get(f"{word}g", 0) >= EVERYDAY:
            return f"{word}g"  # as it is spoken: "doin"
        return likeliest(word, _of_corpus(word, vocabulary) | _of_english(word), vocabulary) or match.group()

    def write_out(match: re.Match[str]) -> str:
        word = match[0].lower()
        name = match.start() > 0 and match[0] != word
        return match[0] if name or word in vocabulary or is_health_term(word) else _written()[word]

    text = _texted().sub(write_out, text)
    for mistaken, meant in _ANOTHER_WORD:
        text = mistaken.sub(meant, text)
    return _WORD.sub(mend, text)


def _of_corpus(word: str, vocabulary: Collection[str]) -> set[str]:
    """The words of the corpus that may be meant."""
    if len(word) < _MIN_LETTERS:
        return set()
    longer = _longer(frozenset(vocabulary))
    errors = 2 if len(word) >= _LONG else 1
    near = {other for other, *_ in extract(word, longer, scorer=OSA.distance, score_cutoff=errors, limit=None)}
    alike = {o for o in sounds(longer).get(sound(word), ()) if OSA.distance(word, o) <= _SOUNDING}
    owner = _of_corpus(word[:-1], vocabulary) if re.search("[^s]s$", word) else set()  # "wartons jelly" is Wharton's
    return {other for other in near if other[0] == word[0]} | alike | owner


def _of_english(word: str) -> set[str]:
    """The English words that may be meant.

    A drug's name is in no word list, and a short one is often an error away from a word.
    """
    near = {other for other in an_error_away(word) if counts().get(other, 0) >= COMMON}
    if len(word) < _UNMISTAKABLE:
        near = {other for other in near if _means(word, other)}
    if len(word) < _MIN_LETTERS:
        return near
    rarest = COMMON if len(word) >= _UNMISTAKABLE else EVERYDAY
    alike = {other for other in by_sound().get(sound(word), ()) if counts()[other] >= rarest}
    return near | {
        other for other in alike if OSA.distance(word, other) <= (1 if len(word) < _SOUNDING_LETTERS else _SOUNDING)
    }


def _function_word(word: str) -> str | None:
    """The function word that a hardly ever used one is an error away from and sounds like; None for any other."""
    if counts()[word] >= COMMON or not is_content(word):
        return None
    near = {other for other in an_error_away(word) if not is_content(other)}
    return likeliest(word, {o for o in near if sound(o) == sound(word) and counts().get(o, 0) >= EVERYDAY}, ())


def _means(word: str, other: str) -> bool:
    """Whether a short word may be meant for another: a function word, or an everyday one whose letters it has."""
    if is_content(other):
        return sorted(word) == sorted(other) and counts()[other] >= EVERYDAY
    return len(word) > _MIN_LETTERS or _twin(word, other)


def _twin(word: str, other: str) -> bool:
    """Whether two words sound the same, have the same letters, or one lacks its end."""
    return sound(word) == sound(other) or sorted(word) == sorted(other) or other.startswith(word)


@lru_cache(maxsize=4)
def _longer(vocabulary: frozenset[str]) -> tuple[str, ...]:
    """The words that a longer one may have been meant for."""
    return tuple(sorted(word for word in vocabulary if len(word) > _MIN_LETTERS))


@cache
def _written() -> Mapping[str, str]:
    """How texted words are written."""
    words: dict[str, str] = yaml.safe_load(TEXTED.read_text("utf-8"))
    return words


@cache
def _texted() -> re.Pattern[str]:
    """A texted word, with a capital at its head or without."""
    longest_first = sorted(map(re.escape, _written()), key=len, reverse=True)
    return re.compile(rf"(?<![\w/.'’-])(?:{'|'.join(f'[{w[0]}{w[0].upper()}]{w[1:]}' for w in longest_first)}){_ENDS}")
