"""Learns with which of the earlier questions a follow-up is read, and when it is answered (bot/antecedent.npz)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from bot.antecedent import (
    DEPTH,
    EVEN_ODDS,
    FILE,
    Asked,
    Back,
    Learned,
    Seen,
    Trees,
    features,
    likeliest,
    of_the_whole,
    read,
)
from bot.array_files import write_arrays
from bot.chain import FaqChain
from bot.extract import extract
from bot.look_up import Finding
from bot.reply import Kind
from bot.signals import Message
from bot.turn import Turn
from bot.understand import Question, check, understand
from evals.errors import EvalError
from evals.metrics import fact_recall
from evals.questions import Case, Split

CONVERSATIONS = Path(__file__).with_name("conversations.jsonl")
"""What is learned of besides the question sets: conversations that no run asks."""

TREES = 300
RATE = 0.06
LEAST_OF_A_LEAF = 10
"""Readings."""
FOLDS = 5
SURE = 5.0
"""What is said where all of what was learned is alike, as log odds."""

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
        cases: Of any kind. Left out are those without earlier questions, those that the screen keeps from the documents
            and those of which it isn't certain whether the documents answer them.
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
        readings = chain.finder.follow_ups.joined(question, understood, turn)
        right = frozenset(back for back, (finding, _) in readings.items() if case.facts and _gives(finding, case))
        seen = {back: seen for back, (_, seen) in readings.items()}
        asked = chain.finder.follow_ups.asked(question, understood)
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

    Source: Friedman (2001), "Greedy function approximation: a gradient boosting machine".
    """
    fold = np.array([crc32(each.first.lower().encode()) % FOLDS for each in conversations])
    rows = [features(each.asked, each.seen) for each in conversations]
    telling: dict[int, list[float]] = {}
    for number in np.unique(fold).tolist():
        tells = _tells([each for each, of in zip(conversations, fold, strict=True) if of != number], seed)
        telling |= {at: tells.sums(rows[at]).tolist() for at in np.flatnonzero(fold == number).tolist()}
    wholes = [of_the_whole(each.seen, rows[at], telling[at]) for at, each in enumerate(conversations)]
    labels = [each.answerable for each in conversations]
    held_out: dict[int, Back | None] = {}
    for number in np.unique(fold).tolist():
        others = np.flatnonzero(fold != number).tolist()
        answered_by = _grown([wholes[at] for at in others], [labels[at] for at in others], seed)
        for at in np.flatnonzero(fold == number).tolist():
            (odds,) = answered_by.sums([wholes[at]]).tolist()
            asked, seen = conversations[at].asked, conversations[at].seen
            back = likeliest(asked, seen, telling[at])
            is_answered = odds >= EVEN_ODDS and seen[back].may_answer
            held_out[at] = back if is_answered else None
    trees = Learned(_tells(conversations, seed), _grown(wholes, labels, seed))
    return Held(trees, [held_out[at] for at in range(len(conversations))])


def answered(conversations: Sequence[Conversation], trees: Learned) -> list[Back | None]:
    """The reading of each that is answered, or None."""
    meant = [read(each.asked, each.seen, trees) for each in conversations]
    return [
        back if relevance >= 0.5 and each.seen[back].may_answer else None
        for each, (back, relevance) in zip(conversations, meant, strict=True)
    ]


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
    return _grown(rows, [each.answerable and back in each.right for each in conversations for back in each.seen], seed)


def _grown(rows: Sequence[Sequence[float]], labels: Sequence[bool], seed: int) -> Trees:
    from sklearn.ensemble import GradientBoostingClassifier

    if len({*labels}) < 2:
        return _saying(SURE if any(labels) else -SURE)
    machine = GradientBoostingClassifier(
        n_estimators=TREES,
        learning_rate=RATE,
        max_depth=DEPTH,
        min_samples_leaf=LEAST_OF_A_LEAF,
        subsample=0.5,
        max_features=0.5,
        random_state=seed,
    )
    values = np.asarray(rows, np.float32)
    machine.fit(values, labels)
    grown = [laid_out(tree.tree_, machine.learning_rate) for tree in machine.estimators_[:, 0]]
    first = float(machine.init_.predict_proba(values[:1])[0, 1])
    grown[0][2][:] += np.log(first / (1 - first))
    return Trees(*(np.array(part) for part in zip(*grown, strict=True)))


def _saying(odds: float) -> Trees:
    """Trees that say the same of all."""
    inner = 2**DEPTH - 1
    return Trees(np.zeros((1, inner), np.int8), np.full((1, inner), np.inf), np.full((1, inner + 1), odds))


def laid_out(tree: Any, rate: float) -> tuple[NDArray[np.int8], NDArray[np.float64], NDArray[np.float64]]:
    """A tree of scikit-learn's as a whole one of `DEPTH` levels: where it ends early, everything goes left."""
    inner = 2**DEPTH - 1
    features, bounds = np.zeros(inner, np.int8), np.full(inner, np.inf)
    leaves = np.zeros(inner + 1)
    nodes = {0: 0}
    for place in range(2 * inner + 1):
        node = nodes[place]
        ends = tree.children_left[node] < 0
        if place >= inner:
            leaves[place - inner] = rate * tree.value[node, 0, 0]
            continue
        if not ends:
            features[place], bounds[place] = tree.feature[node], tree.threshold[node]
        nodes[2 * place + 1] = node if ends else tree.children_left[node]
        nodes[2 * place + 2] = node if ends else tree.children_right[node]
    return features, bounds, leaves
