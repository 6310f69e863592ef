"""Extractive answering with abstention: each context a document of its own, asked through the product's chain."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bot.chain import FaqChain
from bot.screen import NoScreen
from bot.settings import Settings
from bot.understand import Question
from corpus.document import Sentence
from evals.catalogue import READINGS, mean
from evals.contexts import Context, opened
from evals.datasets import Reading
from evals.stats import Interval, Statistic, interval
from evals.vectors import Progress
from index.embed import OnnxEmbeddings
from index.retrieve import FusionWeights, HybridRetriever

VARIANTS = {
    "as the product answers": FusionWeights(),
    "cosine of the sentence alone": FusionWeights(sentence=1, passage=0, expected=0, lexical=0),
}
"""FusionWeights by name; the contexts have no expected questions, whose weight adds the same to every sentence."""


@dataclass(frozen=True, slots=True)
class Read:
    """What the chain made of a question when it answers always.

    `first` and `shown`: the best sentence, and any sentence shown, holds the whole text of an
    answer; `touches`: the best sentence stands where an answer does, or a part of one; `can_be`:
    some sentence of the context holds one. All of them False where the question has no answer.
    `relevance` is the trace's, `cosine` the highest of the question and a sentence.
    """

    answerable: bool
    first: bool
    touches: bool
    shown: bool
    can_be: bool
    relevance: float
    cosine: float


_Row = Callable[[Read], tuple[float, ...] | None]


def _of_answerable(value: Callable[[Read], float]) -> _Row:
    return lambda read: (float(value(read)),) if read.answerable else None


_AUROC, _AURC = READINGS["auroc_near"][1], READINGS["aurc"][1]

MEASURES: dict[str, tuple[_Row, Statistic]] = {
    "answer's sentence first": (_of_answerable(lambda read: read.first), mean),
    "first sentence at the answer's place": (_of_answerable(lambda read: read.touches), mean),
    "answer's sentence shown": (_of_answerable(lambda read: read.shown), mean),
    "answer within one sentence": (_of_answerable(lambda read: read.can_be), mean),
    "AUROC of the relevance": (lambda read: (read.relevance, float(read.answerable)), _AUROC),
    "AUROC of the best cosine": (lambda read: (read.cosine, float(read.answerable)), _AUROC),
    "AURC": (lambda read: (read.relevance, float(read.shown)), _AURC),
}
"""By name: what a question adds, and what is made of all of them; the first four are shares of the answerable."""


def figures(reads: Sequence[Read]) -> dict[str, tuple[Interval, int]]:
    """Every measure that these questions allow, with the number of those that have a part in it."""
    taken: dict[str, tuple[Interval, int]] = {}
    for name, (row, statistic) in MEASURES.items():
        rows = np.asarray([values for read in reads if (values := row(read)) is not None], dtype=np.float64)
        if len(rows) and not np.isnan((bounds := interval(rows, statistic, share=statistic is mean)).value):
            taken[name] = bounds, len(rows)
    return taken


def read_all(
    items: Sequence[Reading],
    settings: Settings,
    embeddings: OnnxEmbeddings,
    progress: Progress = lambda *_: None,
    variants: Mapping[str, FusionWeights] = VARIANTS,
) -> dict[str, list[Read]]:
    """Asks each question about its own context.

    Args:
        items: Of one dataset or of several.
        settings: Of the product; its threshold of relevance is not applied.
        embeddings: Of the product.
        progress: Called as the work goes on.
        variants: Weights to measure.

    Returns:
        For each variant what came of each item, in the order of the items.
    """
    always = settings.model_copy(update={"min_relevance": 0.0})
    asked: dict[str, list[int]] = {}
    for number, item in enumerate(items):
        asked.setdefault(item.context, []).append(number)
    contexts = {context: Context.of(items[numbers[0]], settings.passage_words) for context, numbers in asked.items()}
    found: dict[int, dict[str, Read]] = {}
    for text, numbers in asked.items():
        with opened(contexts[text], embeddings) as store:
            retriever = HybridRetriever(store=store, embeddings=embeddings, candidates=settings.candidates)
            chains = {
                name: FaqChain(always, retriever.model_copy(update={"weights": weights}), screen=NoScreen())
                for name, weights in variants.items()
            }
            for number in numbers:
                progress("asking", len(found), len(items))
                found[number] = {name: _ask(chain, items[number], contexts[text]) for name, chain in chains.items()}
    progress("asking", len(found), len(items))
    return {name: [found[number][name] for number in range(len(items))] for name in variants}


def _ask(chain: FaqChain, item: Reading, context: Context) -> Read:
    reply = chain.invoke(Question(item.question))
    if reply.trace is None:
        return Read(not item.unanswerable, False, False, False, False, 0.0, 0.0)
    answers = [" ".join(answer.text.split()) for answer in item.answers]
    hits = reply.trace.hits
    best = next(s for s in context.sentences if s.text == hits[0].sentence)
    return Read(
        answerable=not item.unanswerable,
        first=_holds(best.text, answers),
        touches=any(_meet(item.context, a.answer_start, a.text, context.document.text, best) for a in item.answers),
        shown=any(_holds(sentence.text, answers) for sentence in reply.sentences),
        can_be=any(_holds(sentence.text, answers) for sentence in context.sentences),
        relevance=reply.trace.relevance,
        cosine=max(hit.dense for hit in hits),
    )


def _holds(sentence: str, answers: Iterable[str]) -> bool:
    return any(answer in sentence for answer in answers)


def _meet(context: str, start: int, answer: str, text: str, sentence: Sentence) -> bool:
    """Whether a sentence of the folded text and an answer in the context as given share a character."""
    first, last = _marks(context[:start]), _marks(context[: start + len(answer)])
    return _marks(text[: sentence.start]) < last and first < _marks(text[: sentence.end])


def _marks(text: str) -> int:
    """Characters that folding white space leaves."""
    return sum(not character.isspace() for character in text)
