"""From verified quotes to a Reply: sentences, citations, fixed words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from bot.aspects import what_is_missing
from bot.caution import Cautions
from bot.explain import Glossary
from bot.extract import Quote
from bot.reply import Citation, Kind, Reason, Reply, ReplySentence, Trace
from bot.settings import Clinic
from prompts.render import render


class Asked(NamedTuple):
    """A question as asked, and as it was searched for."""

    text: str
    understood: str


class Beside(NamedTuple):
    """What stands beside an answer: jargon explained, and what regulators warn of."""

    glossary: Glossary
    cautions: Cautions


def answer(
    question: Asked, quotes: Sequence[Quote], missing: str, beside: Beside, clinic: Clinic, trace: Trace
) -> Reply:
    """The Reply that shows these quotes, each sentence with the citation that holds it.

    Args:
        question: As asked and as searched for.
        quotes: At least one.
        missing: The part of the question that they don't answer; empty where they answer all.
        beside: Explains words of the answer, and has the cautions on its topics.
        clinic: Whom to ask for that part.
        trace: How the reply came about.
    """
    citations = [
        Citation.of(number, run[0].passage, run[0].sentence.start, run[-1].sentence.end)
        for number, run in enumerate(_runs(quotes), start=1)
    ]
    numbers = [number for number, run in enumerate(_runs(quotes), start=1) for _ in run]
    return Reply(
        kind=Kind.ANSWER,
        question=question.text,
        understood_as=question.understood,
        sentences=tuple(
            ReplySentence(text=quote.sentence.text, citations=(number,))
            for quote, number in zip(quotes, numbers, strict=True)
        ),
        citations=tuple(citations),
        notice=render("partly", part=missing, contact=clinic.contact) if missing else None,
        disclaimer=render("disclaimer"),
        cautions=beside.cautions.on(question.understood, quotes),
        terms=beside.glossary.explain(" ".join(quote.sentence.text for quote in quotes)),
        reasons=(Reason.RELEVANT, *([Reason.UNCOVERED_PART] if missing else [])),
        trace=trace,
    )


def no_answer(
    question: Asked, reasons: Sequence[str], suggestions: tuple[str, ...], clinic: Clinic, trace: Trace
) -> Reply:
    """The Reply that says what the documents don't say, where that is known, and how to reach a person."""
    return Reply(
        kind=Kind.NO_ANSWER,
        question=question.text,
        understood_as=question.understood,
        notice=_nothing_said(reasons, clinic),
        disclaimer=render("disclaimer"),
        suggestions=suggestions,
        reasons=tuple(reasons),
        trace=trace,
    )


def _nothing_said(reasons: Sequence[str], clinic: Clinic) -> str:
    code, _, about = reasons[0].partition(":")
    if code == Reason.UNCOVERED_QUESTION:
        return render("no_answer_aspect", missing=about, contact=clinic.contact)
    if code == Reason.WRONG_ASPECT:
        return render("no_answer_aspect", missing=what_is_missing(about), contact=clinic.contact)
    if code == Reason.UNCOVERED_TERM:
        return render("no_answer_term", term=about, contact=clinic.contact)
    return render("no_answer", contact=clinic.contact)


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
