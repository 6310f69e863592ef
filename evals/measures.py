"""What is counted in a run: each measure with its meaning in plain words, and its figure with an interval."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
import yaml

from evals.catalogue import READINGS, Row
from evals.outcome import Outcome
from evals.questions import Split
from evals.stats import Interval, Rows, Statistic, interval


class Unit(StrEnum):
    """What a figure counts."""

    SHARE = "share"
    SCORE = "score"
    NUMBER = "number"
    MILLISECONDS = "ms"


class Better(StrEnum):
    """Which way is up."""

    HIGHER = "higher"
    LOWER = "lower"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure of a run."""

    name: str
    group: str
    says: str
    unit: Unit
    better: Better
    row: Row
    statistic: Statistic

    def rows(self, outcomes: Iterable[Outcome]) -> Rows:
        """(n, columns), of those outcomes that have a part in it."""
        return np.asarray([row for o in outcomes if (row := self.row(o)) is not None], dtype=np.float64)

    def show(self, value: float) -> str:
        """A value of this measure as a reader takes it in."""
        return f"{100 * value:.1f} %" if self.unit is Unit.SHARE else f"{value:.{self._digits}f}"

    def show_gain(self, gain: float) -> str:
        """A difference of two values, with its sign; of shares, in percentage points."""
        return f"{100 * gain:+.1f} pts" if self.unit is Unit.SHARE else f"{gain:+.{self._digits}f}"

    @property
    def _digits(self) -> int:
        return 3 if self.unit is Unit.SCORE else 1

    def figure(self, outcomes: Iterable[Outcome]) -> Figure | None:
        """The measure with its interval, or None where no outcome has a part in it."""
        rows = self.rows(outcomes)
        if not len(rows):
            return None
        bounds = interval(rows, self.statistic, share=self.unit is Unit.SHARE)
        return None if np.isnan(bounds.value) else Figure(self, bounds, len(rows))


@dataclass(frozen=True, slots=True)
class Figure:
    """A measure taken on `questions` questions."""

    measure: Measure
    interval: Interval
    questions: int

    def __str__(self) -> str:
        """The value and its bounds: `92.7 % (86–97)`."""
        return f"{self.measure.show(self.interval.value)} ({self.bounds})"

    @property
    def bounds(self) -> str:
        """`86–97`, in the unit of the value."""
        _, low, high = self.interval
        if self.measure.unit is Unit.SHARE:
            return f"{100 * low:.0f}–{100 * high:.0f}"
        return f"{self.measure.show(low)}–{self.measure.show(high)}"


def _measures() -> Iterator[Measure]:
    groups = yaml.safe_load(Path(__file__).with_name("measures.yaml").read_text(encoding="utf-8"))
    for group, described in groups.items():
        for name, words in described.items():
            yield Measure(name, group, words["says"], Unit(words["unit"]), Better(words["better"]), *READINGS[name])


MEASURES = tuple(_measures())
"""In the order in which a report shows them."""


def figures(outcomes: Sequence[Outcome]) -> dict[str, Figure]:
    """Every measure that these outcomes allow, by name, in the order of `MEASURES`."""
    taken = {measure.name: measure.figure(outcomes) for measure in MEASURES}
    return {name: figure for name, figure in taken.items() if figure is not None}


def by_split(outcomes: Sequence[Outcome]) -> dict[Split, dict[str, Figure]]:
    """`figures` of each split that was asked."""
    parts = {split: [o for o in outcomes if o.case.split is split] for split in Split}
    return {split: figures(part) for split, part in parts.items() if part}
