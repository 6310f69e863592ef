"""Numbers, shares and spans of time in a text, however they are written."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from bot.claims import find
from bot.plain import Word

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_SPELLED = {word: n for n, word in enumerate(_ONES)} | {word: 10 * n for n, word in enumerate(_TENS, start=2)}
_TIMES = {"hundred": 100, "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000, "dozen": 12}
_PARTS = {"half": 2, "third": 3, "quarter": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "tenth": 10}
_VAGUE = frozenset(
    "dozens hundreds thousands millions billions couple twice double doubled triple tripled twofold".split()
)
_SPANS = {
    "day": ("day", 1),
    "week": ("day", 7),
    "month": ("month", 1),
    "year": ("month", 12),
    "decade": ("month", 120),
    "century": ("month", 1200),
}
_BEFORE_A_PART = frozenset("a one of about nearly least".split())
_COUNT, _SHARE = "count", "share"
_LARGEST_WHOLE = 1000
"""Of a share; "in 2014" is none."""
_FIRST_YEAR, _LAST_YEAR = 1900, 2100


class Amount(NamedTuple):
    """A number with what it counts: a share of 1, a span of time in days or months, or anything else.

    `words` are the places of its words, `clause` that of its clause.
    """

    value: Fraction | str
    sort: str
    words: tuple[int, ...]
    clause: int


def amounts(words: Sequence[Word]) -> list[Amount]:
    """The amounts of a text, in order; "one" is one only where it counts something."""
    found: list[Amount] = []
    at = 0
    while at < len(words):
        taken = _amount(words, at)
        if taken is not None:
            found.append(taken)
            at = taken.words[-1]
        at += 1
    return found


def _amount(words: Sequence[Word], at: int) -> Amount | None:
    lower, clause = words[at].lower, words[at].clause
    if lower in _VAGUE:
        return Amount(lower, _COUNT, (at,), clause)
    if lower in _PARTS and at and words[at - 1].lower in _BEFORE_A_PART:
        return Amount(Fraction(1, _PARTS[lower]), _SHARE, (at,), clause)
    number, end = _number(words, at)
    if number is None:
        return None
    following = [word.lower for word in words[end : end + 3]]
    if share := _share(words, number, end, following):
        return Amount(share[0], _SHARE, (*range(at, share[1]),), clause)
    if following and (span := _SPANS.get(following[0].removesuffix("s"))):
        return Amount(number * span[1], span[0], (*range(at, end + 1),), clause)
    if lower.isdecimal() and _FIRST_YEAR <= number < _LAST_YEAR:
        return Amount(number, "date", (at,), clause)
    return None if lower == "one" else Amount(number, _COUNT, (*range(at, end),), clause)


def _share(words: Sequence[Word], number: Fraction, end: int, following: Sequence[str]) -> tuple[Fraction, int] | None:
    """A share that a number begins ("30 percent", "3 in 10", "two thirds"), and where it ends."""
    if following[:1] == ["percent"]:
        return number / 100, end + 1
    if following[:2] == ["per", "cent"]:
        return number / 100, end + 2
    if following and number > 1 and following[0].removesuffix("s") in _PARTS:
        return number / _PARTS[following[0].removesuffix("s")], end + 1
    if following[:1] == ["in"] or following[:2] in (["of", "every"], ["out", "of"]):
        start = end + (1 if following[0] == "in" else 2)
        start += start < len(words) and words[start].lower in ("every", "each")
        whole, last = _number(words, start) if start < len(words) else (None, end)
        if whole and number <= whole < _LARGEST_WHOLE:
            return number / whole, last
    return None


def _number(words: Sequence[Word], at: int) -> tuple[Fraction | None, int]:
    """A number in digits or in words, and where it ends."""
    lower = words[at].lower
    digits = lower.replace(",", "")
    if digits.replace(".", "", 1).isdecimal() and lower[0].isdecimal():
        value, end = Fraction(digits), at + 1
    elif lower in _SPELLED:
        value, end = Fraction(_SPELLED[lower]), at + 1
        if value >= 20 and end < len(words) and 0 < _SPELLED.get(words[end].lower, 0) < 10:
            value, end = value + _SPELLED[words[end].lower], end + 1
    elif lower in _TIMES and at and words[at - 1].lower in ("a", "per"):
        value, end = Fraction(1), at
    else:
        return None, at
    while end < len(words) and words[end].lower in _TIMES:
        value, end = value * _TIMES[words[end].lower], end + 1
    return value, end


def unsupported(said: Sequence[Word], support: Sequence[Word]) -> Amount | None:
    """The first amount of a sentence that its support doesn't have, or has for something else.

    It is for something else where the clause of another amount of the same sort has more in common
    with the clause that it is said in.
    """
    there = amounts(support)
    for amount in amounts(said):
        same = [other for other in there if (other.value, other.sort) == (amount.value, amount.sort)]
        if not same:
            return amount
        near = _context(said, amount)
        most = max(len(near & _context(support, other)) for other in same)
        rivals = [o for o in there if o.sort == amount.sort and o.value != amount.value and not _says(said, o)]
        if any(len(near & _context(support, other)) > most for other in rivals):
            return amount
    return None


def unbounded(said: Sequence[Word], support: Sequence[Word]) -> str | None:
    """The first bound of an amount in the support ("at least", "about") that a sentence tells the amount without."""
    for amount in amounts(said):
        same = [other for other in amounts(support) if (other.value, other.sort) == (amount.value, amount.sort)]
        bounds = [_bounds(support, other) for other in same]
        if same and all(bounds) and not any(_bounds(said, amount).keys() & there.keys() for there in bounds):
            return next(iter(bounds[0].values()))
    return None


def _bounds(words: Sequence[Word], amount: Amount) -> dict[str, str]:
    """What bounds an amount, by its line in the lists: words just before it or just after it."""
    first, last = amount.words[0], amount.words[-1]
    first -= first > 0 and words[first - 1].lower in {"a", "an", "the"}
    near = [f for f in find("bounds", words) if f.start + f.size == first or f.start == last + 1]
    return {found.line: found.said(words) for found in near}


def _says(said: Sequence[Word], amount: Amount) -> bool:
    return any((a.value, a.sort) == (amount.value, amount.sort) for a in amounts(said))


def _context(words: Sequence[Word], amount: Amount) -> frozenset[str]:
    """What the clause of an amount says besides it, by stems."""
    return frozenset(
        word.stem
        for at, word in enumerate(words)
        if word.clause == amount.clause and not word.free and at not in amount.words
    )
