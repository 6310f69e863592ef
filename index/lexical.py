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
_POSSESSIVE = re.compile(r"['’]s\b", re.IGNORECASE)
_STOPWORDS = frozenset(STOPWORDS_EN_PLUS) - {"own"}  # whose cells, the patient's own or a donor's, is what many ask
_NO_TERM = ""  # where no text has a term: bm25s can't index nothing
_OF_THREAD = threading.local()  # a stemmer must not be shared between threads


def words(text: str) -> list[str]:
    """The words and numbers of a text, lower case, in order, without possessive endings."""
    return [word for word, _, _ in word_spans(text)]


def word_spans(text: str) -> list[tuple[str, int, int]]:
    """`words`, each with where it begins and ends in the text."""
    blanked = _POSSESSIVE.sub(lambda ending: " " * len(ending.group()), text)
    return [(match.group().lower(), match.start(), match.end()) for match in _WORD.finditer(blanked)]


def is_content(word: str) -> bool:
    """Whether a word, lower case, says what a text is about: is none of the words that every text has."""
    return word not in _STOPWORDS


def terms(text: str) -> list[str]:
    """The stems of a text's content words and numbers, in order, with repetition."""
    if not hasattr(_OF_THREAD, "stemmer"):
        _OF_THREAD.stemmer = Stemmer.Stemmer("english")
    stems: list[str] = _OF_THREAD.stemmer.stemWords([word for word in words(text) if is_content(word)])
    return stems


class LexicalIndex:
    """BM25 (Robertson & Zaragoza 2009, Lucene's variant) over a list of texts."""

    def __init__(self, model: bm25s.BM25) -> None:
        self._model = model
        self._vocabulary: dict[str, int] = model.vocab_dict
        self._size: int = int(model.scores["num_docs"])
        self._starts = model.scores["indptr"]

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

    def knows(self, term: str) -> bool:
        """Whether any text holds a term."""
        return term in self._vocabulary

    def rarity(self, term: str) -> float:
        """The inverse document frequency of a term (Sparck Jones 1972), as BM25 weighs it; at least 0."""
        token = self._vocabulary.get(term)
        holders = int(self._starts[token + 1] - self._starts[token]) if token is not None else 0
        return math.log(1 + (self._size - holders + 0.5) / (holders + 0.5))
