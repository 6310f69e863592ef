"""The answer in the documents' own sentences: the right ones, as whole thoughts, in reading order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.cues import matches
from corpus.document import BlockKind, Passage, Sentence
from index.retrieve import Hit

DEFINITION_BONUS = 0.2
"""Added to the score of a defining sentence when a definition is asked for."""

MARGIN = 0.3
"""A further sentence scores at most this much below the best: see docs/retrieval.md."""

BELONGING_STEP = 0.1
"""How far below a hit the sentences are put that belong to it."""

TOGETHER = 0.65
"""From this cosine to an expected question on, the sentences noted as its answer are kept together."""


@dataclass(frozen=True, slots=True)
class _Limits:
    sentences: int
    words: int

    def hold(self, quotes: Sequence[Quote]) -> bool:
        words = sum(len(quote.sentence.text.split()) for quote in quotes)
        return len(quotes) <= self.sentences and words <= self.words


LIMITS = _Limits(sentences=4, words=95)
WIDE_LIMITS = _Limits(sentences=6, words=180)
"""An answer stays within them, the wide ones for a list or both sides of a comparison, unless its
first thought alone is longer."""


@dataclass(frozen=True, slots=True)
class Quote:
    """A sentence chosen from a passage."""

    passage: Passage
    position: int

    @property
    def sentence(self) -> Sentence:
        return self.passage.sentences[self.position]


def extract(question: str, hits: Sequence[Hit]) -> list[Quote]:
    """The sentences that answer a question.

    Args:
        question: As understood.
        hits: From the retriever, best first.

    Returns:
        Quotes in reading order: documents in the order in which they were chosen, sentences in
        the order of their document. Empty when no hit can be quoted as a whole thought.
    """
    limits = WIDE_LIMITS if matches("list_questions", question) or matches("two_sided_questions", question) else LIMITS
    scores = _scores(question, hits)
    lowest = max(scores.values(), default=0.0) - MARGIN
    chosen: list[Quote] = []
    for quote in sorted(scores, key=lambda quote: -scores[quote]):
        if scores[quote] < lowest:
            break
        thought = _whole(quote, chosen)
        grown = list(dict.fromkeys([*chosen, *thought]))
        if thought and (not chosen or limits.hold(grown)):
            chosen = grown
    return _in_reading_order(chosen)


def _scores(question: str, hits: Iterable[Hit]) -> dict[Quote, float]:
    """The score of each sentence, best first; what belongs to a hit is lifted to just below it.

    To a hit belong the sentences that together answer the expected question next to it, and for a
    list question the other items of its list.
    """
    asks_what, asks_list = matches("definition_questions", question), matches("list_questions", question)
    scores: dict[Quote, float] = {}
    for hit in hits:
        own = hit.score + (DEFINITION_BONUS if asks_what and matches("definitions", hit.sentence.text) else 0.0)
        belonging = list(hit.companions) if hit.expected >= TOGETHER else []
        if asks_list and hit.sentence.kind is BlockKind.ITEM:
            belonging += [(hit.passage, i) for i, s in enumerate(hit.passage.sentences) if s.kind is BlockKind.ITEM]
        for passage, position in belonging:
            quote = Quote(passage, position)
            scores[quote] = max(scores.get(quote, 0.0), own - BELONGING_STEP)
        quote = Quote(hit.passage, hit.position)
        scores[quote] = max(scores.get(quote, 0.0), own)
    return scores


def _whole(quote: Quote, chosen: Sequence[Quote]) -> list[Quote]:
    """A sentence with those that it leans on and, unless one is chosen, one that limits what it promises.

    Empty when it can't be understood by itself.
    """
    standing = _with_support(quote)
    if any(matches("limits", other.sentence.text) for other in (*chosen, *standing)):
        return standing
    return standing + [limit for promise in standing for limit in _limit(promise)][:2]


def _with_support(quote: Quote) -> list[Quote]:
    """A sentence with those before it that it leans on; empty when the passage doesn't hold them."""
    run = [quote]
    while leans(run[0].sentence.text):
        position = run[0].position - 1
        if position < 0:
            return []
        run.insert(0, Quote(quote.passage, position))
    return run


def leans(sentence: str) -> bool:
    """Whether a sentence can't be understood without the one before."""
    return matches("leaning", sentence) and not matches("standing", sentence)


def _limit(quote: Quote) -> list[Quote]:
    """The nearest limiting sentence of the passage, whole, where a sentence promises a benefit; else nothing."""
    if not matches("benefits", quote.sentence.text):
        return []
    limiting = [i for i, s in enumerate(quote.passage.sentences) if matches("limits", s.text)]
    nearest = sorted(limiting, key=lambda i: (abs(i - quote.position), i < quote.position))
    return next((run for i in nearest if (run := _with_support(Quote(quote.passage, i)))), [])


def _in_reading_order(quotes: Sequence[Quote]) -> list[Quote]:
    sources = list(dict.fromkeys(quote.passage.source_id for quote in quotes))
    return sorted(quotes, key=lambda quote: (sources.index(quote.passage.source_id), quote.sentence.start))
