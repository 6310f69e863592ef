"""The question at the end of a story: whether it may be looked up without what is told before."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from bot.asking import OF_ANYBODY, beside_story
from bot.english import is_rare
from bot.health import names_health
from index.lexical import is_content

_OF_NOBODY = re.compile(
    r"(?:what(?:['’]?s| is| are)(?! the (?:results?|evidence|risks?|odds))|what does .{1,40} mean|who|where|when)\b"
    r"|(?:is|are|was|were|has|have)"
    r"(?! (?:it|this|that|they|these|those|such)\b)"
    r"(?! (?:the|his|her|my) (?:drug|treatment|product|cream|medicine|shot|pill)s?\b)"
    r".{1,60}\b(?:approved|regulated|licensed|legal|banned)\b(?! (?:for|in|to|by (?!the fda))\b)",
    re.IGNORECASE,
)
"""Asks what a thing is, who, where or when, or what the law says: nothing that an illness told before would change."""
_HELPS = re.compile(r"\b(?:help|work|treat|cure|safe|good|risk|benefit|do(?:es)? for)", re.IGNORECASE)
"""Asks what a treatment does for somebody."""
_STATE = re.compile(
    r"\b(?:ha(?:s|ve|d|ving)|got|gets|lost|suffer\w*|diagnos\w*|born|pregnan\w*|sick|ill|disabled|bad|weak|fighting|battl\w+)\b",
    re.IGNORECASE,
)
"""Says that somebody has or lost something: not each disease is known by name."""
_FOR_SOMEBODY = re.compile(r"\b(?:i|me|my|mine|we|us|our|he|him|his|she|her|hers|you|your|yours)\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")
_FEW = 2


def question_aside(text: str, asked: str, history: Sequence[str], vocabulary: Collection[str]) -> Iterator[str]:
    """The question that a story ends with, if it may be looked up by itself.

    It must be about something of the corpus and be asked for nobody. What may be asked of an illness that was told, is:
    "I have COPD. Does SVF help?".

    Args:
        text: As typed.
        asked: What of it was understood to be asked.
        history: The earlier messages.
        vocabulary: The corpus's words, lower case.
    """
    last = specific_aside(asked, vocabulary)
    if not last:
        return
    may_be_of_illness = _may_tell_of_illness(text.replace(last, "")) or any(map(_tells_of_illness, history))
    if not may_be_of_illness or (_OF_NOBODY.match(last) and not _HELPS.search(last)):
        yield last


def specific_aside(text: str, vocabulary: Collection[str]) -> str:
    """The question that a text ends with beside something else, if it is about something of the corpus, for nobody.

    Args:
        text: What is asked and told.
        vocabulary: The corpus's words, lower case.
    """
    last = beside_story(text)
    return last if _is_specific(last, vocabulary) else ""


def _is_specific(asked: str, vocabulary: Collection[str]) -> bool:
    """Whether a question is about something of the corpus, by a rare word or two, and is not asked for somebody."""
    asked = OF_ANYBODY.sub(" ", asked)
    known = {word for word in _WORD.findall(asked.lower()) if word in vocabulary and is_content(word)}
    return not _FOR_SOMEBODY.search(asked) and (len(known) >= _FEW or any(map(is_rare, known)))


def _may_tell_of_illness(told: str) -> bool:
    """Whether a story may be of an illness: what is asked behind it is then asked of that."""
    return names_health(told) or bool(_STATE.search(told))


def _tells_of_illness(earlier: str) -> bool:
    """Whether an earlier message says that somebody has one; most name one only to ask about it."""
    return names_health(earlier) and bool(_STATE.search(earlier))
