"""What patients ask most gets the sentence that answers it, and ten replies stay word for word as they were read."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from bot.chain import FaqChain
from evals.outcome import is_right
from evals.questions import Case, load_cases

DATA = Path(__file__).parent / "data"
GOLDEN = yaml.safe_load((DATA / "golden.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", load_cases(DATA / "answers.jsonl"), ids=lambda case: case.q)
def test_a_common_question_gets_its_sentence(chain: FaqChain, case: Case) -> None:
    reply = chain.invoke(case.q)
    assert is_right(case, reply), [sentence.text for sentence in reply.sentences]


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda golden: golden["question"])
def test_a_golden_reply_stays_as_it_was_read(chain: FaqChain, golden: dict[str, object]) -> None:
    reply = chain.invoke(str(golden["question"]))
    assert [sentence.text for sentence in reply.sentences] == golden["sentences"]
