"""Whether a sentence denies, compares and orders things as its support does."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto

from bot.claims import Found, find, word_list
from bot.plain import Word, meanings

_SCOPE = 3
"""Content words that a denial is taken to reach, as far as its clause goes."""

_NEAREST = 3
"""Content words on each side of a verb that may be what acts and what is acted on."""


class _Reach(Enum):
    """What is taken for the sides of a word: the whole sentence, the clause, or the words next to it."""

    SENTENCE = auto()
    CLAUSE = auto()
    NEAREST = auto()


def negation_fault(said: Sequence[Word], support: Sequence[Word]) -> bool:
    """Whether one of the two denies what the other affirms.

    A denial in the sentence must deny something that is denied in the support; one in the support
    must be kept, where the sentence says what it denies.
    """
    ours, theirs = _denials(said), _denials(support)
    their_stems = {word.stem for scope in theirs for word in scope}
    if find("earlier", said) and find("first", support):  # "not before Ryoncil", where Ryoncil is the first
        ours = ours[1:]
    denied_there = meanings([word for scope in theirs for word in scope] + _denying(support))
    denied_here = meanings(
        [word for scope in ours for word in scope] + [word for word in _denying(said) if word.stem not in their_stems]
    )
    for scope in ours:
        if not any(word.meanings & denied_there for word in scope) and (scope or not denied_there):
            return True
    return any(_affirms(said, scope, denied_here) for scope in _reached(support))


def _affirms(said: Sequence[Word], scope: Sequence[Word], denied: frozenset[str]) -> bool:
    """Whether a sentence says, undenied, what a denial of the support reaches."""
    claims = [word for word in scope if not word.free]
    says = meanings([word for word in said if word.names and (not claims or not word.free)])
    shared = [word for word in claims or scope if word.meanings & says]
    kept = [not word.meanings.isdisjoint(denied) for word in shared]
    return bool(shared) and not kept[0] and sum(kept) * 2 < len(kept)


def _denials(words: Sequence[Word]) -> list[list[Word]]:
    """Of each denial the words that it reaches: itself, where it says what it denies."""
    return [list(words[found.start : found.start + found.size]) for found in find("negated", words)] + _reached(words)


def _reached(words: Sequence[Word]) -> list[list[Word]]:
    """Of each denial that is a word of its own the words that it reaches."""
    affirmed = {at for found in find("affirmed", words) for at in range(found.start, found.start + found.size)}
    return [_scope(words, found) for found in find("negations", words) if found.start not in affirmed]


def _scope(words: Sequence[Word], denial: Found) -> list[Word]:
    scope: list[Word] = []
    clause = words[denial.start].clause
    for word in words[denial.start + denial.size :]:
        if len(scope) == _SCOPE or word.clause > clause + all(other.free for other in scope):
            break
        if word.names and word.lower not in word_list("modal"):
            scope.append(word)
    return scope


def _denying(words: Sequence[Word]) -> list[Word]:
    return [word for found in find("denying", words) for word in words[found.start : found.start + found.size]]


def opposite(said: Sequence[Word], support: Sequence[Word]) -> str | None:
    """The first words of a sentence of which the support says only the opposite, or says it of the same thing."""
    theirs = find("opposites", support)
    for found in find("opposites", said):
        same = [other for other in theirs if other.line == found.line]
        reverse = [other for other in theirs if other.line == _other_side(found.line)]
        if reverse and (
            not same or _of_same(said, found, support, reverse, 1) > _of_same(said, found, support, same, 2)
        ):
            return found.said(said)
    return None


def _other_side(line: str) -> str:
    return ("-" if line.startswith("+") else "+") + line[1:]


def _of_same(said: Sequence[Word], ours: Found, support: Sequence[Word], theirs: Sequence[Found], words: int) -> bool:
    """Whether any of the support's words is followed by the same thing as the sentence's."""
    of = meanings(_next_named(said, ours))
    return any(of & meanings(_next_named(support, other, words)) for other in theirs)


def _next_named(words: Sequence[Word], found: Found, most: int = 1) -> list[Word]:
    following = words[found.start + found.size : found.start + found.size + most + 1]
    return [word for word in following if word.names][:most]


def turned_round(said: Sequence[Word], support: Sequence[Word]) -> str | None:
    """The first words between two sides that have changed places: "fat holds more than marrow"."""
    theirs = find("one_way", support)
    for found in find("one_way", said):
        same = [other for other in theirs if other.line == found.line]
        for reach in (_Reach.SENTENCE, _Reach.CLAUSE):
            if same and all(_swapped(said, found, support, other, reach) for other in same):
                return found.said(said)
    return None


def _swapped(said: Sequence[Word], ours: Found, support: Sequence[Word], theirs: Found, reach: _Reach) -> bool:
    before, after = _sides(said, ours, reach)
    there_before, there_after = _sides(support, theirs, reach)
    return len(after & there_before) > len(after & there_after) and len(there_after & before) > len(there_after & after)


def reversed_roles(said: Sequence[Word], support: Sequence[Word]) -> str | None:
    """The first verb of a sentence by which what is acted on in the support acts, and the other way round."""
    theirs = find("acts", support)
    for found in find("acts", said):
        same = [other for other in theirs if other.line == found.line]
        for reach in _Reach:
            ours = _roles(said, found, reach)
            if same and all(_exchanged(ours, _roles(support, other, reach)) for other in same):
                return found.said(said)
    return None


def _roles(words: Sequence[Word], verb: Found, reach: _Reach) -> tuple[frozenset[str], frozenset[str]]:
    """What acts and what is acted on: before and after a verb, or after and before where "by" follows it."""
    before, after = _sides(words, verb, reach)
    end = verb.start + verb.size
    return (after, before) if any(word.lower == "by" for word in words[end : end + 2]) else (before, after)


def _exchanged(ours: tuple[frozenset[str], frozenset[str]], theirs: tuple[frozenset[str], frozenset[str]]) -> bool:
    return bool(ours[0] & theirs[1] and ours[1] & theirs[0] and not ours[0] & theirs[0])


def _sides(words: Sequence[Word], between: Found, reach: _Reach) -> tuple[frozenset[str], frozenset[str]]:
    """What is said on one side only, as far as is looked."""
    clause = words[between.start].clause
    near = [w.names and (reach is not _Reach.CLAUSE or w.clause == clause) for w in words]
    first = [w for w, looked_at in zip(words[: between.start], near, strict=False) if looked_at]
    end = between.start + between.size
    last = [w for w, looked_at in zip(words[end:], near[end:], strict=True) if looked_at]
    if reach is _Reach.NEAREST:
        first, last = first[-_NEAREST:], last[:_NEAREST]
    before, after = meanings(first), meanings(last)
    return before - after, after - before
