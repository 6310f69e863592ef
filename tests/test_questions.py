"""Question files: what a line may hold, how a wrong one is named, and the sets that ship."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.reply import Kind
from corpus.load import PACKAGED_CORPUS, load_corpus
from corpus.split import split as split_document
from evals.errors import EvalError
from evals.questions import FOLDER, Case, Split, load_cases, load_sets, split_of, states

SETS = load_sets()
CASES = [case for cases in SETS.values() for case in cases]
GOOD = {"id": "a", "q": "What is SVF?", "kind": "answer", "facts": [["SVF is from fat."]]}
EXCEL = "\ufeffq,kind\r\nWhat is SVF?,answer\r\n".encode()


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8", newline="")
    return path


def asked(case: Case) -> tuple[str, ...]:
    return tuple(" ".join(text.casefold().split()).rstrip("?.! ") for text in (*case.history, case.q))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "not JSON"),
        ("[1]", "field ''"),
        (json.dumps({"id": "b", "kind": "answer"}), "field 'q': Field required"),
        (json.dumps({**GOOD, "q": ""}), "field 'q'"),
        (json.dumps({**GOOD, "id": 7}), "field 'id'"),
        (json.dumps({**GOOD, "id": "a"}), "field 'id': 'a' stands twice"),
        (json.dumps({**GOOD, "kind": "maybe"}), "field 'kind'"),
        (json.dumps({**GOOD, "split": "train"}), "field 'split'"),
        (json.dumps({**GOOD, "history": ["x", ""]}), "field 'history.1'"),
        (json.dumps({**GOOD, "facts": [["SVF."], []]}), "field 'facts.1'"),
        (json.dumps({**GOOD, "facts": [["SVF.", "/(/"]]}), "field 'facts.0.1': Value error, /(/ is no regular expres"),
        (json.dumps({**GOOD, "passages": ["/[/"]}), "field 'passages.0': Value error, /[/ is no regular expression"),
        (json.dumps({**GOOD, "fact": []}), "field 'fact': Extra inputs"),
    ],
)
def test_a_wrong_line_is_named_by_file_line_and_field(tmp_path: Path, line: str, message: str) -> None:
    path = write(tmp_path / "set.jsonl", f"{json.dumps(GOOD)}\n\n{line}\n")
    with pytest.raises(EvalError) as refused:
        load_cases(path)
    assert str(refused.value).startswith(f"{path}:3: {message}")
    assert str(refused.value).endswith("; mend the line.")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (",answer,,", "field 'q': Field required"),
        ("What?,,,", "field 'kind': Field required"),
        ("What?,maybe,,", "field 'kind': Input should be"),
        ("What?,answer,/(/,", "field 'facts.0.0'"),
        ("What?,answer,,,fat", "field 'answer': Extra inputs"),
        ("What?,answer,,,,far", "field '(surplus)'"),
        ("What?,answer,,row 2", "field 'id': 'row 2' stands twice"),
    ],
)
def test_a_wrong_row_is_named_by_file_line_and_field(tmp_path: Path, row: str, message: str) -> None:
    path = write(tmp_path / "ours.csv", f"q,kind,facts,id,answer\nWho?,answer,,\n{row}\n")
    with pytest.raises(EvalError) as refused:
        load_cases(path)
    assert str(refused.value).startswith(f"{path}:3: {message}")


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
@pytest.mark.parametrize("name", ["set.jsonl", "set.csv"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str, content: bytes | None) -> None:
    path = tmp_path / name
    if content:
        path.write_bytes(content)
    with pytest.raises(EvalError, match=r"set\.(jsonl|csv): can't be read"):
        load_cases(path)


def test_a_line_ends_only_where_json_lines_end(tmp_path: Path) -> None:
    cases = [{**GOOD, "q": "What\u2028is\x85SVF?"}, {**GOOD, "id": "b"}]
    path = write(tmp_path / "set.jsonl", "\r\n".join(json.dumps(c, ensure_ascii=False) for c in cases))
    assert [c.q for c in load_cases(path)] == ["What\u2028is\x85SVF?", "What is SVF?"]


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.jsonl", b"\xef\xbb\xbf" + json.dumps(GOOD).encode()), ("a.csv", EXCEL), ("A.CSV", EXCEL)],
)
def test_a_byte_order_mark_is_no_part_of_the_first_field(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert [(c.q, c.kind) for c in load_cases(path)] == [("What is SVF?", Kind.ANSWER)]


def test_a_row_reads_like_the_line_that_says_the_same(tmp_path: Path) -> None:
    path = tmp_path / "ours.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow("tags kind history q facts passages id split".split())
        rows.writerow(["near, cost", "answer", "Hi, there.\n\nWhat is SVF?\n", 'Is it "safe", or\nnot?'])
        rows.writerow([])
        rows.writerow(["", "answer", "", "And\u2028fat?", "bone marrow | adipose\n /2|3 mg/ \n", "A.\nB.", "x", "dev"])
    first, second = load_cases(path)
    assert first == Case(
        id="row 6",
        q='Is it "safe", or\nnot?',
        history=("Hi, there.", "What is SVF?"),
        kind=Kind.ANSWER,
        tags=("near", "cost"),
        split=Split.TEST,
    )
    assert second == Case(
        id="x",
        q="And\u2028fat?",
        kind=Kind.ANSWER,
        facts=(("bone marrow", "adipose"), ("/2|3 mg/",)),
        passages=("A.", "B."),
        split=Split.DEV,
    )


@pytest.mark.parametrize(
    ("text", "fact", "stated"),
    [
        ("It is from fat.", "from fat", True),
        ("It is from fat.", "From fat", False),
        ("It costs 1.5 mg.", "1.5", True),
        ("It costs 125 mg.", "1.5", False),
        ("It costs 125 mg.", "/1.5/", True),
        ("From FAT.", "/^from fat/", True),
        ("In 12 patients", r"/\b(ten|1[0-2]) patients\b/", True),
        ("In 13 patients", r"/\b(ten|1[0-2]) patients\b/", False),
        ("and/or", "/", True),
        ("a//b", "//", True),
        ("anything", "//", False),
    ],
)
def test_a_fact_is_a_quotation_or_between_slashes_an_expression(text: str, fact: str, stated: bool) -> None:
    assert states(text, fact) is stated


@pytest.mark.parametrize(
    ("q", "history", "split"),
    [  # the number that `printf 'what is svf?' | sha256sum` writes is 2 mod 5; then 3 ('hi.\0what is svf?'), 0 and 4
        ("What is SVF?", (), Split.DEV),
        ("What is SVF?", ("Hi.",), Split.TEST),
        ("And fat?", (), Split.GATE),
        ("Who?", (), Split.TEST),
    ],
)
def test_a_split_never_changes(q: str, history: tuple[str, ...], split: Split) -> None:
    assert split_of(q, history) is split


@given(st.lists(st.text("abcXYZ?é", min_size=1), min_size=1), st.sampled_from([" ", "\n", " \t "]))
def test_case_and_blanks_do_not_change_a_split(words: list[str], blank: str) -> None:
    assert split_of(blank + blank.join(words).upper() + blank) is split_of(" ".join(words))


def test_splits_are_about_one_to_two_to_two() -> None:
    counts = Counter(split_of(f"Question {n}?", ("Hi.",) * (n % 3)) for n in range(5000))
    # standard deviation of a share of 5000: under 0.7 points, so that 3 points is over 4 of them
    assert {s: n / 5000 for s, n in counts.items()} == pytest.approx({"gate": 0.2, "dev": 0.4, "test": 0.4}, abs=0.03)


def test_own_questions_count_as_test_and_shipped_ones_by_hash(tmp_path: Path) -> None:
    own = load_cases(write(tmp_path / "emergency.jsonl", (FOLDER / "emergency.jsonl").read_text(encoding="utf-8")))
    assert {case.split for case in own if case.split is not Split.DEV} == {Split.TEST}
    named = {
        case.q
        for case in own
        if case.id.startswith(("emg-c", "emg-d", "emg-f", "emg-g", "emg-n", "emg-o", "emc-", "p-"))
    }
    by_hash = [case for case in SETS["emergency"] if case.q not in named]
    assert 0 < len(by_hash) < len(own), "the others name their split"
    assert [case.split for case in by_hash] == [split_of(case.q, case.history) for case in by_hash]


def test_sets_are_loaded_by_name_and_path_and_split(tmp_path: Path) -> None:
    path = write(tmp_path / "ours.csv", "q,kind,split\nWho?,answer,dev\nWhat?,answer,\n")
    sets = load_sets([str(path), "crisis"], Split.DEV)
    assert list(sets) == ["ours", "crisis"]
    assert [case.q for case in sets["ours"]] == ["Who?"]
    assert sets["crisis"] == [case for case in SETS["crisis"] if case.split is Split.DEV]
    with pytest.raises(
        EvalError, match="nothing: neither a file nor a question set that ships; those are: answerable,"
    ):
        load_sets(["nothing"])
    with pytest.raises(EvalError, match="a second set of the name 'ours'"):
        load_sets([str(path), str(path)])


Fits = Callable[[Case], Any]
SHIPPED: dict[str, tuple[int, Fits]] = {
    "answerable": (150, lambda c: c.kind is Kind.ANSWER and c.facts),
    "partly": (40, lambda c: c.kind is Kind.ANSWER and c.facts and c.tags[0] == "partly"),
    "uncovered": (160, lambda c: c.kind is Kind.NO_ANSWER and c.tags[0] in ("near", "far")),
    "emergency": (40, lambda c: c.kind is Kind.EMERGENCY),
    "crisis": (40, lambda c: c.kind is Kind.CRISIS),
    "boundary": (40, lambda c: c.kind is Kind.BOUNDARY),
    "attacks": (40, lambda c: c.kind is Kind.REFUSAL),
    "smalltalk": (1, lambda c: c.kind is Kind.SMALLTALK),
    "language": (1, lambda c: c.kind is Kind.LANGUAGE),
    "chats": (1, lambda c: c.history and "chat" in c.tags),
    "lookalikes": (1, lambda c: "lookalike" in c.tags and (c.kind is Kind.ANSWER) is bool(c.facts)),
}


def test_the_sets_that_ship_are_those_promised() -> None:
    assert SETS.keys() == SHIPPED.keys()


@pytest.mark.parametrize(("name", "size", "fits"), [(name, *rest) for name, rest in SHIPPED.items()])
def test_a_shipped_set_is_large_enough_and_asks_for_its_kind(name: str, size: int, fits: Fits) -> None:
    assert [c.id for c in SETS[name] if not fits(c)] == []
    assert len(SETS[name]) >= size
    assert {c.split for c in SETS[name]} == set(Split)


def test_uncovered_questions_are_near_and_far() -> None:
    sorts = Counter(c.tags[0] for c in SETS["uncovered"])
    assert sorts["near"] >= 120
    assert sorts["far"] >= 40


def test_only_lookalikes_carry_their_tag_and_no_id_stands_twice() -> None:
    assert {name for name, cases in SETS.items() for c in cases if "lookalike" in c.tags} == {"lookalikes"}
    assert [name for name, count in Counter(c.id for c in CASES).items() if count > 1] == []


def test_no_question_stands_in_two_splits_or_wants_two_kinds() -> None:
    ends: dict[tuple[str, ...], set[Any]] = {}
    for case in CASES:
        ends.setdefault(asked(case), set()).add((case.split, case.kind))
    assert {question: found for question, found in ends.items() if len(found) > 1} == {}


def test_every_fact_stands_in_a_sentence_of_the_corpus() -> None:
    passages = [passage for document in load_corpus(PACKAGED_CORPUS) for passage in split_document(document)]
    sentences = [sentence.text for passage in passages for sentence in passage.sentences]
    facts = {fact for c in CASES for any_of in c.facts for fact in any_of}
    marks = {mark for c in CASES for mark in c.passages}
    assert len(facts) > 100
    assert {fact for fact in facts if not any(states(text, fact) for text in sentences)} == set()
    assert {mark for mark in marks if not any(states(passage.text, mark) for passage in passages)} == set()
