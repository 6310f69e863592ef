"""Questions that the documents are known not to answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.lessons import lessons
from corpus.digest import corpus_digest
from corpus.document import CorpusError
from corpus.expected import load_expected
from corpus.load import PACKAGED_CORPUS, load_corpus
from corpus.split import split
from corpus.uncovered import Uncovered, load_uncovered
from evals.questions import load_sets
from index.units import make_units


def write(folder: Path, content: str) -> Path:
    (folder / "uncovered").mkdir()
    (folder / "uncovered" / "a.yaml").write_text(content, encoding="utf-8")
    return folder


def test_entries_are_read_and_a_conversation_becomes_one_text(tmp_path: Path) -> None:
    write(tmp_path, "- missing: the price\n  questions: [How much?, [What is SVF?, and how much?]]\n")
    assert load_uncovered(tmp_path) == [Uncovered(("How much?", "What is SVF? and how much?"), "the price")]


def test_those_of_another_subject_stand_in_a_folder_of_their_own(tmp_path: Path) -> None:
    folder = write(tmp_path, "- questions: [How much?]\n") / "uncovered" / "other_subjects"
    folder.mkdir()
    (folder / "b.yaml").write_text("- questions: [What is gout?]\n", encoding="utf-8")
    digest = corpus_digest(tmp_path)
    assert [(entry.questions, entry.is_of_another) for entry in load_uncovered(tmp_path)] == [
        (("How much?",), False),
        (("What is gout?",), True),
    ]
    (folder / "b.yaml").rename(tmp_path / "uncovered" / "b.yaml")
    assert not any(entry.is_of_another for entry in load_uncovered(tmp_path))
    assert corpus_digest(tmp_path) != digest


def test_none_is_no_error(tmp_path: Path) -> None:
    assert load_uncovered(tmp_path) == []


@pytest.mark.parametrize("content", ["- missing: x\n", "- questions: []\n", "- questions: [1]\n", "- q: [a]\n", "a: ["])
def test_a_malformed_file_is_named(tmp_path: Path, content: str) -> None:
    with pytest.raises(CorpusError, match=r"a\.yaml"):
        load_uncovered(write(tmp_path, content))


def test_a_question_that_is_expected_too_is_expected() -> None:
    passages = [passage for document in load_corpus(PACKAGED_CORPUS) for passage in split(document)]
    expected = load_expected(PACKAGED_CORPUS)
    question = expected[0].questions[0]
    with_it, _ = make_units(passages, expected, [Uncovered((question.upper(), "Is the moon a cell?"), "the moon")])
    without, _ = make_units(passages, expected)
    (new,) = set(with_it) - set(without)
    assert (new.text, new.targets, new.missing) == ("Is the moon a cell?", (), "the moon")


def test_near_misses_sound_like_a_sentence_of_the_corpus() -> None:
    sentences = {s.text for document in load_corpus(PACKAGED_CORPUS) for p in split(document) for s in p.sentences}
    near = {entry.near for entry in load_uncovered(PACKAGED_CORPUS) if entry.near}
    assert near == sentences


def test_what_is_learned_from_shares_no_question_with_the_question_sets() -> None:
    asked = {case.q.casefold() for name, cases in load_sets().items() for case in cases if not case.history}
    taught = {text.casefold() for entry in load_uncovered(PACKAGED_CORPUS) for text in entry.questions}
    assert not taught & asked


def test_lessons_pair_a_sentence_s_questions_with_its_near_misses() -> None:
    groups = lessons(PACKAGED_CORPUS)
    assert {group.kind for group in groups} >= {"covered", "uncovered", "emergency", "crisis", "boundary"}
    single = [group for group in groups if group.kind == "covered" and len(group.labels) == 1]
    assert all(len(group.texts) > 1 for group in single)
    assert sum(bool(group.near_misses) for group in single) > 200


def test_the_near_misses_of_a_sentence_are_gathered_from_all_files() -> None:
    written: dict[str, int] = {}
    for entry in load_uncovered(PACKAGED_CORPUS):
        written[entry.near] = written.get(entry.near, 0) + len(entry.questions)
    single = [group for group in lessons(PACKAGED_CORPUS) if group.kind == "covered" and len(group.labels) == 1]
    assert len(single) > 200
    for group in single:
        assert len(group.near_misses) == written.get(next(iter(group.labels)), 0)
