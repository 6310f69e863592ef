"""Learns which of the earlier questions a follow-up is about, and when to answer it (bot/antecedent.npz)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bot.antecedent import ALONE, DEPTH, FILE, Asked, Back, Learned, Seen, Trees, features, may_be_answered, ranked
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

TREES = 150
LEAST_OF_A_LEAF = 10
"""Readings."""
FOLDS = 10

Progress = Callable[[str, int, int], None]


class Conversation(NamedTuple):
    """A follow-up: what was found in each of its readings.

    `answering` are those that would be answered, `right` those that are meant: where the documents answer it
    (`answerable`), they give its facts.
    """

    asked: Asked
    seen: Mapping[Back, Seen]
    answering: frozenset[Back]
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
        giving = {back for back, (finding, _) in readings.items() if case.facts and _gives(finding, case)}
        answering = frozenset(back for back, (finding, _) in readings.items() if finding.answers)
        seen = {back: seen for back, (_, seen) in readings.items()}
        answerable = case.kind is Kind.ANSWER
        asked = chain.finder.follow_ups.asked(understood)
        found.append(Conversation(asked, seen, answering, _meant(case, giving), answerable))
    progress("reading", len(cases), len(cases))
    return found


def check_answered(conversations: Sequence[Conversation], split: Split) -> None:
    """Nothing, where some follow-up is answered.

    Raises:
        EvalError: None is; names the split.
    """
    if not any(each.right and each.answerable for each in conversations):
        raise EvalError(f"split {split}: needs questions with 'history' and facts; name sets that have some.")


def _meant(case: Case, giving: Collection[Back]) -> frozenset[Back]:
    """The readings that may be meant: those that give the facts, of them the one that the author meant, if any."""
    if case.about is None:
        return frozenset(giving)
    own = (case.about,) if case.about else ALONE
    return frozenset({own} if own in giving or not giving else giving)


def _gives(finding: Finding, case: Case) -> bool:
    quotes = extract(finding.understood.text, finding.hits)
    return fact_recall([quote.sentence.text for quote in quotes], case.facts) == 1


def learn(conversations: Sequence[Conversation], seed: int = 0) -> Held:
    """Trees that tell the readings that are meant, and those that are answered, the same for the same conversations.

    Source: Friedman (2001), "Greedy function approximation: a gradient boosting machine".
    """
    fold = np.random.default_rng(seed).permutation(len(conversations)) % FOLDS
    held_out: dict[int, Back | None] = {}
    for number in range(FOLDS):
        others = [each for each, of in zip(conversations, fold, strict=True) if of != number]
        trees = _learn(others, seed)
        for row in np.flatnonzero(fold == number).tolist():
            held_out[row] = answered([conversations[row]], trees)[0]
    return Held(_learn(conversations, seed), [held_out[row] for row in range(len(conversations))])


def answered(conversations: Sequence[Conversation], trees: Learned) -> list[Back | None]:
    """The reading of each that is answered, or None."""
    ranking = ((each, may_be_answered(ranked(each.asked, each.seen, trees))) for each in conversations)
    return [next((back for back in readings if back in each.answering), None) for each, readings in ranking]


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


def _learn(conversations: Sequence[Conversation], seed: int) -> Learned:
    rows = np.asarray([row for each in conversations for row in features(each.asked, each.seen)], np.float32)
    readings = [(each, back) for each in conversations for back in each.seen]
    meant = _grown(rows, [back in each.right for each, back in readings], seed)
    return Learned(meant, _grown(rows, [each.answerable and back in each.right for each, back in readings], seed))


def _grown(rows: NDArray[np.float32], labels: Sequence[bool], seed: int) -> Trees:
    from sklearn.ensemble import GradientBoostingClassifier

    machine = GradientBoostingClassifier(
        n_estimators=TREES,
        max_depth=DEPTH,
        min_samples_leaf=LEAST_OF_A_LEAF,
        subsample=0.5,
        max_features=0.5,
        random_state=seed,
    )
    machine.fit(rows, labels)
    grown = [laid_out(tree.tree_, machine.learning_rate) for tree in machine.estimators_[:, 0]]
    return Trees(*(np.array(part) for part in zip(*grown, strict=True)))


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
