from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from shutil import copytree

import pytest

from corpus.digest import corpus_digest
from corpus.document import CorpusError
from corpus.expected import Expected, expected_paths, load_expected
from corpus.load import PACKAGED_CORPUS, load_corpus
from corpus.split import split

GOOD = "- sentences: [One sentence.]\n  questions: [Is it one]\n"


@cache
def corpus_sentences() -> frozenset[str]:
    documents = load_corpus(PACKAGED_CORPUS)
    return frozenset(s.text for document in documents for passage in split(document) for s in passage.sentences)


def write_questions(folder: Path, content: str, name: str = "a.yaml") -> Path:
    path = folder / "questions" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return path


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    (folder / "sources").mkdir(parents=True)
    for name in ["article.md", "sources/note.md"]:
        (folder / name).write_text(f"---\nid: {Path(name).stem}\ntitle: A\ntier: study\n---\n\nOne sentence.\n")
    write_questions(folder, GOOD)
    return folder


@pytest.mark.parametrize("path", expected_paths(PACKAGED_CORPUS), ids=lambda path: path.stem)
def test_questions_are_answered_by_sentences_of_the_corpus_verbatim(path: Path, tmp_path: Path) -> None:
    write_questions(tmp_path, path.read_text(encoding="utf-8"))
    entries = load_expected(tmp_path)
    assert entries
    assert {sentence for entry in entries for sentence in entry.sentences} - corpus_sentences() == set()


def test_every_sentence_of_the_corpus_has_a_question() -> None:
    asked = {sentence for entry in load_expected(PACKAGED_CORPUS) for sentence in entry.sentences}
    assert corpus_sentences() - asked == set()


def test_no_entry_names_a_sentence_or_a_question_twice() -> None:
    for entry in load_expected(PACKAGED_CORPUS):
        assert len(set(entry.sentences)) == len(entry.sentences), entry.sentences
        assert len({question.casefold() for question in entry.questions}) == len(entry.questions), entry.questions


def test_entries_come_in_the_order_of_files_and_entries(tmp_path: Path) -> None:
    write_questions(tmp_path, "- sentences: [C]\n  questions: [c]\n", "b.yaml")
    write_questions(tmp_path, "- {sentences: [A], questions: [a]}\n- {sentences: [B], questions: [b]}\n", "a.yaml")
    assert load_expected(tmp_path) == [
        Expected(("A",), ("a",)),
        Expected(("B",), ("b",)),
        Expected(("C",), ("c",)),
    ]


def test_texts_over_several_lines_lose_the_space_around_them(tmp_path: Path) -> None:
    write_questions(tmp_path, "- sentences:\n    - >\n      One long\n      sentence.\n  questions: [' Is it? ']\n")
    assert load_expected(tmp_path) == [Expected(("One long sentence.",), ("Is it?",))]


@pytest.mark.parametrize("content", ["", "# nothing yet\n", "[]"])
def test_a_file_without_entries_holds_no_questions(tmp_path: Path, content: str) -> None:
    write_questions(tmp_path, content)
    assert load_expected(tmp_path) == []


def test_a_corpus_without_questions_is_no_error(tmp_path: Path) -> None:
    assert load_expected(tmp_path) == []


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("- sentences: [A]\n", "entry 2.questions: Field required"),
        ("- questions: [a]\n", "entry 2.sentences: Field required"),
        ("- sentences: []\n  questions: [a]\n", "entry 2.sentences: List should have at least 1 item"),
        ("- sentences: [A]\n  questions: []\n", "entry 2.questions: List should have at least 1 item"),
        ("- sentences: A\n  questions: [a]\n", "entry 2.sentences: Input should be a valid list"),
        ("- sentences: [A]\n  questions: [a, ' ']\n", "entry 2.questions.2: String should have at least 1"),
        ("- sentences: [A, 5]\n  questions: [a]\n", "entry 2.sentences.2: Input should be a valid string"),
        ("- sentences: [A]\n  questions: [No]\n", "entry 2.questions.1: Input should be a valid string"),
        ("- sentences: [A]\n  questions: [a]\n  answer: A\n", "entry 2.answer: Extra inputs are not permitted"),
        ("- One sentence.\n", "entry 2: Input should be a valid dictionary"),
        ("- sentences: [A\n", "can't be read as YAML"),
        ("- sentences: [A]\n  questions: [2021-02-30]\n", "can't be read as YAML: day is out of range"),
        ("- sentences: [A]\n  questions: [a\0]\n", "can't be read as YAML"),
    ],
)
def test_a_malformed_file_is_an_error_that_names_file_and_entry(tmp_path: Path, content: str, named: str) -> None:
    path = write_questions(tmp_path, GOOD + content)
    with pytest.raises(CorpusError) as caught:
        load_expected(tmp_path)
    assert str(caught.value).startswith(f"{path}: {named}")


@pytest.mark.parametrize("content", [b"sentences: [A]\n", b"- caf\xe9\n", b"\xff\xfe-\0"])
def test_a_file_that_is_no_list_in_utf_8_is_an_error_that_names_it(tmp_path: Path, content: bytes) -> None:
    path = write_questions(tmp_path, "")
    path.write_bytes(content)
    with pytest.raises(CorpusError) as caught:
        load_expected(tmp_path)
    assert str(caught.value).startswith(f"{path}: ")


def replace_a_byte(name: str) -> Callable[[Path], object]:
    return lambda corpus: (corpus / name).write_bytes((corpus / name).read_bytes().replace(b"One", b"Ore"))


def append_a_byte(name: str) -> Callable[[Path], object]:
    return lambda corpus: (corpus / name).write_bytes((corpus / name).read_bytes() + b" ")


def add(name: str) -> Callable[[Path], object]:
    def change(corpus: Path) -> None:
        (corpus / name).parent.mkdir(exist_ok=True)
        (corpus / name).write_text("new", encoding="utf-8")

    return change


def rename(name: str, new: str) -> Callable[[Path], object]:
    return lambda corpus: (corpus / name).rename(corpus / new)


def join_two_documents(corpus: Path) -> None:
    first, second = corpus / "article.md", corpus / "sources" / "note.md"
    first.write_bytes(first.read_bytes() + b"sources/note.md" + second.read_bytes())
    second.unlink()


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(replace_a_byte("article.md"), id="a byte of a document"),
        pytest.param(replace_a_byte("sources/note.md"), id="a byte of a document in a subfolder"),
        pytest.param(replace_a_byte("questions/a.yaml"), id="a byte of the questions"),
        pytest.param(append_a_byte("article.md"), id="a byte more in a document"),
        pytest.param(append_a_byte("questions/a.yaml"), id="a byte more in the questions"),
        pytest.param(add("sources/new.md"), id="a new document"),
        pytest.param(add("questions/new.yaml"), id="a new file of questions"),
        pytest.param(rename("article.md", "page.md"), id="a document renamed"),
        pytest.param(rename("sources/note.md", "note.md"), id="a document moved"),
        pytest.param(rename("questions/a.yaml", "questions/b.yaml"), id="questions renamed"),
        pytest.param(lambda corpus: (corpus / "sources/note.md").unlink(), id="a document gone"),
        pytest.param(lambda corpus: (corpus / "questions/a.yaml").unlink(), id="questions gone"),
        pytest.param(join_two_documents, id="two documents joined"),
    ],
)
def test_the_digest_changes_with(corpus: Path, change: Callable[[Path], object]) -> None:
    before = corpus_digest(corpus)
    change(corpus)
    assert corpus_digest(corpus) != before


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(add("README.md"), id="a README"),
        pytest.param(add("notes.txt"), id="a text file"),
        pytest.param(add("questions/notes.txt"), id="a text file beside the questions"),
        pytest.param(add(".drafts/new.md"), id="a hidden folder"),
        pytest.param(add("load.py"), id="code"),
        pytest.param(lambda corpus: (corpus / "article.md").touch(), id="a time stamp"),
    ],
)
def test_the_digest_does_not_change_with(corpus: Path, change: Callable[[Path], object]) -> None:
    before = corpus_digest(corpus)
    change(corpus)
    assert corpus_digest(corpus) == before


def test_the_digest_is_the_same_wherever_the_corpus_stands(corpus: Path, tmp_path: Path) -> None:
    assert corpus_digest(copytree(corpus, tmp_path / "elsewhere")) == corpus_digest(corpus)
