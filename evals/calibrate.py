"""Fits what the evidence for an answer counts (bot/evidence.yaml), and says how well it tells questions apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import yaml
from numpy.typing import NDArray

from bot.chain import FaqChain
from bot.evidence import FILE, KNOWN, Evidence, Weights, weights
from bot.reply import Kind
from bot.signals import Message
from bot.turn import Turn
from bot.understand import Question, check, understand
from evals.catalogue import auroc
from evals.errors import EvalError
from evals.questions import Case, Split

LEFT_OUT = frozenset({"best", "unknown"})
"""Evidence that brought nothing beside the other, by cross-validation on dev: its weight is 0. What no set asked, a
medicine or a name that the documents don't have, is in the lists of uncovered questions now."""

COST = 1.0
"""C of the logistic regression."""

ROUNDS = 3
"""A question is judged by the reading that it is likeliest answered in, which the weights choose: so they are fitted,
choose anew, and are fitted again."""

FOLDS = 10

Probabilities = NDArray[np.float64]


class Sample(NamedTuple):
    """A question, whether the documents answer it, and the evidence of each of its readings."""

    answerable: bool
    readings: tuple[Evidence, ...]


class Fitted(NamedTuple):
    """Weights fitted to samples, and the probability of each by weights that were fitted to the other folds."""

    weights: Weights
    held_out: Probabilities


def collect(
    chain: FaqChain, cases: Sequence[Case], progress: Callable[[str, int, int], None] = lambda *_: None
) -> list[Sample]:
    """The evidence for questions that the documents answer and for those that they don't.

    Args:
        chain: Over the index to measure.
        cases: Of any kind. Left out are those that the screen keeps from the documents, and those of which it isn't
            certain whether the documents answer them: without facts, or of two kinds.
        progress: Called as the work goes on.
    """
    samples: list[Sample] = []
    for number, case in enumerate(cases):
        progress("asking", number, len(cases))
        if not case.is_certain:
            continue
        question = check(Question(case.q, case.history), chain.settings.max_question_chars)
        turn = Turn(chain.retriever.embeddings)
        understood = understand(question, chain.retriever.store.vocabulary)
        message = Message.of(question, understood)
        if not chain.screen.look(message, turn.vectors):
            found = (
                *chain.finder.look_up_parts(question, understood, turn),
                *chain.finder.look_up_readings(question, understood, turn),
            )
            evidence = tuple(finding.judgement.evidence for finding in found)
            samples.append(Sample(case.kind is Kind.ANSWER, evidence))
    progress("asking", len(cases), len(cases))
    return samples


def check_both_sorts(samples: Sequence[Sample], split: Split) -> None:
    """Nothing, where there are answerable questions and others.

    Raises:
        EvalError: All are answerable, or none is; names the split.
    """
    if len({sample.answerable for sample in samples}) < 2:
        raise EvalError(f"split {split}: needs questions with facts and uncovered ones; name sets that have both.")


def fit(samples: Sequence[Sample], start: Weights | None = None) -> Fitted:
    """Weights by logistic regression, the same for the same samples.

    Args:
        samples: Of both sorts.
        start: Weights that choose the first readings; those that ship, where none are given.
    """
    first = start or weights()[KNOWN]
    held_out = np.zeros(len(samples))
    fold = np.random.default_rng(0).permutation(len(samples)) % FOLDS
    for number in range(FOLDS):
        others = [sample for sample, of in zip(samples, fold, strict=True) if of != number]
        learned = _fit(others, first)
        for row in np.flatnonzero(fold == number).tolist():
            held_out[row] = probability(samples[row], learned)
    return Fitted(_fit(samples, first), held_out)


def probability(sample: Sample, by: Weights) -> float:
    """How likely a question is answered, in the reading that speaks most for it."""
    return max(by.probability(reading) for reading in sample.readings)


def told_apart(
    answerable: Sequence[bool], scores: Sequence[float], shares: Sequence[float]
) -> tuple[float, list[float]]:
    """AUROC, and the share of answerable questions above the score that those shares of the others exceed.

    Args:
        answerable: Of each question, whether it is.
        scores: Of each, higher the likelier.
        shares: In [0, 1].
    """
    rows = np.column_stack([np.asarray(scores, dtype=np.float64), np.asarray(answerable, dtype=np.float64)])
    of, others = rows[rows[:, 1] == 1, 0], rows[rows[:, 1] == 0, 0]
    least = np.quantile(others, [1 - share for share in shares], method="higher")
    return float(auroc(rows)), [float((of > bound).mean()) for bound in least]


def save(found: Weights, file: Path = FILE) -> None:
    """Writes the weights of corpora that list uncovered questions; what else the file says stays.

    Raises:
        OSError: The file can't be written.
    """
    text = file.read_text("utf-8")
    head = text[: text.index(f"{KNOWN}:")]
    rows = yaml.safe_load(text)
    rows[KNOWN] = {"intercept": round(found.intercept, 3)} | {
        name: round(weight, 3) for name, weight in found.evidence._asdict().items() if name not in LEFT_OUT
    }
    blocks = (yaml.safe_dump({name: row}, sort_keys=False) for name, row in rows.items())
    file.write_text(head + "\n".join(blocks), "utf-8")


def _fit(samples: Sequence[Sample], start: Weights) -> Weights:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    used = [number for number, name in enumerate(Evidence._fields) if name not in LEFT_OUT]
    labels, current = [sample.answerable for sample in samples], start
    for _ in range(ROUNDS):
        chosen = np.array([max(sample.readings, key=current.probability) for sample in samples])[:, used]
        machine = make_pipeline(StandardScaler(), LogisticRegression(C=COST)).fit(chosen, labels)
        scaler, regression = machine[0], machine[-1]
        slopes = np.zeros(len(Evidence._fields))
        slopes[used] = regression.coef_[0] / scaler.scale_
        intercept = float(regression.intercept_[0] - (regression.coef_[0] * scaler.mean_ / scaler.scale_).sum())
        current = Weights(Evidence(*slopes.tolist()), intercept)
    return current
