"""The pictures of a run, as SVG that takes the colours of the page around it."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from sklearn.metrics import confusion_matrix

from bot.reply import Kind
from evals.catalogue import is_answerable, is_uncovered
from evals.metrics import risk_coverage
from evals.outcome import Outcome
from evals.questions import Split

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_INK = "#010203"  # replaced by the page's own colour of text
_COLOURS = {"blue": "#2f7ebc", "orange": "#d9711c", "grey": "#8a8f98", "green": "#3a9a5b"}
_SIZE = (5.6, 3.5)
_LINE_OF = {Split.DEV: "-", Split.TEST: "--", Split.GATE: ":"}


def plots(outcomes: Sequence[Outcome], threshold: float | None) -> dict[str, str]:
    """SVG by name of the plot; those that the outcomes have nothing for are left out.

    Args:
        outcomes: Of one run; at least one.
        threshold: The relevance below which nothing is answered, if there is one.
    """
    drawn = {
        "risk_coverage": _risk_coverage(outcomes, threshold),
        "scores": _scores(outcomes, threshold),
        "confusion": _confusion(outcomes),
        "latency": _latency(outcomes),
    }
    return {name: svg for name, svg in drawn.items() if svg}


def _axes(size: tuple[float, float] = _SIZE) -> tuple[Figure, Axes]:
    from matplotlib.figure import Figure as NewFigure

    figure = NewFigure(figsize=size, layout="constrained")
    axes = figure.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    for spine in axes.spines.values():
        spine.set_color(_INK)
    axes.tick_params(color=_INK, labelcolor=_INK)
    axes.xaxis.label.set_color(_INK)
    axes.yaxis.label.set_color(_INK)
    axes.patch.set_alpha(0)
    return figure, axes


def _svg(figure: Figure) -> str:
    from matplotlib import rc_context

    out = io.StringIO()
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "faqbot"}):
        figure.savefig(out, format="svg", transparent=True, metadata={"Date": None})
    svg = out.getvalue()[out.getvalue().index("<svg") :].replace(_INK, "currentColor")
    svg = re.sub(r"font: ([\d.]+px) [^;\"]*", r"font: \1 inherit; font-size: \1; font-family: inherit", svg)
    return re.sub(r'<svg [^>]*?viewBox="([^"]+)"[^>]*>', r'<svg viewBox="\1" aria-hidden="true">', svg, count=1)


def _risk_coverage(outcomes: Sequence[Outcome], threshold: float | None) -> str | None:
    figure, axes = _axes()
    for split in Split:
        part = [o for o in outcomes if o.case.split is split and (is_answerable(o) or is_uncovered(o, far=False))]
        if not part:
            continue
        confidence = [o.confidence for o in part]
        risk = 100 * risk_coverage(confidence, [o.right_unless_refused for o in part])
        coverage = 100 * np.arange(1, len(part) + 1) / len(part)
        axes.plot(coverage, risk, _LINE_OF[split], color=_COLOURS["blue"], label=str(split))
        answered = sum(value >= threshold for value in confidence) if threshold is not None else 0
        if answered:
            label = "as set" if "as set" not in axes.get_legend_handles_labels()[1] else None
            axes.plot(coverage[answered - 1], risk[answered - 1], "o", color=_COLOURS["orange"], label=label)
    if not axes.lines:
        return None
    axes.set(
        xlabel="questions answered, of 100, surest first", ylabel="wrong answers among them, of 100", ylim=(0, None)
    )
    axes.legend(loc="upper left", frameon=False, labelcolor=_INK)  # "best" takes a second and warns
    return _svg(figure)


def _scores(outcomes: Sequence[Outcome], threshold: float | None) -> str | None:
    groups = {
        "the documents answer": ("blue", [o.confidence for o in outcomes if is_answerable(o)]),
        "near, not answered": ("orange", [o.confidence for o in outcomes if is_uncovered(o, far=False)]),
        "far": ("grey", [o.confidence for o in outcomes if is_uncovered(o, far=True)]),
    }
    scores = [score for _, group in groups.values() for score in group]
    if not scores:
        return None
    figure, axes = _axes()
    bins = np.linspace(min(scores), max(scores) + 1e-9, 31).tolist()
    for label, (colour, group) in groups.items():
        axes.hist(group, bins, label=label, color=_COLOURS[colour], alpha=0.65)
    if threshold is not None:
        axes.axvline(threshold, color=_INK, linewidth=1, linestyle="--", label="threshold")
    axes.set(xlabel="relevance of what was found", ylabel="questions")
    axes.legend(loc="upper center", frameon=False, labelcolor=_INK)
    return _svg(figure)


def _confusion(outcomes: Sequence[Outcome]) -> str | None:
    kinds = [str(kind) for kind in Kind]
    present = [k for k in kinds if any(k in (o.case.kind, o.reply.kind) for o in outcomes)]
    if len(present) < 2:
        return None
    counts = confusion_matrix([o.case.kind for o in outcomes], [o.reply.kind for o in outcomes], labels=present)
    shares = counts / np.maximum(1, counts.sum(axis=1, keepdims=True))
    figure, axes = _axes((5.6, 4.4))
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1.4, alpha=0.85)
    for (row, column), count in np.ndenumerate(counts):
        if count:
            axes.text(column, row, str(count), ha="center", va="center", color="#000000")
    names = [name.replace("_", " ") for name in present]
    axes.set_xticks(range(len(names)), names, rotation=40, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(len(names)), names)
    axes.set(xlabel="got", ylabel="expected")
    return _svg(figure)


def _latency(outcomes: Sequence[Outcome]) -> str:
    times = np.sort([o.latency_ms for o in outcomes])
    figure, axes = _axes()
    axes.plot(times, 100 * np.arange(1, len(times) + 1) / len(times), color=_COLOURS["blue"])
    for q, lift in ((50, -4), (95, -14), (99, 4)):
        at = float(np.percentile(times, q))
        axes.plot(at, q, "o", color=_COLOURS["orange"])
        axes.annotate(f"p{q}: {at:.0f} ms", (at, q), textcoords="offset points", xytext=(8, lift), color=_INK)
    axes.set(xlabel="milliseconds", ylabel="replies that came within, of 100", xscale="log", ylim=(0, 110))
    axes.set_xticks([], minor=True)
    ticks = [t for t in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000) if times[0] * 0.8 <= t <= times[-1] * 1.25]
    axes.set_xticks(ticks, [str(t) for t in ticks])
    return _svg(figure)
