"""Before anything is looked up: is a person in danger, asks for a decision about themselves, or for no document at all?

A message is of a kind when it says so by a pattern (prompts/screen/patterns.yaml), or when its
meaning and its wording, and in doubt a second look at its words, are those of the kind's example utterances rather than
of what only sounds like them and of the questions that are known. Examples and patterns are data that a clinician
reads and extends.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

import yaml

from bot.cues import CueError
from bot.examples import SCREENED
from bot.reply import DANGER, Kind
from bot.signals import Embed, Message, Reader, Screening, Signals
from prompts.render import FOLDER as PROMPTS

LEAST = PROMPTS / "screen" / "least.yaml"
"""What a message must reach to be of a kind by its examples; `faqbot eval thresholds` finds it."""

_TORN = f"{LEAST}: must have a number for each of: {', '.join(SCREENED)}; run: faqbot eval thresholds --write"

DANGER_FIRST = 1.0
"""By so much another kind must be farther above its least to be believed rather than danger."""

_FRAGMENT_WORDS = 12
"""A message so short may be in danger only together with the one before: "now she won't wake up". Where that one was
in danger by itself, it has had its answer."""

Least = Mapping[Kind, float]


@cache
def least() -> Least:
    """What prompts/screen/least.yaml says, by kind.

    Raises:
        CueError: It says no number for a kind, or can't be read; names it.
    """
    try:
        read = yaml.safe_load(LEAST.read_text("utf-8"))
        bounds = {kind: float(read[kind]) for kind in SCREENED}
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        raise CueError(_TORN) from error
    if not all(map(math.isfinite, bounds.values())):
        raise CueError(_TORN)
    return bounds


@dataclass(frozen=True, slots=True)
class Looked:
    """What was read of a message; when called, of it together with the one before, if it is short, and of that one."""

    alone: Signals
    together: Callable[[], Signals] | None
    before: Callable[[], Signals]


class Screen:
    """Tells messages of the screened kinds from all others."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def look(self, message: Message, embed: Embed) -> Screening | None:
        """What a message is; None where the documents may be asked.

        Args:
            message: To look at.
            embed: Texts to vectors.
        """
        return tell(self.read(message, embed), least())

    def read(self, message: Message, embed: Embed) -> Looked:
        """What there is to tell by."""
        is_fragment = message.before and len(message.text.split()) <= _FRAGMENT_WORDS
        return Looked(
            self._reader.read(message, embed),
            (lambda: self._reader.read_together(message, embed)) if is_fragment else None,
            lambda: self._reader.read(Message(message.before, message.before), embed),
        )


class NoScreen:
    """Lets everything through: for measuring on text that no patient wrote."""

    def look(self, message: Message, embed: Embed) -> Screening | None:  # noqa: ARG002
        return None


def tell(looked: Looked, least: Least) -> Screening | None:
    """What a message is, by what its kinds must reach at least."""
    alone = _told(looked.alone, least)
    if looked.together is None or (alone and alone.is_danger):
        return alone
    together = _told(looked.together(), least)
    if together and together.is_danger:
        before = _told(looked.before(), least)
        return alone if before and before.is_danger else together
    return alone


def _told(signals: Signals, least: Least) -> Screening | None:
    """By words, unless the examples tell danger; of kinds by example the one that is farthest above its least.

    Of the two dangers the likelier.
    """
    scores = signals.by_example
    above = {kind: score.value - least[kind] for kind, score in scores.items()}
    reached = {kind: over + DANGER_FIRST * (kind in DANGER) for kind, over in above.items() if over >= 0}
    if not reached:
        return signals.by_words
    kind = max(reached, key=lambda kind: reached[kind])
    if kind in DANGER:
        kind = max(DANGER & reached.keys(), key=lambda kind: scores[kind].value)
        return scores[kind].screening
    return signals.by_words or scores[kind].screening
