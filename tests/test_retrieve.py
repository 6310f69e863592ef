from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from langchain_core.documents import Document as LangChainDocument
from langchain_core.retrievers import BaseRetriever

from corpus.document import Block, BlockKind, Document, Tier
from corpus.expected import Expected
from corpus.load import PACKAGED_CORPUS
from corpus.split import split
from index.current import check_current
from index.embed import OnnxEmbeddings, Vectors
from index.export import exported_folder
from index.recipe import recipe
from index.retrieve import LEXICAL_POOL, FusionWeights, Hit, HybridRetriever
from index.store import Manifest, Store
from index.units import Place, UnitKind, lexical_texts, make_units
from index.write import UnitVectors, write_store

ALL = 1_000_000
QUESTIONS = [
    "What is SVF?",
    "Is stem cell therapy approved by the FDA for joint pain?",
    "own or donor cells",
    "Ryoncil 2024",
    "How do MSCs calm the immune system, and what are the limits of the studies?",
    "the of",
    "price of a haircut in Paris",
]


@dataclass(frozen=True)
class BruteForce:
    """Every score of every sentence, by the formula that is documented, without an index over vectors."""

    store: Store
    embeddings: OnnxEmbeddings

    @cached_property
    def vectors(self) -> dict[str, Vectors]:
        return self.store.vectors([*self.store.units])

    @cache  # noqa: B019 (there is one for all tests)
    def cosines(self, question: str) -> dict[str, float]:
        """Of the question to each unit, by its id."""
        [asked] = self.embeddings.encode([question])
        return {unit: float(vector @ asked) for unit, vector in self.vectors.items()}

    def scores(
        self, question: str, looked_at: set[str] | None = None
    ) -> dict[Place, tuple[float, float, float, float]]:
        """Dense, expected, lexical and fused score by place, from the units that were looked at."""
        units = [unit for unit in self.store.units.values() if looked_at is None or unit.id in looked_at]
        [asked] = self.embeddings.encode([question])
        cosines = [self.cosines(question)[unit.id] for unit in units]
        best: dict[tuple[UnitKind, Place], float] = {}
        for unit, cosine in zip(units, cosines, strict=True):
            for place in unit.targets:
                best[unit.kind, place] = max(cosine, best.get((unit.kind, place), -1.0))
        bm25 = self.store.lexical.scores(question)
        lexical = bm25 / bm25.max() if bm25.any() else bm25
        reachable = sorted(bm25[bm25 > 0], reverse=True)[:LEXICAL_POOL]
        floor, w = min(cosines), FusionWeights()
        scores = {}
        exact = self.store.sentence_vectors(range(self.store.manifest.sentences)) @ asked
        for number, place in enumerate(self.places()):
            of = {kind: best.get((kind, place)) for kind in (UnitKind.SENTENCE, UnitKind.QUESTION)}
            of[UnitKind.PASSAGE] = best.get((UnitKind.PASSAGE, (place[0], 0)))
            if set(of.values()) == {None} and not (reachable and bm25[number] >= reachable[-1]):
                continue
            of[UnitKind.SENTENCE] = float(exact[number])
            s, q, p = (floor if cosine is None else cosine for cosine in of.values())
            fused = w.sentence * s + w.expected * q + w.passage * p + w.lexical * lexical[number]
            scores[place] = (s, q, float(lexical[number]), float(fused))
        return scores

    def places(self) -> list[Place]:
        return [(n, i) for n, passage in enumerate(self.store.passages) for i in range(len(passage.sentences))]

    def companions(self, question: str) -> dict[Place, list[set[Place]]]:
        """What answers the expected question that is nearest, by place; several where several are as near."""
        units = [unit for unit in self.store.units.values() if unit.kind is UnitKind.QUESTION]
        cosine_of = self.cosines(question)
        found: dict[Place, list[tuple[float, set[Place]]]] = {}
        for unit in units:
            for place in unit.targets:
                found.setdefault(place, []).append((cosine_of[unit.id], set(unit.targets)))
        best = {place: max(cosine for cosine, _ in near) for place, near in found.items()}
        return {
            place: [targets for cosine, targets in near if cosine > best[place] - 1e-6] for place, near in found.items()
        }


@pytest.fixture(scope="module")
def brute(state: Path) -> Iterator[BruteForce]:
    with Store(check_current(PACKAGED_CORPUS, state)) as store:
        yield BruteForce(store, OnnxEmbeddings(exported_folder(state / "models", store.manifest.model_digest)))


@pytest.fixture(scope="module")
def retriever(brute: BruteForce) -> HybridRetriever:
    return HybridRetriever(store=brute.store, embeddings=brute.embeddings)


@pytest.fixture(scope="module")
def thorough(brute: BruteForce) -> HybridRetriever:
    return HybridRetriever(store=brute.store, embeddings=brute.embeddings, candidates=ALL)


def by_place(store: Store, hits: list[Hit]) -> dict[Place, tuple[float, float, float, float]]:
    return {store.place(hit.number): (hit.dense, hit.expected, hit.lexical, hit.score) for hit in hits}


def assert_same_scores(
    found: dict[Place, tuple[float, float, float, float]], expected: dict[Place, tuple[float, float, float, float]]
) -> None:
    assert found.keys() == expected.keys()
    places = sorted(found)
    np.testing.assert_allclose([found[p] for p in places], [expected[p] for p in places], atol=1e-5)


@pytest.mark.parametrize("question", QUESTIONS)
def test_hits_equal_brute_force_where_every_unit_is_looked_at(
    thorough: HybridRetriever, brute: BruteForce, question: str
) -> None:
    expected = brute.scores(question)
    assert len(expected) == brute.store.manifest.sentences
    assert_same_scores(by_place(brute.store, thorough.hits(question, ALL)), expected)


@pytest.mark.parametrize("candidates", [1, 10, 100])
@pytest.mark.parametrize("question", QUESTIONS)
def test_a_cosine_that_was_not_looked_at_counts_as_the_lowest_that_was(
    brute: BruteForce, question: str, candidates: int
) -> None:
    looked_at = set(brute.store.nearest(brute.embeddings.encode([question])[0], candidates))
    assert len(looked_at) == candidates
    few = HybridRetriever(store=brute.store, embeddings=brute.embeddings, candidates=candidates)
    assert_same_scores(by_place(brute.store, few.hits(question, ALL)), brute.scores(question, looked_at))


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_nearest_units_come_best_first_with_their_true_cosines(brute: BruteForce, question: str) -> None:
    [asked] = brute.embeddings.encode([question])
    found = brute.store.nearest(asked, 10)
    vectors = brute.store.vectors([*found])
    assert len(found) == 10
    assert list(found.values()) == sorted(found.values(), reverse=True)
    assert list(found.values()) == pytest.approx([float(vectors[unit] @ asked) for unit in found], abs=1e-5)


@pytest.mark.parametrize("question", QUESTIONS)
def test_hits_are_sorted_and_the_same_each_time(retriever: HybridRetriever, question: str) -> None:
    hits = retriever.hits(question, ALL)
    assert hits == sorted(hits, key=lambda hit: (-hit.score, hit.number))
    assert retriever.hits(question, ALL) == hits


@pytest.mark.parametrize("limit", [0, 1, 7, 20])
def test_a_limit_takes_the_best(retriever: HybridRetriever, limit: int) -> None:
    assert retriever.hits(QUESTIONS[0], limit) == retriever.hits(QUESTIONS[0], ALL)[:limit]
    assert len(retriever.hits(QUESTIONS[0], limit)) == limit


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_hit_is_the_sentence_at_its_number(retriever: HybridRetriever, question: str) -> None:
    for hit in retriever.hits(question):
        number, position = retriever.store.place(hit.number)
        assert hit.passage == retriever.store.passages[number]
        assert hit.sentence == hit.passage.sentences[position]


@pytest.mark.parametrize("question", QUESTIONS)
def test_companions_answer_the_nearest_expected_question(
    thorough: HybridRetriever, brute: BruteForce, question: str
) -> None:
    expected = brute.companions(question)
    place_of = {passage: number for number, passage in enumerate(brute.store.passages)}
    for hit in thorough.hits(question, ALL):
        places = {(place_of[passage], position) for passage, position in hit.companions}
        assert places in expected.get(brute.store.place(hit.number), [set()])


def test_the_weights_of_a_retriever_are_those_it_is_given(brute: BruteForce) -> None:
    lexical = HybridRetriever(store=brute.store, embeddings=brute.embeddings, weights=FusionWeights(0, 0, 0, 2))
    hits = lexical.hits("SVF", ALL)
    assert [hit.score for hit in hits] == [2 * hit.lexical for hit in hits]
    assert hits[0].score == 2


@pytest.mark.parametrize("question", ["the of", "", "?!", "🙂"])
def test_a_question_without_terms_is_found_by_meaning_alone(retriever: HybridRetriever, question: str) -> None:
    hits = retriever.hits(question)
    assert hits
    assert {hit.lexical for hit in hits} == {0.0}


@examples(max_examples=100, deadline=None)
@given(st.data())
def test_any_question_gets_sorted_hits_with_scores_in_their_ranges(
    retriever: HybridRetriever, data: st.DataObject
) -> None:
    known = st.sampled_from(sorted(retriever.store.vocabulary))
    question = " ".join(data.draw(st.lists(st.one_of(known, st.text(max_size=10)), max_size=8)))
    hits = retriever.hits(question, ALL)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert len({hit.number for hit in hits}) == len(hits) >= 1
    assert all(-1.001 <= hit.dense <= 1.001 and -1.001 <= hit.expected <= 1.001 for hit in hits)
    assert max(hit.lexical for hit in hits) in {0.0, 1.0}


def test_langchain_gets_the_hits_as_documents(retriever: HybridRetriever) -> None:
    assert isinstance(retriever, BaseRetriever)
    documents = retriever.invoke(QUESTIONS[0])
    assert [
        LangChainDocument(
            id=f"{hit.passage.id}:{hit.position}",
            page_content=hit.sentence.text,
            metadata={
                **{"passage_id": hit.passage.id, "source_id": hit.passage.source_id, "title": hit.passage.title},
                **{"start": hit.sentence.start, "end": hit.sentence.end},
                **{"dense": hit.dense, "expected": hit.expected, "lexical": hit.lexical, "score": hit.score},
            },
        )
        for hit in retriever.hits(QUESTIONS[0])
    ] == documents


def note(identity: str, text: str) -> Document:
    return Document(identity, "A note", Tier.STUDY, text, (Block(BlockKind.PARAGRAPH, 0, len(text)),))


@pytest.fixture
def twins(tmp_path: Path, brute: BruteForce) -> Iterator[HybridRetriever]:
    """Three documents, two of them the same to the letter."""
    texts = {"c": "Knees hurt. Rest helps.", "a": "Bones heal. Cast first.", "b": "Knees hurt. Rest helps."}
    passages = [passage for name, text in texts.items() for passage in split(note(name, text))]
    expected = [
        Expected(("Knees hurt.", "Cast first."), ("What about knees and casts?",)),
        Expected(("Knees hurt.",), ("What hurts?",)),
    ]
    units, orphans = make_units(passages, expected)
    assert orphans == ()
    encoded = brute.embeddings.encode_words([unit.text for unit in units])
    vectors = {unit.id: UnitVectors(e.vector, e.word_vectors) for unit, e in zip(units, encoded, strict=True)}
    manifest = brute.store.manifest.model_copy(update={"recipe": recipe(), "sentences": 6})
    assert isinstance(manifest, Manifest)
    write_store(tmp_path / "store", manifest, passages, units, vectors, lexical_texts(passages, units))
    with Store(tmp_path / "store") as store:
        yield HybridRetriever(store=store, embeddings=brute.embeddings)


def test_sentences_of_equal_score_come_in_corpus_order(twins: HybridRetriever) -> None:
    first, second = twins.hits("Do my knees hurt?", 2)
    assert first.score == second.score
    assert [(hit.passage.source_id, hit.number) for hit in (first, second)] == [("c", 0), ("b", 4)]


@pytest.mark.parametrize(
    ("question", "companions"),
    [
        ("What about knees and casts?", {("c", 0), ("b", 0), ("a", 1)}),
        ("What hurts?", {("c", 0), ("b", 0)}),
    ],
)
def test_companions_change_with_the_expected_question_that_is_nearest(
    twins: HybridRetriever, question: str, companions: set[tuple[str, int]]
) -> None:
    hit = next(hit for hit in twins.hits(question) if hit.number == 0)
    assert hit.expected == pytest.approx(1.0, abs=1e-5)
    assert {(passage.source_id, position) for passage, position in hit.companions} == companions


def test_a_sentence_that_no_question_expects_has_no_companions(twins: HybridRetriever) -> None:
    [hit] = [hit for hit in twins.hits("Rest?") if hit.number == 1]
    assert hit.companions == ()
