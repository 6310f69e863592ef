"""Intervals and paired tests against plain numpy, exact binomial values and enumeration."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import binomtest

from evals.stats import RESAMPLES, Rows, difference, interval

ONCE = settings(max_examples=15, deadline=None)
OUTCOMES = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=2, max_size=9)


def mean(rows: Rows) -> NDArray[np.float64]:
    return rows[..., 0].mean(axis=-1)


def ratio(rows: Rows) -> NDArray[np.float64]:
    above, below = rows[..., 0].sum(axis=-1), rows[..., 1].sum(axis=-1)
    return np.divide(above, below, out=np.full(np.shape(above), np.nan), where=below > 0)


def column(*values: float) -> Rows:
    return np.asarray(values, dtype=np.float64)[:, None]


def pairs(*values: tuple[float, float]) -> Rows:
    return np.asarray(values, dtype=np.float64)


@pytest.mark.parametrize("statistic", [mean, ratio, lambda rows: np.percentile(rows[..., 0], 95, axis=-1)])
def test_an_interval_is_that_of_a_plain_bootstrap(statistic) -> None:
    dice = np.random.default_rng(7)
    rows = dice.gamma(2.0, size=(60, 2))
    drawn = np.array([statistic(rows[dice.integers(0, 60, 60)]) for _ in range(4000)])
    low, high = np.percentile(drawn, [2.5, 97.5])
    found = interval(rows, statistic)
    assert found.value == pytest.approx(statistic(rows))
    # the 2.5th percentile of 1000 resamples strays by 0.085 of their deviation; that of a 90 % interval is 0.31 off
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.2 * drawn.std())
    assert found.low < found.value < found.high


def test_an_interval_is_the_same_each_time_and_for_every_order_of_columns_beside() -> None:
    rows = column(*np.random.default_rng(1).random(20))
    assert interval(rows, mean) == interval(rows, mean) == interval(np.hstack([rows, rows * 9]), mean)


@pytest.mark.parametrize(
    ("rows", "statistic", "bounds"),
    [  # none of n: at most 1 - 0.025 ** (1 / n); all of n: at least 0.025 ** (1 / n)
        (column(*[0] * 15), mean, (0, 0, 1 - 0.025 ** (1 / 15))),
        (column(*[1] * 15), mean, (1, 0.025 ** (1 / 15), 1)),
        (column(0), mean, (0, 0, 0.975)),
        (column(1), mean, (1, 0.025, 1)),
        (pairs(*[(1, 1)] * 4, *[(0, 0)] * 90), ratio, (1, 0.025 ** (1 / 4), 1)),  # of 94 questions, 4 count
        (pairs(*[(0, 1)] * 3, (0, 0)), ratio, (0, 0, 1 - 0.025 ** (1 / 3))),
    ],
)
def test_a_share_of_none_or_all_has_the_bounds_of_clopper_and_pearson(
    rows: Rows, statistic, bounds: tuple[float, float, float]
) -> None:
    assert interval(rows, statistic, share=True) == pytest.approx(bounds)


def test_none_of_fifteen_leaves_room_for_one_in_five() -> None:
    assert interval(column(*[0] * 15), mean, share=True).high == pytest.approx(0.218, abs=5e-4)


def test_what_is_no_share_has_no_binomial_bounds() -> None:
    assert interval(column(1, 1, 1), mean) == (1, 1, 1)
    assert interval(column(3), mean) == (3, 3, 3)


def test_a_share_between_is_resampled_also_for_one_question() -> None:
    assert interval(column(0.5), mean, share=True) == (0.5, 0.5, 0.5)
    found = interval(column(*[1] * 8, *[0] * 8), mean, share=True)
    assert found == interval(column(*[1] * 8, *[0] * 8), mean)
    assert found.low == pytest.approx(binomtest(8, 16).proportion_ci().low, abs=0.08)


def test_a_statistic_that_is_no_number_has_no_bounds() -> None:
    assert np.isnan(interval(pairs((0, 0), (0, 0)), ratio)).all()
    assert np.isnan(interval(pairs((0, 0), (0, 0)), ratio, share=True)).all()


def test_resamples_without_a_value_are_left_out() -> None:
    rows = pairs((1, 1), (0, 1), *[(0, 0)] * 28)
    found = interval(rows, ratio, share=True)
    assert found == pytest.approx((0.5, 0, 1))


def test_identical_runs_do_not_differ() -> None:
    rows = column(*np.random.default_rng(2).random(30))
    assert difference(rows, rows.copy(), mean)[2:] == (0, 0, 1)


@pytest.mark.parametrize(("a", "b"), [((0, 0), (0, 1)), ((0, 1), (0, 0))])
def test_a_value_beside_none_is_no_difference(a: tuple[float, float], b: tuple[float, float]) -> None:
    found = difference(pairs(a, a), pairs(b, b), ratio)
    assert found[2:] == (0, 0, 1)
    assert np.isnan([found.a, found.b]).sum() == 1


def test_one_question_proves_nothing() -> None:
    assert difference(column(0), column(1), mean) == (0, 1, 1, 1, 1)


@ONCE
@given(OUTCOMES)
def test_the_p_value_of_a_share_is_that_of_mcnemars_exact_test(outcomes: list[tuple[bool, bool]]) -> None:
    rows = pairs(*outcomes)
    gained, lost = sum(b > a for a, b in outcomes), sum(a > b for a, b in outcomes)
    # up to 9 questions every toss is tried (2 ** 9 < RESAMPLES), so that nothing is estimated
    exact = binomtest(gained, gained + lost).pvalue if gained + lost else 1
    assert RESAMPLES > 2**9
    assert difference(rows[:, :1], rows[:, 1:], mean).p == pytest.approx(exact)


@pytest.mark.parametrize(("gained", "lost", "same"), [(12, 3, 35), (9, 9, 60), (3, 14, 3), (5, 1, 100)])
def test_of_many_questions_mcnemars_p_value_is_estimated(gained: int, lost: int, same: int) -> None:
    rows = pairs(*[(0, 1)] * gained, *[(1, 0)] * lost, *[(1, 1)] * same)
    exact = binomtest(gained, gained + lost).pvalue
    # of 1000 tosses, twice the smaller tail: a standard deviation of about 2 sqrt(p / 2 / 1000)
    allowed = 4 * 2 * (exact / 2 / RESAMPLES) ** 0.5 + 2 / RESAMPLES
    assert difference(rows[:, :1], rows[:, 1:], mean).p == pytest.approx(exact, abs=allowed)


@ONCE
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=2, max_size=7))
def test_the_p_value_counts_the_tosses_that_differ_as_much(values: list[tuple[int, int]]) -> None:
    rows = pairs(*values)
    gains = rows[:, 1] - rows[:, 0]
    tosses = np.array([(gains * signs).mean() for signs in product((1, -1), repeat=len(gains))])
    more, less = (tosses >= gains.mean() - 1e-9).mean(), (tosses <= gains.mean() + 1e-9).mean()
    assert difference(rows[:, :1], rows[:, 1:], mean).p == pytest.approx(min(1, 2 * min(more, less)))


@pytest.mark.parametrize("sign", [1, -1])
def test_a_clear_difference_has_a_small_p_value_and_an_interval_on_its_side(sign: int) -> None:
    dice = np.random.default_rng(3)
    a = column(*dice.random(40))
    found = difference(a, a + sign * column(*(0.3 + 0.2 * dice.random(40))), mean)
    assert found.p == pytest.approx(2 / (RESAMPLES + 1))  # the least that so many tosses can show
    assert 0.3 < sign * found.low < 0.5
    assert 0.3 < sign * found.high < 0.5
    assert found.low < found.b - found.a < found.high


def test_runs_in_the_other_order_differ_the_other_way() -> None:
    dice = np.random.default_rng(4)
    a, b = dice.random((25, 1)), dice.random((25, 1))
    there, back = difference(a, b, mean), difference(b, a, mean)
    assert (there.a, there.b) == (back.b, back.a)
    assert (there.low, there.high) == pytest.approx((-back.high, -back.low), abs=1e-9)
    assert there.p == pytest.approx(back.p, abs=0.1)
    assert there.low < 0 < there.high


def test_questions_are_paired() -> None:
    a = column(*np.linspace(0, 100, 30))
    paired = difference(a, a + 1 + column(*[0.1, -0.1] * 15), mean)
    assert paired.p < 0.01
    assert paired.high - paired.low < 0.2
    assert difference(a, (a + 1)[::-1], mean).p > 0.5
