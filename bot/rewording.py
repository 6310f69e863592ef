"""A sentence in other words that say the same, by rule, and what such rules look at."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from random import Random

from bot.plain import load_words

_ENDINGS = ("ing", "ed", "s")
NAME = re.compile(r"[A-Za-z][A-Za-z-]{4,}")
"""A word that may be what a sentence is about."""
_PLAIN = frozenset(
    "about above after also among because before being below between both cause caused causes could during each even"
    " first from have help helps include included includes including into known like made make makes many might more"
    " most often only other over part rarely second should some sometimes such than that their them then there these"
    " they this those through type types under used using usually very were when where which while will with within"
    " without would present later level levels broad based early further".split()
)
"""Says too little to be put in the place of something else."""

_LEADS = re.compile(
    r"^(?:However|Importantly|In addition|Additionally|Moreover|Also|For example|For instance|Instead|Overall"
    r"|In general|As a result|Therefore|Thus|In contrast), (.+)$"
)
_FIRST_HALF = re.compile(r"^([^,]{35,}?)(?:, and |; ).{15,}$")
_BINDS = re.compile(
    r"\b(?:if|when|unless|although|though|but|however|only|both|either|such as|including)\b", re.IGNORECASE
)
"""What the half that is left out may say of the other."""
_LATE_CLAUSE = re.compile(r"^([A-Z][^,;]{20,}?) ((?:if|when|because|although|while|since) [^,;.]{10,})\.$")
_BRACKETS = re.compile(r"^(.{10,}?) \((?![^()]*\b(?:only|not|if|unless|in|about)\b)[^()]{3,}\)(.*)$")


def reworded(text: str, chance: Random) -> str | None:
    """With one word or two in others that mean the same, by plain_words.yaml."""
    known = [w for w in dict.fromkeys(names_in(text)) if w.lower() in same_words() and not w.isupper()]
    changed = text
    for word in chance.sample(known, min(len(known), chance.choice((1, 1, 2)))):
        if others := [other for other in same_words()[word.lower()] if ending(other) == ending(word)]:
            changed = re.sub(rf"\b{re.escape(word)}\b", cased(chance.choice(others), word), changed, count=1)
    return changed if changed != text else None


def shortened(text: str, chance: Random) -> str | None:
    """Without its head, its second half or a bracket; or with its last clause first."""
    ways = []
    if found := _LEADS.match(text):
        ways.append(capital(found[1]))
    if (found := _FIRST_HALF.match(text)) and not _BINDS.search(text):
        ways.append(f"{found[1]}.")
    if found := _LATE_CLAUSE.match(text):
        ways.append(f"{capital(found[2])}, {found[1] if found[1][:2].isupper() else small(found[1])}.")
    if found := _BRACKETS.match(text):
        ways.append(found[1] + found[2])
    return chance.choice(ways) if ways else None


def names_in(text: str) -> list[str]:
    """The words of a text that may be what it is about."""
    return [w for w in NAME.findall(text) if w.lower() not in _PLAIN and not w.endswith(("ly", "ing", "ed"))]


@cache
def same_words() -> Mapping[str, Sequence[str]]:
    """The single words of plain_words.yaml, lower case, each with those that mean the same."""
    found: dict[str, list[str]] = {}
    for line in load_words("plain_words.yaml")["same"]:
        words = [word for word in line.split(", ") if word.isalpha()]
        for word in words:
            found.setdefault(word.lower(), []).extend(other for other in words if other != word)
    return found


def ending(word: str) -> str:
    """By which one word may stand in the place of another: "ing", "ed", "s" or none."""
    return next((end for end in _ENDINGS if word.endswith(end) and not word.endswith("ss")), "")


def cased(word: str, like: str) -> str:
    """A word with a capital where another has one."""
    return capital(word) if like[:1].isupper() else word


def capital(text: str) -> str:
    """A text that begins with a capital."""
    return text[:1].upper() + text[1:]


def small(text: str) -> str:
    """A text that doesn't."""
    return text[:1].lower() + text[1:]
