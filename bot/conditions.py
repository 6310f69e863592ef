"""What limits a claim in the documents: conditions that a shorter sentence may not leave out."""

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

_PHRASE = 2
"""Content words of a phrase that must be missing for it to count as left out."""

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


def dropped_condition(said: Sequence[Word], sentence: Sequence[Word]) -> str | None:
    """The first word of a condition in a sentence of the support that a sentence tells without it."""
    says = _named(said)
    told_before, before = False, None
    for clause in clauses(_without_told_amounts(said, sentence)):
        content = _content(clause)
        told = bool(content) and _share_told(clause, says) >= TOLD
        if told or (told_before and _goes_on_limiting(clause, says)):
            missing = next(_left_out(clause, says), None if told_before else before)
        else:
            missing = (
                clause[0] if content and told_before and _limits(clause) and _share_told(clause, says) < USED else None
            )
        if missing is not None:
            return missing.lower
        told_before, before = told_before or told, None
        if content and clause[0].lower in lists()["conditions"]["front"] and _share_told(clause, says) < USED:
            before = clause[0]
    return None


def widened(said: Sequence[Word], sentence: Sequence[Word]) -> str | None:
    """The first word that narrows what comes after it in a sentence of the support, and is left out before it."""
    says = _named(said)
    for found in find("narrowing", sentence):
        narrowed = next_content(sentence, found.start + found.size)
        word = sentence[found.start]
        if narrowed and is_said(narrowed, says) and not is_said(word, says):
            return found.said(sentence)
    return None


def next_content(words: Sequence[Word], start: int) -> Word | None:
    """The word after some words, if it is in their clause and names something."""
    following = words[start : start + 1]
    return following[0] if following and following[0].names and following[0].clause == words[start - 1].clause else None


def unsaid_approval(said: Sequence[Word], sentence: Sequence[Word]) -> str | None:
    """The first word of what something is approved for that a sentence which calls it approved leaves out."""
    if not _affirmed_approvals(said) or not (approvals := _affirmed_approvals(sentence)):
        return None
    says = _named(said)
    counted = {at for amount in amounts(sentence) for at in amount.words}
    purpose = max((at for at, word in enumerate(sentence) if word.lower == "for"), default=len(sentence))
    missing = (
        word
        for at, word in enumerate(sentence)
        if at > max(purpose, approvals[0]) and at not in counted and not word.free and not is_said(word, says)
    )
    return next((word.lower for word in missing), None)


def _affirmed_approvals(words: Sequence[Word]) -> list[int]:
    denied = {words[denial.start].clause for denial in find("negations", words)}
    return [found.start for found in find("approvals", words) if words[found.start].clause not in denied]


def untold_study(said: Sequence[Word], sentence: Sequence[Word]) -> str | None:
    """The word for the study in which a sentence of the support was found true, where a sentence tells of none."""
    if find("studies", said):
        return None
    told = told_clauses(said, sentence)
    studies = (found for found in find("studies", sentence) if found.line == "0")
    last = max(told, default=-1) if len(told) > 0 else -1
    return next((found.said(sentence) for found in studies if sentence[found.start].clause <= last), None)


def is_told(sentence: Sequence[Word], said: Sequence[Word]) -> bool:
    """Whether a sentence tells so much of another that what limits the other must be told too."""
    return _share_told(sentence, _named(said)) >= TOLD


def _named(said: Sequence[Word]) -> frozenset[str]:
    """What the words of a sentence stand for; function words only as part of a phrase."""
    return meanings([word for word in said if word.names]) | {
        line for word in said if not word.names for line in word.meanings - {word.stem}
    }


def told_clauses(said: Sequence[Word], support: Sequence[Word]) -> set[int]:
    """The clauses of the support of which a sentence tells something."""
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
        untold = word.lower in phrase_openers and not _head_told(clause, at + 1, says)
        if untold and _missing(_phrase(clause, at + 1), says):
            yield word
    for found in find("negated", clause):
        if _missing(clause[found.start : found.start + found.size], says):
            yield clause[found.start]
    for found in find("relatives", clause):
        if _missing(_content(clause[found.start + found.size :]), says):
            yield clause[found.start]


def _head_told(clause: Sequence[Word], start: int, says: frozenset[str]) -> bool:
    """Whether the first word of a phrase, articles aside, is told: the words after it are often a verb's."""
    head = next((word for word in clause[start:] if word.lower not in _PASSED_OVER), None)
    return head is not None and head.names and is_said(head, says)


def _phrase(clause: Sequence[Word], start: int) -> list[Word]:
    """Its first content words, up to the next function word but articles; what comes then is often a verb's."""
    phrase: list[Word] = []
    for word in clause[start:]:
        if not (word.names or word.lower in _PASSED_OVER or word.lower.isdecimal()):
            break
        if not word.free and word.lower not in _PASSED_OVER:
            phrase.append(word)
    return phrase[:_PHRASE]


def _missing(words: Sequence[Word], says: frozenset[str]) -> bool:
    content = [word for word in words if not word.free]
    return bool(content) and sum(is_said(word, says) for word in content) <= (1 - LEFT_OUT) * len(content)


def _content(words: Sequence[Word]) -> list[Word]:
    """The words that claim something; where there is none, those that name something."""
    claims = [word for word in words if not word.free and word.lower not in word_list("modal")]
    return claims or [word for word in words if word.names and word.lower not in word_list("modal")]


def _share_told(clause: Sequence[Word], says: frozenset[str]) -> float:
    content = _content(clause)
    return sum(not word.meanings.isdisjoint(says) for word in content) / len(content) if content else 0.0
