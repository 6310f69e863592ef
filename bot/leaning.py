"""Whether a question leans on the one before, and which of the earlier ones it may lean on."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.asking import POINTS_BACK, only_tells
from bot.english import is_rare
from index.lexical import is_content

_CONTINUES = re.compile(r"^(and|but|so|or|oh|ok|okay|also|then|what about|how about|what if)\b", re.IGNORECASE)
_POINTS_SHORTLY = re.compile(
    r"\b(that|this|which ones?|(first|second|third|fourth|last|next|other|same) (ones?|two))\b", re.IGNORECASE
)
_ASKS_OF_IT = re.compile(
    r"^\W*(?:(?:compared?|as opposed)\s+)?(?:on|in|at|by|for|from|to|with|against|of|since|until|under|than)"
    r"\s+(?:what|which|whom?|whose|when|where)\b",
    re.IGNORECASE,
)
"""Asks for a part of what was said: "on what grounds"."""
_FOR_ANOTHER = re.compile(
    r"^\W*(?:and |ok |but |so )?(?:for|in|with|on|from|after|before|without|during|by)"
    r"\s+(?!(?:what|which|who|whom|whose|when|where)\b)[\w'’-]+(?: [\w'’-]+){0,2}\W*$",
    re.IGNORECASE,
)
"""Asks the same of something else: "for Ryoncil too?"."""
_SHORT_WORDS = 8
_FEW_WORDS = 6
_BARE_WORDS = 4
LEANING_WORDS = 12
"""A longer question says itself what it is about."""

CHANGES_SUBJECT = re.compile(
    r"^\W*(?:(?:ok(?:ay)?|so|well|al(?:l )?right|right|oh|hm+|great|thanks|thank you|got it|i see|then)[\s,.!]+)*(?:"
    r"forget (?:about )?(?:that|it|this|the|those)\b[^.,:;?!]{0,40}|never ?mind(?: (?:that|it))?"
    r"|(?:scratch|scrap) that"
    r"|(?:changing|switching|shifting) (?:the )?(?:gears|topics?|subjects?)(?: on (?:you|y'?all))?|moving on"
    r"|(?:(?:an?|something|one) )?(?:totally |completely )?unrelated(?: (?:question|one|thing))?"
    r"|(?:ignore|disregard|skip) (?:my|the|that) (?:last|previous) (?:question|one|message)\b[^.:;?!]{0,40}"
    r"|(?:new|different|another|separate|other) (?:question|topic|subject|thing)"
    r"|(?:on|to) (?:a|an) (?:different|another|new|unrelated) (?:note|topic|subject|question)"
    r")\s*(?:[.,:;!–—]+|-{2,}|\s-(?=\s))\s*(?=\w)",
    re.IGNORECASE,
)
_STRESSED = re.compile(r"\b(many|much|though|then|exactly|again|please|really|actually|anyway)\b", re.IGNORECASE)
"""Stands beside what is asked and says nothing of it."""
_VERB = re.compile(
    r"\b(?:is|are|was|were|do|does|did|can|could|will|would|has|have|had|should)\b|['’]s\b", re.IGNORECASE
)
_WORD = re.compile(r"[^\W\d_]+")


def leans(text: str) -> bool:
    """Whether a question can't be understood without the one before."""
    length = len(text.split())
    if names_nothing(text):
        return True
    if length <= _SHORT_WORDS and _POINTS_SHORTLY.search(text):
        return True
    if not _VERB.search(text) and (_asks_of_it(text) or _FOR_ANOTHER.match(text)):
        return True
    return length <= LEANING_WORDS and bool(_CONTINUES.match(text) or POINTS_BACK.search(text))


def _asks_of_it(text: str) -> bool:
    """Whether a few words ask for a part of what was said before, and for nothing without it: "on what grounds?"."""
    return len(text.split()) <= _FEW_WORDS and bool(_ASKS_OF_IT.match(text))


def names_nothing(text: str) -> bool:
    """Whether a few words make no sentence of their own, with one everyday word at most: "what year?", "knees?"."""
    return not _VERB.search(text) and len(text.split()) <= _BARE_WORDS and is_plain(_STRESSED.sub("", text))


def is_plain(text: str) -> bool:
    """Whether a few words have one everyday word at most, in either number: "what treatments are there"."""
    content = _content(text)
    rare = (word for word in content if is_rare(word) and is_rare(word.removesuffix("s")))
    return len(text.split()) <= _BARE_WORDS and len(content) < 2 and not any(rare)


def _content(text: str) -> list[str]:
    return [word for word in _WORD.findall(text.lower()) if is_content(word)]


def still_meant(history: Sequence[str], text: str) -> tuple[str, ...]:
    """The earlier questions that one may lean on: those since the subject was changed last.

    What only tells and points to none of them leans on nothing ("my mom is 71"), unlike "so they're useless".

    Args:
        history: The earlier ones, oldest first.
        text: The one asked now.
    """
    if only_tells(text) and not leans(text):
        return ()
    meant: list[str] = []
    for each in (*history, text):
        if changed := CHANGES_SUBJECT.match(each):
            meant.clear()
        meant.append(each[changed.end() :] if changed else each)
    return tuple(meant[:-1])


def latest_standing(history: Sequence[str]) -> str:
    """The latest question that leans on no other; the last one where all do, nothing without any."""
    return next((text for text in reversed(history) if not leans(text)), history[-1] if history else "")
