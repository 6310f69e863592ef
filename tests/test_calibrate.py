"""What the evidence for an answer counts is fitted to questions, and kept."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

import numpy as np
import pytest

from bot.chain import FaqChain
from bot.evidence import FILE, KNOWN, PLAIN, Evidence, Weights
from bot.reply import Kind
from evals.calibrate import LEFT_OUT, Sample, check_both_sorts, collect, fit, probability, save, told_apart
from evals.errors import EvalError
from evals.questions import Case, Split

NOTHING = Weights(Evidence(), 0.0)


def samples(count: int = 400) -> list[Sample]:
    """Questions whose support alone tells whether they are answered; each has a second reading that says nothing."""
    draw = np.random.default_rng(3)
    supports = draw.random(count)
    answered = draw.random(count) < 1 / (1 + np.exp(4 - 8 * supports))
    return [
        Sample(bool(a), (Evidence(support=float(s), share=float(draw.random())), Evidence(support=-1.0)))
        for s, a in zip(supports, answered, strict=True)
    ]


def test_the_weights_that_made_the_samples_are_found_again() -> None:
    found = fit(samples(4000), Weights(Evidence(support=1.0), 0.0)).weights
    assert found.evidence.support == pytest.approx(8, abs=0.8)
    assert found.evidence.share == pytest.approx(0, abs=0.4)
    assert found.intercept == pytest.approx(-4, abs=0.6)
    assert all(getattr(found.evidence, name) == 0 for name in LEFT_OUT)


def test_each_question_is_held_out_once_and_the_same_samples_give_the_same_weights() -> None:
    first, again = fit(samples(), NOTHING), fit(samples(), NOTHING)
    assert first.weights == again.weights
    assert first.held_out.tolist() == again.held_out.tolist()
    assert first.held_out.tolist() != [probability(sample, first.weights) for sample in samples()]
    assert ((first.held_out > 0) & (first.held_out < 1)).all()


@pytest.mark.parametrize("answerable", [(), (True, True), (False,)])
def test_a_split_of_one_sort_is_named(answerable: tuple[bool, ...]) -> None:
    check_both_sorts([Sample(True, ()), Sample(False, ())], Split.DEV)
    with pytest.raises(EvalError, match=r"^split test: needs questions with facts and uncovered ones"):
        check_both_sorts([Sample(each, ()) for each in answerable], Split.TEST)


def test_a_question_is_judged_by_the_reading_that_speaks_most_for_it() -> None:
    by = Weights(Evidence(support=1.0), 0.0)
    assert probability(Sample(True, (Evidence(support=-1), Evidence(support=2))), by) == 1 / (1 + math.exp(-2))


def test_telling_apart_worked_by_hand() -> None:
    labels, scores = [True, True, True, True, False, False, False, False], [0.9, 0.8, 0.7, 0.2, 0.6, 0.3, 0.2, 0.1]
    auroc, answered = told_apart(labels, scores, [0.0, 0.5])
    assert auroc == pytest.approx((4 * 3 + 1.5) / 16)
    assert answered == [0.75, 0.75]


def test_what_is_kept_is_read_again_and_the_rest_of_the_file_stays(tmp_path: Path) -> None:
    file = Path(shutil.copy(FILE, tmp_path))
    before = file.read_text("utf-8")
    save(Weights(Evidence(support=1.23456, best=9.0, missing=-2.0), intercept=-3.0), file)
    after = file.read_text("utf-8")
    assert after[: after.index(f"{KNOWN}:")] == before[: before.index(f"{KNOWN}:")]
    assert after[after.index(f"{PLAIN}:") :] == before[before.index(f"{PLAIN}:") :]
    assert "support: 1.235\n" in after
    assert "best: 9" not in after


def test_only_questions_of_which_it_is_certain_are_counted(chain: FaqChain) -> None:
    def case(q: str, kind: Kind, **more: object) -> Case:
        return Case.model_validate({"id": q, "q": q, "kind": kind, **more})

    cases = [
        case("What is SVF?", Kind.ANSWER, facts=[["SVF"]]),
        case("What is an exosome?", Kind.ANSWER),
        case("What does it cost?", Kind.NO_ANSWER),
        case("How long is the wait?", Kind.NO_ANSWER, also=[Kind.ANSWER]),
        case("Should I stop my warfarin before the injection?", Kind.BOUNDARY),
        case("I can't breathe and my lips are blue", Kind.ANSWER, facts=[["SVF"]]),
    ]
    found = collect(chain, cases)
    assert [sample.answerable for sample in found] == [True, False]
    assert all(isinstance(reading, Evidence) for sample in found for reading in sample.readings)
