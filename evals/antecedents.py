"""Learns which of the earlier questions a follow-up is about (bot/antecedent.npz), and says how often it is right."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bot.antecedent import ALONE, DEPTH, FILE, Back, Seen, Trees, features, ranked
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
    """A follow-up: what was found in each of its readings, and which of them give the facts that it asks for.

    None does where the documents don't answer it: `answerable` tells.
    """

    asked: str
    seen: Mapping[Back, Seen]
    right: frozenset[Back]
    answerable: bool


class Score(NamedTuple):
    """Of how many follow-ups that the documents answer the reading gives the facts, and of how many any could."""

    right: int
    possible: int
    total: int


class Learned(NamedTuple):
    """The trees, and for each conversation the reading that trees choose which were learned of the other folds."""

    trees: Trees
    held_out: list[Back]


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
        seen = {back: seen for back, (_, seen) in readings.items()}
        found.append(Conversation(understood.asked, seen, _meant(case, giving), case.kind is Kind.ANSWER))
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


def learn(conversations: Sequence[Conversation], seed: int = 0) -> Learned:
    """Trees that tell the readings that give the facts from all others, the same for the same conversations.

    Source: Friedman (2001), "Greedy function approximation: a gradient boosting machine".
    """
    fold = np.random.default_rng(seed).permutation(len(conversations)) % FOLDS
    held_out: dict[int, Back] = {}
    for number in range(FOLDS):
        others = [each for each, of in zip(conversations, fold, strict=True) if of != number]
        trees = _learn(others, seed)
        for row in np.flatnonzero(fold == number).tolist():
            held_out[row] = picked([conversations[row]], trees)[0]
    return Learned(_learn(conversations, seed), [held_out[row] for row in range(len(conversations))])


def picked(conversations: Sequence[Conversation], trees: Trees) -> list[Back]:
    """The likeliest reading of each."""
    return [next(iter(ranked(each.asked, each.seen, trees))) for each in conversations]


def score(conversations: Sequence[Conversation], choices: Sequence[Back]) -> Score:
    """How often the reading chosen gives the facts, where the documents have them."""
    told = [(each, back) for each, back in zip(conversations, choices, strict=True) if each.answerable]
    return Score(sum(back in each.right for each, back in told), sum(bool(each.right) for each, _ in told), len(told))


def save(trees: Trees, file: Path = FILE) -> None:
    """Writes what was learned.

    Raises:
        OSError: The file can't be written.
    """
    write_arrays(file, trees._asdict())


def _learn(conversations: Sequence[Conversation], seed: int) -> Trees:
    from sklearn.ensemble import GradientBoostingClassifier

    rows = [row for each in conversations for row in features(each.asked, each.seen)]
    labels = [back in each.right for each in conversations for back in each.seen]
    machine = GradientBoostingClassifier(
        n_estimators=TREES,
        max_depth=DEPTH,
        min_samples_leaf=LEAST_OF_A_LEAF,
        subsample=0.5,
        max_features=0.5,
        random_state=seed,
    )
    machine.fit(np.asarray(rows, np.float32), labels)
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
