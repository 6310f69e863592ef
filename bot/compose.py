"""From what is said to a Reply: sentences, citations, fixed words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from bot.asking import only_tells
from bot.aspects import what_is_missing
from bot.caution import Cautions
from bot.cite import Worded, cited, quoted
from bot.examples import reply_to
from bot.explain import Glossary
from bot.extract import Quote
from bot.language import languages
from bot.profile import Clinic
from bot.reply import Kind, Reason, Reply
from bot.signals import Screening
from bot.trace import Trace
from prompts.render import render


class Asked(NamedTuple):
    """A question as asked, and as it was searched for."""

    text: str
    understood: str


class Beside(NamedTuple):
    """What stands beside an answer: jargon explained, and what regulators warn of."""

    glossary: Glossary
    cautions: Cautions


def answer(question: Asked, worded: Worded, missing: str, beside: Beside, clinic: Clinic, trace: Trace) -> Reply:
    """The Reply that shows these sentences, each with the citations of what it rests on.

    Args:
        question: As asked and as searched for.
        worded: At least one sentence.
        missing: The part of the question that they don't answer; empty where they answer all.
        beside: Explains words of the answer, and has the cautions on its topics.
        clinic: Whom to ask for that part.
        trace: How the reply came about, but for the drafting.
    """
    citations, sentences = cited(worded)
    return Reply(
        kind=Kind.ANSWER,
        question=question.text,
        understood_as=question.understood,
        sentences=sentences,
        citations=citations,
        notice=render("partly", part=missing, contact=clinic.contact) if missing else None,
        disclaimer=render("disclaimer"),
        cautions=beside.cautions.on(question.understood, worded.quotes),
        terms=beside.glossary.explain(worded.text),
        reasons=(Reason.RELEVANT, *([Reason.UNCOVERED_PART] if missing else [])),
        answerer=worded.answerer,
        trace=trace.model_copy(update=worded.drafting),
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


def screened(
    question: Asked,
    screening: Screening,
    clinic: Clinic,
    quotes: Sequence[Quote] = (),
    beside: Beside | None = None,
    trace: Trace | None = None,
) -> Reply:
    """The Reply of a screened kind: its fixed words, and after a boundary what the documents say in general."""
    citations, sentences = cited(quoted(quotes))
    return Reply(
        kind=screening.kind,
        question=question.text,
        understood_as=question.understood,
        sentences=sentences,
        citations=citations,
        notice=_notice(screening, question.text, clinic),
        cautions=beside.cautions.on(question.understood, quotes) if beside and quotes else (),
        disclaimer=render("disclaimer"),
        reasons=(f"{Reason.MATCHED}:{screening.code}",),
        trace=trace,
    )


def unscreened(question: Asked, clinic: Clinic) -> Reply:
    """The Reply where the screen itself failed: a person, and no answer that nobody screened."""
    return Reply(
        kind=Kind.NO_ANSWER,
        question=question.text,
        understood_as=question.understood,
        notice=render("unscreened", contact=clinic.contact, emergency_number=clinic.emergency_number),
        disclaimer=render("disclaimer"),
        reasons=(Reason.UNSCREENED,),
    )


def _notice(screening: Screening, text: str, clinic: Clinic) -> str:
    """The fixed words of a kind, in English and, where the patient writes in another language, in that one too."""
    emergency, crisis, contact = clinic.emergency_number, clinic.crisis_line, clinic.contact
    own = languages().get(screening.language or "")
    match screening.kind:
        case Kind.EMERGENCY:
            english = render("emergency", emergency_number=emergency, crisis_line=crisis, contact=contact)
            return f"{english} {own.fill(own.emergency, emergency_number=emergency)}" if own else english
        case Kind.CRISIS:
            english = render("crisis", emergency_number=emergency, crisis_line=crisis)
            both = {"emergency_number": emergency, "crisis_line": crisis}
            return f"{english} {own.fill(own.crisis, **both)}" if own else english
        case Kind.LANGUAGE:
            english = render("language", contact=contact, emergency_number=emergency)
            return (
                f"{own.fill(own.reply, reach=clinic.reach, emergency_number=emergency)} {english}" if own else english
            )
        case Kind.BOUNDARY:
            return render("boundary", contact=contact)
        case Kind.REFUSAL:
            return render("refusal", clinic=clinic.name, contact=contact)
        case _:
            return _small_talk(screening.code.partition(".")[2], text, clinic)


def _small_talk(sort: str, text: str, clinic: Clinic) -> str:
    says = reply_to(sort)
    if says == "identity":
        return render("smalltalk_identity", clinic=clinic.name, contact=clinic.contact)
    if says == "thanks":
        return render("smalltalk_thanks", contact=clinic.contact)
    if says == "person":
        return render("smalltalk_person", contact=clinic.contact)
    if only_tells(text):
        return render("no_question", contact=clinic.contact)
    return render("smalltalk", clinic=clinic.name)


def _nothing_said(reasons: Sequence[str], clinic: Clinic) -> str:
    code, _, about = reasons[0].partition(":")
    if code == Reason.UNCOVERED_QUESTION:
        return render("no_answer_aspect", missing=about, contact=clinic.contact)
    if code == Reason.WRONG_ASPECT:
        return render("no_answer_aspect", missing=what_is_missing(about), contact=clinic.contact)
    if code == Reason.UNCOVERED_TERM:
        return render("no_answer_term", term=about, contact=clinic.contact)
    if code == Reason.NO_QUESTION:
        return render("no_question", contact=clinic.contact)
    return render("no_answer", contact=clinic.contact)
