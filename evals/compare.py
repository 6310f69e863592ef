"""Two runs of the same questions: which measures moved, and which questions."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.settings import SECRETS
from evals.errors import EvalError
from evals.measures import MEASURES, Better, Measure, Unit
from evals.outcome import Outcome
from evals.questions import Split
from evals.report import render_page, replies_of
from evals.run import Run
from evals.stats import Difference, difference

SIGNIFICANT = 0.05
"""p values below it are called better or worse."""

_Pair = tuple[Outcome, Outcome]


@dataclass(frozen=True, slots=True)
class Change:
    """A measure that differs between two runs, on the questions of one split that both asked."""

    measure: Measure
    split: Split
    difference: Difference

    @property
    def gain(self) -> float:
        """The value in b less that in a, in the unit of the measure."""
        return self.difference.b - self.difference.a

    @property
    def verdict(self) -> str:
        """`better`, `worse`, or nothing: chance explains it, neither way is better, or the machine had its part."""
        timed = self.measure.unit is Unit.MILLISECONDS
        if timed or self.difference.p >= SIGNIFICANT or self.measure.better is Better.NEITHER:
            return ""
        return "better" if (self.gain > 0) == (self.measure.better is Better.HIGHER) else "worse"


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs between two runs. `flips` are pairs of outcomes, those from right to wrong first."""

    a: Run
    b: Run
    pairs: tuple[_Pair, ...]
    changes: tuple[Change, ...]

    @property
    def broken(self) -> list[_Pair]:
        """Questions that were right in a and are wrong in b."""
        return [(a, b) for a, b in self.pairs if a.right and not b.right]

    @property
    def mended(self) -> list[_Pair]:
        """Questions that were wrong in a and are right in b."""
        return [(a, b) for a, b in self.pairs if b.right and not a.right]

    @property
    def reworded(self) -> list[_Pair]:
        """Questions that got another reply, as right or wrong as before."""
        return [(a, b) for a, b in self.pairs if a.right == b.right and a.reply.text != b.reply.text]


def compare(a: Run, b: Run) -> Comparison:
    """Compares two runs on the questions that both asked, and that read the same in both.

    Raises:
        EvalError: There is no such question.
    """
    of_a = {outcome.key: outcome for outcome in a.outcomes}
    pairs = [(of_a[o.key], o) for o in b.outcomes if o.key in of_a and of_a[o.key].case == o.case]
    if not pairs:
        raise EvalError("the two runs have no question in common; run both with the same --set and --split.")
    changes = [
        change
        for split in Split
        for measure in MEASURES
        if (change := _change(measure, split, [pair for pair in pairs if pair[0].case.split is split]))
    ]
    return Comparison(a, b, tuple(pairs), tuple(changes))


def _change(measure: Measure, split: Split, pairs: Sequence[_Pair]) -> Change | None:
    """The change of a measure over questions that have a part in it in both runs, or None."""
    both = [(a, b) for a, b in pairs if measure.row(a) is not None and measure.row(b) is not None]
    rows_a, rows_b = measure.rows(a for a, _ in both), measure.rows(b for _, b in both)
    if not both or (rows_a == rows_b).all():
        return None
    found = difference(rows_a, rows_b, measure.statistic)
    return Change(measure, split, found) if found.a != found.b and not math.isnan(found.a + found.b) else None


def write_comparison(comparison: Comparison, folder: Path) -> Path:
    """Writes `compare.html` into a folder, which is made.

    Returns:
        Its path.
    """
    shown = [*comparison.broken, *comparison.mended, *comparison.reworded]
    a, b = comparison.a, comparison.b
    page = render_page(
        "compare.html.j2",
        [after for _, after in shown],
        [replies_of(before, after, labels=("A", "B")) for before, after in shown],
        a=a,
        b=b,
        shared=len(comparison.pairs),
        left_out=len({o.key for o in a.outcomes} ^ {o.key for o in b.outcomes}),
        mended=len(comparison.mended),
        broken=len(comparison.broken),
        reworded=len(comparison.reworded),
        changed=changed_settings(a.settings, b.settings),
        lines=_lines(comparison.changes),
        unchanged=sorted({m.name for m in MEASURES} - {change.measure.name for change in comparison.changes}),
    )
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "compare.html"
    path.write_text(page, encoding="utf-8")
    return path


def changed_settings(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    """Name, value in a and value in b of each setting that differs and holds no password."""
    return [(name, a.get(name), b.get(name)) for name in sorted({*a, *b} - SECRETS) if a.get(name) != b.get(name)]


def _lines(changes: Sequence[Change]) -> list[dict[str, str]]:
    """What the page shows of each change; the bars of a unit share one scale."""
    reach: dict[Unit, float] = {}
    for change in changes:
        widest = max(abs(change.difference.low), abs(change.difference.high), abs(change.gain))
        reach[change.measure.unit] = max(widest, reach.get(change.measure.unit, 0.0))
    return [
        {
            "name": change.measure.name,
            "split": change.split,
            "a": change.measure.show(change.difference.a),
            "b": change.measure.show(change.difference.b),
            "difference": change.measure.show_gain(change.gain),
            "range": f"{change.measure.show_gain(change.difference.low)} to "
            f"{change.measure.show_gain(change.difference.high)}",
            "p": f"{change.difference.p:.3f}",
            "verdict": change.verdict,
            "tone": {"better": "good", "worse": "bad"}.get(change.verdict, "soft"),
            "drawn": _bar(change, reach[change.measure.unit] or 1.0),
        }
        for change in changes
    ]


def _bar(change: Change, reach: float) -> str:
    """The difference as a dot on its interval, 0 in the middle, better to the right."""
    way = -1.0 if change.measure.better is Better.LOWER else 1.0
    ends = (change.difference.low, change.difference.high)
    low, high = sorted(100 * (1 + way * value / reach) for value in ends)
    at = 100 * (1 + way * change.gain / reach)
    return (
        '<svg viewBox="-4 0 208 20" preserveAspectRatio="none" aria-hidden="true" stroke="currentColor">'
        '<path d="M100 0V20" stroke-dasharray="2 2" stroke-width="1" vector-effect="non-scaling-stroke"/>'
        f'<path d="M{low:.1f} 10H{high:.1f}" stroke-width="2" vector-effect="non-scaling-stroke"/>'
        f'<path d="M{at:.1f} 5V15" stroke-width="5" vector-effect="non-scaling-stroke"/></svg>'
    )
