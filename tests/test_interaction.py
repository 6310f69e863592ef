"""How well each word of a question is met: by brute force, by hand, and by the vectors that were written."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from bot.chain import FaqChain
from index.embed import BATCH, Encoded, OnnxEmbeddings, Vectors
from index.interaction import WordSupport, word_support
from index.lexical import is_content, terms, words
from index.store import Store
from index.units import UnitKind, lexical_texts, sentence_context
from index.word_vectors import WordVectors, write_words

TEXTS = {
    "a question": "Is stem cell therapy approved by the FDA?",
    "a word": "Hi",
    "numbers and possessives": "The FDA's 2.5 mg rule of 2021 isn't the patient’s own.",
    "joined words": "graft-versus-host disease, CD34+ cells; snake_case",
    "accents": "Behçet’s naïve T‑cells, 5 µm…",
    "other scripts": "клетки 干细胞",
    "the same word twice": "knee knee",
    "a long sentence": "Mesenchymal cells calm the immune system " * 12,
    "no words": "?! 👍",
    "nothing": "",
}
QUESTIONS = [
    "Is stem cell therapy approved by the FDA?",
    "Can migraines be treated with someone else's cells?",
    "How do they calm the immune system, and how do they calm the immune system?",
    "cells Ryoncil 2024",
    "the of it",
]


@pytest.fixture(scope="module")
def embeddings(chain: FaqChain) -> OnnxEmbeddings:
    return chain.retriever.embeddings


@pytest.fixture(scope="module")
def encoded(embeddings: OnnxEmbeddings) -> list[Encoded]:
    return embeddings.encode_words(list(TEXTS.values()))


def brute_force(asked: Encoded, numbers: Sequence[int], store: Store) -> list[WordSupport]:
    """The support by the sentence that gives most, each sentence, unit and word by itself."""
    content = [i for i, word in enumerate(asked.words) if is_content(word)] or [*range(len(asked.words))]
    bags = [set(terms(text)) for text in lexical_texts(store.passages, [*store.units.values()])]
    each: list[list[WordSupport]] = []
    for place in map(store.place, numbers):
        said = [u.id for u in store.units.values() if place in u.targets and u.kind is not UnitKind.PASSAGE]
        rows = [row for unit in said for row in store.word_vectors([unit])]
        support = []
        for i in content:
            stem = (terms(asked.words[i]) or [asked.words[i]])[0]
            holders = sum(stem in bag for bag in bags)
            rarity = math.log(1 + (len(bags) - holders + 0.5) / (holders + 0.5))
            similarity = max(float(row @ asked.word_vectors[i]) for row in rows)
            support.append(WordSupport(asked.words[i], similarity, rarity, holders > 0))
        each.append(support)
    return max(each, key=total)


def total(found: Sequence[WordSupport]) -> float:
    return sum(word.similarity * word.rarity for word in found)


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("count", [1, 3, 8])
def test_support_is_that_of_the_one_sentence_that_meets_the_question_best(
    chain: FaqChain, embeddings: OnnxEmbeddings, question: str, count: int
) -> None:
    [asked] = embeddings.encode_words([question])
    store = chain.retriever.store
    numbers = [hit.number for hit in chain.retriever.hits(question, count)][::-1]
    found, expected = word_support(asked, numbers, store), brute_force(asked, numbers, store)
    assert [(word.word, word.known) for word in found] == [(word.word, word.known) for word in expected]
    assert [word[1:3] for word in found] == [pytest.approx(word[1:3], abs=1e-5) for word in expected]


def test_one_sentence_must_meet_all_words_and_the_rarer_word_decides_which(
    chain: FaqChain, embeddings: OnnxEmbeddings
) -> None:
    store = chain.retriever.store
    numbers = [chain.retriever.hits(question, 1)[0].number for question in ("What is Ryoncil?", "What is SVF?")]
    [asked] = embeddings.encode_words(["Ryoncil SVF"])
    each = [word_support(asked, [number], store) for number in numbers]
    similarities = [word.similarity for word in word_support(asked, numbers, store)]
    assert similarities == pytest.approx([word.similarity for word in max(each, key=total)], abs=1e-5)
    assert each[0][0].similarity > each[1][0].similarity
    assert each[1][1].similarity > each[0][1].similarity


def test_a_sentence_meets_its_own_words_and_its_expected_question_s(
    chain: FaqChain, embeddings: OnnxEmbeddings
) -> None:
    store = chain.retriever.store
    unit = next(unit for unit in store.units.values() if unit.kind is UnitKind.QUESTION)
    number = store.number(unit.targets[0])
    passage, position = store.passages[unit.targets[0][0]], unit.targets[0][1]
    for asked in embeddings.encode_words([unit.text, sentence_context(passage, position)]):
        found = word_support(asked, [number], store)
        assert min(word.similarity for word in found) > 0.99
        assert all(word.known for word in found)


def test_words_come_in_the_order_of_the_question_without_stopwords(chain: FaqChain, embeddings: OnnxEmbeddings) -> None:
    [asked] = embeddings.encode_words(["Is the zebra's knee the same as the knee of Ryoncil?"])
    found = word_support(asked, [0], chain.retriever.store)
    assert [word.word for word in found] == ["zebra", "knee", "knee", "ryoncil"]
    assert [word.known for word in found] == [False, True, True, True]
    assert found[0].rarity == max(word.rarity for word in found) > found[1].rarity > 0


def test_a_text_of_stopwords_only_is_met_by_all_its_words(chain: FaqChain, embeddings: OnnxEmbeddings) -> None:
    [asked] = embeddings.encode_words(["the of it"])
    assert [word.word for word in word_support(asked, [0, 1], chain.retriever.store)] == ["the", "of", "it"]


@pytest.mark.parametrize(("text", "numbers"), [("What is SVF?", []), ("", [0, 1]), ("?! 👍", [0]), ("", [])])
def test_without_words_or_sentences_there_is_no_support(
    chain: FaqChain, embeddings: OnnxEmbeddings, text: str, numbers: list[int]
) -> None:
    assert word_support(embeddings.encode_words([text])[0], numbers, chain.retriever.store) == []


def rows_of(*lengths: int) -> list[Vectors]:
    """Units of so many words, of length 1, the same each time."""
    drawn = np.random.default_rng(7).normal(size=(sum(lengths), 8)).astype(np.float32)
    drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
    return np.split(drawn, np.cumsum(lengths)[:-1])


def test_what_was_written_is_read_again_within_a_byte(tmp_path: Path) -> None:
    units = rows_of(3, 0, 5, 1)
    write_words(tmp_path, units)
    stored = WordVectors(tmp_path)
    for number, rows in enumerate(units):
        found = stored.of([number])
        assert (found.shape, found.dtype) == (rows.shape, np.float32)
        np.testing.assert_allclose(found, rows, atol=1 / 127)
    np.testing.assert_array_equal(stored.of([3, 1, 0]), np.concatenate([stored.of([3]), stored.of([0])]))
    assert stored.of([]).shape == stored.of([1]).shape == (0, 8)


def test_rows_are_a_byte_a_number_and_the_ends_of_the_range_are_exact(tmp_path: Path) -> None:
    rows = np.array([[1, -1, 0]], dtype=np.float32)
    write_words(tmp_path, [rows])
    np.testing.assert_array_equal(WordVectors(tmp_path).of([0]), rows)
    assert np.load(tmp_path / "words.npy").tolist() == [[127, -127, 0]]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda rows: rows[:-1], "8 vectors of words in int8, not 9 in int8"),
        (lambda rows: np.concatenate([rows, rows]), "18 vectors of words in int8, not 9 in int8"),
        (lambda rows: rows.astype(np.float16), "9 vectors of words in float16, not 9 in int8"),
        (lambda rows: rows.astype(np.uint8), "9 vectors of words in uint8, not 9 in int8"),
    ],
)
def test_rows_of_another_type_or_number_are_refused(tmp_path: Path, change: object, message: str) -> None:
    write_words(tmp_path, rows_of(4, 5))
    np.save(tmp_path / "words.npy", change(np.load(tmp_path / "words.npy")))  # type: ignore[operator]
    with pytest.raises(ValueError, match=f"^{message}$"):
        WordVectors(tmp_path)


def test_the_sentence_is_the_one_that_encode_gives(embeddings: OnnxEmbeddings, encoded: list[Encoded]) -> None:
    np.testing.assert_allclose([e.vector for e in encoded], embeddings.encode(list(TEXTS.values())), atol=1e-6)


@pytest.mark.parametrize("name", TEXTS)
def test_the_words_are_those_of_the_lexical_index_each_with_a_row_of_length_one(
    encoded: list[Encoded], name: str
) -> None:
    found = encoded[list(TEXTS).index(name)]
    assert found.words == tuple(words(TEXTS[name]))
    assert found.word_vectors.shape == (len(found.words), 384)
    assert found.word_vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(found.word_vectors, axis=1), 1.0, atol=1e-5)


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_is_the_same_alone_and_in_a_batch_of_unequal_lengths(
    embeddings: OnnxEmbeddings, encoded: list[Encoded], name: str
) -> None:
    [alone], batched = embeddings.encode_words([TEXTS[name]]), encoded[list(TEXTS).index(name)]
    assert alone.words == batched.words
    np.testing.assert_allclose(alone.vector, batched.vector, atol=1e-5)
    np.testing.assert_allclose(alone.word_vectors, batched.word_vectors, atol=1e-5)


def test_more_texts_than_a_batch_keep_their_order(embeddings: OnnxEmbeddings) -> None:
    texts = [f"Answer number {number}" for number in range(BATCH + 2)]
    assert [e.words[-1] for e in embeddings.encode_words(texts)] == [str(number) for number in range(BATCH + 2)]
    assert embeddings.encode_words([]) == []


def test_a_word_has_another_row_in_another_context(embeddings: OnnxEmbeddings) -> None:
    of_money, of_water, again = embeddings.encode_words(["bank loan money", "bank river water", "bank loan money"])
    np.testing.assert_allclose(of_money.word_vectors[0], again.word_vectors[0], atol=1e-5)
    assert of_money.word_vectors[0] @ of_water.word_vectors[0] < 0.9


def test_what_the_model_does_not_read_has_no_word(embeddings: OnnxEmbeddings) -> None:
    read = embeddings.record.max_tokens - 2
    [cut] = embeddings.encode_words(["cell " * read + "bone " * 50])
    assert cut.words == ("cell",) * read
    assert len(cut.word_vectors) == read
