"""Passage retrieval: how high the documents that answer come, by vectors, by BM25, and by both.

Dense search is exact here, every passage against every question; the product's goes through Chroma.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evals.catalogue import mean
from evals.datasets import Search
from evals.errors import EvalError
from evals.metrics import ndcg_at, recall_at, reciprocal_rank
from evals.stats import Difference, Interval, Rows, difference, interval
from evals.vectors import Progress, kept_vectors
from index.embed import OnnxEmbeddings
from index.lexical import LexicalIndex
from index.retrieve import FusionWeights

MEASURES = ("nDCG@10", "MRR", "recall@10", "hit@1", "nDCG@10 of passages")
"""Of documents, each at the place of its best passage; the last of passages, each that answers for itself."""

LEXICAL = (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0)
"""What BM25, divided by its best, may count beside a cosine that counts 1."""

PRODUCT = FusionWeights().lexical / (FusionWeights().sentence + FusionWeights().passage)
"""The same of the product, where no question is known that a passage answers."""

DENSE, TITLED, BM25 = "dense, text alone", "dense, title before the text", "BM25, title before the text"
RANKS = "reciprocal-rank fusion"

WHOLE, TITLE = "BM25", "BM25 of the title"
"""What is fused with the cosine: BM25 of title and text, or of the title alone."""

DEPTH = 100
"""Passages that are looked at; what comes after them counts as not found."""

_RANK_CONSTANT = 60

_Scores = NDArray[np.float32]  # (passages,)


@dataclass(frozen=True, slots=True)
class Found:
    """What a dataset gave: for each method a row of `MEASURES` for each query, and which queries were tuned on.

    The fused methods of `LEXICAL` go by the name that `fused` gives.
    """

    rows: Mapping[str, Rows]  # (queries, measures)
    tuned_on: NDArray[np.bool_]  # (queries,)

    def best(self, field: str = WHOLE) -> float:
        """The weight of BM25 whose nDCG@10 is highest on the half that is tuned on; of equals, the lowest."""
        return max(LEXICAL, key=lambda weight: float(self.rows[fused(weight, field)][self.tuned_on, 0].mean()))

    def figures(self, method: str, chosen: NDArray[np.bool_]) -> list[Interval]:
        """The measures of a method on some queries, with their intervals."""
        rows = self.rows[method][chosen]
        return [interval(rows[:, [column]], mean, share=name == "hit@1") for column, name in enumerate(MEASURES)]

    def gain(self, before: str, after: str, chosen: NDArray[np.bool_], measure: str = "nDCG@10") -> Difference:
        """How two methods differ in a measure, query by query."""
        column = [MEASURES.index(measure)]
        return difference(self.rows[before][chosen][:, column], self.rows[after][chosen][:, column], mean)


def fused(weight: float, field: str = WHOLE) -> str:
    """The name of the sum of titled cosine and BM25, of that weight, over that field."""
    return f"fused, {weight:.3g} × {field}"


def find(data: Search, embeddings: OnnxEmbeddings, folder: Path, progress: Progress = lambda *_: None) -> Found:
    """Ranks the passages for every query by every method.

    Args:
        data: With the passages and queries.
        embeddings: Of the product.
        folder: Where vectors are kept.
        progress: Called as the work goes on.

    Raises:
        EvalError: There are too few queries to tune on one half and hold the other back.
    """
    tuned_on = np.asarray([is_tuned_on(query.question) for query in data.queries])
    if tuned_on.all() or not tuned_on.any():
        raise EvalError(f"{len(tuned_on)} queries are too few to hold some back from tuning; add more.")
    titled = [passage.titled for passage in data.passages]
    questions = kept_vectors([query.question for query in data.queries], embeddings, folder, progress)
    with_title = kept_vectors(titled, embeddings, folder, progress)
    alone = kept_vectors([passage.text for passage in data.passages], embeddings, folder, progress)
    lexical, titles = LexicalIndex.build(titled), LexicalIndex.build([passage.focus for passage in data.passages])
    count = _Counting(data)
    rows: dict[str, list[tuple[float, ...]]] = {}
    for number, query in enumerate(data.queries):
        progress("searching", number, len(data.queries))
        vector = questions[number]
        bm25 = {WHOLE: lexical.scores(query.question), TITLE: titles.scores(query.question)}
        methods = _methods(alone @ vector, with_title @ vector, bm25)
        for method, scores in methods.items():
            rows.setdefault(method, []).append(count(scores, query.gold_doc_ids))
    progress("searching", len(data.queries), len(data.queries))
    return Found({method: np.asarray(row) for method, row in rows.items()}, tuned_on)


def is_tuned_on(question: str) -> bool:
    """Whether a question belongs to the half on which a weight may be chosen: by hash, so that nobody does."""
    return sha256(question.encode()).digest()[0] % 2 == 0


def _methods(alone: _Scores, titled: _Scores, bm25: Mapping[str, _Scores]) -> dict[str, _Scores]:
    """Sources: Cormack, Clarke & Büttcher (2009), reciprocal-rank fusion; for the sums see `index.retrieve`.

    A title counted by itself: Robertson, Zaragoza & Taylor (2004), "Simple BM25 Extension to
    Multiple Weighted Fields".
    """
    whole = bm25[WHOLE]
    by_rank = _reciprocal_ranks(titled) + _reciprocal_ranks(whole) * (whole > 0)
    sums: dict[str, _Scores] = {}
    for field, scores in bm25.items():
        lexical = scores / (float(scores.max(initial=0.0)) or 1.0)
        sums |= {fused(weight, field): titled + np.float32(weight) * lexical for weight in (*LEXICAL, PRODUCT)}
    return {DENSE: alone, TITLED: titled, BM25: whole, RANKS: by_rank, **sums}


def _reciprocal_ranks(scores: _Scores) -> _Scores:
    ranks = np.empty(len(scores), dtype=np.float32)
    ranks[np.argsort(-scores, kind="stable")] = np.arange(1, len(scores) + 1)
    return np.asarray(1 / (_RANK_CONSTANT + ranks), dtype=np.float32)


class _Counting:
    def __init__(self, data: Search) -> None:
        self._documents = [passage.doc_id for passage in data.passages]
        self._passages: dict[str, list[str]] = {}
        for number, document in enumerate(self._documents):
            self._passages.setdefault(document, []).append(str(number))

    def __call__(self, scores: _Scores, gold: Sequence[str]) -> tuple[float, ...]:
        """`MEASURES` of one query."""
        top = _highest(scores, DEPTH)
        documents = list(dict.fromkeys(self._documents[number] for number in top))
        passages = [str(number) for number in top]
        relevant = [document for document in dict.fromkeys(gold) if document in self._passages]
        answering = [passage for document in relevant for passage in self._passages[document]]
        return (
            ndcg_at(documents, relevant, 10),
            reciprocal_rank(documents, relevant),
            recall_at(documents, relevant, 10),
            float(documents[0] in relevant),
            ndcg_at(passages, answering, 10),
        )


def _highest(scores: _Scores, n: int) -> list[int]:
    """The n highest, best first; of equal score, in order."""
    among = np.flatnonzero(scores >= np.partition(scores, -n)[-n]) if len(scores) > n else np.arange(len(scores))
    return [int(number) for number in among[np.argsort(-scores[among], kind="stable")][:n]]
