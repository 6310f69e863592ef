"""Hybrid retrieval: dense and BM25, fused by a weighted sum of scores, as a LangChain retriever."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document as LangChainDocument
from langchain_core.retrievers import BaseRetriever
from numpy.typing import NDArray
from pydantic import ConfigDict

from corpus.document import Passage, Sentence
from index.embed import OnnxEmbeddings, Vectors
from index.store import Store
from index.units import Place, Unit, UnitKind

LEXICAL_POOL = 50
"""Sentences that BM25 alone may bring in; more where the last of them have one score."""


@dataclass(frozen=True, slots=True)
class FusionWeights:
    """How much each score counts. Measured on evals/questions, split dev: see docs/retrieval.md."""

    sentence: float = 1.0
    passage: float = 0.2
    expected: float = 1.5
    lexical: float = 0.3


@dataclass(frozen=True, slots=True)
class Hit:
    """A sentence that was found, in its passage.

    `dense` is the cosine of question and sentence, `expected` the highest cosine to a question
    that the sentence is known to answer, `lexical` its BM25 divided by the best sentence's, and
    `score` all of them fused. A cosine to a question or a passage that was not among those looked
    at counts as the lowest that was. `number` counts the sentences of the whole corpus from 0; `question` is
    the nearest of those questions, and `companions` are the sentences (passage, position) that
    answer it together.
    """

    passage: Passage
    position: int
    number: int
    dense: float
    expected: float
    lexical: float
    score: float
    companions: tuple[tuple[Passage, int], ...] = ()
    question: str = ""

    @property
    def sentence(self) -> Sentence:
        return self.passage.sentences[self.position]


_Nearest = dict[UnitKind, dict[Place, tuple[float, Unit]]]
"""For each kind and place the nearest unit that stands for it, with its cosine."""


class Likeness(NamedTuple):
    """What a question is like: its cosines to the nearest questions that are answered and to those that are not.

    Each best first; `missing` says of the nearest of the latter what the documents don't say.
    """

    expected: tuple[float, ...] = ()
    uncovered: tuple[float, ...] = ()
    missing: str = ""


class Found(NamedTuple):
    """The sentences that fit a question, best first, and what the question is like."""

    hits: list[Hit]
    likeness: Likeness


class _Scored(NamedTuple):
    place: Place
    dense: float
    expected: float
    lexical: float
    score: float


class HybridRetriever(BaseRetriever):
    """Finds sentences in their passages.

    Convex combination of scores, not of ranks: it keeps how much better the best one is.
    Source: Bruch, Gai & Ingber (2023), "An Analysis of Fusion Functions for Hybrid Retrieval".
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    store: Store
    embeddings: OnnxEmbeddings
    candidates: int = 100
    weights: FusionWeights = FusionWeights()

    def hits(self, question: str, limit: int = 20) -> list[Hit]:
        """The sentences that fit a question, best first; of equal score, in corpus order."""
        return self.search(question, limit).hits

    def search(self, question: str, limit: int = 20, vector: Vectors | None = None) -> Found:
        """The sentences that fit a question, and what it is like.

        Args:
            question: As understood.
            limit: How many at most.
            vector: Of the question, where it has been embedded already.
        """
        if vector is None:
            vector = self.embeddings.encode([question])[0]
        cosines = self.store.nearest(vector, min(self.candidates, len(self.store.units)))
        floor = min(cosines.values(), default=0.0)
        nearest: _Nearest = {kind: {} for kind in UnitKind}
        looked_at = [(self.store.units[unit_id], cosine) for unit_id, cosine in cosines.items()]
        for unit, cosine in looked_at:
            for target in unit.targets:
                nearest[unit.kind].setdefault(target, (cosine, unit))  # best first: a later one is no better
        places = self._places(nearest, bm25 := self.store.lexical.scores(question))
        dense = self.store.sentence_vectors([self.store.number(place) for place in places]) @ vector
        dense = np.round(dense, 6)  # rows that are the same must score the same, wherever they lie
        scored = self._fuse(nearest, dict(zip(places, dense.tolist(), strict=True)), bm25, floor)
        best = sorted(scored, key=lambda found: (-found.score, found.place))[:limit]
        return Found([self._hit(found, nearest) for found in best], _likeness(looked_at))

    def _places(self, nearest: _Nearest, bm25: NDArray[np.float32]) -> list[Place]:
        """The sentences that the search brought up, by themselves, their passage, their questions or their words."""
        pool = np.flatnonzero((bm25 >= _nth_highest(bm25, LEXICAL_POOL)) & (bm25 > 0))
        places = {self.store.place(int(number)) for number in pool}
        places.update(nearest[UnitKind.SENTENCE], nearest[UnitKind.QUESTION])
        for number, _ in nearest[UnitKind.PASSAGE]:
            places.update((number, i) for i in range(len(self.store.passages[number].sentences)))
        return sorted(places)

    def _fuse(
        self, nearest: _Nearest, dense: Mapping[Place, float], bm25: NDArray[np.float32], floor: float
    ) -> list[_Scored]:
        expected = nearest[UnitKind.QUESTION]
        passages = {number: cosine for (number, _), (cosine, _) in nearest[UnitKind.PASSAGE].items()}
        top = float(bm25.max(initial=0.0)) or 1.0
        unseen, w = (floor, None), self.weights
        found: list[_Scored] = []
        for place, d in dense.items():
            e = expected.get(place, unseen)[0]
            p, lexical = passages.get(place[0], floor), float(bm25[self.store.number(place)]) / top
            score = w.sentence * d + w.expected * e + w.passage * p + w.lexical * lexical
            found.append(_Scored(place, d, e, lexical, score))
        return found

    def _hit(self, found: _Scored, nearest: _Nearest) -> Hit:
        place, dense, expected, lexical, score = found
        question = nearest[UnitKind.QUESTION].get(place)
        companions = tuple((self.store.passages[n], i) for n, i in question[1].targets) if question else ()
        passage, number = self.store.passages[place[0]], self.store.number(place)
        text = question[1].text if question else ""
        return Hit(passage, place[1], number, dense, expected, lexical, score, companions, text)

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,  # noqa: ARG002 (LangChain's)
    ) -> list[LangChainDocument]:
        """The sentences as LangChain documents, for chains that are not ours."""
        return [
            LangChainDocument(
                id=f"{hit.passage.id}:{hit.position}",
                page_content=hit.sentence.text,
                metadata={
                    "passage_id": hit.passage.id,
                    "source_id": hit.passage.source_id,
                    "title": hit.passage.title,
                    "start": hit.sentence.start,
                    "end": hit.sentence.end,
                    "dense": hit.dense,
                    "expected": hit.expected,
                    "lexical": hit.lexical,
                    "score": hit.score,
                },
            )
            for hit in self.hits(query)
        ]


def _likeness(looked_at: Sequence[tuple[Unit, float]]) -> Likeness:
    expected = tuple(cosine for unit, cosine in looked_at if unit.kind is UnitKind.QUESTION)
    uncovered = [(cosine, unit.missing) for unit, cosine in looked_at if unit.kind is UnitKind.UNCOVERED]
    return Likeness(expected, tuple(cosine for cosine, _ in uncovered), uncovered[0][1] if uncovered else "")


def _nth_highest(scores: NDArray[np.float32], n: int) -> float:
    return float(np.partition(scores, -n)[-n]) if len(scores) > n else 0.0
