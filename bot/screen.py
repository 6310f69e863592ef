"""Before anything is looked up: is a person in danger, asks for a decision about themselves, or for no document at all?

A message is of a kind when it says so by a pattern (prompts/screen/patterns.yaml), or when it is
nearer to that kind's example utterances than to what only sounds like them and to the questions
that are known, in meaning and in wording. Examples and patterns are data that a clinician reads
and extends.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bot.examples import SCREENED, Examples, patterns
from bot.language import language_of
from bot.leads import Leads
from bot.reply import Kind
from bot.spell import correct
from bot.wording import Weights, margins
from corpus.split import split_sentences
from index.embed import Vectors

LEAST_LEAD: Mapping[Kind, float] = {
    Kind.CRISIS: 0.0,
    Kind.EMERGENCY: -0.065,
    Kind.BOUNDARY: -0.06,
    Kind.REFUSAL: -0.03,
    Kind.SMALLTALK: -0.09,
    Kind.LANGUAGE: -0.1,
}
"""By how much, in cosine, a message must be nearer to a kind's examples than to all else, the wording counted in; that
takes away 0.125 where it says nothing. What other values let through and miss: docs/safety.md."""

WORDING_WEIGHT = 0.125
"""What a margin of the wording is worth in cosine."""

PART_LEAD = {Kind.CRISIS: 0.1, Kind.EMERGENCY: 0.1, Kind.REFUSAL: 0.1}
"""So much more where only a sentence of the message is of that kind; of other kinds a message is as a whole."""

DANGER = {Kind.CRISIS: 0.03, Kind.EMERGENCY: 0.03}
"""By so much the lead of another kind must be higher to be believed instead."""

_PIECE_WORDS = 3
_MOST_PIECES = 24
"""Of a message in more sentences, neighbours are read as one: 2,000 characters in scraps would take seconds."""
_FRAGMENT_WORDS = 12
"""A message so short may be in danger only together with the one before: "now she won't wake up". Where that one was
in danger by itself, it has had its answer."""


@dataclass(frozen=True, slots=True)
class Screening:
    """What a message is. `code` names what it matched; `language` is the ISO 639 code where it is not English."""

    kind: Kind
    code: str
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """What is screened: as typed, as understood, and the patient's message before it, or nothing."""

    text: str
    understood: str
    before: str = ""


class Screen:
    """Tells messages of the screened kinds from all others.

    Args:
        examples: Of every kind.
        rows: (n, dim), the vectors of `texts_of(examples)`.
        weights: Of the wording, as `bot.wording.fit` makes them.
        near_questions: The cosines of the known questions nearest to a vector.
        vocabulary: The corpus's words, lower case.
    """

    def __init__(
        self,
        examples: Sequence[Examples],
        rows: Vectors,
        weights: Weights,
        near_questions: Callable[[Vectors], Sequence[float]],
        vocabulary: frozenset[str],
    ) -> None:
        self._leads = Leads(examples, rows, near_questions)
        self._weights = weights
        self._vocabulary = vocabulary
        self._greetings = {text.strip(" ?!.").lower() for e in examples if e.kind is Kind.SMALLTALK for text in e.match}

    def look(self, message: Message, embed: Callable[[Sequence[str]], Sequence[Vectors]]) -> Screening | None:
        """What a message is; None where the documents may be asked.

        In another language than English only patterns tell danger, for the model reads English; the fixed words
        in that language name the emergency number as well.

        Args:
            message: To look at.
            embed: Texts to vectors.
        """
        alone = self._look_alone(message, embed)
        if not message.before or len(message.text.split()) > _FRAGMENT_WORDS or _is_danger(alone):
            return alone
        together = f"{message.before} {message.text}"
        found = _by_pattern([together]) or self._by_example([], [together], embed)
        if _is_danger(found) and not _is_danger(self._look_alone(Message(message.before, message.before), embed)):
            return found
        return alone

    def _look_alone(self, message: Message, embed: Callable[[Sequence[str]], Sequence[Vectors]]) -> Screening | None:
        spelled = correct(message.text, self._vocabulary)
        language = language_of(message.text, spelled, self._vocabulary)
        whole = list(dict.fromkeys((message.text, spelled, message.understood)))
        parts = [text for text in _sentences(spelled) if text not in whole]
        found = _by_pattern([*whole, *parts])
        if found:
            return Screening(found.kind, found.code, language)
        if language:
            return Screening(Kind.LANGUAGE, f"{Kind.LANGUAGE}.{language}", language)
        return self._by_example(whole, parts, embed)

    def _is_unknown_word(self, text: str) -> bool:
        """Whether a message is a single word and no example of small talk: too little to tell its meaning by."""
        word = text.strip(" ?!.").lower()
        return " " not in word and word not in self._greetings

    def _by_example(
        self, whole: Sequence[str], parts: Sequence[str], embed: Callable[[Sequence[str]], Sequence[Vectors]]
    ) -> Screening | None:
        """The kind whose lead is farthest above the least, if any is; danger is believed rather than other kinds."""
        texts = [*whole, *parts]
        best: dict[Kind, tuple[float, str]] = {}
        for number, (vector, wording) in enumerate(zip(embed(texts), margins(texts, self._weights), strict=True)):
            is_part = number >= len(whole)
            for (kind, (lead, code)), margin in zip(self._leads.of(vector).items(), wording, strict=True):
                more = PART_LEAD.get(kind) if is_part else 0.0
                if more is not None:
                    above = lead + WORDING_WEIGHT * float(margin) - LEAST_LEAD[kind] - more
                    best[kind] = max(best.get(kind, (above, code)), (above, code))
        if all(self._is_unknown_word(text) for text in whole):
            best.pop(Kind.SMALLTALK, None)
        reached = {kind: above + DANGER.get(kind, 0.0) for kind, (above, _) in best.items() if above >= 0}
        if not reached:
            return None
        kind = max(reached, key=lambda kind: reached[kind])
        code = best[kind][1]
        return Screening(kind, code, code.partition(".")[2] if kind is Kind.LANGUAGE else None)


def _by_pattern(texts: Sequence[str]) -> Screening | None:
    """The gravest kind that some text is of by its words."""
    read = [plain(text) for text in texts]
    for kind in SCREENED:
        for pattern in patterns():
            if pattern.kind is kind and any(pattern.matches(text) for text in read):
                return Screening(kind, f"{kind}.{pattern.name}")
    return None


class NoScreen(Screen):
    """Lets everything through: for measuring on text that no patient wrote."""

    def __init__(self) -> None:
        nothing = np.empty((0, 0), np.float32)
        super().__init__((), nothing, nothing, lambda _: (), frozenset())

    def look(self, message: Message, embed: Callable[[Sequence[str]], Sequence[Vectors]]) -> Screening | None:  # noqa: ARG002
        return None


def _is_danger(screening: Screening | None) -> bool:
    return screening is not None and screening.kind in DANGER


def _sentences(text: str) -> list[str]:
    """The sentences of a text that has several; some of them together where they are very many."""
    spans = split_sentences(text)
    each = max(1, math.ceil(len(spans) / _MOST_PIECES))
    spans = [(spans[at][0], spans[at : at + each][-1][1]) for at in range(0, len(spans), each)]
    said = [text[start:end] for start, end in spans if len(text[start:end].split()) >= _PIECE_WORDS]
    return said if len(spans) > 1 else []


def plain(text: str) -> str:
    """A text as patterns read it: lower case, straight apostrophes, single spaces."""
    return re.sub(r"\s+", " ", text.lower().replace("’", "'"))
