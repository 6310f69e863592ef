"""Is a question like those that the documents answer, like those that they don't, or about something else at all?

What was learned of the packaged corpus ships; of any other it is learned once and kept in the state.
"""

from __future__ import annotations

import hashlib
import math
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bot.array_files import kept_or_made, read_arrays, write_arrays
from bot.meaning import RECIPE, SCALE, Networks, fit, log_odds
from index.embed import Vectors
from index.store import Store
from index.units import UnitKind

PACKAGED = Path(__file__).with_suffix(".npz")
"""What was learned of the packaged corpus: `faqbot learn` makes it."""


UNTOLD = -3.0
"""What is said of all questions where none is listed about another subject: neither that they are nor that they are
surely not. With -4 and -2, of 117 conversations 5 and 1 were answered that are not with such a list."""


class Learned(NamedTuple):
    """What `learn_coverage` has learned, in half precision.

    `hidden` and `output` are those of `bot.meaning.Networks`; `another` (dim + 1,) are the weights of a logistic
    regression and its intercept, or (0,) where no question is about another subject.
    """

    hidden: NDArray[np.float16]
    output: NDArray[np.float16]
    another: NDArray[np.float16]


class Coverage:
    """Tells questions that are answered, and those about another subject, from all else by their vectors.

    Args:
        learned: As `learned_coverage` has it.
        store: Of whose questions: how many of them are answered says how many were written down, and is taken out.
    """

    def __init__(self, learned: Learned | None, store: Store) -> None:
        self._networks = learned and Networks(learned.hidden.astype(np.float32), learned.output.astype(np.float32))
        self._another = learned.another.astype(np.float32) if learned else np.zeros(0, np.float32)
        self._prior = math.log(store.manifest.questions / store.manifest.uncovered) if learned else 0.0

    def log_odds(self, question: Vectors) -> float:
        """How much likelier a question is an answered one, as a natural logarithm; 0 where nothing was learned.

        Args:
            question: (dim,), of length 1.
        """
        return float(log_odds(question[None], self._networks)[0, 0]) - self._prior if self._networks else 0.0

    def of_another(self, question: Vectors) -> float:
        """How much likelier a question is about another subject, as a natural logarithm; `UNTOLD` where none is known.

        Args:
            question: (dim,), of length 1.
        """
        return float(question @ self._another[:-1] + self._another[-1]) if self._another.size else UNTOLD


def learn_coverage(store: Store) -> Learned:
    """What tells a store's expected questions from its uncovered ones, and those about another subject from all else.

    It has some expected and some uncovered ones.
    """
    units = [store.units[unit] for unit in store.questions]
    vectors = store.vectors([unit.id for unit in units])
    rows = np.array([vectors[unit.id] for unit in units], np.float32)
    learned = fit(rows, [unit.kind for unit in units], (UnitKind.QUESTION,))
    another = _learn_another(rows, [unit.is_of_another for unit in units])
    return Learned(*(part.astype(np.float16) for part in (*learned, another)))


def _learn_another(rows: Vectors, is_of_another: list[bool]) -> NDArray[np.float64]:
    from sklearn.linear_model import LogisticRegression

    if not any(is_of_another):
        return np.zeros(0)
    machine = LogisticRegression(max_iter=300).fit(SCALE * rows, is_of_another)
    return np.append(SCALE * machine.coef_[0], machine.intercept_[0])


def learned_coverage(store: Store, state: Path, packaged: Path = PACKAGED) -> Learned | None:
    """What was learned of a store's questions, where it is kept, else learned and kept in the state.

    None where it has no expected questions, or no uncovered ones.
    """
    if not (store.manifest.questions and store.manifest.uncovered):
        return None
    return kept_or_made(
        (packaged, state / "coverage.npz"),
        lambda file: read_coverage(file, store),
        lambda: learn_coverage(store),
        lambda file, made: write_coverage(file, made, store),
    )


def read_coverage(file: Path, store: Store) -> Learned | None:
    """What a file holds; None where it can't be read, or was learned of other questions."""
    arrays = dict(read_arrays(file))
    if str(arrays.pop("made_of", "")) != _digest(store) or set(arrays) != set(Learned._fields):
        return None
    return Learned(**arrays)


def write_coverage(file: Path, made: Learned, store: Store) -> None:
    """Keeps what was learned, with what it was learned of.

    Raises:
        OSError: The file can't be written.
    """
    write_arrays(file, {**made._asdict(), "made_of": np.array(_digest(store))})


def _digest(store: Store) -> str:
    """SHA-256, in hex, of all that `learn_coverage` learns from."""
    another = sorted(unit for unit in store.questions if store.units[unit].is_of_another)
    said = (*map(str, RECIPE), store.manifest.model_digest, *sorted(store.questions), "", *another)
    return hashlib.sha256("\0".join(said).encode()).hexdigest()
