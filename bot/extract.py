"""The answer in the documents' own sentences: the right ones, as whole thoughts, in reading order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.cues import matches
from corpus.document import BlockKind, Passage, Sentence
from index.retrieve import Hit

DEFINITION_BONUS = 0.2
"""Added to the score of a defining sentence when a definition is asked for."""

BELONGING_STEP = 0.1
"""How far below a hit the sentences are put that belong to it."""

TOGETHER = 0.65
"""From this cosine to an expected question on, the sentences noted as its answer are kept together."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long an answer may be, and how far below the best a further sentence may score.

    `ahead` is how far one may that would stand before the best one, and make a patient wait for it. The first thought
    stays whole, whatever its length. For the margins see docs/retrieval.md.
    """

    sentences: int
    words: int
    margin: float
    ahead: float

    def hold(self, quotes: Sequence[Quote]) -> bool:
        words = sum(len(quote.sentence.text.split()) for quote in quotes)
        return len(quotes) <= self.sentences and words <= self.words


NARROW = Limits(sentences=4, words=95, margin=0.2, ahead=0.15)
BRIEF = Limits(sentences=2, words=70, margin=0.2, ahead=0.15)
"""After a refusal to decide something for the patient, and for each of three or more things answered at once."""
WIDE = Limits(sentences=6, words=180, margin=0.3, ahead=0.3)
"""For a list, and for both sides of a comparison."""

_COUNTERWEIGHTS = (
    ("better_result", "no_better_result"),
    ("calm_on_harms", "reported_harms"),
    ("becomes_tissue", "does_not_become_tissue"),
)
"""What says the first is quoted with what says the second, whichever document that stands in, where it was found."""


@dataclass(frozen=True, slots=True)
class Quote:
    """A sentence chosen from a passage."""

    passage: Passage
    position: int

    @property
    def sentence(self) -> Sentence:
        return self.passage.sentences[self.position]


def extract(question: str, hits: Sequence[Hit], limits: Limits | None = None) -> list[Quote]:
    """The sentences that answer a question.

    Args:
        question: As understood.
        hits: From the retriever, best first.
        limits: How long the answer may be; by default what the form of the question asks for.

    Returns:
        Quotes in reading order: documents in the order in which they were chosen, sentences in
        the order of their document. Empty when no hit can be quoted as a whole thought.
    """
    limits = limits or (
        WIDE if matches("list_questions", question) or matches("two_sided_questions", question) else NARROW
    )
    scores = _scores(question, hits)
    ranked = sorted(scores, key=lambda quote: -scores[quote])
    chosen: list[Quote] = []
    for quote in ranked:
        below = scores[ranked[0]] - scores[quote]
        if below > limits.margin:
            break
        if below > limits.ahead and _in_reading_order([ranked[0], quote])[0] is quote:
            continue
        thought = _weighed(_whole(quote, chosen), chosen, hits)
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
        own = hit.score + (DEFINITION_BONUS if asks_what and _says("definitions", hit.sentence.text) else 0.0)
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
    if _any_says("limits", (*chosen, *standing)):
        return standing
    return standing + next((limit for promise in standing if (limit := _limit(promise))), [])


def _weighed(thought: list[Quote], chosen: Sequence[Quote], hits: Sequence[Hit]) -> list[Quote]:
    """Sentences with the best found that tells the other side of what they say, unless that is chosen."""
    for says, weighs in _COUNTERWEIGHTS:
        told = [*chosen, *thought]
        if _any_says(says, thought) and not _any_says(weighs, told):
            others = (Quote(hit.passage, hit.position) for hit in hits if _says(weighs, hit.sentence.text))
            thought = thought + next(filter(None, map(_with_support, others)), [])
    return thought


def _any_says(cue: str, quotes: Iterable[Quote]) -> bool:
    return any(_says(cue, quote.sentence.text) for quote in quotes)


def _with_support(quote: Quote) -> list[Quote]:
    """A sentence with those before it that it leans on; empty when its paragraph doesn't hold them."""
    run = [quote]
    while leans(run[0].sentence.text):
        before = Quote(quote.passage, run[0].position - 1)
        if before.position < 0 or before.sentence.block != quote.sentence.block:
            return []
        run.insert(0, before)
    return run


def leans(sentence: str) -> bool:
    """Whether a sentence can't be understood without the one before."""
    return _says("leaning", sentence) and not _says("standing", sentence)


def promises(quote: Quote) -> bool:
    """Whether a sentence says or suggests that something helps, or is approved."""
    return _says("benefits", quote.sentence.text)


def _limit(quote: Quote) -> list[Quote]:
    """What limits a benefit that a sentence promises; nothing where it promises none."""
    return limit_near(quote) if promises(quote) else []


def limit_near(quote: Quote) -> list[Quote]:
    """The nearest sentence of the passage that limits a benefit, behind those that it leans on; maybe none.

    A limit that leans on another paragraph speaks of what stands there, and is passed over.
    """
    limiting = [
        Quote(quote.passage, i)
        for i, s in enumerate(quote.passage.sentences)
        if _says("limits", s.text) and (s.block == quote.sentence.block or not leans(s.text))
    ]
    nearest = sorted(
        limiting, key=lambda limit: (abs(limit.position - quote.position), limit.position < quote.position)
    )
    return _with_support(nearest[0]) if nearest else []


@lru_cache(maxsize=1 << 16)
def _says(cue: str, sentence: str) -> bool:
    """`matches`, remembered: for sentences of the documents only, never for a patient's words."""
    return matches(cue, sentence)


def _in_reading_order(quotes: Sequence[Quote]) -> list[Quote]:
    sources = list(dict.fromkeys(quote.passage.source_id for quote in quotes))
    return sorted(quotes, key=lambda quote: (sources.index(quote.passage.source_id), quote.sentence.start))
