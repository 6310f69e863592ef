"""Words by which a sentence claims more than another: the lists of claims.yaml, compiled."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from bot.plain import Word, load_words

FILE = "claims.yaml"

_TWO = 2


class Found(NamedTuple):
    """Where words of a list stand in a text: from which word, how many, and on which line of the list they are."""

    start: int
    size: int
    line: str

    def said(self, words: Sequence[Word]) -> str:
        return " ".join(word.lower for word in words[self.start : self.start + self.size])


def find(name: str, words: Sequence[Word]) -> list[Found]:
    """The words of a list in a text, in order."""
    starts: dict[int, int] = {}
    length = 0
    for number, word in enumerate(words):
        starts[length] = number
        length += len(word.text) + 1
    text = " ".join(word.lower for word in words)
    found = [
        Found(starts[match.start()], match.group().count(" ") + 1, line)
        for line, pattern in _patterns(name)
        for match in pattern.finditer(text)
    ]
    return sorted(found)


def beyond(name: str, said: Sequence[Word], support: Sequence[Word]) -> str | None:
    """The first words of a list in a sentence whose line has no word in its support."""
    there = {found.line for found in _counted(name, support)}
    by_start: dict[int, list[Found]] = {}
    for found in _counted(name, said):
        if name != "strong" or not _is_denied(said, found):
            by_start.setdefault(found.start, []).append(found)
    for at_start in by_start.values():
        if not any(found.line in there for found in at_start):
            return at_start[0].said(said)
    return None


def more_people(said: Sequence[Word], support: Sequence[Word]) -> str | None:
    """The first words of how many people a sentence speaks of, where its support doesn't say as much of people."""
    there = {found.line for found in _counted("quantifiers", support) if _of_people(support, found)}
    ours = (found for found in _counted("quantifiers", said) if _of_people(said, found))
    return next((found.said(said) for found in ours if found.line not in there and not _is_denied(said, found)), None)


def _of_people(words: Sequence[Word], found: Found) -> bool:
    """Whether what is counted are people: their word is at most the third after it, and in its clause."""
    end = found.start + found.size
    near = [word.lower for word in words[end : end + 3] if word.clause == words[found.start].clause]
    return not word_list("people").isdisjoint(near)


def _counted(name: str, words: Sequence[Word]) -> list[Found]:
    """The words of a list, but those in a phrase in which they count for nothing: "nearly all" is not all."""
    idle = {at for found in find("uncounted", words) for at in range(found.start, found.start + found.size)}
    return [found for found in find(name, words) if found.start not in idle]


def _is_denied(words: Sequence[Word], found: Found) -> bool:
    """Whether a denial stands before words in their clause: what is not needed is not made necessary."""
    clause = words[found.start].clause
    return any(
        denial.start < found.start and words[denial.start].clause == clause for denial in find("negations", words)
    )


@cache
def word_list(name: str) -> frozenset[str]:
    """A list of single words."""
    return frozenset(str(word) for word in lists()[name])


@cache
def lists() -> Mapping[str, Any]:
    """All of claims.yaml."""
    loaded: Mapping[str, Any] = load_words(FILE)
    return loaded


@cache
def _patterns(name: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    if name == "relatives":
        return ((name, _compiled(lists()["conditions"]["relative"])),)
    entry = lists()[name]
    if isinstance(entry, Mapping):
        return tuple((sort, _compiled(of_sort["words"])) for sort, of_sort in entry.items())
    if name == "opposites":
        return tuple(
            (f"{sign}{number}", _compiled(side))
            for number, pair in enumerate(entry)
            for sign, side in zip("+-", pair, strict=True)
        )
    if any(isinstance(line, list) for line in entry):
        return tuple((str(number), _compiled(line)) for number, line in enumerate(entry))
    return ((name, _compiled(entry)),)


def _compiled(phrases: Iterable[object]) -> re.Pattern[str]:
    longest_first = sorted(
        (str(phrase).lower().replace("-", " ").replace("'", " ") for phrase in phrases), key=len, reverse=True
    )
    patterns = (re.escape(p.strip()).replace(r"\*", r"\w*").replace("<number>", r"\d[\d,.]*") for p in longest_first)
    return re.compile(rf"(?<!\S)(?:{'|'.join(patterns)})(?!\S)")


def broken_promise(said: Sequence[Word], support: Sequence[Word]) -> str | None:
    """The first promise of a sentence that its support doesn't make in the same words."""
    there = {found.said(support) for found in find("promises", support)}
    return next((found.said(said) for found in find("promises", said) if found.said(said) not in there), None)


def speaks_to_reader(said: Sequence[Word]) -> bool:
    """Whether a sentence addresses its reader, gives an order, or speaks of who writes it."""
    orders = said[0].lower in word_list("orders") and (len(said) < _TWO or said[1].lower not in ("of", "is", "are"))
    return orders or not word_list("persons").isdisjoint(word.lower for word in said)
