"""How the check of drafts agrees with physicians on whether an answer supports a statement (K-QA)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, StringConstraints
from sklearn.metrics import cohen_kappa_score

from bot.entailed import Entails
from bot.faithful import Embed
from evals.questions import Split
from evals.verification import Verdict, load_lines, passages_of, verdict

LABELS = ("Entailment", "Neutral", "Contradiction")

_Text = Annotated[str, StringConstraints(pattern=r"\S")]


class Claim(BaseModel):
    """A statement, and whether physicians found that an answer supports it.

    Source: Manes et al. (2024), "K-QA: A Real-World Medical Q&A Benchmark".
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    premise_answer: _Text
    hypothesis: _Text
    label: Literal["Entailment", "Neutral", "Contradiction"]


class Agreement(NamedTuple):
    """With physicians: accuracy, Cohen's kappa (Cohen 1960), and by label how many were let through, of how many."""

    accuracy: float
    kappa: float
    passed: dict[str, tuple[int, int]]


def load_claims(path: Path) -> list[Claim]:
    """The claims of a file of JSON lines.

    Raises:
        EvalError: The file can't be read, or a line is not a claim; names both.
    """
    return load_lines(path, Claim)


def judge_claims(claims: Iterable[Claim], embed: Embed, entails: Entails) -> list[Verdict]:
    """The verdict on each claim, in order; all count as of split test, for nothing was tuned on them."""
    return [verdict(c.label, Split.TEST, c.hypothesis, passages_of(c.premise_answer), embed, entails) for c in claims]


def agreement(verdicts: Sequence[Verdict], passes: Callable[[Verdict], bool]) -> Agreement:
    """How what is let through agrees with what physicians call an entailment.

    Args:
        verdicts: On claims, at least one.
        passes: Whether a verdict lets its claim through.

    Returns:
        Kappa is not a number where all are let through and all are entailments, or none.
    """
    ours, theirs = [passes(v) for v in verdicts], [v.kind == LABELS[0] for v in verdicts]
    by_label = {
        label: (sum(passes(v) for v in verdicts if v.kind == label), sum(v.kind == label for v in verdicts))
        for label in LABELS
    }
    kappa = float(cohen_kappa_score(ours, theirs)) if len({*ours, *theirs}) > 1 else float("nan")
    return Agreement(sum(a == b for a, b in zip(ours, theirs, strict=True)) / len(ours), kappa, by_label)
