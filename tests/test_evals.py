"""The question sets that ship, and what is counted on them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.reply import Kind, Reply
from corpus.load import PACKAGED_CORPUS, load_corpus
from corpus.split import split
from evals.metrics import fact_recall
from evals.questions import FOLDER, Case, QuestionSetError, load_cases
from evals.run import Outcome, run, summary

SETS = sorted(FOLDER.glob("*.jsonl"))
GOOD = {"id": "a", "q": "What is SVF?", "kind": "answer", "facts": [["SVF is from fat."]]}


def reply(*sentences: str, kind: str = "answer") -> Reply:
    quote = "Cells come from fat."
    citation = {
        "n": 1,
        "source_id": "article",
        "title": "An Overview",
        "tier": "article",
        "section": "",
        "quote": quote,
        "passage_id": "p",
        "start": 0,
        "end": len(quote),
        "link": "",
        "coverage": "",
    }
    return Reply.model_validate(
        {
            "kind": kind,
            "question": "?",
            "understood_as": "?",
            "sentences": [{"text": text, "citations": [1]} for text in sentences],
            "citations": [citation] if sentences else [],
            "notice": None if kind == "answer" else "Please call.",
            "disclaimer": "Not medical advice.",
        }
    )


def case(kind: str = "answer", facts: list[list[str]] | None = None) -> Case:
    return Case(id="a", q="?", kind=Kind(kind), facts=facts or [])


def test_there_are_answerable_and_uncovered_sets_of_both_splits() -> None:
    assert {path.stem for path in SETS} >= {f"{of}_{s}" for of in ("answerable", "uncovered") for s in ("dev", "test")}


@pytest.mark.parametrize("path", SETS, ids=lambda path: path.stem)
def test_a_shipped_set_loads_and_asks_for_the_kind_that_it_is_named_for(path: Path) -> None:
    kinds = {(c.kind, bool(c.facts)) for c in load_cases(path)}
    assert kinds == {(Kind.ANSWER, True)} if path.stem.startswith("answerable") else {(Kind.NO_ANSWER, False)}


def test_ids_are_unique_over_all_sets() -> None:
    ids = [c.id for path in SETS for c in load_cases(path)]
    assert sorted(ids) == sorted(set(ids))


def test_every_fact_stands_in_a_sentence_of_the_corpus() -> None:
    sentences = {
        sentence.text
        for document in load_corpus(PACKAGED_CORPUS)
        for passage in split(document)
        for sentence in passage.sentences
    }
    facts = {fact for path in SETS for c in load_cases(path) for any_of in c.facts for fact in any_of}
    assert [fact for fact in facts if not any(fact in sentence for sentence in sentences)] == []


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "not JSON"),
        ("[1]", "field ''"),
        (json.dumps({"id": "b", "kind": "answer"}), "field 'q': Field required"),
        (json.dumps({**GOOD, "q": ""}), "field 'q'"),
        (json.dumps({**GOOD, "id": 7}), "field 'id'"),
        (json.dumps({**GOOD, "kind": "maybe"}), "field 'kind'"),
        (json.dumps({**GOOD, "facts": [["SVF."], []]}), "field 'facts.1'"),
        (json.dumps({**GOOD, "fact": []}), "field 'fact'"),
    ],
)
def test_a_wrong_line_is_named_by_file_line_and_field(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "set.jsonl"
    path.write_text(f"{json.dumps(GOOD)}\n\n{line}\n", encoding="utf-8")
    with pytest.raises(QuestionSetError) as refused:
        load_cases(path)
    assert str(refused.value).startswith(f"{path}:3: {message}")


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "set.jsonl"
    if content:
        path.write_bytes(content)
    with pytest.raises(QuestionSetError, match=r"set\.jsonl: can't be read"):
        load_cases(path)


def test_a_line_ends_only_where_json_lines_end(tmp_path: Path) -> None:
    path = tmp_path / "set.jsonl"
    cases = [{**GOOD, "q": "What\u2028is\x85SVF?"}, {**GOOD, "id": "b"}]
    path.write_text("\r\n".join(json.dumps(c, ensure_ascii=False) for c in cases), encoding="utf-8", newline="")
    assert [c.q for c in load_cases(path)] == ["What\u2028is\x85SVF?", "What is SVF?"]


@pytest.mark.parametrize(
    ("shown", "facts", "recall"),
    [
        (["a.", "b."], [["a."]], 1.0),
        (["a."], [["a."], ["b."]], 0.5),
        (["b."], [["a.", "b."]], 1.0),
        (["a.", "b."], [["a.", "b."], ["c."], ["d.", "e."]], 1 / 3),
        (["It says a. And more"], [["a."]], 1.0),
        ([], [["a."]], 0.0),
    ],
)
def test_fact_recall_is_the_share_of_facts_of_which_any_sentence_is_shown(
    shown: list[str], facts: list[list[str]], recall: float
) -> None:
    assert fact_recall(shown, facts) == pytest.approx(recall)


def test_a_question_without_facts_has_no_recall() -> None:
    with pytest.raises(ValueError, match="without facts"):
        fact_recall(["a."], [])


@pytest.mark.parametrize(
    ("asked", "got", "right"),
    [
        (case(facts=[["a."], ["b.", "c."]]), reply("a.", "c."), True),
        (case(facts=[["a."], ["b."]]), reply("a."), False),
        (case(), reply("a."), True),
        (case(), reply(kind="no_answer"), False),
        (case(facts=[["a."]]), reply("a.", kind="boundary"), False),
        (case("no_answer"), reply(kind="no_answer"), True),
        (case("no_answer"), reply("a."), False),
    ],
)
def test_an_outcome_is_right_when_the_kind_is_and_every_fact_is_shown(asked: Case, got: Reply, right: bool) -> None:
    assert Outcome(asked, got).right is right


def test_the_summary_counts_questions_and_averages_over_answers() -> None:
    outcomes = [
        Outcome(case(facts=[["One two three."]]), reply("One two three.", "Four five.")),
        Outcome(case(facts=[["Six."]]), reply("Seven.")),
        Outcome(case("no_answer"), reply(kind="no_answer")),
        Outcome(case(), reply(kind="no_answer")),
    ]
    assert summary(outcomes) == {"questions": 4, "right": 0.5, "answered": 0.5, "sentences": 1.5, "words": 3.0}


def test_the_summary_of_nothing_is_nothing() -> None:
    assert set(summary([]).values()) == {0}


def test_a_run_asks_every_case_in_order_with_its_history(chain: Any) -> None:
    cases = [Case(id="a", q="Who makes it?", history=["What is Ryoncil?"], kind=Kind.ANSWER), case()]
    outcomes = run(chain, cases)
    assert [outcome.case for outcome in outcomes] == cases
    assert [o.reply.understood_as for o in outcomes] == ["What is Ryoncil? Who makes it?", "?"]


def test_dev_and_test_share_no_question() -> None:
    asked = {
        split_name: {
            (" ".join(c.q.casefold().split()).rstrip("?.! "), tuple(c.history))
            for path in SETS
            if path.stem.endswith(split_name)
            for c in load_cases(path)
        }
        for split_name in ("_dev", "_test")
    }
    assert asked["_dev"] & asked["_test"] == set()
    assert all(asked.values())
