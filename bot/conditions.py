"""What limits a claim in the documents: hedges, and conditions that a shorter sentence may not leave out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from bot.amounts import amounts
from bot.claims import find, lists, word_list
from bot.plain import Word, is_said, meanings

USED = 0.3
"""From this share of its content words on, a clause of the support is one that the sentence tells."""

_PASSED_OVER = frozenset("a an the their its own more most same each any all every other only this these".split())

TOLD = 0.4
"""From this share of its content words on, a clause is told so far that what limits it must be told too."""

_ONLY = frozenset({"only", "solely", "exclusively"})

LEFT_OUT = 0.5
"""From this share of its content words on, a phrase or clause that limits is left out where they are missing."""


def clauses(words: Sequence[Word]) -> Iterator[list[Word]]:
    """The clauses of a text, in order."""
    clause: list[Word] = []
    for word in words:
        if clause and word.clause != clause[-1].clause:
            yield clause
            clause = []
        clause.append(word)
    if clause:
        yield clause


def dropped_hedge(said: Sequence[Word], support: Sequence[Word]) -> str | None:
    """The first hedge of the support that a sentence tells without it, or without one of a sort that keeps it."""
    sorts = {sort: set(entry["kept_by"]) for sort, entry in lists()["hedges"].items()}
    have = {found.line for found in find("hedges", said)}
    told = _told_clauses(said, support)
    hedges = find("hedges", support)
    for hedge in hedges:
        readings = [other.line for other in hedges if other.start == hedge.start]
        kept = any(not sorts[sort].isdisjoint(have) for sort in readings)
        if support[hedge.start].clause in told and not kept and not _repeats(said, hedge.said(support)):
            return hedge.said(support)
    return None


def _repeats(said: Sequence[Word], phrase: str) -> bool:
    return f" {phrase} " in f" {' '.join(word.lower for word in said)} "


def dropped_condition(said: Sequence[Word], sentence: Sequence[Word]) -> str | None:
    """The first word of a condition in a sentence of the support that a sentence tells without it."""
    says = _named(said)
    told_before = False
    for clause in clauses(_without_told_amounts(said, sentence)):
        content = _content(clause)
        told = bool(content) and _share_told(clause, says) >= TOLD
        if told or (told_before and _goes_on_limiting(clause, says)):
            missing = next(_left_out(clause, says), None)
        else:
            missing = (
                clause[0] if content and told_before and _limits(clause) and _share_told(clause, says) < USED else None
            )
        if missing is not None:
            return missing.lower
        told_before = told_before or told
    return None


def dropped_only(said: Sequence[Word], support: Sequence[Word]) -> str | None:
    """The first "only" in what a sentence tells of its support, where it leaves more open."""
    told = _told_clauses(said, support)
    only = [found for found in find("exclusive", support) if support[found.start].lower in _ONLY]
    kept = bool(find("exclusive", said))
    return next((found.said(support) for found in only if not kept and support[found.start].clause in told), None)


def untold_study(said: Sequence[Word], sentence: Sequence[Word]) -> str | None:
    """The word for the study in which a sentence of the support was found true, where a sentence tells of none."""
    if find("studies", said):
        return None
    told = _told_clauses(said, sentence)
    studies = (found for found in find("studies", sentence) if found.line == "0")
    return next((found.said(sentence) for found in studies if sentence[found.start].clause in told), None)


def _named(said: Sequence[Word]) -> frozenset[str]:
    """What the words of a sentence stand for, but function words: had been is not had received."""
    return meanings([word for word in said if word.names])


def _told_clauses(said: Sequence[Word], support: Sequence[Word]) -> set[int]:
    says = _named(said)
    return {clause[0].clause for clause in clauses(support) if _share_told(clause, says) >= USED}


def _without_told_amounts(said: Sequence[Word], sentence: Sequence[Word]) -> list[Word]:
    """A sentence of which the amounts that another tells, in whatever words, claim nothing more."""
    told = {(amount.value, amount.sort) for amount in amounts(said)}
    done = {at for amount in amounts(sentence) if (amount.value, amount.sort) in told for at in amount.words}
    return [replace(word, free=True) if at in done else word for at, word in enumerate(sentence)]


def _goes_on_limiting(clause: Sequence[Word], says: frozenset[str]) -> bool:
    """Whether a clause of which little or nothing is told goes on with what limits the one before."""
    firm = any(word.lower in lists()["conditions"]["firm"] for word in clause)
    return firm or (bool(find("relatives", clause)) and _share_told(clause, says) > 0)


def _limits(clause: Sequence[Word]) -> bool:
    openers = set(lists()["conditions"]["clause"])
    return any(word.lower in openers for word in clause[:2]) or any(f.start < 3 for f in find("negations", clause))


def _left_out(clause: Sequence[Word], says: frozenset[str]) -> Iterator[Word]:
    """The words that begin what limits a clause and is not told."""
    phrase_openers = set(lists()["conditions"]["phrase"])
    for at, word in enumerate(clause):
        if word.lower in phrase_openers and _missing(_phrase(clause, at + 1), says):
            yield word
    for found in find("negated", clause):
        if _missing(clause[found.start : found.start + found.size], says):
            yield clause[found.start]
    for found in find("relatives", clause):
        if _missing(_content(clause[found.start + found.size :]), says):
            yield clause[found.start]


def _phrase(clause: Sequence[Word], start: int) -> list[Word]:
    """The content words up to the next function word, but articles."""
    phrase: list[Word] = []
    for word in clause[start:]:
        if not (word.names or word.lower in _PASSED_OVER or word.lower.isdecimal()):
            break
        if not word.free and word.lower not in _PASSED_OVER:
            phrase.append(word)
    return phrase


def _missing(words: Sequence[Word], says: frozenset[str]) -> bool:
    content = [word for word in words if not word.free]
    return bool(content) and sum(is_said(word, says) for word in content) <= (1 - LEFT_OUT) * len(content)


def _content(words: Sequence[Word]) -> list[Word]:
    return [word for word in words if not word.free and word.lower not in word_list("modal")]


def _share_told(clause: Sequence[Word], says: frozenset[str]) -> float:
    content = _content(clause)
    return sum(not word.meanings.isdisjoint(says) for word in content) / len(content) if content else 0.0
