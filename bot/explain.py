"""Jargon of an answer, explained where the documents themselves explain it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.reply import Citation, Term
from corpus.document import Passage
from corpus.glossary import Entry

MOST = 4
"""Words explained under one answer."""

_WRITTEN_OUT = 5
"""From this many letters on a name counts in any case; a shorter one is an abbreviation, told by its capitals."""


class Glossary:
    """The entries of a corpus's glossary that have a definition, each with its citation."""

    def __init__(self, entries: Sequence[Entry], passages: Sequence[Passage]) -> None:
        self._terms: dict[str, Term] = {}
        self._names: dict[str, str] = {}
        for entry in entries:
            passage = _holding(entry, passages)
            if passage is not None:
                self._terms[entry.term] = Term(
                    term=entry.term, definition=entry.definition, citation=_cite(entry, passage)
                )
                self._names |= {_key(name): entry.term for name in (entry.term, *entry.also)}
        longest_first = sorted(self._names, key=len, reverse=True)
        self._named = re.compile(
            "|".join(rf"\b{re.escape(name)}\b" for name in longest_first) or r"(?!)", re.IGNORECASE
        )

    @property
    def names(self) -> frozenset[str]:
        """The terms and all that they are also called, lower case."""
        return frozenset(name.lower() for name in self._names)

    def explain(self, text: str) -> tuple[Term, ...]:
        """The terms that an answer uses and does not explain itself, in the order of their first use.

        Args:
            text: The sentences of the answer.

        Returns:
            At most `MOST`.
        """
        named = (match.group() for match in self._named.finditer(text))
        used = dict.fromkeys(self._names[_key(name)] for name in named if _key(name) in self._names)
        terms = (self._terms[term] for term in used)
        return tuple(term for term in terms if term.definition not in text)[:MOST]


def _key(name: str) -> str:
    return name.lower() if len(name) >= _WRITTEN_OUT else name


def _holding(entry: Entry, passages: Sequence[Passage]) -> Passage | None:
    if not entry.definition:
        return None
    inside = (p for p in passages if p.source_id == entry.source and p.start <= entry.start and entry.end <= p.end)
    return next(inside, None)


def _cite(entry: Entry, passage: Passage) -> Citation:
    return Citation.of(1, passage, entry.start, entry.end)
