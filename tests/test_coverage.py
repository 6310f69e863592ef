"""Networks learn of a corpus's two lists which questions are answered; what was learned of others is not used."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from bot.chain import FaqChain
from bot.coverage import PACKAGED, UNTOLD, Coverage, learn_coverage, learned_coverage, read_coverage, write_coverage
from bot.find import Finder
from bot.turn import Turn
from bot.understand import Understood
from corpus.document import Block, BlockKind, Document, Tier
from corpus.expected import Expected
from corpus.split import split
from corpus.uncovered import Uncovered
from index.embed import Vectors
from index.store import Store
from index.units import lexical_texts, make_units
from index.write import UnitVectors, write_store

TEXT = "Knees hurt."
HURTS = [f"Why does my {side} {part} hurt?" for side in ("left", "right", "other") for part in ("knee", "leg", "foot")]
PRICES = [f"What is the price {when} for {who}?" for when in ("now", "today", "later") for who in ("me", "us", "her")]


GOUT = [
    f"What is {good} for gout in the {part}?" for good in ("good", "bad", "safe") for part in ("toe", "hand", "heel")
]


@contextmanager
def opened(
    folder: Path, chain: FaqChain, hurts: list[str], prices: list[str], another: Sequence[str] = ()
) -> Iterator[Store]:
    """A store of one sentence, what it answers, what it doesn't, and what is about another subject."""
    document = Document("a", "A note", Tier.STUDY, TEXT, (Block(BlockKind.PARAGRAPH, 0, len(TEXT)),))
    passages = list(split(document))
    uncovered = [Uncovered(tuple(prices), "the price"), Uncovered(tuple(another), is_of_another=True)]
    units, _ = make_units(passages, [Expected((TEXT,), tuple(hurts))], uncovered)
    encoded = chain.retriever.embeddings.encode_words([unit.text for unit in units])
    vectors = {unit.id: UnitVectors(e.vector, e.word_vectors) for unit, e in zip(units, encoded, strict=True)}
    lists = {"questions": len(hurts), "uncovered": len(prices) + len(another)}
    manifest = chain.retriever.store.manifest.model_copy(update=lists)
    write_store(folder, manifest, passages, units, vectors, lexical_texts(passages, units))
    with Store(folder) as store:
        yield store


class Says(Coverage):
    def __init__(self, odds: float) -> None:
        self._odds = odds

    def log_odds(self, question: Vectors) -> float:
        return self._odds


def test_what_the_networks_say_counts_for_an_answer(chain: FaqChain) -> None:
    asked = Understood("What is SVF?", "What is SVF?")
    found = [
        Finder(chain.settings, chain.retriever, chain.beside.glossary.names, Says(odds)).look_up(
            asked, Turn(chain.retriever.embeddings)
        )
        for odds in (-4.0, 0.0, 4.0)
    ]
    relevance = [finding.judgement.relevance for finding in found]
    assert relevance == sorted(set(relevance))


def test_how_long_each_list_is_says_nothing_of_a_question(small: Store, chain: FaqChain, tmp_path: Path) -> None:
    made, asked = learn_coverage(small), chain.retriever.embeddings.encode(HURTS[:1])[0]
    with opened(tmp_path / "few", chain, HURTS, PRICES[:1]) as few:
        told = Coverage(made, small).log_odds(asked), Coverage(made, few).log_odds(asked)
    assert told[0] - told[1] == pytest.approx(math.log(len(HURTS)))


@pytest.fixture
def small(tmp_path: Path, chain: FaqChain) -> Iterator[Store]:
    with opened(tmp_path / "store", chain, HURTS, PRICES) as store:
        yield store


def test_what_is_packaged_was_learned_of_the_questions_as_they_are(chain: FaqChain) -> None:
    assert read_coverage(PACKAGED, chain.retriever.store), "the questions have changed; run: faqbot learn"


def test_a_question_that_nobody_listed_is_told_by_its_like(small: Store, chain: FaqChain) -> None:
    coverage = Coverage(learn_coverage(small), small)
    asked = chain.retriever.embeddings.encode(["why does her knee hurt so much", "the price tomorrow, for my mother?"])
    assert coverage.log_odds(asked[0]) > 0 > coverage.log_odds(asked[1])


def test_what_was_learned_is_kept_and_the_same_when_it_is_learned_anew(small: Store, tmp_path: Path) -> None:
    made = learned_coverage(small, tmp_path)
    (file,) = tmp_path.glob("*.npz")
    kept = read_coverage(file, small)
    assert made
    assert kept
    assert all((a == b).all() for a, b in zip(made, kept, strict=True))
    file.write_bytes(file.read_bytes()[:200])
    assert read_coverage(file, small) is None
    anew = learned_coverage(small, tmp_path)
    assert anew
    assert all((a == b).all() for a, b in zip(made, anew, strict=True))
    assert read_coverage(file, small)


def test_what_was_learned_before_a_question_was_taken_out_is_not_used(
    small: Store, chain: FaqChain, tmp_path: Path
) -> None:
    made = learn_coverage(small)
    write_coverage(tmp_path / "packaged.npz", made, small)
    with opened(tmp_path / "fewer", chain, HURTS[1:], PRICES) as fewer:
        assert read_coverage(tmp_path / "packaged.npz", fewer) is None
    with opened(tmp_path / "moved", chain, HURTS[1:], [*PRICES, HURTS[0]]) as moved:
        assert read_coverage(tmp_path / "packaged.npz", moved) is None


def test_a_corpus_without_both_lists_teaches_nothing(chain: FaqChain, tmp_path: Path) -> None:
    with opened(tmp_path / "store", chain, HURTS, []) as store:
        assert learned_coverage(store, tmp_path) is None
        assert Coverage(None, store).log_odds(np.ones(384, np.float32)) == 0
    assert not list(tmp_path.glob("*.npz"))


def test_what_is_about_another_subject_is_told_from_what_is_not(small: Store, chain: FaqChain, tmp_path: Path) -> None:
    asked = chain.retriever.embeddings.encode(["how is gout treated", "the price tomorrow, for my mother?"])
    assert {Coverage(learn_coverage(small), small).of_another(each) for each in asked} == {UNTOLD}
    with opened(tmp_path / "three", chain, HURTS, PRICES, GOUT) as three:
        made = learn_coverage(three)
        coverage = Coverage(made, three)
        assert coverage.of_another(asked[0]) > 0 > coverage.of_another(asked[1])
        write_coverage(tmp_path / "kept.npz", made, three)
        assert read_coverage(tmp_path / "kept.npz", three)
    with opened(tmp_path / "moved", chain, HURTS, [*PRICES, *GOUT]) as moved:
        assert read_coverage(tmp_path / "kept.npz", moved) is None


def test_a_state_that_cannot_be_written_costs_time_only(small: Store, tmp_path: Path) -> None:
    (tmp_path / "state").write_text("no folder")
    assert learned_coverage(small, tmp_path / "state")
