"""What takes certainty or extent away in the documents, and may not be left out: "may", "some", "only"."""

from __future__ import annotations

from collections.abc import Sequence

from bot.claims import find, lists
from bot.conditions import next_content, told_clauses
from bot.plain import Word

_BEFORE = 4
"""Words between "some" and what it takes some of."""

_PARTIAL = frozenset({"parts", "some", "usual", "2", "3", "5"})
"""Lists, and lines of lists, of words that take part of a whole."""

_ONLY = frozenset({"only", "solely", "exclusively"})


def dropped_hedge(said: Sequence[Word], support: Sequence[Word]) -> str | None:
    """The first hedge of the support that a sentence tells without it, or without one of a sort that keeps it."""
    sorts = {sort: set(entry["kept_by"]) for sort, entry in lists()["hedges"].items()}
    have = {found.line for found in find("hedges", said)}
    told = told_clauses(said, support)
    told |= {w.clause - 1 for w in support if w.lower == "and" and w.clause in told}  # it hedges what goes on, too
    hedges = find("hedges", support)
    for hedge in hedges:
        readings = [other.line for other in hedges if other.start == hedge.start]
        kept = any(not sorts[sort].isdisjoint(have) for sort in readings)
        if support[hedge.start].clause in told and not kept and not _repeats(said, hedge.said(support)):
            return hedge.said(support)
    return _all_of_some(said, support)


def _all_of_some(said: Sequence[Word], support: Sequence[Word]) -> str | None:
    """The first "some" or "many" of the support before a word that a sentence says without any before it."""
    ours = [f.start for name in ("parts", "hedges", "quantifiers") for f in find(name, said) if f.line in _PARTIAL]
    for found in find("parts", support):
        of = next_content(support, found.start + found.size)
        if of is None:
            continue
        places = [at for at, word in enumerate(said) if word.meanings & of.meanings]
        if places and not any(0 < at - start <= _BEFORE for at in places for start in ours):
            return f"{found.said(support)} {of.lower}"
    return None


def _repeats(said: Sequence[Word], phrase: str) -> bool:
    return f" {phrase} " in f" {' '.join(word.lower for word in said)} "


def dropped_only(said: Sequence[Word], support: Sequence[Word]) -> str | None:
    """The first "only" in what a sentence tells of its support, where it leaves more open."""
    told = told_clauses(said, support)
    only = [found for found in find("exclusive", support) if support[found.start].lower in _ONLY]
    kept = bool(find("exclusive", said))
    return next((found.said(support) for found in only if not kept and support[found.start].clause in told), None)
