"""Follow-ups alone: how many get the right reply as they are understood, and with a chat model's rewriting."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from bot.chain import FaqChain
from bot.reply import Kind, Reply
from bot.understand import Question
from evals.catalogue import mean
from evals.outcome import is_right
from evals.questions import Case, Split
from evals.stats import Difference, Interval, Rows, difference, interval

KINDS = (Kind.ANSWER, Kind.NO_ANSWER)


class Asked(NamedTuple):
    """A follow-up with its reply without a model and, where there is a model, the one with its rewriting."""

    case: Case
    unaided: Reply
    rewriting: Reply | None

    @property
    def outcome(self) -> str:
        """How its rewriting went, as `Trace.rewriting`."""
        return self.rewriting.trace.rewriting if self.rewriting and self.rewriting.trace else ""


class Row(NamedTuple):
    """Of one split and kind: the share right without a model, and what rewriting changes.

    `sent` counts the follow-ups of which the model was asked, `used` those that were answered by what it gave;
    `gained` and `lost` those that are right with it alone, and without it alone.
    """

    split: str
    kind: str
    total: int
    unaided: Interval
    rewriting: Difference | None
    sent: int
    used: int
    gained: int
    lost: int


def follow_ups(sets: Mapping[str, Sequence[Case]]) -> list[Case]:
    """The cases with earlier questions that the documents answer, or don't."""
    return [case for cases in sets.values() for case in cases if case.history and case.kind in KINDS]


def ask(
    chain: FaqChain, cases: Sequence[Case], progress: Callable[[str, int, int], None] = lambda *_: None
) -> list[Asked]:
    """Asks each in both ways, in order; both quote, so that they differ in what was understood alone.

    Args:
        chain: With a rewriter, or without.
        cases: With earlier questions.
        progress: Told what is asked, how many are done and how many there are.
    """
    unaided = chain.with_settings(model="")
    rewriting = chain.with_settings()
    rewriting.phraser = None
    asked = []
    for done, case in enumerate(cases, start=1):
        question = Question(case.q, case.history)
        asked.append(Asked(case, unaided.invoke(question), rewriting.invoke(question) if chain.rewriter else None))
        progress("follow-ups", done, len(cases))
    return asked


def table(asked: Iterable[Asked]) -> list[Row]:
    """A row for each split and kind, and for both kinds together."""
    every = list(asked)
    rows = []
    for split in Split:
        for name, kinds in ((Kind.ANSWER, KINDS[:1]), (Kind.NO_ANSWER, KINDS[1:]), ("both", KINDS)):
            if group := [each for each in every if each.case.split is split and each.case.kind in kinds]:
                rows.append(_row(split, name, group))
    return rows


def _row(split: Split, name: str, group: Sequence[Asked]) -> Row:
    unaided = _right([(each.case, each.unaided) for each in group])
    both = [(each.case, each.rewriting) for each in group if each.rewriting]
    with_it = _right(both) if both else unaided
    return Row(
        split=str(split),
        kind=str(name),
        total=len(group),
        unaided=interval(unaided, mean, share=True),
        rewriting=difference(unaided, with_it, mean) if both else None,
        sent=sum(bool(each.outcome) for each in group),
        used=sum(each.outcome == "used" for each in group),
        gained=int((with_it > unaided).sum()),
        lost=int((with_it < unaided).sum()),
    )


def _right(replies: Sequence[tuple[Case, Reply]]) -> Rows:
    return np.asarray([[float(is_right(case, reply))] for case, reply in replies])
