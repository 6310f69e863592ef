"""What patients ask most gets the sentence that answers it, and ten replies stay word for word as they were read."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from bot.chain import FaqChain
from bot.reply import Kind
from evals.questions import FOLDER, Case, load_cases
from evals.run import Outcome, run, summary

DATA = Path(__file__).parent / "data"
GOLDEN = yaml.safe_load((DATA / "golden.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", load_cases(DATA / "answers.jsonl"), ids=lambda case: case.q)
def test_a_common_question_gets_its_sentence(chain: FaqChain, case: Case) -> None:
    reply = chain.invoke(case.q)
    assert Outcome(case, reply).right, [sentence.text for sentence in reply.sentences]


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda golden: golden["question"])
def test_a_golden_reply_stays_as_it_was_read(chain: FaqChain, golden: dict[str, object]) -> None:
    reply = chain.invoke(str(golden["question"]))
    assert [sentence.text for sentence in reply.sentences] == golden["sentences"]


def test_nine_of_ten_answerable_questions_are_answered_right(chain: FaqChain) -> None:
    assert summary(run(chain, load_cases(FOLDER / "answerable_dev.jsonl")))["right"] >= 0.9


def test_uncovered_questions_are_seldom_answered_and_far_ones_never(chain: FaqChain) -> None:
    outcomes = run(chain, load_cases(FOLDER / "uncovered_dev.jsonl"))
    answered = [outcome.case for outcome in outcomes if outcome.reply.kind is Kind.ANSWER]
    assert not [case.id for case in answered if "far" in case.tags]
    assert len(answered) <= 0.1 * len(outcomes)
