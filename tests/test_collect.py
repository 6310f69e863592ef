"""A clinic's own question set, which staff extend by a click."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from bot.reply import Kind
from evals.collect import add_case, own_sets
from evals.errors import EvalError
from evals.questions import Split, load_cases

ADDING = """
import sys
from pathlib import Path
from bot.reply import Kind
from evals.collect import add_case
for number in range(20):
    add_case(Path(sys.argv[1]), f"{sys.argv[2]} asks {number}", Kind.NO_ANSWER)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "questions" / "clinic.jsonl"


def test_a_question_is_kept_as_evaluations_read_it(path: Path) -> None:
    kept = add_case(path, "What is SVF?", Kind.ANSWER, ["SVF is “fat”.", "A second."], ["What is fat?"])
    assert load_cases(path) == [kept.model_copy(update={"split": Split.TEST})]
    assert (kept.id, kept.facts, kept.history) == (
        "clinic-0001",
        (("SVF is “fat”.",), ("A second.",)),
        ("What is fat?",),
    )
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.slow
def test_two_who_add_at_once_lose_nothing(path: Path) -> None:
    both = [subprocess.Popen([sys.executable, "-c", ADDING, str(path), who]) for who in ("maria", "john")]
    assert [one.wait(120) for one in both] == [0, 0]
    cases = load_cases(path)
    assert len({case.q for case in cases}) == len({case.id for case in cases}) == 40


def test_what_stands_in_the_set_already_stays_as_it_is(path: Path) -> None:
    path.parent.mkdir()
    path.write_text('{"id": "a", "q": "By hand?", "kind": "no_answer"}', encoding="utf-8")
    add_case(path, "By click?", Kind.NO_ANSWER)
    assert [case.q for case in load_cases(path)] == ["By hand?", "By click?"]


@pytest.mark.parametrize(
    "by_hand", ["q12", "12", "clinic", "clinic-", "clinic-x9", "other-0007", "clinic-²", "q-1-2a3"]
)
def test_an_id_of_another_form_is_left_as_it_is_and_counts_for_nothing(path: Path, by_hand: str) -> None:
    path.parent.mkdir()
    path.write_text(f'{{"id": "{by_hand}", "q": "By hand?", "kind": "no_answer"}}\n', encoding="utf-8")
    assert add_case(path, "By click?", Kind.NO_ANSWER).id == "clinic-0001"
    assert add_case(path, "Again?", Kind.NO_ANSWER).id == "clinic-0002"
    assert [case.id for case in load_cases(path)] == [by_hand, "clinic-0001", "clinic-0002"]


def test_a_patients_personal_data_is_kept_neither_of_the_question_nor_of_those_before_it(path: Path) -> None:
    kept = add_case(path, "Call me at 615-555-0134?", Kind.NO_ANSWER, history=["I am kira.b@mail.example, is it safe?"])
    assert (kept.q, kept.history) == ("Call me at [phone]?", ("I am [e-mail], is it safe?",))
    written = path.read_text(encoding="utf-8")
    assert "0134" not in written
    assert "kira" not in written


def test_the_same_question_twice_is_refused(path: Path) -> None:
    add_case(path, "Is it safe?", Kind.NO_ANSWER)
    with pytest.raises(EvalError, match="has this question already"):
        add_case(path, "Is it safe?", Kind.ANSWER)
    add_case(path, "Is it safe?", Kind.NO_ANSWER, history=["What is SVF?"])


def test_sentences_are_expected_only_of_replies_that_show_some(path: Path) -> None:
    with pytest.raises(EvalError, match="shows no sentences"):
        add_case(path, "Is it safe?", Kind.EMERGENCY, ["A sentence."])
    assert not path.exists()


def test_a_set_that_is_broken_is_not_written_over(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("{broken\n", encoding="utf-8")
    with pytest.raises(EvalError, match=r"clinic\.jsonl:1: not JSON"):
        add_case(path, "Is it safe?", Kind.NO_ANSWER)
    assert path.read_text(encoding="utf-8") == "{broken\n"


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "questions").write_text("a file", encoding="utf-8")
    with pytest.raises(EvalError, match="can't be written"):
        add_case(tmp_path / "questions" / "clinic.jsonl", "Is it safe?", Kind.NO_ANSWER)


def test_own_sets_are_found_by_name(path: Path, tmp_path: Path) -> None:
    assert own_sets(tmp_path) == {}
    add_case(path, "Is it safe?", Kind.NO_ANSWER)
    assert own_sets(tmp_path) == {"clinic": path}
