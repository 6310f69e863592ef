"""Whether passages say what a draft says: by rules that a clinician reads, and by a model that reads both texts.

The rules find the fault. The model may overrule one that stands for a word list which doesn't reach, never a number, a
promise, a denial or advice; and what the rules let through, it must hold likely too. What is a sentence of the passage,
or only leaves words of one out or has its last phrase first, the rules decide alone: nothing is put in that it doesn't
say.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from bot.extract import Quote
from bot.faithful import Checked, check
from bot.support import Embed
from corpus.document import Passage, Sentence

Entails = Callable[[Sequence[tuple[str, str]]], NDArray[np.float32]]
"""Passages and sentences to log odds that the one says the other, as `index.entailment.Entailment.log_odds`."""

LEAST: Mapping[str, float] = {
    "": 0.73,
    "comparison": 2.68,
    "condition": 2.0,
    "direction": 4.18,
    "entity": 3.3,
    "modality": 2.52,
    "quantifier": 2.51,
    "unsupported": 2.49,
}
"""Log odds from which a sentence is let through, by the first fault that the rules find, none or of that code; with a
fault of another code, first or not, none is. A logistic regression over the log odds and the code, fitted on split dev,
cut where 2 % of its unfaithful sentences are let through: docs/verify.md."""

READ_WORDS = 150
"""Of passages so many words are read with a sentence, or less of them: what is longer would be cut at its end."""

_WORD = re.compile(r"[^\W_]+")
_FRONTED = frozenset(
    ["after", "among", "at", "before", "during", "for", "from", "if", "in", "on", "since", "when", "with"]
)


def entailed(text: str, passages: Sequence[Passage], embed: Embed, entails: Entails) -> Checked:
    """Whether passages support a sentence. What can't be checked is a fault.

    Args:
        text: One sentence, as a chat model drafted it.
        passages: Those that it cites.
        embed: Texts to vectors.
        entails: What the model makes of a passage and a sentence.

    Returns:
        The fault by the rules, `unlike` where they find none and the model finds it unlikely; with the sentences of
        the passages that come nearest.
    """
    checked = check(text, passages, embed)
    first, *more = (fault.partition(":")[0] for fault in (checked.fault or "", *checked.more))
    may_overrule = first in LEAST and LEAST.keys() >= {*more} and checked.support
    if not may_overrule or any(_shortens(text, quote.sentence.text) for quote in checked.support):
        return checked
    if entails([(_around(checked.support), text)])[0] >= LEAST[first]:
        return Checked(None, checked.support)
    return Checked(checked.fault or "unlike", checked.support, checked.more)


def _around(support: Sequence[Quote]) -> str:
    """The passages of sentences, where they are short enough to be read whole; else the sentences and their neighbours.

    Where those are too many, the sentences alone.
    """
    for reach in (None, 1, 0):
        kept = (s.text for quote in support for s in _near(quote, reach))
        said = " ".join(dict.fromkeys(kept))
        if len(said.split()) <= READ_WORDS:
            break
    return said


def _near(quote: Quote, reach: int | None) -> Sequence[Sentence]:
    sentences = quote.passage.sentences
    return sentences if reach is None else sentences[max(0, quote.position - reach) : quote.position + reach + 1]


def _shortens(text: str, sentence: str) -> bool:
    """Whether a text has no word that a sentence doesn't have, in the same order; a phrase of it may be moved ahead."""
    words, there = _WORD.findall(text.lower()), _WORD.findall(sentence.lower())
    cuts = range(1, len(words)) if words and words[0] in _FRONTED else ()
    return _in_order(words, there) or any(_in_order(words[:at], there) and _in_order(words[at:], there) for at in cuts)


def _in_order(words: Sequence[str], there: Sequence[str]) -> bool:
    left = iter(there)
    return all(word in left for word in words)
