"""A follow-up as one question that stands alone, by a chat model: in the patient's own words, or not believed."""

from __future__ import annotations

import copy
import logging
import re
from collections.abc import Collection, Sequence
from typing import NamedTuple

from bot.draft import GenerationError
from bot.find import Finder
from bot.foreign_learned import packaged_foreign
from bot.generate import Generator
from bot.leaning import still_meant
from bot.look_up import Finding
from bot.phrase import Phraser
from bot.private import Personal, without_personal_data
from bot.screen import NoScreen, Screen
from bot.signals import Message, Screening
from bot.spell import correct
from bot.turn import Turn
from bot.understand import Question, Understood
from corpus.split import split_sentences
from index.lexical import terms, words

MOST_WORDS = 40
"""Of a question."""
MOST_EARLIER = 4
"""Earlier questions that are sent, the latest ones."""

_PLAIN = re.compile(r"[^\W_](?:[^\W_]|[ ,.;:'’\"“”%&/()+$–-])*\?")
"""One question, without markup."""
_TAKEN_OUT = re.compile("|".join(re.escape(f"[{kind}]") for kind in Personal))
_LEADS_IN = re.compile(
    r"^(?:(?:and|but|so|or|oh|ok|okay|also|then|wait|well|hmm|lol|please)\b[\s,.]*)*(?:(?:what|how) (?:about|if)\b)?",
    re.IGNORECASE,
)
_POINTS = re.compile(
    r"\b(?:(?:that|this|these|those|the)(?: (?:first|second|third|fourth|last|next|other|same))?"
    r" (?:ones?|two|study|trial|review|treatment|therapy|procedure|product|rule|notice)|the others?)\b",
    re.IGNORECASE,
)
"""What stands for a thing that was named before, as a pronoun does."""
_DENIES = re.compile(r"\b(?:no|not|nor|cannot|\w+n['’]t)\b", re.IGNORECASE)
_TELLING = frozenset(
    "who whom whose when where why how before after during until against over under above below only more most few "
    "again once".split()
)
"""Words that every text has, and on which it yet hangs what is asked."""

log = logging.getLogger("faqbot.rewrite")


class Rewritten(NamedTuple):
    """How a rewriting went.

    Attributes:
        outcome: Empty where nothing was asked of the model; `used` where its question is answered. Else why that is
            not so: a `GenerationError`'s fault, one of `fault_of`, `screened` or `danger` for what the screen finds in
            it, `unscreened` where the screen failed, `not_answered`.
        finding: What was found for its question, where that is answered, with the ground that a guess must have.
        danger: What the screen finds in it, where that is danger.
    """

    outcome: str = ""
    finding: Finding | None = None
    danger: Screening | None = None


class Rewriter:
    """Rewrites follow-ups with a model. `vocabulary` are the corpus's words, lower case."""

    def __init__(self, generator: Generator, screen: Screen | NoScreen, vocabulary: Collection[str]) -> None:
        self._generator = generator
        self._screen = screen
        self._vocabulary = vocabulary

    def rewrite(self, question: Question, understood: Understood, finder: Finder, turn: Turn) -> Rewritten:
        """Asks the model once, and looks up what it gives where that may be believed.

        Args:
            question: Of no screened kind, and not answered as it was understood.
            understood: The same.
            finder: Looks up.
            turn: Embeds, and has the time.
        """
        try:
            text, outcome, found = self._screened(question, understood, turn)
        except GenerationError as error:
            return Rewritten(error.fault)
        except Exception as error:  # noqa: BLE001 (whatever fails in the screen, what nobody screened is not looked up)
            log.error("the screen failed: %s", type(error).__name__)  # its message may hold a patient's words
            return Rewritten("unscreened")
        finally:
            turn.lap("rewrite")
        if found and found.is_danger:
            return Rewritten("danger", danger=found)
        if outcome or not text:
            return Rewritten(outcome)
        finding = finder.look_up(Understood(text, text, guessed=True), turn)
        return Rewritten("used", finding) if finding.answers else Rewritten("not_answered")

    def leave_time(self, phraser: Phraser, turn: Turn) -> Phraser:
        """The same phraser with what a rewriting has left of the model's time."""
        hurried = copy.copy(phraser)
        hurried.generator = phraser.generator.after(turn.laps_ms.get("rewrite", 0.0) / 1000)
        return hurried

    def _screened(self, question: Question, understood: Understood, turn: Turn) -> tuple[str, str, Screening | None]:
        """The model's question, what is wrong with it, and what the screen finds in it; all empty where none is asked.

        Raises:
            GenerationError: The model gave none.
        """
        asked = self._sent(understood.asked)
        if not self._goes_on(question) or not _telling(_by_itself(asked)):
            return "", "", None
        earlier = [self._sent(text) for text in question.history if not self._look(text, turn)][-MOST_EARLIER:]
        if not earlier:
            return "", "", None
        whole = self._sent(question.text)
        text = " ".join(self._generator.rewrite(whole, earlier, MOST_WORDS).split())
        if fault := fault_of(text, asked, [whole, *earlier], self._vocabulary):
            return text, fault, None
        found = self._look(text, turn)
        return text, "screened" if found else "", found

    def _goes_on(self, question: Question) -> bool:
        """Whether it has earlier questions and does not say that it leaves them: then none is read into it."""
        return bool(still_meant(question.history, question.text))

    def _sent(self, text: str) -> str:
        return without_personal_data(correct(text, self._vocabulary))

    def _look(self, text: str, turn: Turn) -> Screening | None:
        return self._screen.look(Message(text, correct(text, self._vocabulary)), turn.vectors)


def fault_of(text: str, asked: str, said: Sequence[str], vocabulary: Collection[str]) -> str | None:
    """Why a model's question is not believed to be the patient's; None where it is.

    Args:
        text: Of the model.
        asked: What the patient asks now, spelled right.
        said: All that the model was sent of the patient's words.
        vocabulary: The corpus's words, lower case.

    Returns:
        `no_question`: it is not one plain question of at most `MOST_WORDS` words; `language`: it is not English;
        `invents`: it has a word of meaning that the patient has not; `drops`: it lacks one of `asked`; or None.
    """
    if not _PLAIN.fullmatch(text) or len(text.split()) > MOST_WORDS or len(split_sentences(text)) != 1:
        return "no_question"
    if packaged_foreign().language_of(text, text, vocabulary):
        return "language"
    told = _telling(text)
    if told - _telling(" \n".join(said)):
        return "invents"
    return "drops" if _telling(_by_itself(asked)) - told else None


def _by_itself(asked: str) -> str:
    """A question without what only ties it to the one before."""
    return _POINTS.sub(" ", _LEADS_IN.sub("", asked))


def _telling(text: str) -> set[str]:
    """What a text's meaning hangs on: the stems of its content words, numbers and names, and words as `_TELLING`."""
    left = _TAKEN_OUT.sub(" ", text)
    denied = {"not"} if _DENIES.search(left) else set()
    return {*terms(left), *_TELLING.intersection(words(left)), *denied}
