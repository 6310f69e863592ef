"""BM25 over terms: what an embedding blurs (names, numbers, acronyms) counts to the letter."""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Sequence
from pathlib import Path

import bm25s
import numpy as np
import Stemmer
from bm25s.stopwords import STOPWORDS_EN_PLUS
from numpy.typing import NDArray

_WORD = re.compile(r"[^\W_]+(?:[.,]\d+)*")
_POSSESSIVE = re.compile(r"['’]s\b")
_STOPWORDS = frozenset(STOPWORDS_EN_PLUS) - {"own"}  # whose cells, the patient's own or a donor's, is what many ask
_NO_TERM = ""  # where no text has a term: bm25s can't index nothing
_NOWHERE = np.empty(0, dtype=np.int32)
_OF_THREAD = threading.local()  # a stemmer must not be shared between threads


def words(text: str) -> list[str]:
    """The words and numbers of a text, lower case, in order, without possessive endings."""
    return _WORD.findall(_POSSESSIVE.sub("", text.lower()))


def terms(text: str) -> list[str]:
    """The stems of a text's content words and numbers, in order, with repetition."""
    if not hasattr(_OF_THREAD, "stemmer"):
        _OF_THREAD.stemmer = Stemmer.Stemmer("english")
    stems: list[str] = _OF_THREAD.stemmer.stemWords([word for word in words(text) if word not in _STOPWORDS])
    return stems


class LexicalIndex:
    """BM25 (Robertson & Zaragoza 2009, Lucene's variant) over a list of texts."""

    def __init__(self, model: bm25s.BM25) -> None:
        self._model = model
        self._vocabulary: dict[str, int] = model.vocab_dict
        self._size: int = int(model.scores["num_docs"])
        self._starts = model.scores["indptr"]
        self._texts = model.scores["indices"]

    @classmethod
    def build(cls, texts: Sequence[str]) -> LexicalIndex:
        """Indexes texts, at least one."""
        model = bm25s.BM25(k1=1.2, b=0.75, method="lucene")
        bags = [terms(text) for text in texts]
        model.index(bags if any(bags) else [[_NO_TERM] for _ in bags], show_progress=False)
        return cls(model)

    def save(self, folder: Path) -> None:
        self._model.save(folder, show_progress=False)

    @classmethod
    def load(cls, folder: Path) -> LexicalIndex:
        return cls(bm25s.BM25.load(folder, mmap=True, show_progress=False))

    def scores(self, question: str) -> NDArray[np.float32]:
        """BM25 of each text for a question.

        Returns:
            (n,) scores, each at least 0; all 0 when no term of the question is in the index.
        """
        known = [term for term in dict.fromkeys(terms(question)) if term in self._vocabulary]
        if not known:
            return np.zeros(self._size, dtype=np.float32)
        found: NDArray[np.float32] = self._model.get_scores(known)
        return found

    def coverage(self, question: str, numbers: Sequence[int]) -> float:
        """How much of a question some texts speak of, its rare terms counting most.

        Source: the query coverage of Sparck Jones's (1972) term weighting, as a share.

        Args:
            question: Any text.
            numbers: Texts, counted from 0 in the order in which they were indexed.

        Returns:
            The inverse document frequency of the question's terms that at least one of the texts
            holds, divided by that of all its terms: in [0, 1], 0 for a question without terms.
        """
        total = covered = 0.0
        for term in dict.fromkeys(terms(question)):
            token = self._vocabulary.get(term)
            holders = self._texts[self._starts[token] : self._starts[token + 1]] if token is not None else _NOWHERE
            idf = math.log(1 + (self._size - len(holders) + 0.5) / (len(holders) + 0.5))
            total += idf
            covered += idf if _any_in(numbers, holders) else 0.0
        return covered / total if total else 0.0


def _any_in(numbers: Sequence[int], ascending: NDArray[np.int32]) -> bool:
    """Whether any of the numbers is among others in ascending order; a search, for these can be many."""
    places = np.searchsorted(ascending, numbers)
    return any(
        place < len(ascending) and ascending[place] == number for place, number in zip(places, numbers, strict=True)
    )
