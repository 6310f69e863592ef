"""Every code that staff may see has its words, and whatever stands in a page stands there as text."""

from __future__ import annotations

import pytest

from bot.aspects import aspects
from bot.chain import FaqChain
from bot.examples import load_examples, patterns
from bot.language import languages
from bot.reply import Kind, Reason
from bot.trace import Dropped
from bot.web.console_html import show
from bot.web.console_page import readable_on
from bot.web.console_why import chat, facts_of, why
from bot.web.console_words import (
    drafting_in_words,
    fault_in_words,
    kind_words,
    reason_in_words,
    screening_in_words,
    set_in_words,
    step_in_words,
    tier_in_words,
)
from corpus.document import Tier
from evals.questions import shipped_sets

pytestmark = pytest.mark.slow

SCREENED = sorted({e.code for e in load_examples() if e.match} | {f"{p.kind}.{p.name}" for p in patterns()})
ABOUT = {
    Reason.UNCOVERED_TERM: "copd",
    Reason.WRONG_ASPECT: "cost",
    Reason.UNCOVERED_QUESTION: "x",
    Reason.MATCHED: "crisis.words",
}
HOSTILE = '"><img src=x onerror=alert(1)><script>alert(2)</script> [a](javascript:alert(3)) **b** $$x$$\n\n# c'


def is_plain(words: str) -> bool:
    """Whether words are for a person: a sentence, and no code in it."""
    return " " in words and "_" not in words and "$" not in words


@pytest.mark.parametrize("kind", Kind)
def test_a_kind_has_a_name_and_says_what_was_done(kind: Kind) -> None:
    words = kind_words()[kind]
    assert words.name
    assert is_plain(words.says)
    assert words.tone in {"good", "calm", "warn", "alarm"}


@pytest.mark.parametrize("reason", Reason)
def test_a_reason_is_a_sentence(reason: Reason) -> None:
    about = ABOUT.get(reason, "")
    words = reason_in_words(f"{reason}:{about}" if about else reason)
    assert is_plain(words)


@pytest.mark.parametrize("aspect", sorted(aspects()))
def test_an_aspect_that_is_missing_is_named(aspect: str) -> None:
    assert aspects()[aspect].missing in reason_in_words(f"{Reason.WRONG_ASPECT}:{aspect}")


@pytest.mark.parametrize("code", SCREENED)
def test_what_the_screen_recognises_is_explained(code: str) -> None:
    words = screening_in_words(code)
    kind, _, sort = code.partition(".")
    assert is_plain(words)
    if kind == Kind.LANGUAGE and sort in languages():
        assert languages()[sort].name in words
    elif code in {e.code for e in load_examples()}:
        assert kind_words()[Kind(kind)].name.lower() in words
    else:
        assert sort == "words" or sort.replace("_", " ") in words


def test_of_what_was_recognised_by_example_the_one_is_shown_that_has_the_questions_words() -> None:
    told = screening_in_words("emergency.choking", "my dad is choking on a piece of steak right now")
    example = next(e for e in load_examples() if e.code == "emergency.choking")
    [shown] = [text for text in example.match if f"“{text}”" in told]
    assert "choking" in shown


def test_no_example_is_shown_that_has_no_word_of_the_question() -> None:
    told = screening_in_words("smalltalk.greeting", "zzz")
    assert "such as" not in told
    assert "small talk" in told


def test_a_long_example_is_cut() -> None:
    longest = max((text for e in load_examples() for text in e.match), key=len)
    code = next(e.code for e in load_examples() if longest in e.match)
    assert len(screening_in_words(code, longest)) < 300 < len(longest)


def test_steps_sets_and_tiers_have_words(chain: FaqChain) -> None:
    reply = chain.invoke("Does it hurt to have the fat taken out?")
    assert reply.trace is not None
    assert all(step_in_words(step) != step for step in reply.trace.timings_ms)
    assert all(set_in_words(name) != name for name in shipped_sets())
    assert all(tier_in_words(tier) for tier in Tier)


def test_what_a_patient_typed_is_text_in_every_part_of_the_page(chain: FaqChain) -> None:
    reply = chain.invoke(f"Does it hurt to have the fat taken out? {HOSTILE}")
    for html in (chat([reply, reply]), why(reply, chain.retriever.store), show("note", title=HOSTILE, text=HOSTILE)):
        assert "<img" not in html
        assert "<script" not in html
        assert "\n" not in html  # or Markdown would begin
    assert "&lt;img src=x" in chat([reply])


def test_what_a_chat_model_drafted_stands_there_as_text(chain: FaqChain) -> None:
    reply = chain.invoke("Does it hurt to have the fat taken out?")
    assert reply.trace is not None
    drafting = {"drafting": "unsupported", "dropped": (Dropped(text=HOSTILE, fault="markup"),)}
    page = why(reply.model_copy(update={"trace": reply.trace.model_copy(update=drafting)}), chain.retriever.store)
    assert drafting_in_words("unsupported").partition(",")[0] in page
    assert "&lt;img src=x" in page
    assert "<img" not in page


def test_why_shows_what_was_found_and_how_sure_it_was(chain: FaqChain) -> None:
    reply = chain.invoke("Does it hurt to have the fat taken out?")
    assert reply.trace is not None
    page = why(reply, chain.retriever.store)
    assert f"{reply.trace.relevance:.0%}"[:-1] in page
    assert f"left:{100 * reply.trace.thresholds['min_relevance']:.1f}%" in page
    assert page.count("<details>") == 8
    assert '<mark class="chosen">' in page
    assert all(f"{hit.score:.2f}" in page for hit in reply.trace.hits[:8])


def test_an_emergency_is_explained_though_nothing_was_looked_up(chain: FaqChain) -> None:
    reply = chain.invoke("my dad is choking on a piece of steak right now")
    page = why(reply, chain.retriever.store)
    assert kind_words()[Kind.EMERGENCY].name in page
    assert "choking" in page
    assert facts_of(reply) == []


@pytest.mark.parametrize(
    ("color", "readable"), [("#0b5c63", "#ffffff"), ("#f5d90a", "#0d1414"), ("#808080", "#0d1414")]
)
def test_words_on_the_clinics_colour_are_readable(color: str, readable: str) -> None:
    assert readable_on(color) == readable


@pytest.mark.parametrize("outcome", ["kept", "not_covered", "unsupported", "incomplete", "timeout", "busy", "http_429"])
def test_how_a_drafting_went_is_said_in_a_sentence(outcome: str) -> None:
    assert is_plain(drafting_in_words(outcome))
    assert outcome != "http_429" or "http 429" in drafting_in_words(outcome)


def test_where_no_model_was_asked_nothing_is_said_of_it() -> None:
    assert drafting_in_words("") == ""


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("number:9,000", "the documents have no such number, date or amount: 9,000"),
        ("comparison", "they don't compare so"),
        ("negation", "it denies what they say, or says what they deny"),
        ("unchecked", "the check did not let it through (unchecked)"),
    ],
)
def test_what_is_wrong_with_a_drafted_sentence_is_said_in_words(fault: str, words: str) -> None:
    assert fault_in_words(fault) == words
