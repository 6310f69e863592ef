"""Which earlier question a follow-up is about, if any, and whether it is answered: boosted trees have learned it."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from bot.array_files import read_arrays
from bot.cues import matches
from bot.evidence import Evidence
from bot.leaning import leans, names_nothing, still_meant
from bot.understand import Question, spelled

FILE = Path(__file__).with_suffix(".npz")
"""What was learned; `faqbot eval antecedents` fits it."""

DEPTH = 3
"""Questions that a tree asks before it says a number."""

MARGIN = 0.5
"""Where the likeliest reading is not answered, one is that is less likely meant by at most so much."""

LEAST_ANSWERED = -1.0
"""What the trees must say of a reading for an answer to it. See docs/answerable.md for what other numbers give."""

LEAST_COVERED = -2.0
"""`Seen.before` below which what was asked before is nothing that the documents answer."""

SURELY_COVERED = 3.0
"""`Seen.before` above which what was asked before is something that the documents answer."""

MOST_UNNAMED = 0.2
"""`Seen.unnamed` above which it names what the documents don't have, if it is nothing that they answer."""

Back = tuple[int, ...]
"""Earlier questions, counted backwards from the one before, in the order in which they were asked."""

ALONE: Back = ()
CHOICES: tuple[Back, ...] = (ALONE, (1,), (2,), (3,), (2, 1))
"""Which may stand before a follow-up."""


class Asked(NamedTuple):
    """A follow-up by itself.

    `its_own` where it names what it is about, `the_subject` where that is what all documents are about.
    """

    text: str
    its_own: bool = False
    the_subject: bool = False


class Seen(NamedTuple):
    """What was found for a follow-up in one of its readings.

    `evidence` is that of the judgement, `expected` the cosine of the best hit's expected question, and `together` how
    like an answered question the whole text is, as `bot.coverage` has it. Of the earlier questions in it, by
    themselves: `before` is the same, `another` how like questions about another subject they are; `unnamed` is the part
    of their content words that are names or terms which the documents don't have, `illnesses` how many are illnesses or
    drugs; `asks_an_aspect` where a price, an appointment or the like is asked, and `beside` is how many content words
    stand beside that; `repeated` is the part of the follow-up's content words that stand in them too. They are 0 where
    there are none.
    """

    evidence: Evidence
    expected: float
    together: float
    before: float = 0.0
    another: float = 0.0
    unnamed: float = 0.0
    illnesses: int = 0
    asks_an_aspect: bool = False
    beside: int = 0
    repeated: float = 0.0

    @property
    def is_of_unnamed(self) -> bool:
        """Whether it is about something asked before that the documents don't have: "what is metformin?"."""
        return self.before < LEAST_COVERED and self.unnamed > MOST_UNNAMED


class Likelihood(NamedTuple):
    """What trees say of a reading, as log odds: that it is meant, and that it is meant and the documents answer it."""

    meant: float
    answered: float

    @property
    def relevance(self) -> float:
        """The probability that it is meant and the documents answer it, in [0, 1]."""
        return 1 / (1 + math.exp(-self.answered))


class Trees(NamedTuple):
    """Regression trees of `DEPTH` questions each, whose numbers are added up.

    `features` (n, 2 ** DEPTH - 1) and `bounds`, of the same shape, say which feature must be above what to go to the
    right, level by level; `leaves` (n, 2 ** DEPTH) are the numbers.
    """

    features: NDArray[np.int8]
    bounds: NDArray[np.float64]
    leaves: NDArray[np.float64]

    def sums(self, rows: Sequence[Sequence[float]]) -> NDArray[np.float64]:
        """What the trees say of each row of features, higher the likelier; (len(rows),)."""
        values = np.asarray(rows, np.float32)
        tree, row = np.arange(len(self.leaves)), np.arange(len(values))[:, None]
        node = np.zeros((len(values), len(tree)), np.intp)
        for _ in range(DEPTH):
            node = 2 * node + 1 + (values[row, self.features[tree, node]] > self.bounds[tree, node])
        return np.asarray(self.leaves[tree, node - self.features.shape[1]].sum(axis=1))


class Learned(NamedTuple):
    """The trees that say what `Likelihood` has."""

    meant: Trees
    answered: Trees

    @classmethod
    def read(cls, file: Path = FILE) -> Self:
        """Those of a file.

        Raises:
            KeyError: It is not there, or torn.
        """
        arrays = read_arrays(file)
        return cls(*(Trees(*(arrays[f"{trees}_{name}"] for name in Trees._fields)) for trees in cls._fields))


@cache
def learned() -> Learned:
    """What ships."""
    return Learned.read()


def contexts(question: Question, vocabulary: Collection[str]) -> dict[Back, str]:
    """What may stand before a follow-up: nothing, and each choice of the earlier questions that there are.

    Args:
        question: As typed, with the earlier ones; those before a change of subject and thanks don't count.
        vocabulary: The corpus's words, lower case.
    """
    before = (spelled(text, vocabulary) for text in still_meant(question.history, question.text))
    earlier = [text for text in before if not matches("acknowledges", text)][::-1]
    return {
        back: " ".join(earlier[number - 1] for number in back)
        for back in CHOICES
        if max(back, default=0) <= len(earlier)
    }


def ranked(asked: Asked, seen: Mapping[Back, Seen], trees: Learned | None = None) -> dict[Back, Likelihood]:
    """How likely each reading is, the one that is most likely meant first.

    But what leans on something stands behind what the documents answer before it stands alone, where that is nearly as
    likely.
    A few words that make no sentence are not read alone behind others ("how many people"), unless they name what they
    are about ("and knees?").

    Args:
        asked: The follow-up by itself.
        seen: What was found for it in each reading; alone at least.
        trees: Those that ship, where none are given.
    """
    rows = features(asked, seen)
    meant, answered = (each.sums(rows).tolist() for each in trees or learned())
    readings = dict(zip(seen, map(Likelihood, meant, answered), strict=True))
    if len(readings) > 1 and names_nothing(asked.text) and not asked.its_own:
        del readings[ALONE]
    order = sorted(readings, key=lambda back: -readings[back].meant)
    if order[0] == ALONE and leans(asked.text):
        least = readings[ALONE].meant - MARGIN
        nearly = (b for b in order if readings[b].meant >= least and seen[b].before > SURELY_COVERED)
        order.insert(0, next(nearly, ALONE))
    return {back: readings[back] for back in order}


def may_be_answered(readings: Mapping[Back, Likelihood]) -> list[Back]:
    """The readings that may be answered: nearly as likely meant as the likeliest, and likely enough answered.

    They stand in the order of `readings`.
    """
    least = max(reading.meant for reading in readings.values()) - MARGIN
    return [back for back, reading in readings.items() if reading.meant >= least and reading.answered >= LEAST_ANSWERED]


def features(asked: Asked, seen: Mapping[Back, Seen]) -> list[list[float]]:
    """What tells readings apart, a row for each: its own, which it is, and what alone and with the one before have."""
    alone = seen[ALONE]
    itself = (leans(asked.text), len(asked.text.split()), asked.its_own, asked.the_subject)
    of_all = [*map(float, itself), *_telling(alone), *_telling(seen.get((1,), alone))]
    return [
        [*each.evidence, *map(float, each[1:]), *(float(back == choice) for choice in CHOICES), *of_all]
        for back, each in seen.items()
    ]


def _telling(seen: Seen) -> tuple[float, ...]:
    return *map(float, seen[1:]), seen.evidence.support, seen.evidence.lead
