"""What a measure makes of one question: by hand, and against other people's code."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise, permutations
from math import log2

import numpy as np
import pytest
import pytrec_eval
from hypothesis import given
from hypothesis import strategies as st

from evals.metrics import (
    aurc,
    fact_precision,
    fact_recall,
    ndcg_at,
    reading_grade,
    recall_at,
    reciprocal_rank,
    risk_coverage,
)

IDS = [f"p{n}" for n in range(30)]
RANKED = st.lists(st.sampled_from(IDS), max_size=25, unique=True)
RELEVANT = st.sets(st.sampled_from(IDS), min_size=1, max_size=15)
ANSWERS = st.lists(st.tuples(st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0]), st.booleans()), min_size=1, max_size=6)


@pytest.mark.parametrize(
    ("shown", "facts", "recall"),
    [
        (["a.", "b."], [["a."]], 1.0),
        (["a."], [["a."], ["b."]], 1 / 2),
        (["b."], [["a.", "b."]], 1.0),
        (["a.", "b."], [["a.", "b."], ["c."], ["d.", "e."]], 1 / 3),
        (["It says a. And more"], [["a."]], 1.0),
        (["It took 12 days."], [[r"/1\d DAYS/"], ["weeks"]], 1 / 2),
        (["Half of", "a fact"], [["Half of a fact"]], 0.0),
        ([], [["a."]], 0.0),
    ],
)
def test_fact_recall_is_the_share_of_facts_of_which_any_sentence_is_shown(
    shown: list[str], facts: list[list[str]], recall: float
) -> None:
    assert fact_recall(shown, facts) == pytest.approx(recall)


@pytest.mark.parametrize(
    ("shown", "facts", "precision"),
    [
        (["a."], [["a."]], 1.0),
        (["a.", "z."], [["a."]], 1 / 2),
        (["a.", "b.", "z."], [["a.", "b."], ["c."]], 2 / 3),
        (["a. b.", "z.", "y.", "x."], [["a."], ["b."]], 1 / 4),
        (["In 12 days.", "z."], [["/in 1[0-9]/"]], 1 / 2),
        (["z."], [["a."]], 0.0),
        (["z."], [], 0.0),
    ],
)
def test_fact_precision_is_the_share_of_sentences_that_state_a_fact(
    shown: list[str], facts: list[list[str]], precision: float
) -> None:
    assert fact_precision(shown, facts) == pytest.approx(precision)


@pytest.mark.parametrize(
    ("measure", "message"),
    [
        (lambda: fact_recall(["a."], []), "without facts"),
        (lambda: fact_precision([], [["a."]]), "without sentences"),
        (lambda: recall_at(["a"], [], 3), "without relevant passages"),
        (lambda: reciprocal_rank(["a"], []), "without relevant passages"),
        (lambda: ndcg_at(["a"], [], 3), "without relevant passages"),
        (lambda: reading_grade(" \n"), "without words"),
    ],
)
def test_what_cannot_be_measured_is_refused(measure: Callable[[], float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        measure()


@pytest.mark.parametrize(
    ("ranked", "relevant", "recall", "reciprocal", "ndcg"),
    [
        ("ab", "a", 1, 1, 1),
        ("xa", "a", 1, 1 / 2, 1 / log2(3)),
        ("xax", "ab", 1 / 2, 1 / 2, (1 / log2(3)) / (1 + 1 / log2(3))),
        ("axb", "ab", 1, 1, (1 + 1 / log2(4)) / (1 + 1 / log2(3))),
        ("abcd", "abcd", 3 / 4, 1, 1),  # three places can't hold four: the best order of three is 1
        ("xyza", "a", 0, 1 / 4, 0),  # beyond the first three, yet it has a rank
        ("xy", "a", 0, 0, 0),
        ("", "a", 0, 0, 0),
    ],
)
def test_what_the_search_found_in_the_first_three(
    ranked: str, relevant: str, recall: float, reciprocal: float, ndcg: float
) -> None:
    assert recall_at([*ranked], [*relevant], 3) == pytest.approx(recall)
    assert reciprocal_rank([*ranked], [*relevant]) == pytest.approx(reciprocal)
    assert ndcg_at([*ranked], [*relevant], 3) == pytest.approx(ndcg)


@given(RANKED, RELEVANT, st.sampled_from([1, 2, 5, 10, 20]))
def test_retrieval_is_measured_as_trec_eval_measures_it(ranked: list[str], relevant: set[str], k: int) -> None:
    asked = {f"recall.{k}", f"ndcg_cut.{k}", "recip_rank"}
    trec = pytrec_eval.RelevanceEvaluator({"q": dict.fromkeys(relevant, 1)}, asked)
    # trec_eval leaves out a question without results; a passage that is no answer stands in for them
    scores = {passage: float(-rank) for rank, passage in enumerate(ranked)} or {"none": 0.0}
    theirs = trec.evaluate({"q": scores})["q"]
    assert recall_at(ranked, relevant, k) == pytest.approx(theirs[f"recall_{k}"])
    assert ndcg_at(ranked, relevant, k) == pytest.approx(theirs[f"ndcg_cut_{k}"])
    assert reciprocal_rank(ranked, relevant) == pytest.approx(theirs["recip_rank"])


@pytest.mark.parametrize(
    ("confidence", "right", "risks"),
    [
        ([0.9, 0.5, 0.1], [1, 1, 0], [0, 0, 1 / 3]),
        ([0.1, 0.5, 0.9], [1, 1, 0], [1, 1 / 2, 1 / 3]),
        ([5.0, -2.0, 5.0, 7.0], [1, 1, 0, 1], [0, 0.5 / 2, 1 / 3, 1 / 4]),  # two of one confidence: half wrong each
        ([0.5, 0.5], [1, 0], [1 / 2, 1 / 2]),
        ([0.5], [0], [1]),
    ],
)
def test_risk_is_the_share_of_wrong_ones_among_the_most_confident(
    confidence: list[float], right: list[bool], risks: list[float]
) -> None:
    assert risk_coverage(confidence, right).tolist() == pytest.approx(risks)
    assert aurc(confidence, right) == pytest.approx(sum(risks) / len(risks))


@given(ANSWERS)
def test_aurc_is_the_mean_over_coverages_and_over_every_order_of_ties(answers: list[tuple[float, bool]]) -> None:
    areas = [
        np.mean([sum(not right for _, right in order[:k]) / k for k in range(1, len(order) + 1)])
        for order in permutations(answers)
        if all(a[0] >= b[0] for a, b in pairwise(order))
    ]
    assert aurc(*zip(*answers, strict=True)) == pytest.approx(np.mean(areas))


@given(ANSWERS, st.randoms(use_true_random=False))
def test_aurc_does_not_know_the_order_of_questions_nor_the_scale(answers: list[tuple[float, bool]], dice) -> None:
    shuffled = dice.sample(answers, len(answers))
    confidence, right = zip(*shuffled, strict=True)
    assert aurc([7 * c - 3 for c in confidence], right) == pytest.approx(aurc(*zip(*answers, strict=True)))


@pytest.mark.parametrize(
    ("text", "letters", "words", "sentences"),
    [
        ("The cells come from fat.", 19, 5, 1),
        ("The cells come from fat", 19, 5, 1),  # a fragment counts as a sentence
        ("Cells signal. They don't become tissue!", 31, 6, 2),  # the apostrophe is no letter
        ("It costs 1.5 mg...", 11, 4, 1),  # a point within a number ends nothing; three end one sentence
    ],
)
def test_the_reading_grade_is_coleman_and_liaus(text: str, letters: int, words: int, sentences: int) -> None:
    per_100_words = 100 / words
    grade = 0.0588 * letters * per_100_words - 0.296 * sentences * per_100_words - 15.8
    assert reading_grade(text) == pytest.approx(grade)


def test_longer_words_and_longer_sentences_want_a_higher_grade() -> None:
    plain = "The cells come from fat. They send signs."
    assert reading_grade(plain) < reading_grade(plain.replace(". They", " and they"))
    assert reading_grade(plain) < reading_grade(plain.replace("signs", "extracellular vesicles"))
