from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from index.lexical import LexicalIndex, terms, words

K1, B = 1.2, 0.75
WORDS = ["cell", "cells", "bone", "marrow", "SVF", "FDA", "2021", "the", "of", "own", "knee", "signaling"]
TEXTS = st.lists(st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join), min_size=1, max_size=8)
QUESTIONS = st.lists(st.sampled_from([*WORDS, "price", "covid"]), max_size=6).map(" ".join)


def index_of(texts: list[str]) -> LexicalIndex:
    assume(any(terms(text) for text in texts))
    return LexicalIndex.build(texts)


def idf(term: str, bags: list[list[str]]) -> float:
    holders = sum(term in bag for bag in bags)
    return math.log(1 + (len(bags) - holders + 0.5) / (holders + 0.5))


def bm25(question: str, texts: list[str]) -> list[float]:
    bags = [terms(text) for text in texts]
    mean = sum(map(len, bags)) / len(bags)
    return [
        sum(
            idf(term, bags) * bag.count(term) / (bag.count(term) + K1 * (1 - B + B * len(bag) / mean))
            for term in set(terms(question))
        )
        for bag in bags
    ]


@settings(max_examples=100, deadline=None)
@given(TEXTS, QUESTIONS)
def test_scores_are_those_of_a_plain_bm25(texts: list[str], question: str) -> None:
    assert index_of(texts).scores(question) == pytest.approx(bm25(question, texts), abs=1e-5)


def test_a_score_worked_by_hand() -> None:
    scores = LexicalIndex.build(["Knee knee pain.", "Bone."]).scores("knee")
    assert scores == pytest.approx([math.log(2) * 2 / (2 + 1.2 * (0.25 + 0.75 * 3 / 2)), 0.0])


def test_a_term_counts_once_however_often_the_question_says_it() -> None:
    index = LexicalIndex.build(["knee pain", "bone pain"])
    assert index.scores("knee, knee, KNEES!").tolist() == index.scores("knee").tolist()


@pytest.mark.parametrize("question", ["", "the of and", "covid", "?!", "covid price?"])
def test_a_question_of_unknown_terms_scores_nothing(question: str) -> None:
    assert LexicalIndex.build(["knee pain", "bone pain", ""]).scores(question).tolist() == [0.0, 0.0, 0.0]


def test_texts_without_any_term_are_an_index_that_finds_nothing() -> None:
    assert LexicalIndex.build(["the of", ""]).scores("knee").tolist() == [0.0, 0.0]


def test_an_unknown_term_takes_nothing_from_a_known_one() -> None:
    index = LexicalIndex.build(["knee pain", "bone pain"])
    assert index.scores("covid knee").tolist() == index.scores("knee").tolist()


@settings(max_examples=100, deadline=None)
@given(TEXTS, QUESTIONS)
def test_a_term_is_known_and_as_rare_as_the_texts_that_hold_it(texts: list[str], question: str) -> None:
    bags = [terms(text) for text in texts]
    index = index_of(texts)
    for term in terms(question):
        assert index.knows(term) == any(term in bag for bag in bags)
        assert index.rarity(term) == pytest.approx(idf(term, bags))


@pytest.mark.parametrize(
    ("term", "known", "rarity"),
    [
        ("cell", True, math.log(1 + 1.5 / 2.5)),
        ("bone", True, math.log(1 + 2.5 / 1.5)),
        ("price", False, math.log(1 + 3.5 / 0.5)),
        ("cells", False, math.log(1 + 3.5 / 0.5)),
        ("the", False, math.log(1 + 3.5 / 0.5)),
    ],
)
def test_knows_and_rarity_worked_by_hand(term: str, known: bool, rarity: float) -> None:
    index = LexicalIndex.build(["Cells repair cells.", "The cells signal.", "Bones."])
    assert index.knows(term) is known
    assert index.rarity(term) == pytest.approx(rarity)


def test_where_every_text_holds_a_term_it_is_hardly_rare_but_never_below_nothing() -> None:
    assert LexicalIndex.build(["knee"] * 9).rarity("knee") == pytest.approx(math.log(1 + 0.5 / 9.5))


def test_an_index_without_any_term_knows_none() -> None:
    index = LexicalIndex.build(["the of", ""])
    assert not index.knows("knee")
    assert index.rarity("knee") == pytest.approx(math.log(1 + 2.5 / 0.5))


def test_an_index_that_was_saved_and_loaded_scores_the_same(tmp_path: Path) -> None:
    index = LexicalIndex.build(["Knee pain in 2021.", "Bone marrow cells.", "", "Own cells, donor cells."])
    index.save(tmp_path / "bm25")
    loaded = LexicalIndex.load(tmp_path / "bm25")
    for question in ["knee cells", "own 2021", "covid", ""]:
        np.testing.assert_array_equal(loaded.scores(question), index.scores(question))
    for term in ["knee", "cell", "covid"]:
        assert (loaded.knows(term), loaded.rarity(term)) == (index.knows(term), index.rarity(term))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The FDA's rule", ["the", "fda", "rule"]),
        ("the body’s cells", ["the", "body", "cells"]),
        ("2.5 mg of 3,546", ["2.5", "mg", "of", "3,546"]),
        ("In 2021, it ended.", ["in", "2021", "it", "ended"]),
        ("graft-versus-host", ["graft", "versus", "host"]),
        ("snake_case CD34+", ["snake", "case", "cd34"]),
        ("Behçet ÉTÉ", ["behçet", "été"]),
        ("?! 👍 …", []),
    ],
)
def test_words_are_lower_case_without_possessives_and_numbers_stay_whole(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Cells signaling and signals", ["cell", "signal", "signal"]),
        ("What is the dose of it?", ["dose"]),
        ("my own cells", ["own", "cell"]),
        ("2.5 mg", ["2.5", "mg"]),
    ],
)
def test_terms_are_stems_without_stop_words(text: str, expected: list[str]) -> None:
    assert terms(text) == expected
