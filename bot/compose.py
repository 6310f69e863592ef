"""From verified quotes to a Reply: sentences, citations, fixed words."""

from __future__ import annotations

from collections.abc import Sequence

from bot.extract import Quote
from bot.reply import Citation, Kind, Reason, Reply, ReplySentence, Trace
from bot.settings import Clinic
from prompts.render import render


def answer(question: str, understood: str, quotes: Sequence[Quote], trace: Trace) -> Reply:
    """The Reply that shows these quotes, each sentence with the citation that holds it."""
    citations = [_cite(number, run) for number, run in enumerate(_runs(quotes), start=1)]
    numbers = [number for number, run in enumerate(_runs(quotes), start=1) for _ in run]
    return Reply(
        kind=Kind.ANSWER,
        question=question,
        understood_as=understood,
        sentences=tuple(
            ReplySentence(text=quote.sentence.text, citations=(number,))
            for quote, number in zip(quotes, numbers, strict=True)
        ),
        citations=tuple(citations),
        disclaimer=render("disclaimer"),
        reasons=(Reason.RELEVANT,),
        trace=trace,
    )


def no_answer(question: str, understood: str, reason: Reason, clinic: Clinic, trace: Trace) -> Reply:
    """The Reply that says that the documents don't answer, and how to reach a person."""
    return Reply(
        kind=Kind.NO_ANSWER,
        question=question,
        understood_as=understood,
        notice=render("no_answer", contact=clinic.contact),
        disclaimer=render("disclaimer"),
        reasons=(reason,),
        trace=trace,
    )


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


def _cite(number: int, run: Sequence[Quote]) -> Citation:
    passage, start, end = run[0].passage, run[0].sentence.start, run[-1].sentence.end
    return Citation(
        n=number,
        source_id=passage.source_id,
        title=passage.title,
        tier=passage.tier,
        section=" › ".join(passage.section),
        quote=passage.text[start - passage.start : end - passage.start],
        passage_id=passage.id,
        start=start,
        end=end,
        link=passage.link,
        coverage=passage.coverage,
    )
