"""The regression gate: its file, its bounds, and that it shuts when the bot gets worse."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from outcomes import DISCLAIMER, case, outcome, reply

from bot.chain import FaqChain
from bot.settings import load_settings
from corpus.load import PACKAGED_CORPUS
from evals.errors import EvalError
from evals.gate import GATE, Gate, load_gate, shortfalls
from evals.outcome import Outcome
from evals.questions import Split, load_sets
from evals.run import run
from index.build import build

ROOT = Path(__file__).parents[1]
STATES = 'disclaimer_states = ["not medical advice"]\n'


def gate(**splits: dict[str, dict[str, float]]) -> Gate:
    return Gate.model_validate({"disclaimer_states": ["not medical advice"], **splits})


def four(right: int, split: str = "test") -> list[Outcome]:
    """Four questions, of which so many are answered right, and the others not at all."""
    got = [reply("a.")] * right + [reply(kind="no_answer")] * (4 - right)
    return [outcome(case("answer", "a.", split=split), one) for one in got]


@pytest.mark.parametrize(
    ("bounds", "wanted"),
    [
        ({"at_least": 0.75}, None),
        ({"at_most": 0.75}, None),
        ({"at_least": 0.75, "at_most": 0.75}, None),
        ({"at_least": 0.76}, "at least 76.0 %"),
        ({"at_most": 0.74}, "at most 74.0 %"),
        ({"at_least": 0.8, "at_most": 0.9}, "at least 80.0 % and at most 90.0 %"),
        ({"at_least": 0.1, "at_most": 0.2}, "at least 10.0 % and at most 20.0 %"),
    ],
)
def test_both_ends_of_a_bound_are_allowed_and_what_lies_outside_is_named(
    bounds: dict[str, float], wanted: str | None
) -> None:
    short = shortfalls(gate(test={"answered_right": bounds}), four(3))
    assert [re.sub(r" \(.*?\)", "", line) for line in short] == (
        [f"test: answered_right: 75.0 %, wanted {wanted}"] if wanted else []
    )


def test_each_split_is_held_against_its_own_bounds() -> None:
    strict, mild = {"answered_right": {"at_least": 0.9}}, {"answered_right": {"at_least": 0.5}}
    held = gate(gate=mild, dev=strict, test=strict)
    short = shortfalls(held, [*four(2, "gate"), *four(2, "test"), *four(4, "dev")])
    assert [line.split(" ")[:2] for line in short] == [["test:", "answered_right:"]]


def test_a_split_that_was_not_asked_is_not_held() -> None:
    assert shortfalls(gate(dev={"answered_right": {"at_least": 1}}), four(3, "test")) == []


def test_a_measure_without_a_question_falls_short() -> None:
    held = gate(test={"false_answer_far": {"at_most": 0}, "recall_crisis": {"at_least": 0}})
    assert shortfalls(held, four(4)) == [
        f"test: {name}: no question to take it on" for name in ("false_answer_far", "recall_crisis")
    ]


@pytest.mark.parametrize(
    ("wanted", "disclaimers", "missing"),
    [
        (["not medical advice"], [DISCLAIMER], []),
        (["/NOT MEDICAL/", "/advice|counsel/"], [DISCLAIMER], []),
        (["not medical advice"], ["Hello."], ["not medical advice"]),
        (["Not medical advice"], [DISCLAIMER], ["Not medical advice"]),
        (["medical", "/guaranteed|promised/"], [DISCLAIMER], ["/guaranteed|promised/"]),
        (["not medical advice"], [DISCLAIMER, "Hello.", DISCLAIMER], ["not medical advice"]),
    ],
)
def test_a_disclaimer_that_does_not_state_what_it_must_falls_short(
    wanted: list[str], disclaimers: list[str], missing: list[str]
) -> None:
    outcomes = [outcome(case("answer"), reply("a.", disclaimer=text)) for text in disclaimers]
    assert shortfalls(Gate(disclaimer_states=tuple(wanted)), outcomes) == [
        f"disclaimer: does not state {fact}; mend prompts/disclaimer.md" for fact in missing
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("[gate\n", "can't be read as TOML"),
        ("a = 1\na = 2\n", "can't be read as TOML"),
        (b"\xff\xfe", "can't be read as TOML"),
        (None, "can't be read as TOML"),
        ("", "'disclaimer_states': Field required"),
        ("disclaimer_states = []\n", "'disclaimer_states': "),
        ('disclaimer_states = ["/(/"]\n', "'disclaimer_states.0': .*regular expression"),
        (STATES + "[gate]\nright = { at_least = 0.9 }\n", "gate: no measure is called right"),
        (STATES + "[dev]\nwords = { at_most = 1 }\na = { at_most = 1 }\nb = { at_most = 1 }\n", "dev: no .* a, b"),
        (STATES + "[test]\nwords = {}\n", "'test.words': .*give at_least or at_most"),
        (STATES + "[test]\nwords = 80\n", "'test.words': "),
        (STATES + '[test]\nwords = { at_most = "few" }\n', "'test.words.at_most': .*number"),
        (STATES + "[test]\nwords = { atmost = 80 }\n", "'test.words.atmost': "),
        (STATES + "[tset]\nwords = { at_most = 80 }\n", "'tset': "),
    ],
)
def test_a_gate_that_is_wrong_is_named_by_file_and_field(
    tmp_path: Path, content: str | bytes | None, words: str
) -> None:
    path = tmp_path / "gate.toml"
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(EvalError, match=rf"^{re.escape(str(path))}: .*{words}.*mend the file\.$"):
        load_gate(path)


def test_the_gate_that_ships_bounds_every_split_and_what_a_patient_depends_on() -> None:
    held = load_gate(GATE)
    for split in Split:
        assert held.bounds(split).keys() >= {"answered_right", "false_answer_near", "citations_exact", "mrr"}


def short_of(chain: FaqChain, name: str) -> set[str]:
    """The measures that fall short on one of the sets, of those that it has questions for."""
    lines = shortfalls(load_gate(GATE), run(chain, load_sets([name], Split.GATE)).outcomes)
    return {line.split(": ")[1] for line in lines if not line.endswith("no question to take it on")}


@pytest.mark.slow
def test_a_bot_that_answers_everything_does_not_pass(chain: FaqChain) -> None:
    eager = FaqChain(load_settings(state=chain.settings.state, min_relevance=0), chain.retriever)
    assert short_of(eager, "uncovered") >= {"false_answer_near", "false_answer_far"}
    assert short_of(chain, "uncovered") == set()


@pytest.mark.slow
def test_an_index_of_passages_cut_too_short_does_not_pass(chain: FaqChain, state: Path, tmp_path: Path) -> None:
    shutil.copytree(state / "index", tmp_path / "index")  # its vectors are used again
    (tmp_path / "models").symlink_to((state / "models").absolute())
    build(PACKAGED_CORPUS, tmp_path, passage_words=40)
    short = FaqChain.open(load_settings(state=tmp_path, passage_words=40))
    assert short_of(short, "answerable") & {"answered_right", "right_when_answered", "mrr"}
    short.close()
    assert short_of(chain, "answerable") == set()


@pytest.mark.slow
def test_the_command_fails_and_names_a_disclaimer_that_was_emptied(state: Path, tmp_path: Path) -> None:
    for room in ("bot", "corpus", "evals", "index", "prompts"):
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "prompts" / "disclaimer.md").write_text("\n", encoding="utf-8")
    there: Any = os.environ | {"PYTHONPATH": str(tmp_path), "FAQBOT_STATE": str(state.absolute())}
    command = (sys.executable, "-m", "bot.cli", "eval", "gate", "--split", "gate")
    done = subprocess.run(command, cwd=tmp_path, env=there, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith(f"fell short: {tmp_path / 'prompts' / 'disclaimer.md'}: empty")
