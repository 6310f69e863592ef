"""Learns with which of the earlier questions a follow-up is read, and when it is answered (bot/antecedent.npz)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

import numpy as np

from bot.antecedent import (
    FILE,
    Asked,
    Back,
    Learned,
    Meant,
    Seen,
    features,
    likeliest,
    of_the_whole,
    probability,
    read,
)
from bot.array_files import write_arrays
from bot.chain import FaqChain
from bot.extract import extract
from bot.look_up import Finding
from bot.reply import Kind
from bot.signals import Message
from bot.trees import Trees
from bot.turn import Turn
from bot.understand import Question, check, understand
from evals.errors import EvalError
from evals.metrics import fact_recall
from evals.questions import Case, Split
from evals.trees import grown

CONVERSATIONS = Path(__file__).with_name("conversations.jsonl")
"""What is learned of besides the question sets: conversations that no run asks."""

FOLDS = 5
EVEN = 0.5
"""Relevance from which a follow-up is answered, where no setting says otherwise."""

Progress = Callable[[str, int, int], None]


class Conversation(NamedTuple):
    """A follow-up: what was found in each of its readings.

    `first` is the conversation's first question. Where the documents answer what is asked (`answerable`), `right` are
    the readings that give its facts.
    """

    first: str
    asked: Asked
    seen: Mapping[Back, Seen]
    right: frozenset[Back]
    answerable: bool


class Score(NamedTuple):
    """How many follow-ups that the documents answer get the facts, get another answer, and could get the facts.

    `false` of the `uncovered` others are answered.
    """

    right: int
    other: int
    possible: int
    answerable: int
    false: int
    uncovered: int


class Held(NamedTuple):
    """The trees, and for each conversation the reading that trees answer which were learned of the other folds."""

    trees: Learned
    held_out: list[Back | None]


def collect(chain: FaqChain, cases: Sequence[Case], progress: Progress = lambda *_: None) -> list[Conversation]:
    """The follow-ups among some cases that the documents are asked about, answered and not.

    Args:
        chain: Over the index to learn with.
        cases: Of any kind. Left out are those that nothing stands before which they could be about, those that the
            screen keeps from the documents and those of which it isn't certain whether the documents answer them.
        progress: Called as the work goes on.
    """
    found = []
    for number, case in enumerate(cases):
        progress("reading", number, len(cases))
        if not (case.history and case.is_certain):
            continue
        question = chain.titles.named(check(Question(case.q, case.history), chain.settings.max_question_chars))
        turn = Turn(chain.retriever.embeddings)
        understood = understand(question, chain.retriever.store.vocabulary)
        if chain.screen.look(Message.of(question, understood), turn.vectors):
            continue
        asked, readings = chain.finder.follow_ups.joined(question, understood, turn)
        if len(readings) == 1:
            continue
        right = frozenset(back for back, (finding, _) in readings.items() if case.facts and _gives(finding, case))
        seen = {back: seen for back, (_, seen) in readings.items()}
        found.append(Conversation(case.history[0], asked, seen, right, case.kind is Kind.ANSWER))
    progress("reading", len(cases), len(cases))
    return found


def check_answered(conversations: Sequence[Conversation], split: Split) -> None:
    """Nothing, where some follow-up is answered.

    Raises:
        EvalError: None is; names the split.
    """
    if not any(each.right and each.answerable for each in conversations):
        raise EvalError(f"split {split}: needs questions with 'history' and facts; name sets that have some.")


def _gives(finding: Finding, case: Case) -> bool:
    quotes = extract(finding.understood.text, finding.hits)
    return fact_recall([quote.sentence.text for quote in quotes], case.facts) == 1


def learn(conversations: Sequence[Conversation], seed: int = 0) -> Held:
    """Trees that tell the readings that give the facts, and the follow-ups that are answered.

    The second learn what the first say of conversations that they don't know, or they would trust them too much
    (stacking; Wolpert 1992, "Stacked generalization"). A fold has all conversations that begin alike. The same come of
    the same conversations.
    """
    fold = np.array([crc32(each.first.lower().encode()) % FOLDS for each in conversations])
    rows = [features(each.asked, each.seen) for each in conversations]
    telling: dict[int, list[float]] = {}
    for number in np.unique(fold).tolist():
        tells = _tells([each for each, of in zip(conversations, fold, strict=True) if of != number], seed)
        telling |= {at: tells.sums(rows[at]).tolist() for at in np.flatnonzero(fold == number).tolist()}
    taken = [likeliest(each.asked, each.seen, telling[at]) for at, each in enumerate(conversations)]
    wholes = [of_the_whole(taken[at], each.seen, rows[at], telling[at]) for at, each in enumerate(conversations)]
    labels = [each.answerable for each in conversations]
    held_out: dict[int, Back | None] = {}
    for number in np.unique(fold).tolist():
        others = np.flatnonzero(fold != number).tolist()
        answered_by = grown([wholes[at] for at in others], [labels[at] for at in others], seed)
        for at in np.flatnonzero(fold == number).tolist():
            (odds,) = answered_by.sums([wholes[at]]).tolist()
            held_out[at] = _answered(conversations[at], Meant(taken[at], probability(odds)))
    trees = Learned(_tells(conversations, seed), grown(wholes, labels, seed))
    return Held(trees, [held_out[at] for at in range(len(conversations))])


def answered(conversations: Sequence[Conversation], trees: Learned) -> list[Back | None]:
    """The reading of each that is answered, or None."""
    return [_answered(each, read(each.asked, each.seen, trees)) for each in conversations]


def _answered(conversation: Conversation, found: Meant) -> Back | None:
    is_answered = found.relevance >= EVEN and conversation.seen[found.back].may_answer
    return found.back if is_answered else None


def score(conversations: Sequence[Conversation], answers: Sequence[Back | None]) -> Score:
    """What becomes of conversations whose readings are answered so."""
    all_of = list(zip(conversations, answers, strict=True))
    told = [(each, back) for each, back in all_of if each.answerable]
    given = sum(back is not None for _, back in told)
    right = sum(back in each.right for each, back in told)
    false = sum(back is not None for each, back in all_of if not each.answerable)
    possible = sum(bool(each.right) for each, _ in told)
    return Score(right, given - right, possible, len(told), false, len(all_of) - len(told))


def save(trees: Learned, file: Path = FILE) -> None:
    """Writes what was learned.

    Raises:
        OSError: The file can't be written.
    """
    parts = zip(Learned._fields, trees, strict=True)
    write_arrays(file, {f"{name}_{field}": part for name, of in parts for field, part in of._asdict().items()})


def _tells(conversations: Sequence[Conversation], seed: int) -> Trees:
    rows = [row for each in conversations for row in features(each.asked, each.seen)]
    return grown(rows, [each.answerable and back in each.right for each in conversations for back in each.seen], seed)
