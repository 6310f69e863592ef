"""The parts of retrieval, each switched off in turn, on questions that ship."""

from __future__ import annotations

import numpy as np
import pytest

from bot.chain import FaqChain
from bot.reply import Kind
from evals.ablation import CUTOFFS, VARIANTS, Sought, ablation, answerable, recall_at, sought
from evals.errors import EvalError
from evals.questions import Case, Split, load_sets


@pytest.fixture(scope="module")
def questions(chain: FaqChain) -> list[Sought]:
    return sought(chain, answerable(load_sets(["answerable"], Split.GATE).values())[:12])


def test_only_questions_with_facts_are_looked_for() -> None:
    sets = load_sets(["answerable", "uncovered"], Split.GATE)
    assert len(answerable(sets.values())) == len(sets["answerable"])
    with pytest.raises(EvalError, match=r"has 'facts' to find; name another --set"):
        answerable([sets["uncovered"]])


def test_a_follow_up_is_looked_for_with_what_it_is_about(chain: FaqChain) -> None:
    case = Case(id="a", q="who makes it?", history=("What is Ryoncil?",), kind=Kind.ANSWER, facts=(("Mesoblast",),))
    assert sought(chain, [case]) == [Sought("What is Ryoncil? who makes it?", (("Mesoblast",),))]


def test_what_is_among_the_first_is_among_the_first_few_more(chain: FaqChain, questions: list[Sought]) -> None:
    rows = recall_at(chain.retriever, questions)
    assert rows.shape == (len(questions), len(CUTOFFS))
    assert set(np.unique(rows)) == {0.0, 1.0}
    assert (np.diff(rows, axis=1) >= 0).all()


def test_the_share_of_a_variant_is_that_of_its_own_weights(chain: FaqChain, questions: list[Sought]) -> None:
    names = ("dense passages", "all fused")
    told: list[tuple[int, int]] = []
    taken = ablation(
        chain.retriever, questions, lambda _, done, total: told.append((done, total)), {n: VARIANTS[n] for n in names}
    )
    for name in names:
        alone = chain.retriever.model_copy(update={"weights": VARIANTS[name]})
        assert [bounds.value for bounds in taken[name]] == pytest.approx(recall_at(alone, questions).mean(axis=0))
        assert all(0 <= bounds.low <= bounds.value <= bounds.high <= 1 for bounds in taken[name])
    assert taken["all fused"][-1].value > taken["dense passages"][-1].value
    assert told == [(0, 2), (1, 2), (2, 2)]
