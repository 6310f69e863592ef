"""Late interaction: how well each word of a question is met by the sentences that were found for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from index.embed import Encoded
from index.lexical import is_content, terms
from index.store import Store


class WordSupport(NamedTuple):
    """A content word of a question.

    `similarity` is its highest cosine to a word said at the sentences found, each in its context;
    `rarity` its inverse document frequency in the corpus, highest for a word that the corpus
    doesn't have, which `known` tells.
    """

    word: str
    similarity: float
    rarity: float
    known: bool


def word_support(asked: Encoded, numbers: Sequence[int], store: Store) -> list[WordSupport]:
    """How well the words of a question are met by the one sentence that meets them best, in their order.

    Source: MaxSim, Khattab & Zaharia (2020), "ColBERT: Efficient and Effective Passage Search via
    Contextualized Late Interaction over BERT"; here with the weights that embed the sentences.

    Args:
        asked: What is asked.
        numbers: Sentences to choose from, counted through the whole corpus from 0.
        store: That they stand in; what is said at a sentence are its words and its expected questions'.

    Returns:
        The content words; all words where there is no content word; empty without words or sentences.
    """
    chosen = [i for i, word in enumerate(asked.words) if is_content(word)] or list(range(len(asked.words)))
    said = [rows for number in numbers if len(rows := store.word_vectors(store.said_at(store.place(number))))]
    if not chosen or not said:
        return []
    cosines = asked.word_vectors[chosen] @ np.concatenate(said).T
    met = np.maximum.reduceat(cosines, np.cumsum([0, *map(len, said[:-1])]), axis=1)  # (words, sentences)
    stems = [next(iter(terms(asked.words[i])), asked.words[i]) for i in chosen]
    rarities = np.array([store.lexical.rarity(stem) for stem in stems])
    best = int((rarities @ met).argmax())
    return [
        WordSupport(asked.words[i], float(met[row, best]), float(rarities[row]), store.lexical.knows(stems[row]))
        for row, i in enumerate(chosen)
    ]
