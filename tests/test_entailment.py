"""The model that reads a passage and a sentence together: as it ships, trained; and what it is trained on."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from corpus.document import CorpusError
from corpus.drafts import FOLDER, Drafted, load_drafted
from corpus.load import PACKAGED_CORPUS
from evals.verification import load_drafts
from index import train_reader as train_module
from index.entailment import FILE, Entailment
from index.errors import ModelError
from index.train_reader import Lesson, Lessons, ReaderRecipe, train_reader
from index.weights import find_weights

TRIAL = (
    "A 2023 American trial randomly assigned 480 people with knee osteoarthritis to bone marrow concentrate, "
    "fat-derived SVF, umbilical cord MSCs or an ordinary steroid injection."
)
EVERY_SORT = {
    "", "advice", "comparison", "condition", "direction", "entity", "guarantee", "invention", "modality", "negation",
    "number", "quantifier",
}  # fmt: skip


@pytest.fixture(scope="module")
def reader() -> Entailment:
    return Entailment()


@pytest.mark.parametrize(
    "wrong",
    [
        "A 2023 American trial put 480 people with hip osteoarthritis into one of four groups by chance.",
        "In 2023 a trial in America found that cell injections worked better than a steroid for 480 people.",
    ],
)
def test_what_a_passage_says_reads_likelier_than_what_it_does_not(reader: Entailment, wrong: str) -> None:
    right = "In 2023 a trial in America put 480 people with knee osteoarthritis into one of four groups by chance."
    said, unsaid = reader.log_odds([(TRIAL, right), (TRIAL, wrong)])
    assert said > unsaid


def test_pairs_read_together_read_as_they_do_alone_in_their_order(reader: Entailment) -> None:
    read = [(TRIAL, "why"), (TRIAL * 9, "A trial."), ("No.", "480?"), *(("x " * n, "Who?") for n in range(1, 20))]
    alone = [float(reader.log_odds([pair])[0]) for pair in read]
    assert np.abs(reader.log_odds(read) - alone).max() < 1e-3
    assert reader.log_odds([]).shape == (0,)


def test_of_a_sentence_that_is_too_long_nothing_is_said(reader: Entailment) -> None:
    with pytest.raises(ValueError, match="too long"):
        reader.log_odds([(TRIAL, "word " * 400)])


def test_it_is_taught_many_sentences_of_every_sort_and_none_as_both() -> None:
    taught = load_drafted(PACKAGED_CORPUS)
    sorts = Counter(drafted.edit for drafted in taught)
    assert set(sorts) == EVERY_SORT
    assert sorts[""] > 2500
    assert len({drafted[:2] for drafted in taught}) == len(taught) > 5000


def test_nothing_that_is_measured_on_was_taught() -> None:
    taught = {drafted.sentence for drafted in load_drafted(PACKAGED_CORPUS)}
    assert taught.isdisjoint(draft.sentence for draft in load_drafts())


def test_drafts_are_read_and_a_wrong_entry_is_named(tmp_path: Path) -> None:
    assert load_drafted(tmp_path) == []
    file = tmp_path / FOLDER / "a.yaml"
    file.parent.mkdir()
    file.write_text(
        "- passage: Fat holds cells.\n  faithful: [There are cells in fat.]\n  unfaithful: {number: [Two cells.]}\n",
        encoding="utf-8",
    )
    assert load_drafted(tmp_path) == [
        Drafted("Fat holds cells.", "There are cells in fat.", ""),
        Drafted("Fat holds cells.", "Two cells.", "number"),
    ]
    file.write_text("- passage: Fat holds cells.\n  faitful: [There are cells in fat.]\n", encoding="utf-8")
    with pytest.raises(CorpusError, match=r"a\.yaml: entry 1\.faitful"):
        load_drafted(tmp_path)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::FutureWarning")  # transformers' own
def test_what_is_trained_is_told_apart_and_of_one_seed_the_same_comes(tmp_path: Path) -> None:
    taught = [
        Lesson(("Apples grow on trees.", "Trees bear apples."), 1),
        Lesson(("Apples grow on trees.", "Apples grow on walls."), 0),
        Lesson(("Iron melts.", "Iron can melt."), 1),
        Lesson(("Iron melts.", "Iron burns."), 0),
    ]
    weights, steps = find_weights(), []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        train_reader(
            weights,
            Lessons(lambda epoch, chance: [*taught, *chance.sample(taught, 2 * bool(epoch))], "a test", ("said",)),
            tmp_path / name / "entailment.onnx",
            ReaderRecipe(epochs=30, texts_a_step=4),
            lambda step, total, _: steps.append((step, total)),
        )
    first, second = (tmp_path / name / "entailment.onnx" for name in ("a", "b"))
    assert first.read_bytes() == second.read_bytes()
    assert steps[-1] == (59, 59)
    assert json.loads(first.with_suffix(".json").read_text())["trained_on"] == "a test"
    right, wrong, also_right, also_wrong = Entailment(first).log_odds([lesson.texts for lesson in taught])
    assert min(right, also_right) > 0 > max(wrong, also_wrong)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::FutureWarning")  # transformers' own
def test_where_what_is_written_differs_from_what_was_trained_the_old_file_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for file in (FILE, FILE.with_suffix(".json")):
        shutil.copy(file, tmp_path)
    monkeypatch.setattr(train_module, "MOST_APART", -1.0)
    lessons = Lessons(lambda *_: [Lesson(("Iron melts.", "Iron can melt."), 1)], "a test", ("said",))
    with pytest.raises(ModelError, match="differs from what was trained"):
        train_reader(find_weights(), lessons, tmp_path / FILE.name, ReaderRecipe(epochs=1))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        file.name: file.read_bytes() for file in (FILE, FILE.with_suffix(".json"))
    }
