"""An answer in a chat model's words, every sentence of which is checked; else in the documents' own."""

from __future__ import annotations

import logging
import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from itertools import islice

from bot.cite import Said, Worded, quoted
from bot.cues import matches
from bot.draft import MOST_SENTENCES, MOST_WORDS, Draft, GenerationError
from bot.entailed import Entails, entailed
from bot.extract import Quote, limit_near
from bot.foreign_learned import packaged_foreign
from bot.generate import Generator
from bot.private import without_personal_data
from bot.trace import Dropped
from bot.turn import Turn
from bot.verify import is_verbatim
from corpus.document import Passage
from corpus.split import split_sentences
from index.retrieve import Hit

MOST_PASSAGES = 6
"""Passages that the model gets: those that are quoted first, then what was found next."""

_MOST_CHECKED = 12
"""Sentences of a draft that are looked at."""
_LONGEST = 45
"""Words of a sentence."""
_SHORTEST = 3

_MARKUP = re.compile(r"[<>{}\[\]|\\^~`*_#=]|://|\bwww\.|\S@\S|\b[\w-]+\.(com|org|net|gov|edu|io)\b", re.IGNORECASE)
_ODD = frozenset({"Cc", "Cf", "Cn", "Co", "Cs"})
"""Unicode's categories of what is no letter, number, sign or space: escapes of terminals, marks that turn a line."""

log = logging.getLogger("faqbot.phrase")


class Phraser:
    """Words answers with a model."""

    def __init__(self, generator: Generator, name: str, vocabulary: Collection[str], entails: Entails) -> None:
        self.generator = generator
        self._name = name
        self._vocabulary = vocabulary
        self._entails = entails

    def phrase(self, question: str, parts: Sequence[Sequence[Quote]], hits: Sequence[Hit], turn: Turn) -> Worded:
        """The answer in the model's words; in those of the quotes where no draft of it can be shown.

        Args:
            question: That stands alone. What of it is personal, as far as that is told, is not sent.
            parts: The quotes that answer each thing asked; together at least one.
            hits: All that was found, best first.
            turn: Embeds, and has the time.
        """
        kept = list(dict.fromkeys(quote for part in parts for quote in part))
        passages = list(dict.fromkeys([*(q.passage for q in kept), *(hit.passage for hit in hits)]))[:MOST_PASSAGES]
        try:
            draft = self.generator.draft(without_personal_data(question), passages)
        except GenerationError as error:
            return quoted(kept, drafting=error.fault)
        finally:
            turn.lap("draft")
        said, dropped = self._checked(draft, passages, turn)
        turn.lap("check")
        outcome = _outcome(draft, said, parts)
        notes = {
            "drafting": outcome,
            "dropped": dropped,
            "tokens_in": draft.tokens_in,
            "tokens_out": draft.tokens_out,
        }
        return Worded(with_limits(said), self._name, notes) if outcome == "kept" else quoted(kept, **notes)

    def _checked(
        self, draft: Draft, passages: Sequence[Passage], turn: Turn
    ) -> tuple[tuple[Said, ...], tuple[Dropped, ...]]:
        """The sentences of a draft that may be shown, and those that may not."""
        kept: list[Said] = []
        dropped: list[Dropped] = []
        stands = False
        for text, numbers in islice(_sentences(draft), _MOST_CHECKED):
            fault = self._fault_of_form(text) or _fault_of_place(text, kept, follows=stands)
            fault = fault or _fault_of_citations(numbers, len(passages))
            support: tuple[Quote, ...] = ()
            if fault is None:
                cited = [passages[n - 1] for n in dict.fromkeys(numbers)]
                fault, support = self._checked_against(cited, text, turn)
            stands = fault is None
            if fault is None:
                kept.append(Said(text, support))
            else:
                dropped.append(Dropped(text=text, fault=fault))
        return tuple(kept), tuple(dropped)

    def _checked_against(
        self, passages: Sequence[Passage], text: str, turn: Turn
    ) -> tuple[str | None, tuple[Quote, ...]]:
        """The fault of a sentence, or None and what it rests on. What can't be checked has a fault."""
        try:
            fault, support, _ = entailed(text, passages, turn.vectors, self._entails)
        except Exception as error:  # noqa: BLE001 (whatever fails in it, nothing that nobody checked is shown)
            log.error("the check failed: %s", type(error).__name__)  # its message may hold a patient's words
            return "unchecked", ()
        if fault is None and not support:
            return "unsupported", ()
        own = {passage.id: passage for passage in passages}
        if fault is None and not all(q.passage.id in own and is_verbatim(q, own[q.passage.id]) for q in support):
            return "unverified", ()
        return fault, tuple(support)

    def _fault_of_form(self, text: str) -> str | None:
        """What is wrong with a sentence whatever the passages say; None where nothing is."""
        if any(unicodedata.category(character) in _ODD for character in text):
            return "characters"
        if _MARKUP.search(text):
            return "markup"
        if not _SHORTEST <= len(text.split()) <= _LONGEST or not text.rstrip("\"'”’)").endswith((".", "!")):
            return "no_sentence"
        return "language" if packaged_foreign().language_of(text, text, self._vocabulary) else None


def _sentences(draft: Draft) -> Iterator[tuple[str, list[int]]]:
    """Each sentence of a draft with the numbers it cites; one that holds several is taken apart."""
    for sentence in draft.sentences:
        text = " ".join(sentence.text.split())
        for start, end in split_sentences(text):
            yield text[start:end], sentence.passages


def _fault_of_place(text: str, kept: Sequence[Said], follows: bool) -> str | None:
    """What is wrong with a sentence behind those that are kept.

    Args:
        text: The sentence.
        kept: Those before it.
        follows: The sentence just before it is kept.
    """
    words = sum(len(sentence.text.split()) for sentence in kept) + len(text.split())
    if len(kept) >= MOST_SENTENCES or words > MOST_WORDS:
        return "too_long"
    if matches("leaning", text) and not matches("standing", text) and not follows:
        return "leans"
    return "repeated" if any(text == sentence.text for sentence in kept) else None


def _fault_of_citations(numbers: Sequence[int], most: int) -> str | None:
    """What is wrong with the numbers of the passages that a sentence cites."""
    wrong = next((number for number in numbers if not 1 <= number <= most), None)
    return "citation" if not numbers else None if wrong is None else f"citation:{wrong}"


def _outcome(draft: Draft, said: Sequence[Said], parts: Sequence[Sequence[Quote]]) -> str:
    """How it went: `kept`, or why the quotes are shown instead.

    `incomplete` where no sentence rests on any of the quotes that answer one thing asked: it is true, and beside
    the point.
    """
    if not draft.covered or not draft.sentences:
        return "not_covered"
    if not said:
        return "unsupported"
    rests_on = {quote for sentence in said for quote in sentence.quotes}
    return "kept" if all(rests_on.intersection(part) for part in parts if part) else "incomplete"


def with_limits(said: Sequence[Said]) -> tuple[Said, ...]:
    """The sentences, and behind each that promises a benefit what limits it, verbatim, where none of them says it."""
    told = {quote for sentence in said if matches("limits", sentence.text) for quote in sentence.quotes}
    whole: list[Said] = []
    for sentence in said:
        whole.append(sentence)
        for promise in sentence.quotes:
            if not (matches("benefits", sentence.text) or matches("benefits", promise.sentence.text)):
                continue
            limit = limit_near(promise)
            if limit and limit[-1] not in told:
                whole += [Said(quote.sentence.text, (quote,)) for quote in limit if quote not in told]
                told.update(limit)
    return tuple(whole)
