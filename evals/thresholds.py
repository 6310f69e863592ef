"""Finds what a message must reach to be of a screened kind: the least by which few others are taken for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import yaml

from bot.chain import FaqChain
from bot.examples import SCREENED
from bot.reply import DANGER, Kind
from bot.screen import LEAST, Least, Looked, Screen, least, tell
from bot.signals import Message
from bot.turn import Turn
from bot.understand import Question, check, understand
from evals.errors import EvalError
from evals.questions import Case

MOST_OTHERS: Mapping[Kind, float] = {
    Kind.CRISIS: 0.0115,
    Kind.EMERGENCY: 0.0045,
    Kind.BOUNDARY: 0.02,
    Kind.REFUSAL: 0.0014,
    Kind.SMALLTALK: 0.003,
}
"""Which share of the messages of other kinds may be taken for a kind. Source: the Neyman-Pearson criterion (1933): the
rate of false alarms is chosen, and as few as possible are missed at that rate. Of other languages next to none is left
to find a bound on, for they are told before: theirs stays."""

STEP = 0.05
LOWEST, HIGHEST = -8.0, 4.0
ROUNDS = 3
"""What is taken for one kind is not taken for another, so the kinds are gone through anew."""


class Sample(NamedTuple):
    """A message of a set, and what there is to tell it by."""

    case: Case
    looked: Looked


class Told(NamedTuple):
    """Of a kind: its messages, how many are told (danger by either card); others, and how many are taken for it."""

    own: int
    told: int
    others: int
    taken: int


def collect(
    chain: FaqChain,
    screen: Screen,
    cases: Sequence[Case],
    progress: Callable[[str, int, int], None] = lambda *_: None,
) -> list[Sample]:
    """What a screen reads of each case in English: no bound changes what is told of another language.

    Args:
        chain: Which understands the questions.
        screen: Of its index.
        cases: Of any kind.
        progress: Called as the work goes on.
    """
    samples = []
    for number, case in enumerate(cases):
        progress("reading", number, len(cases))
        question = check(Question(case.q, case.history), chain.settings.max_question_chars)
        understood = understand(question, chain.retriever.store.vocabulary)
        message = Message.of(question, understood)
        looked = screen.read(message, Turn(chain.retriever.embeddings).vectors)
        if looked.alone.by_words and looked.alone.by_words.language:
            continue
        together = looked.together and cache(looked.together)
        samples.append(Sample(case, Looked(looked.alone, together, cache(looked.before))))
    progress("reading", len(cases), len(cases))
    return samples


def find(samples: Sequence[Sample], most_others: Mapping[Kind, float] = MOST_OTHERS) -> Least:
    """Low bounds by which no more of the others are taken for a kind than they may be.

    By bisection: the higher a bound, the fewer are taken, but for a fragment whose message before is then no danger.

    Args:
        samples: To tune on.
        most_others: Of each kind the share, in [0, 1].

    Raises:
        EvalError: There are no messages of a kind; names it.
    """
    kinds = {case.kind for case, _ in samples}
    if missing := [kind for kind in most_others if kind not in kinds]:
        raise EvalError(f"split dev: has no message of kind '{missing[0]}'; name sets that have all kinds.")
    bounds = {**least(), **dict.fromkeys(most_others, HIGHEST)}
    for _ in range(ROUNDS):
        for kind in most_others:
            steps = range(round((HIGHEST - LOWEST) / STEP) + 1)
            low, high = 0, steps[-1]
            while low < high:
                middle = (low + high) // 2
                bounds[kind] = round(LOWEST + middle * STEP, 2)
                counted = count(samples, kind, bounds)
                if counted.taken <= most_others[kind] * counted.others:
                    high = middle
                else:
                    low = middle + 1
            bounds[kind] = round(LOWEST + low * STEP, 2)
    return bounds


def count(samples: Sequence[Sample], kind: Kind, bounds: Least) -> Told:
    """How a kind is told by some bounds. Of danger, messages of the other danger are neither its own nor others."""
    own = told = others = taken = 0
    for case, looked in samples:
        screening = tell(looked, bounds)
        found = screening.kind if screening else None
        if case.kind is kind:
            own += 1
            told += found is not None and (case.accepts(found) or {kind, found} <= DANGER)
        elif not case.accepts(kind) and not {kind, case.kind} <= DANGER:
            others += 1
            taken += found is kind
    return Told(own, told, others, taken)


def save(bounds: Least, file: Path = LEAST) -> None:
    """Writes bounds; the comment at the head of the file stays.

    Raises:
        OSError: The file can't be written.
    """
    text = file.read_text("utf-8")
    head = text[: text.index(f"{SCREENED[0]}:")]
    file.write_text(head + yaml.safe_dump({str(kind): bounds[kind] for kind in SCREENED}, sort_keys=False), "utf-8")
