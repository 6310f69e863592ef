"""Personal data: what is taken out of a patient's words, and that the rest stays as it was."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from typer.testing import CliRunner

from bot.cli import app
from bot.private import Personal, find_personal_data, removed_from, without_personal_data
from evals.errors import EvalError
from evals.privacy import SENTENCES, Sentence, load_sentences, measure
from evals.questions import Split, load_sets


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Call me at 423-555-0142.", "Call me at [phone]."),
        ("My name is Roy Coley and I'm 91.", "My name is [name] and I'm [age over 89]."),
        ("my name is roy coley i am 91 years old", "my name is [name] i am [age over 89] years old"),
        ("I'm Dr. Okafor's patient.", "I'm Dr. [name]'s patient."),
        ("Sincerely,\nJ. D. Crockett", "Sincerely,\n[name]"),
        ("DOB 07/22/1948", "DOB [date of birth]"),
        ("It hurts since 05/14/2024, my knee.", "It hurts since [date], my knee."),
        ("SSN 409-62-7718", "SSN [social security number]"),
        ("Medicare number is 1EG4-TE5-MK73", "Medicare number is [insurance number]"),
        ("MRN: 00482913", "MRN: [record number]"),
        ("Visa 4539 1488 0343 6467", "Visa [card number]"),
        ("I live at 12 Elm St, Apt 4, Memphis, TN 38117 now", "I live at [address] now"),
        ("see https://elm.example/roy?x=1, or roy@elm.example", "see [link], or [e-mail]"),
        ("from 192.168.14.77 and 2001:db8::1", "from [IP address] and [IP address]"),
    ],
)
def test_a_piece_of_personal_data_is_replaced_by_its_kind(text: str, left: str) -> None:
    assert without_personal_data(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "Do two 250 mg doses of Tylenol interact with PRP?",
        "My mom has Parkinson's and my dad Crohn's disease.",
        "Is trial NCT04592705 still open, and what is PMID: 123456789?",
        "What does 21 CFR 1271.3(d) say of 2 x 10^6 cells per kg?",
        "Was Ryoncil approved on December 18, 2024?",
        "Dr. said my MS is stable; is it 1-2 weeks or 10-14 days?",
        "Were people over 90 years of age in the study?",
        "Thanks, that helps. Call 911 or 988?",
        "My name brand drug stopped working.",
        "",
    ],
)
def test_what_is_not_personal_comes_through_unchanged(text: str) -> None:
    assert without_personal_data(text) == text


@given(st.text(max_size=200))
@example("\0 423-555-0142 \0")
@examples(max_examples=150, deadline=None)
def test_pieces_lie_in_order_in_the_text_and_the_rest_of_it_is_left_as_it_was(text: str) -> None:
    pieces = find_personal_data(text)
    ends = [0, *(end for piece in pieces for end in (piece.start, piece.end)), len(text)]
    assert ends == sorted(ends)
    assert removed_from(text) == [text[piece.start : piece.end] for piece in pieces]
    between = [text[start:end] for start, end in zip(ends[::2], ends[1::2], strict=True)]
    kinds = [f"[{piece.kind}]" for piece in pieces]
    assert without_personal_data(text) == "".join(a + b for a, b in zip(between, [*kinds, ""], strict=True))


@pytest.mark.parametrize(
    "piece", ["x", "1-", "a.", "@a.", "12 Elm Oak ", "my husband Roy ", "0:", "Box 12 ", "((", "Dr. "]
)
def test_the_longest_question_is_searched_in_steps_that_grow_with_its_length_alone(piece: str) -> None:
    """A pattern that tries everything with everything would not end here."""
    text = piece * (20_000 // len(piece))
    assert len(without_personal_data(text)) <= 2 * len(text) + 40


@pytest.mark.parametrize("split", [Split.DEV, Split.TEST])
def test_nearly_all_that_is_marked_in_our_sentences_is_taken_out_and_little_besides(split: Split) -> None:
    result = measure(sentence for sentence in load_sentences() if sentence.split is split)
    assert result.all.marked >= 50
    assert result.all.taken_out / result.all.marked >= 0.98
    assert result.all.rightly / result.all.removed >= 0.95
    assert result.unchanged >= result.unmarked - 2
    assert {kind for kind, r in result.kinds.items() if r.marked} >= set(Personal) - {Personal.HANDLE}


def test_of_the_questions_of_the_sets_few_look_personal_and_the_others_come_through_unchanged() -> None:
    texts = {text for cases in load_sets().values() for case in cases for text in (case.q, *case.history)}
    taken = [piece for text in texts for piece in removed_from(text)]
    assert {"Donna", "91", "http://example.com/orders.txt"} <= set(taken)
    assert len(taken) <= 0.007 * len(texts)


def test_real_patients_questions_come_through_unchanged(shared: Path) -> None:
    lines = (shared / "data" / "patient_questions_dev.jsonl").read_text(encoding="utf-8").splitlines()
    questions = [json.loads(line)["question"] for line in lines]
    assert [(text, removed_from(text)) for text in questions if removed_from(text)] == []


def test_what_others_have_marked_is_taken_out_where_it_is_marked_as_such_in_the_text(shared: Path) -> None:
    result = measure(load_sentences(shared / "data" / "pii_dev.jsonl"))
    recall = {kind: r.taken_out / r.marked for kind, r in result.kinds.items() if r.marked}
    whole = (Personal.EMAIL, Personal.LINK, Personal.CARD, Personal.DATE, Personal.NUMBER)
    assert {kind: recall[kind] for kind in whole} == dict.fromkeys(whole, 1.0)
    assert recall[Personal.PHONE] >= 0.88
    assert recall[Personal.ADDRESS] >= 0.6  # most are not of the United States
    assert recall[Personal.NAME] >= 0.43  # most stand by themselves
    assert result.needless == []
    assert result.left_in.keys() == {"AGE", "DATE_TIME", "GPE", "NRP", "ORGANIZATION", "TITLE"}


def test_the_command_prints_each_kind_and_what_stayed(tmp_path: Path) -> None:
    file = tmp_path / "marked.jsonl"
    name = {"type": "PERSON", "value": "Ann", "start": 0, "end": 3}
    phone = {"type": "PHONE_NUMBER", "value": "423-555-0142", "start": 11, "end": 23}
    lines = [{"text": "Ann dialed 423-555-0142.", "entities": [name, phone]}, {"text": "Hi Dr. Oz", "entities": []}]
    file.write_text("\n".join(map(json.dumps, lines)))
    done = CliRunner().invoke(app, ["eval", "privacy", "--file", str(file), "--words"])
    assert done.exit_code == 0
    assert re.search(r"phone +1 +1 +1\.00 +1 +1 +1\.00", done.output)
    assert re.search(r"name +1 +0 +0\.00 +1 +0 +0\.00", done.output)
    assert re.search(r"all +2 +1 +0\.50 +2 +1 +0\.50", done.output)
    assert "0 of 1 sentences" in done.output
    assert "stayed: name: Ann" in done.output
    assert "taken out for nothing: name: Oz" in done.output


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "line: Invalid JSON"),
        ('{"text": "Ann"}', "entities: Field required"),
        (
            '{"text": "Ann", "entities": [{"type": "PERSON", "value": "Bob", "start": 0, "end": 3}]}',
            "line: 'Bob' does not stand",
        ),
    ],
)
def test_a_line_that_is_no_marked_sentence_is_named(tmp_path: Path, line: str, said: str) -> None:
    file = tmp_path / "marked.jsonl"
    file.write_text(f"\n{line}\n")
    with pytest.raises(EvalError, match=f"{file}:2: {said}"):
        load_sentences(file)
    with pytest.raises(EvalError, match="can't be read"):
        load_sentences(tmp_path / "none.jsonl")


def test_our_sentences_are_of_both_splits_and_each_is_there_once() -> None:
    sentences = load_sentences(SENTENCES)
    assert len({sentence.text for sentence in sentences}) == len(sentences) >= 80
    assert {sentence.split for sentence in sentences} == {Split.DEV, Split.TEST}
    assert Sentence(text="x", entities=()).split is Split.TEST
