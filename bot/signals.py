"""What is read of a message, whatever is wanted of it: words that leave no doubt, and how much it is of each kind."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Self

import numpy as np

from bot.examples import SCREENED, Pattern, patterns
from bot.foreign import OTHER, Foreign
from bot.likeness import Likeness
from bot.reply import DANGER, Kind
from bot.sorts import Sorts
from bot.spell import correct
from bot.story import specific_aside
from bot.understand import Question, Understood, to_the_question
from corpus.split import split_sentences
from index.embed import Vectors

MORE_FOR_A_PART = {Kind.CRISIS: 3.0, Kind.EMERGENCY: 3.0, Kind.REFUSAL: 3.0}
"""So much less counts what only a sentence of the message is; of other kinds a message is as a whole."""

MORE_AFTER_A_QUESTION = 4.0
"""So much less counts small talk behind an earlier message: "which one is that?" is then no chatter."""

LEAST_WHOLE = -6.0
"""By what the whole message falls short of it, a sentence of it counts less as well: read alone, much sounds grave."""

_PIECE_WORDS = 3
_MOST_PIECES = 24
"""Of a message in more sentences, neighbours are read as one: 2,000 characters in scraps would take seconds."""

_STOP = re.compile(r"(?<=[.!?…])\s+|\n+")

_APOSTROPHE = re.compile(r"’|(?<=[a-z])[¿´`](?=[a-z])")
"""As it is typed, and what becomes of it on its way."""

Embed = Callable[[Sequence[str]], Sequence[Vectors]]
"""Texts to vectors of length 1, one for each."""


@dataclass(frozen=True, slots=True)
class Screening:
    """What a message is. `code` names what it matched; `language` is the ISO 639 code where it is not English."""

    kind: Kind
    code: str
    language: str | None = None

    @property
    def is_danger(self) -> bool:
        return self.kind in DANGER


@dataclass(frozen=True, slots=True)
class Message:
    """What is screened: as typed, what of it is asked, and the patient's message before it, or nothing.

    What was asked before is no part of `understood`: it has had its answer.
    """

    text: str
    understood: str
    before: str = ""

    @classmethod
    def of(cls, question: Question, understood: Understood) -> Self:
        """That of a question, as it was understood; who asks for simple words is no attacker by that."""
        return cls(to_the_question(question.text), understood.asked, "".join(question.history[-1:]))


class Score(NamedTuple):
    """How much likelier a message is of a kind than of none, as a natural logarithm, and what it would be taken for."""

    value: float
    screening: Screening


@dataclass(frozen=True, slots=True)
class Signals:
    """What was read of a message: what it is by its words, if anything, and how much of each kind by its examples.

    A kind that was not looked for, for the words leave no doubt or there are none, has no score.
    """

    by_words: Screening | None
    by_example: Mapping[Kind, Score] = field(default_factory=dict)


class Reader:
    """Reads the signals.

    Args:
        sorts: Names what a message was taken for.
        likeness: Tells how much likelier texts are of each kind than of none.
        foreign: Tells other languages than English, and danger in them.
        greetings: Single words that are small talk, lower case.
        vocabulary: The corpus's words, lower case.
    """

    def __init__(
        self,
        sorts: Sorts,
        likeness: Likeness,
        foreign: Foreign,
        greetings: frozenset[str],
        vocabulary: frozenset[str],
    ) -> None:
        self._sorts = sorts
        self._likeness = likeness
        self._foreign = foreign
        self._greetings = greetings
        self._vocabulary = vocabulary

    def read(self, message: Message, embed: Embed) -> Signals:
        """The signals of a message by itself.

        In another language than English danger is told by patterns and by letters and words, for the model reads
        English; the fixed words in that language name the emergency number too.
        """
        spelled = correct(message.text, self._vocabulary)
        language = self._foreign.language_of(message.text, spelled, self._vocabulary)
        whole = list(dict.fromkeys((message.text, spelled, message.understood)))
        parts = [text for text in _sentences(spelled) if text not in whole]
        found = _by_pattern([*whole, *parts, *_scraps(spelled)], patterns())
        if not (found and found.is_danger):
            danger = self._foreign.danger_of(message.text, self._vocabulary)
            language = language or (OTHER if danger else None)
            found = Screening(danger, f"{danger}.{language}") if danger else found
        if found and (found.is_danger or language):
            return Signals(Screening(found.kind, found.code, language))
        if language:
            return Signals(Screening(Kind.LANGUAGE, f"{Kind.LANGUAGE}.{language}", language))
        if not any(map(str.isalpha, message.text)):
            return Signals(found)
        scores = self._by_example(whole, parts, embed, after=bool(message.before))
        if aside := specific_aside(spelled, self._vocabulary):
            scores = self._without_chatter(scores, aside, embed)
        return Signals(found, scores)

    def read_together(self, message: Message, embed: Embed) -> Signals:
        """The signals of a message behind the one before it, as one text."""
        together = f"{message.before} {message.text}"
        found = _by_pattern([together], patterns())
        return Signals(found, {} if found else self._by_example([], [together], embed))

    def _by_example(
        self, whole: Sequence[str], parts: Sequence[str], embed: Embed, *, after: bool = False
    ) -> dict[Kind, Score]:
        texts = [*whole, *parts]
        rows = np.asarray(embed(texts))
        scores = self._likeness.log_odds(texts, rows)
        found: dict[Kind, Score] = {}
        for kind, scored in zip(SCREENED, scores.T, strict=True):
            short = max(0.0, LEAST_WHOLE - float(scored[: len(whole)].max())) if whole else 0.0
            scored[len(whole) :] -= MORE_FOR_A_PART.get(kind, np.inf) + short
            code = self._sorts.code(kind, rows[int(scored.argmax())])
            language = code.partition(".")[2] if kind is Kind.LANGUAGE else None
            less = MORE_AFTER_A_QUESTION if after and kind is Kind.SMALLTALK else 0.0
            found[kind] = Score(float(scored.max()) - less, Screening(kind, code, language))
        if all(self._is_unknown_word(text) for text in whole):
            del found[Kind.SMALLTALK]
        return found

    def _without_chatter(self, scores: dict[Kind, Score], aside: str, embed: Embed) -> dict[Kind, Score]:
        """The scores where a message ends with a question of the documents' subject: small talk only if that is."""
        talk = scores.get(Kind.SMALLTALK)
        own = self._by_example([aside], [], embed).get(Kind.SMALLTALK)
        return scores | {Kind.SMALLTALK: min(talk, own, key=lambda score: score.value)} if talk and own else scores

    def _is_unknown_word(self, text: str) -> bool:
        """Whether a message is a single word and no example of small talk: too little to tell its meaning by."""
        word = text.strip(" ?!.").lower()
        return " " not in word and word not in self._greetings


def _by_pattern(texts: Sequence[str], looked_for: Sequence[Pattern]) -> Screening | None:
    """The gravest kind that some text is of by its words."""
    read = [plain(text) for text in texts]
    for kind in SCREENED:
        for pattern in looked_for:
            if pattern.kind is kind and any(pattern.matches(text) for text in read):
                return Screening(kind, f"{kind}.{pattern.name}")
    return None


def _scraps(text: str) -> list[str]:
    """What stands between full stops: a sentence that was not told from the next one has words that silence danger."""
    scraps = [scrap for scrap in _STOP.split(text) if len(scrap.split()) >= _PIECE_WORDS]
    return scraps if len(scraps) > 1 else []


def _sentences(text: str) -> list[str]:
    """The sentences of a text that has several; some of them together where they are very many."""
    spans = split_sentences(text)
    each = max(1, math.ceil(len(spans) / _MOST_PIECES))
    spans = [(spans[at][0], spans[at : at + each][-1][1]) for at in range(0, len(spans), each)]
    said = [text[start:end] for start, end in spans if len(text[start:end].split()) >= _PIECE_WORDS]
    return said if len(spans) > 1 else []


def plain(text: str) -> str:
    """A text as patterns read it: lower case, straight apostrophes, single spaces."""
    return re.sub(r"\s+", " ", _APOSTROPHE.sub("'", text.lower()))
