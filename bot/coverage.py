"""Is a question like those that the documents answer, or like those that they don't? Small networks learn it.

What was learned of the packaged corpus ships; of any other it is learned once and kept in the state.
"""

from __future__ import annotations

import hashlib
import math
from pathlib import Path

import numpy as np

from bot.array_files import kept_or_made, read_arrays, write_arrays
from bot.meaning import RECIPE, Networks, fit, log_odds
from index.embed import Vectors
from index.store import Store
from index.units import UnitKind

PACKAGED = Path(__file__).with_suffix(".npz")
"""What was learned of the packaged corpus: `faqbot learn` makes it."""


class Coverage:
    """Tells questions that are answered from those that are not, by their vectors.

    Args:
        learned: As `learned_coverage` has it.
        store: Of whose questions: how many of them are answered says how many were written down, and is taken out.
    """

    def __init__(self, learned: Networks | None, store: Store) -> None:
        self._networks = learned and Networks(*(half.astype(np.float32) for half in learned))
        self._prior = math.log(store.manifest.questions / store.manifest.uncovered) if learned else 0.0

    def log_odds(self, question: Vectors) -> float:
        """How much likelier a question is an answered one, as a natural logarithm; 0 where nothing was learned.

        Args:
            question: (dim,), of length 1.
        """
        return float(log_odds(question[None], self._networks)[0, 0]) - self._prior if self._networks else 0.0


def learn_coverage(store: Store) -> Networks:
    """What tells a store's expected questions from its uncovered ones, as half floats; it has some of both."""
    known = {unit: store.units[unit].kind for unit in store.questions}
    vectors = store.vectors(list(known))
    learned = fit(np.array([vectors[unit] for unit in known], np.float32), list(known.values()), (UnitKind.QUESTION,))
    return Networks(learned.hidden.astype(np.float16), learned.output.astype(np.float16))


def learned_coverage(store: Store, state: Path, packaged: Path = PACKAGED) -> Networks | None:
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


def read_coverage(file: Path, store: Store) -> Networks | None:
    """What a file holds; None where it can't be read, or was learned of other questions."""
    arrays = dict(read_arrays(file))
    if str(arrays.pop("made_of", "")) != _digest(store) or set(arrays) != set(Networks._fields):
        return None
    return Networks(**arrays)


def write_coverage(file: Path, made: Networks, store: Store) -> None:
    """Keeps what was learned, with what it was learned of.

    Raises:
        OSError: The file can't be written.
    """
    write_arrays(file, {**made._asdict(), "made_of": np.array(_digest(store))})


def _digest(store: Store) -> str:
    """SHA-256, in hex, of all that `learn_coverage` learns from."""
    said = (*map(str, RECIPE), store.manifest.model_digest, *sorted(store.questions))
    return hashlib.sha256("\0".join(said).encode()).hexdigest()
