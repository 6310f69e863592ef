"""What a Reply is held to when it is built, and the form in which every face gets it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from bot.reply import Kind, Reply

CONTRACT = {
    "reply_id",
    "kind",
    "question",
    "understood_as",
    "sentences",
    "citations",
    "notice",
    "cautions",
    "disclaimer",
    "suggestions",
    "terms",
    "reasons",
    "answerer",
    "text",
    "trace",
}
CITATION_CONTRACT = {
    "n",
    "source_id",
    "title",
    "tier",
    "section",
    "quote",
    "passage_id",
    "start",
    "end",
    "link",
    "coverage",
}


def citation(n: int, quote: str = "Cells come from fat.", **changes: Any) -> dict[str, Any]:
    return {
        "n": n,
        "source_id": "article",
        "title": "An Overview",
        "tier": "article",
        "section": "Sources › Fat",
        "quote": quote,
        "passage_id": "0123456789abcdef",
        "start": 40,
        "end": 40 + len(quote),
        "link": "https://clinic.example/overview",
        "coverage": "In full.",
        **changes,
    }


def answer(**changes: Any) -> dict[str, Any]:
    return {
        "kind": "answer",
        "question": "Where do they come from?",
        "understood_as": "Where do stem cells come from?",
        "sentences": [{"text": "Cells come from fat.", "citations": [1]}],
        "citations": [citation(1)],
        "disclaimer": "Not medical advice.",
        **changes,
    }


def full_reply() -> Reply:
    return Reply.model_validate(
        answer(
            reply_id="r1",
            notice="Please note.",
            sentences=[
                {"text": "Cells come from fat.", "citations": [1]},
                {"text": "They come from bone marrow too.", "citations": [1, 2]},
            ],
            citations=[citation(1), citation(2, "Marrow and fat.", title="A Review", section="")],
            cautions=[{"text": "SVF is a drug.", "citation": citation(1, "SVF is a drug.", title="FDA Guidance")}],
            terms=[{"term": "SVF", "definition": "cells from fat", "citation": citation(1, "SVF")}],
            suggestions=["What is SVF?"],
            reasons=["relevant"],
            answerer="extractive",
            trace={
                "hits": [
                    {
                        "passage_id": "p",
                        "sentence": "Cells come from fat.",
                        "dense": 0.5,
                        "lexical": 1.0,
                        "expected": 0.25,
                        "score": 1.75,
                    }
                ],
                "relevance": 1.25,
                "thresholds": {"min_relevance": 0.5},
                "timings_ms": {"retrieve": 4.5},
            },
        )
    )


@pytest.mark.parametrize("blank", [None, "", " ", "\n\t", "\u00a0"])
@pytest.mark.parametrize("kind", Kind)
def test_no_reply_of_any_kind_is_built_with_a_blank_disclaimer(kind: Kind, blank: str | None) -> None:
    with pytest.raises(ValidationError, match="disclaimer"):
        Reply.model_validate(answer(kind=kind, notice="Please call.", disclaimer=blank))


@pytest.mark.parametrize("kind", Kind)
def test_no_reply_of_any_kind_is_built_without_a_disclaimer(kind: Kind) -> None:
    fields = answer(kind=kind, notice="Please call.")
    del fields["disclaimer"]
    with pytest.raises(ValidationError, match="disclaimer"):
        Reply.model_validate(fields)


def test_the_disclaimer_of_a_built_reply_cannot_be_taken_off() -> None:
    reply = Reply.model_validate(answer())
    with pytest.raises(ValidationError, match="frozen"):
        reply.disclaimer = ""


REFUSED = {
    "an answer without sentences": ({"sentences": []}, "at least one sentence"),
    "a sentence without citation": ({"sentences": [{"text": "Cells come from fat."}]}, "without a citation"),
    "a sentence with an unknown number": ({"sentences": [{"text": "Fat.", "citations": [2]}]}, "without a citation"),
    "a known and an unknown number": ({"sentences": [{"text": "Fat.", "citations": [1, 2]}]}, "without a citation"),
    "a blank sentence": ({"sentences": [{"text": " ", "citations": [1]}]}, "sentences.0.text"),
    "citations that begin at 2": (
        {"citations": [citation(2)], "sentences": [{"text": "Fat.", "citations": [2]}]},
        "numbered from 1",
    ),
    "citations with a gap": ({"citations": [citation(1), citation(3)]}, "numbered from 1"),
    "citations out of order": ({"citations": [citation(2), citation(1)]}, "numbered from 1"),
    "two citations of one number": ({"citations": [citation(1), citation(1)]}, "numbered from 1"),
    "citation number 0": ({"citations": [citation(0)]}, "citations.0.n"),
    "a quote shorter than its span": ({"citations": [citation(1, end=61)]}, "not as long as its span"),
    "a quote longer than its span": ({"citations": [citation(1, end=59)]}, "not as long as its span"),
    "a quote that begins before its document": ({"citations": [citation(1, start=-1, end=19)]}, "citations.0.start"),
    "an empty quote": ({"citations": [citation(1, "")]}, "citations.0.quote"),
    "an unknown tier": ({"citations": [citation(1, tier="blog")]}, "citations.0.tier"),
    "a no_answer without notice": ({"kind": "no_answer", "sentences": [], "citations": []}, "needs its notice"),
    "an emergency without notice": ({"kind": "emergency", "sentences": [], "citations": []}, "needs its notice"),
    "a blank notice": ({"kind": "no_answer", "notice": " "}, "notice"),
    "a no_answer with sentences": ({"kind": "no_answer", "notice": "Please call."}, "shows no sentences"),
    "an uncited sentence beside a notice": (
        {"kind": "boundary", "notice": "Please call.", "sentences": [{"text": "Fat."}]},
        "without a citation",
    ),
    "an unknown reason code": ({"reasons": ["relevant", "mood"]}, "unknown reason codes: mood"),
    "an unknown reason with a detail": ({"reasons": ["mood:bad"]}, "unknown reason codes: mood:bad"),
    "an unknown kind": ({"kind": "guess"}, "kind"),
    "four suggestions": ({"suggestions": ["a?", "b?", "c?", "d?"]}, "suggestions"),
    "a field that is not in the contract": ({"mood": "good"}, "mood"),
}


@pytest.mark.parametrize(("changes", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Reply.model_validate(answer(**changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"suggestions": ["a?", "b?", "c?"]},
        {"reasons": ["relevant", "low_relevance:0.71", "unverified"]},
        {"kind": "no_answer", "notice": "Please call.", "sentences": [], "citations": []},
        {"citations": [citation(1), citation(2)]},
        {"citations": [citation(1, " kept with its spaces ")]},
    ],
)
def test_what_is_just_within_the_rules_is_built_as_given(changes: dict[str, Any]) -> None:
    built = Reply.model_validate(answer(**changes)).model_dump(mode="json")
    assert {name: built[name] for name in changes} == changes


def test_the_text_is_all_of_it_in_reading_order_with_marks_and_the_disclaimer_last() -> None:
    assert full_reply().text == (
        "Please note.\n\n"
        "Cells come from fat. [1] They come from bone marrow too. [1][2]\n\n"
        "Caution: SVF is a drug. (FDA Guidance)\n\n"
        "SVF: cells from fat\n\n"
        "[1] An Overview, Sources › Fat, the clinic's article\n[2] A Review, the clinic's article\n\n"
        "Not medical advice."
    )


def test_a_caution_that_the_answer_quotes_stands_once_in_the_text_and_is_labelled() -> None:
    said = {"text": "Cells come from fat.", "citation": citation(1, "Cells come from fat.", title="FDA Guidance")}
    beside = {"text": "SVF is a drug.", "citation": citation(1, "SVF is a drug.", title="FDA Guidance")}
    reply = Reply.model_validate(answer(cautions=[said, beside]))
    assert reply.text.startswith("Caution: Cells come from fat. [1]\n\nCaution: SVF is a drug. (FDA Guidance)\n\n")
    assert reply.text.count("Cells come from fat.") == 1
    assert len(reply.cautions) == 2


def test_the_text_of_a_no_answer_is_its_notice_and_the_disclaimer() -> None:
    reply = Reply.model_validate(answer(kind="no_answer", notice="Please call.", sentences=[], citations=[]))
    assert reply.text == "Please call.\n\nNot medical advice."


def test_the_json_has_exactly_the_fields_of_the_contract() -> None:
    fields = json.loads(full_reply().model_dump_json())
    assert fields.keys() == CONTRACT
    assert {frozenset(sentence) for sentence in fields["sentences"]} == {frozenset({"text", "citations"})}
    cited = [*fields["citations"], fields["cautions"][0]["citation"], fields["terms"][0]["citation"]]
    assert {frozenset(each) for each in cited} == {frozenset(CITATION_CONTRACT)}
    assert fields["cautions"][0].keys() == {"text", "citation"}
    assert fields["terms"][0].keys() == {"term", "definition", "citation"}
    drafting = {"drafting", "dropped", "tokens_in", "tokens_out", "rewriting"}
    assert fields["trace"].keys() == {"hits", "relevance", "thresholds", "timings_ms"} | drafting


def test_a_reply_comes_back_from_its_json_unchanged() -> None:
    reply = full_reply()
    assert Reply.model_validate_json(reply.model_dump_json(round_trip=True)) == reply


def test_each_reply_has_an_id_of_its_own() -> None:
    assert len({Reply.model_validate(answer()).reply_id for _ in range(50)}) == 50


def test_the_source_line_of_a_note_says_what_was_read_and_where_the_source_is() -> None:
    noted = citation(1, tier="study", coverage="Abstract was read.", link="https://example.org/paper")
    text = Reply.model_validate(answer(citations=[noted])).text
    assert "our notes on a study; read of it: Abstract was read. https://example.org/paper" in text


def test_the_json_that_clients_get_is_a_reply_again() -> None:
    reply = Reply.model_validate(answer())
    assert Reply.model_validate_json(reply.model_dump_json()) == reply
