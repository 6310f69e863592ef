"""With which earlier questions a follow-up is read, and whether it is answered: boosted trees have learned it."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple, Self

from bot.array_files import read_arrays
from bot.cues import matches
from bot.evidence import Evidence
from bot.leaning import leans, names_nothing, still_meant
from bot.trees import Trees
from bot.understand import Question, spelled

FILE = Path(__file__).with_suffix(".npz")
"""What was learned; `faqbot eval antecedents` fits it."""

EVEN_ODDS = 0.6
"""What the trees must say of a follow-up for a relevance of 0.5. See docs/answerable.md for what other numbers give."""

LEAST_COVERED = -2.0
"""`Earlier.covered` below which what was asked before is nothing that the documents answer."""

MOST_UNNAMED = 0.2
"""`Earlier.unnamed` above which it names what the documents don't have, if it is nothing that they answer."""

Back = tuple[int, ...]
"""Earlier questions, counted backwards from the one before, in the order in which they were asked."""

ALONE: Back = ()
CHOICES: tuple[Back, ...] = (ALONE, (1,), (2,), (3,), (2, 1))
"""Which may stand before a follow-up."""

Place = tuple[str, int]
"""A sentence: its passage, and where it stands there."""


class Asked(NamedTuple):
    """A follow-up by itself.

    `its_own` where it names what it is about, `the_subject` where that is what all documents are about; `behind` is how
    many earlier questions it may be about.
    """

    text: str
    its_own: bool = False
    the_subject: bool = False
    behind: int = 0


class Earlier(NamedTuple):
    """The earlier questions in a reading, by themselves; all 0 where there are none.

    `covered` says how like an answered question they are, as `bot.coverage` has it, and `another` how like questions
    about another subject; `unnamed` is the part of their content words that are names or terms which the documents
    don't have, `illnesses` how many are illnesses or drugs; `asks_an_aspect` where a price, an appointment or the like
    is asked, and `beside` is how many content words stand beside that; `repeated` is the part of the follow-up's
    content words that stand in them too. `asks` where one of them asks at all, `its_own` where one names what it is
    about, and `leans` where each leans on something before it.
    """

    covered: float = 0.0
    another: float = 0.0
    unnamed: float = 0.0
    illnesses: int = 0
    asks_an_aspect: bool = False
    beside: int = 0
    repeated: float = 0.0
    asks: bool = False
    its_own: bool = False
    leans: bool = False


class Seen(NamedTuple):
    """What was found for a follow-up in one of its readings.

    `evidence` and `relevance` are those of the judgement; `may_answer` where nothing that it names is missing, or the
    rest speaks for an answer all the same; `expected` is the cosine of the best hit's expected question, and `together`
    how like an answered question the whole text is, as `bot.coverage` has it. `told` are the sentences that would be
    shown.
    """

    evidence: Evidence
    relevance: float
    may_answer: bool
    expected: float
    together: float
    told: frozenset[Place] = frozenset()
    earlier: Earlier = Earlier()

    @property
    def is_of_unnamed(self) -> bool:
        """Whether it is about something asked before that the documents don't have: "what is metformin?"."""
        return self.earlier.covered < LEAST_COVERED and self.earlier.unnamed > MOST_UNNAMED


class Learned(NamedTuple):
    """Trees that say, as log odds, of a reading that it tells what is asked, and of a follow-up that it is answered."""

    tells: Trees
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


class Meant(NamedTuple):
    """The reading that likeliest tells what a follow-up asks, and the probability that it is answered, in [0, 1]."""

    back: Back
    relevance: float


def earlier_questions(question: Question, vocabulary: Collection[str]) -> list[str]:
    """What a follow-up may be about, spelled right, the latest first.

    Args:
        question: As typed, with the earlier ones; of those `still_meant` thanks don't count.
        vocabulary: The corpus's words, lower case.
    """
    before = (spelled(text, vocabulary) for text in still_meant(question.history, question.text))
    return [text for text in before if not matches("acknowledges", text)][::-1]


def contexts(earlier: Sequence[str]) -> dict[Back, tuple[str, ...]]:
    """What may stand before a follow-up: nothing, and each choice of the earlier questions, the latest first."""
    choices = (back for back in CHOICES if max(back, default=0) <= len(earlier))
    return {back: tuple(earlier[number - 1] for number in back) for back in choices}


def read(asked: Asked, seen: Mapping[Back, Seen], trees: Learned | None = None) -> Meant:
    """How a follow-up is read, and how likely it is answered so.

    Args:
        asked: The follow-up by itself.
        seen: What was found for it in each reading; alone at least.
        trees: Those that ship, where none are given.
    """
    tells, answered = trees or learned()
    rows = features(asked, seen)
    telling = tells.sums(rows).tolist()
    back = likeliest(asked, seen, telling)
    (odds,) = answered.sums([of_the_whole(back, seen, rows, telling)]).tolist()
    return Meant(back, probability(odds))


def likeliest(asked: Asked, seen: Mapping[Back, Seen], telling: Sequence[float]) -> Back:
    """The reading of which the first trees say most, the first of equals.

    A few words that make no sentence are not read alone behind others ("how many people"), unless they name what they
    are about ("and knees?").
    """
    said = dict(zip(seen, telling, strict=True))
    if len(said) > 1 and names_nothing(asked.text) and not asked.its_own:
        del said[ALONE]
    return max(said, key=lambda back: said[back])


def probability(odds: float) -> float:
    """What the second trees say of a follow-up, as a relevance in [0, 1]."""
    return 1 / (1 + math.exp(EVEN_ODDS - odds))


def features(asked: Asked, seen: Mapping[Back, Seen]) -> list[list[float]]:
    """What tells readings apart, a row for each: its own, whether others would tell the same, and what is of all."""
    alone = seen[ALONE]
    last = seen.get((1,), alone)
    itself = (leans(asked.text), names_nothing(asked.text), len(asked.text.split()), *asked[1:])
    before = (last.earlier.asks, last.earlier.its_own, last.earlier.leans)
    of_all = [*map(float, (*itself, *before)), *_telling(alone), *_telling(last)]
    return [
        [
            *each.evidence,
            each.relevance,
            *_found(each),
            *(float(back == choice) for choice in CHOICES),
            *_agreement(each, [other for of, other in seen.items() if of != back]),
            _share(alone, each),
            _share(last, each),
            float(len(each.told)),
            *of_all,
        ]
        for back, each in seen.items()
    ]


def of_the_whole(
    back: Back, seen: Mapping[Back, Seen], rows: Sequence[Sequence[float]], telling: Sequence[float]
) -> list[float]:
    """What tells whether a follow-up is answered: how likely its readings are, and what the likeliest and alone have.

    Args:
        back: The likeliest.
        seen: What was found in each reading.
        rows: Their features.
        telling: What trees say of each.
    """
    at = [*seen].index(back)
    others = [odds for number, odds in enumerate(telling) if number != at]
    return [
        telling[at],
        max(others, default=telling[at]),
        math.log(sum(1 / (1 + math.exp(-odds)) for odds in telling)),
        seen[ALONE].relevance,
        *rows[at],
    ]


def _found(seen: Seen) -> list[float]:
    return [seen.expected, seen.together, *map(float, seen.earlier)]


def _telling(seen: Seen) -> list[float]:
    return [*_found(seen), seen.evidence.support, seen.evidence.lead]


def _agreement(seen: Seen, others: Sequence[Seen]) -> list[float]:
    """The mean part of what other readings would show that this one shows too; 0 without any."""
    return [sum(_share(other, seen) for other in others) / max(1, len(others))]


def _share(other: Seen, seen: Seen) -> float:
    return len(seen.told & other.told) / max(1, len(other.told))
