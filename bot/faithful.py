"""Whether a drafted sentence says nothing that the passages it cites don't: by rules, and it fails closed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from bot.amounts import amounts, unsupported
from bot.claims import beyond, broken_promise, speaks_to_reader, word_list
from bot.conditions import dropped_condition, dropped_hedge, dropped_only, untold_study
from bot.extract import Quote
from bot.health import is_health_term
from bot.plain import Word, is_said, meanings, read, read_document
from bot.polarity import negation_fault, opposite, turned_round
from corpus.document import Passage
from index.embed import Vectors

Embed = Callable[[Sequence[str]], Sequence[Vectors]]
"""Texts to vectors of length 1, one for each."""

UNLIKE = 0.5
"""Below this cosine to the nearest sentence of its support a sentence is not taken for a paraphrase of it: faithful
ones of split dev have 0.74 and more (`faqbot eval verify`)."""

MOST_SUPPORT = 3
"""Sentences that a drafted one may rest on."""


class Checked(NamedTuple):
    """What is wrong with a sentence, and the sentences on which it rests, at most three.

    `fault` is None where the passages support it, else a code, with what it is about behind a
    colon: advice, number, entity, unsupported, guarantee, comparison, quantifier, modality,
    negation, direction, condition, or unlike.
    """

    fault: str | None
    support: tuple[Quote, ...]


def check(text: str, passages: Sequence[Passage], embed: Embed) -> Checked:
    """Whether passages support a sentence. What can't be checked is a fault.

    Args:
        text: One sentence, as a chat model drafted it.
        passages: Those that it cites.
        embed: Texts to vectors.

    Returns:
        The first fault, with the sentences of the passages that come nearest; of no passage, none.
    """
    quotes = [Quote(passage, position) for passage in passages for position in range(len(passage.sentences))]
    said = read(text)
    if not quotes or not said:
        return Checked("unlike", ())
    vectors = np.asarray(embed([text, *(quote.sentence.text for quote in quotes)]))
    cosines = vectors[1:] @ vectors[0]
    chosen = _support(said, [read_document(quote.sentence.text) for quote in quotes], cosines.tolist())
    support = tuple(quotes[number] for number in chosen)
    fault = _fault(said, [read_document(quote.sentence.text) for quote in support])
    if fault is None and max(cosines[number] for number in chosen) < UNLIKE:
        fault = "unlike"
    return Checked(fault, support)


def _support(said: Sequence[Word], sentences: Sequence[Sequence[Word]], cosines: Sequence[float]) -> list[int]:
    """The sentences that together say most of what is said: the nearest, and those that add to it."""
    left = [word for word in said if _claims(word)]
    chosen: list[int] = []
    while len(chosen) < MOST_SUPPORT:
        covers = [sum(is_said(word, meanings(sentence)) for word in left) for sentence in sentences]
        scores = [
            -1.0 if number in chosen else cover + (0.0 if chosen else 2 * cosines[number])
            for number, cover in enumerate(covers)
        ]
        best = int(np.argmax(scores))
        if chosen and scores[best] < 1:
            break
        chosen.append(best)
        left = [word for word in left if not is_said(word, meanings(sentences[best]))]
    return sorted(chosen)


def _fault(said: Sequence[Word], sentences: Sequence[Sequence[Word]]) -> str | None:
    """The first thing that a sentence says beyond its support, or leaves out of it."""
    if speaks_to_reader(said):
        return "advice"
    support = _joined(sentences)
    for code, look in _LOOKS:
        if found := look(said, support):
            return f"{code}:{found}" if code else found
    if negation_fault(said, support):
        return "negation"
    for sentence in sentences:
        if condition := dropped_condition(said, sentence) or untold_study(said, sentence):
            return f"condition:{condition}"
    return None


def _amount(said: Sequence[Word], support: Sequence[Word]) -> str | None:
    amount = unsupported(said, support)
    return " ".join(said[at].lower for at in amount.words) if amount else None


def _joined(sentences: Sequence[Sequence[Word]]) -> list[Word]:
    """The words of sentences one after the other, their clauses told apart."""
    joined: list[Word] = []
    for sentence in sentences:
        offset = joined[-1].clause + 1 if joined else 0
        joined += [Word(w.text, w.stem, w.meanings, w.clause + offset, w.free) for w in sentence]
    return joined


def _unsaid(said: Sequence[Word], support: Sequence[Word]) -> str | None:
    """The first word that claims something and that the support doesn't say, with its code; amounts are left out."""
    counted = {at for amount in amounts(said) for at in amount.words}
    there = meanings(support)
    unsaid = (w for at, w in enumerate(said) if at not in counted and _claims(w) and not is_said(w, there))
    return next((f"{'entity' if _is_name(word) else 'unsupported'}:{word.lower}" for word in unsaid), None)


def _claims(word: Word) -> bool:
    return not word.free and word.lower not in word_list("modal")


def _is_name(word: Word) -> bool:
    return word.text[:1].isupper() or any(c.isdigit() for c in word.text) or is_health_term(word.lower)


_LOOKS: tuple[tuple[str, Callable[[Sequence[Word], Sequence[Word]], str | None]], ...] = (
    ("number", _amount),
    ("guarantee", broken_promise),
    ("comparison", partial(beyond, "comparisons")),
    ("", _unsaid),
    ("quantifier", partial(beyond, "quantifiers")),
    ("modality", partial(beyond, "strong")),
    ("direction", opposite),
    ("direction", turned_round),
    ("modality", dropped_hedge),
    ("condition", dropped_only),
)
"""What is looked for in a sentence and its support, by code (none where it comes with what is found), in this order."""
