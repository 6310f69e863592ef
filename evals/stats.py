"""How sure a figure is: bootstrap intervals, and paired tests of two runs."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import DegenerateDataWarning, binomtest, bootstrap, permutation_test

Rows = NDArray[np.float64]  # (..., questions, columns)
Statistic = Callable[[Rows], NDArray[np.float64]]  # (..., questions, columns) -> (...)

RESAMPLES = 1000
SEED = 0
LEVEL = 0.95


class Interval(NamedTuple):
    """A figure with the bounds between which it lies in 95 of 100 such samples of questions."""

    value: float
    low: float
    high: float


def interval(rows: Rows, statistic: Statistic, *, share: bool = False) -> Interval:
    """A statistic with its percentile bootstrap interval over questions.

    Where a share is 0 or 1, resampling shows no spread; then the bounds are the exact ones of the
    binomial distribution: 0 of 15 leaves room for 1 in 5.

    Sources: Efron & Tibshirani (1993), "An Introduction to the Bootstrap", ch. 13; Clopper &
    Pearson (1934), "The use of confidence or fiducial limits".

    Args:
        rows: (n, columns), one row for each question; n at least 1.
        statistic: See `evals.measures`.
        share: It is one: of a single column the mean, or of two columns the first's sum by the second's.
    """
    value = float(statistic(rows))
    if np.isnan(value):
        return Interval(value, value, value)
    if share and value in (0.0, 1.0):
        count = len(rows) if rows.shape[-1] == 1 else int(rows[:, 1].sum())
        exact = binomtest(round(value * count), count).proportion_ci(LEVEL, method="exact")
        return Interval(value, float(exact.low), float(exact.high))
    drawn = _bootstrap(rows, statistic)
    low, high = np.nanpercentile(drawn, [50 * (1 - LEVEL), 50 * (1 + LEVEL)])
    return Interval(value, float(low), float(high))


def _bootstrap(rows: Rows, statistic: Statistic) -> NDArray[np.float64]:
    if len(rows) == 1:
        return np.asarray([statistic(rows)])
    numbers = (np.arange(len(rows)),)

    def of_questions(chosen: NDArray[np.intp], axis: int = -1) -> NDArray[np.float64]:
        return statistic(rows[np.moveaxis(chosen, axis, -1)])

    with warnings.catch_warnings():  # a resample may have no value; the interval is taken over those that have
        warnings.simplefilter("ignore", DegenerateDataWarning)
        drawn = bootstrap(
            numbers,
            of_questions,
            vectorized=True,
            n_resamples=RESAMPLES,
            batch=200,
            method="percentile",
            rng=np.random.default_rng(SEED),
        ).bootstrap_distribution
    return np.asarray(drawn, dtype=np.float64)


class Difference(NamedTuple):
    """A figure of two runs over the same questions: b - a, its interval, and the p value of a paired test."""

    a: float
    b: float
    low: float
    high: float
    p: float


def difference(rows_a: Rows, rows_b: Rows, statistic: Statistic) -> Difference:
    """How a statistic differs between two runs, question by question.

    The p value is that of a paired permutation test: the runs change places in a question by the
    toss of a coin. For a share it is the exact McNemar test, estimated.

    Source: Smucker, Allan & Carterette (2007), "A Comparison of Statistical Significance Tests for
    Information Retrieval Evaluation".

    Args:
        rows_a: (n, columns), one row for each question; n at least 1.
        rows_b: Of the same questions, in the same order.
        statistic: See `evals.measures`.
    """
    a, b = float(statistic(rows_a)), float(statistic(rows_b))
    if np.isnan(a) or np.isnan(b) or np.array_equal(rows_a, rows_b):
        return Difference(a, b, 0.0, 0.0, 1.0)
    width = rows_a.shape[-1]
    both = np.concatenate([rows_a, rows_b], axis=-1)

    def gain(rows: Rows) -> NDArray[np.float64]:
        return statistic(rows[..., width:]) - statistic(rows[..., :width])

    low, high = np.nanpercentile(_bootstrap(both, gain), [50 * (1 - LEVEL), 50 * (1 + LEVEL)])
    return Difference(a, b, float(low), float(high), _p_value(rows_a, rows_b, statistic))


def _p_value(rows_a: Rows, rows_b: Rows, statistic: Statistic) -> float:
    if len(rows_a) == 1:
        return 1.0  # either toss of the coin is as extreme
    pooled = np.concatenate([rows_a, rows_b])
    n = len(rows_a)
    observed = statistic(rows_b) - statistic(rows_a)

    def gain(of_a: NDArray[np.intp], of_b: NDArray[np.intp], axis: int = -1) -> NDArray[np.float64]:
        moved_a, moved_b = np.moveaxis(of_a, axis, -1), np.moveaxis(of_b, axis, -1)
        gains = statistic(pooled[moved_b]) - statistic(pooled[moved_a])
        return np.where(np.isnan(gains), observed, gains)  # a toss without a value never speaks for a difference

    tested = permutation_test(
        (np.arange(n), np.arange(n, 2 * n)),
        gain,
        permutation_type="samples",
        vectorized=True,
        n_resamples=RESAMPLES,
        batch=200,
        rng=np.random.default_rng(SEED),
    )
    return float(tested.pvalue)
