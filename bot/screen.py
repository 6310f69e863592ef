"""Before anything is looked up: is a person in danger, asks for a decision about themselves, or for no document at all?

A message is of a kind when it says so by a pattern (prompts/screen/patterns.yaml), or when its
meaning and its wording are those of the kind's example utterances rather than of what only sounds
like them and of the questions that are known. Examples and patterns are data that a clinician
reads and extends.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeGuard

import numpy as np

from bot.examples import SCREENED, Pattern, foreign_patterns, patterns
from bot.language import OTHER, language_of
from bot.meaning import Networks, log_odds
from bot.reply import Kind
from bot.sorts import Sorts
from bot.spell import correct
from bot.wording import Weights, margins
from corpus.split import split_sentences
from index.embed import Vectors

LEAST: Mapping[Kind, float] = {
    Kind.CRISIS: -3.0,
    Kind.EMERGENCY: -2.4,
    Kind.BOUNDARY: -2.75,
    Kind.REFUSAL: -1.75,
    Kind.SMALLTALK: -2.5,
    Kind.LANGUAGE: -3.0,
}
"""What a message must reach to be of a kind: the logarithm of how much likelier it is by its meaning than none, with
the wording counted in. What other values let through and miss: docs/safety.md."""

WORDING_WEIGHT = 4.0
"""What a margin of the wording is worth as such a logarithm."""

MORE_FOR_A_PART = {Kind.CRISIS: 3.0, Kind.EMERGENCY: 3.0, Kind.REFUSAL: 3.0}
"""So much more where only a sentence of the message is of that kind; of other kinds a message is as a whole."""

MORE_AFTER_A_QUESTION = 2.0
"""So much more is wanted of small talk behind an earlier message: "which one is that?" is then no chatter."""

LEAST_WHOLE = -6.0
"""By what the whole message falls short of it, a sentence of it must be more as well: read alone, much sounds grave."""

DANGER = {Kind.CRISIS: 1.0, Kind.EMERGENCY: 1.0}
"""By so much another kind must be likelier to be believed instead."""

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
    """What is screened: as typed, what of it is asked, and the patient's message before it, or nothing.

    What was asked before is no part of `understood`: it has had its answer.
    """

    text: str
    understood: str
    before: str = ""


class Screen:
    """Tells messages of the screened kinds from all others.

    Args:
        sorts: Names what a message was taken for.
        networks: Of the meaning, as `bot.meaning.fit` makes them.
        weights: Of the wording, as `bot.wording.fit` makes them.
        greetings: Single words that are small talk, lower case.
        vocabulary: The corpus's words, lower case.
    """

    def __init__(
        self,
        sorts: Sorts,
        networks: Networks,
        weights: Weights,
        greetings: frozenset[str],
        vocabulary: frozenset[str],
    ) -> None:
        self._sorts = sorts
        self._networks = networks
        self._weights = weights
        self._greetings = greetings
        self._vocabulary = vocabulary

    def look(self, message: Message, embed: Callable[[Sequence[str]], Sequence[Vectors]]) -> Screening | None:
        """What a message is; None where the documents may be asked.

        In another language than English only patterns tell danger, for the model reads English (typed in English
        letters, such a language is often not known); the fixed words in that language name the emergency number too.

        Args:
            message: To look at.
            embed: Texts to vectors.
        """
        alone = self._look_alone(message, embed)
        if not message.before or len(message.text.split()) > _FRAGMENT_WORDS or _is_danger(alone):
            return alone
        together = f"{message.before} {message.text}"
        found = _by_pattern([together], patterns()) or self._by_example([], [together], embed)
        if _is_danger(found) and not _is_danger(self._look_alone(Message(message.before, message.before), embed)):
            return found
        return alone

    def _look_alone(self, message: Message, embed: Callable[[Sequence[str]], Sequence[Vectors]]) -> Screening | None:
        spelled = correct(message.text, self._vocabulary)
        language = language_of(message.text, spelled, self._vocabulary)
        whole = list(dict.fromkeys((message.text, spelled, message.understood)))
        parts = [text for text in _sentences(spelled) if text not in whole]
        found = _by_pattern([*whole, *parts], patterns())
        if language and not _is_danger(found):
            found = _by_pattern([message.text], foreign_patterns("" if language == OTHER else language)) or found
        if _is_danger(found) or (found and language):
            return Screening(found.kind, found.code, language)
        if language:
            return Screening(Kind.LANGUAGE, f"{Kind.LANGUAGE}.{language}", language)
        if not any(map(str.isalpha, message.text)):
            return found
        read = self._by_example(whole, parts, embed, after=bool(message.before))
        return found if found and not _is_danger(read) else read  # "a fever of 103. Can I take Tylenol?"

    def _is_unknown_word(self, text: str) -> bool:
        """Whether a message is a single word and no example of small talk: too little to tell its meaning by."""
        word = text.strip(" ?!.").lower()
        return " " not in word and word not in self._greetings

    def _by_example(
        self,
        whole: Sequence[str],
        parts: Sequence[str],
        embed: Callable[[Sequence[str]], Sequence[Vectors]],
        *,
        after: bool = False,
    ) -> Screening | None:
        """The kind that is farthest above its least, if any is; danger is believed rather than other kinds."""
        texts = [*whole, *parts]
        rows = np.asarray(embed(texts))
        scores = log_odds(rows, self._networks) + WORDING_WEIGHT * margins(texts, self._weights)
        above = {kind: scores[:, number] - LEAST[kind] for number, kind in enumerate(SCREENED)}
        for kind, scored in above.items():
            short = max(0.0, LEAST_WHOLE - LEAST[kind] - scored[: len(whole)].max()) if whole else 0.0
            scored[len(whole) :] -= MORE_FOR_A_PART.get(kind, np.inf) + short
        above[Kind.SMALLTALK] -= MORE_AFTER_A_QUESTION * after
        if all(self._is_unknown_word(text) for text in whole):
            del above[Kind.SMALLTALK]
        reached = {kind: scored.max() + DANGER.get(kind, 0.0) for kind, scored in above.items() if scored.max() >= 0}
        if not reached:
            return None
        kind = max(reached, key=lambda kind: reached[kind])
        code = self._sorts.code(kind, rows[int(above[kind].argmax())])
        return Screening(kind, code, code.partition(".")[2] if kind is Kind.LANGUAGE else None)


def _by_pattern(texts: Sequence[str], looked_for: Sequence[Pattern]) -> Screening | None:
    """The gravest kind that some text is of by its words."""
    read = [plain(text) for text in texts]
    for kind in SCREENED:
        for pattern in looked_for:
            if pattern.kind is kind and any(pattern.matches(text) for text in read):
                return Screening(kind, f"{kind}.{pattern.name}")
    return None


class NoScreen:
    """Lets everything through: for measuring on text that no patient wrote."""

    def look(self, message: Message, embed: Callable[[Sequence[str]], Sequence[Vectors]]) -> Screening | None:  # noqa: ARG002
        return None


def _is_danger(screening: Screening | None) -> TypeGuard[Screening]:
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
