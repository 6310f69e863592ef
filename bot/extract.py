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

TOGETHER = 0.65
"""From this cosine to an expected question on, the sentences noted as its answer are kept together."""


@dataclass(frozen=True, slots=True)
class _Limits:
    sentences: int
    words: int

    def hold(self, quotes: Sequence[Quote]) -> bool:
        words = sum(len(quote.sentence.text.split()) for quote in quotes)
        return len(quotes) <= self.sentences and words <= self.words


LIMITS = _Limits(sentences=4, words=90)
LIST_LIMITS = _Limits(sentences=6, words=180)
"""An answer stays within them, unless its first thought alone is longer."""


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
        Quotes in reading order: documents in the order in which they were found, sentences in the
        order of their document. Empty when no hit can be quoted as a whole thought.
    """
    limits = LIST_LIMITS if matches("list_questions", question) else LIMITS
    ranked = sorted(hits, key=lambda hit: -(hit.score + _defines(question, hit)))
    chosen: list[Quote] = []
    for hit in ranked:
        if hit.score < ranked[0].score - MARGIN:
            break
        if Quote(hit.passage, hit.position) in chosen:
            continue
        for thought in (_thought(question, hit), _whole([Quote(hit.passage, hit.position)])):
            grown = [*chosen, *(quote for quote in thought if quote not in chosen)]
            if thought and (not chosen or limits.hold(grown)):
                chosen = grown
                break
    return _in_reading_order(chosen)


def _defines(question: str, hit: Hit) -> float:
    """The bonus of a sentence that defines something, where the question asks what a thing is."""
    asked = matches("definition_questions", question) and matches("definitions", hit.sentence.text)
    return DEFINITION_BONUS if asked else 0.0


def _thought(question: str, hit: Hit) -> list[Quote]:
    """A hit with what belongs to it, as a whole; empty when it can't be understood by itself."""
    core = [Quote(hit.passage, hit.position)]
    if hit.expected >= TOGETHER:
        core += [Quote(passage, position) for passage, position in hit.companions]
    if core[0].sentence.kind is BlockKind.ITEM and matches("list_questions", question):
        core += [Quote(hit.passage, i) for i, s in enumerate(hit.passage.sentences) if s.kind is BlockKind.ITEM]
    return _whole(core)


def _whole(core: Sequence[Quote]) -> list[Quote]:
    """Sentences with those that they lean on and those that limit what they promise."""
    standing = [leaned for quote in core for leaned in _with_support(quote)]
    limits = [limit for quote in standing for limit in _limit(quote, standing)]
    return list(dict.fromkeys([*standing, *limits]))


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


def _limit(quote: Quote, thought: Iterable[Quote]) -> list[Quote]:
    """The nearest limiting sentence of the passage where a benefit stands without one, else nothing."""
    if not matches("benefits", quote.sentence.text):
        return []
    if any(q.passage is quote.passage and matches("limits", q.sentence.text) for q in thought):
        return []
    limiting = [i for i, s in enumerate(quote.passage.sentences) if matches("limits", s.text)]
    nearest = sorted(limiting, key=lambda i: (abs(i - quote.position), i < quote.position))
    return next((run for i in nearest if (run := _with_support(Quote(quote.passage, i)))), [])


def _in_reading_order(quotes: Sequence[Quote]) -> list[Quote]:
    sources = list(dict.fromkeys(quote.passage.source_id for quote in quotes))
    return sorted(quotes, key=lambda quote: (sources.index(quote.passage.source_id), quote.sentence.start))
