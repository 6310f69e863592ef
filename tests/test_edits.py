"""Sentences edited by rule: what stays faithful, what is made wrong, and that of one seed the same come."""

from __future__ import annotations

from random import Random

import pytest

from bot import edits
from bot.edits import Edited, edited
from bot.rewording import reworded, shortened

PASSAGES = [
    "However, the cells may help some patients if the joint is not too worn. A trial of 480 people found no harm.",
    "Fat holds more cells than marrow, and it is easier to take (by a thin tube). Doctors often take it from the hip.",
]


@pytest.fixture(scope="module")
def made() -> list[Edited]:
    return edited(PASSAGES, 400, Random(3))


def test_as_many_are_faithful_as_not_and_of_one_seed_the_same_come(made: list[Edited]) -> None:
    assert sum(each.faithful for each in made) == 200
    assert made == edited(PASSAGES, 400, Random(3))
    assert made != edited(PASSAGES, 400, Random(4))


def test_what_is_wrong_is_no_sentence_of_its_passage_and_what_is_faithful_often_is(made: list[Edited]) -> None:
    assert [each for each in made if not each.faithful and each.sentence in each.passage] == []
    assert sum(each.sentence in each.passage for each in made if each.faithful) > 80


@pytest.mark.parametrize(
    ("sentence", "says"),
    [
        ("However, the cells may help.", "The cells may help."),
        (
            "Fat holds many more of these cells than marrow, and it is easier to take.",
            "Fat holds many more of these cells than marrow.",
        ),
        (
            "The cells may help some patients if the joint is not too worn.",
            "If the joint is not too worn, the cells may help some patients.",
        ),
        ("Doctors take it (by a tube) at once.", "Doctors take it at once."),
        ("The cells help.", None),
    ],
)
def test_what_is_shortened_leaves_out_what_stands_beside(sentence: str, says: str | None) -> None:
    assert shortened(sentence, Random(0)) == says


def test_what_is_reworded_has_a_word_that_means_the_same() -> None:
    assert reworded("It is up to physicians.", Random(0)) == "It is up to doctors."
    assert reworded("It is so.", Random(0)) is None


@pytest.mark.parametrize(
    ("edit", "sentence", "wrong"),
    [
        ("_other_number", "It lasted 28 days.", {f"It lasted {days} days." for days in (15, 57, 85, 281)}),
        ("_negated", "It does so and is not safe.", {"It does so and is safe."}),
        ("_negated", "It may help.", {"It may not help."}),
        ("_opposite", "It is mild.", {"It is severe."}),
        ("_swapped", "Donors are attacked by patients.", {"Patients are attacked by donors."}),
        ("_swapped", "Donors and patients.", {None}),
        ("_harder", "It might help.", {"It will help.", "It must help.", "It always help."}),
        ("_unlimited", "The cells may help some patients if they are young.", {"The cells may help some patients."}),
        ("_unlimited", "In children, the cells helped about a third.", {"The cells helped about a third."}),
    ],
)
def test_each_edit_says_something_else(edit: str, sentence: str, wrong: set[str | None]) -> None:
    assert {getattr(edits, edit)(sentence, Random(seed)) for seed in range(40)} <= wrong
