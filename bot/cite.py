"""What an answer says, and the quotations that it rests on as numbered citations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from bot.extract import Quote
from bot.reply import EXTRACTIVE, Citation, ReplySentence


class Said(NamedTuple):
    """A sentence of an answer, and what it rests on: itself, where it is a quotation."""

    text: str
    quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class Worded:
    """An answer's sentences, in reading order.

    `drafting` has fields of a Trace: how a model's draft went, where one was asked for.
    """

    said: tuple[Said, ...]
    answerer: str = EXTRACTIVE
    drafting: Mapping[str, Any] = field(default_factory=dict)

    @property
    def quotes(self) -> list[Quote]:
        """All that it rests on, in the order of first use."""
        return list(dict.fromkeys(quote for sentence in self.said for quote in sentence.quotes))

    @property
    def text(self) -> str:
        return " ".join(sentence.text for sentence in self.said)


def quoted(quotes: Sequence[Quote], **drafting: Any) -> Worded:
    """The answer in the documents' own words."""
    return Worded(tuple(Said(quote.sentence.text, (quote,)) for quote in quotes), drafting=drafting)


def cited(worded: Worded) -> tuple[tuple[Citation, ...], tuple[ReplySentence, ...]]:
    """The sentences with the numbers of their citations, which are numbered from 1 in the order of first use."""
    runs = _runs(worded.quotes)
    citations = tuple(
        Citation.of(number, run[0].passage, run[0].sentence.start, run[-1].sentence.end)
        for number, run in enumerate(runs, start=1)
    )
    number_of = {quote: number for number, run in enumerate(runs, start=1) for quote in run}
    sentences = tuple(
        ReplySentence(text=sentence.text, citations=tuple(sorted({number_of[quote] for quote in sentence.quotes})))
        for sentence in worded.said
    )
    return citations, sentences


def _runs(quotes: Sequence[Quote]) -> list[list[Quote]]:
    """Quotes that follow each other without a gap in one passage share a citation."""
    runs: list[list[Quote]] = []
    for quote in quotes:
        last = runs[-1][-1] if runs else None
        if last and last.passage.id == quote.passage.id and last.position + 1 == quote.position:
            runs[-1].append(quote)
        else:
            runs.append([quote])
    return runs
