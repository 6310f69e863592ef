"""The rules and the model that reads both texts, together: what each may decide."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from bot.chain import FaqChain
from bot.entailed import LEAST, Entails, entailed
from bot.faithful import Checked, check
from bot.support import Embed
from corpus.document import Passage
from corpus.load import PACKAGED_CORPUS, load_corpus
from corpus.split import split
from evals.verification import passages_of

PASSAGE = "The review linked MSC treatment to short-lived fever. It found no other harm in 62 trials."
SAID = "The review linked MSC therapy to short-lived fever."
UNKNOWN = "The review linked MSC treatment to fleeting fever."


@pytest.fixture(scope="module")
def embed(chain: FaqChain) -> Embed:
    """Embeds each text once: several checks read the same ones."""
    one = cache(lambda text: chain.retriever.embeddings.encode([text])[0])
    return lambda texts: [one(text) for text in texts]


@pytest.fixture(scope="module")
def passages() -> list[Passage]:
    return passages_of(PASSAGE)


def always(score: float, read: list[tuple[str, str]] | None = None) -> Entails:
    def entails(pairs: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        if read is not None:
            read.extend(pairs)
        return np.full(len(pairs), score, np.float32)

    return entails


def test_what_the_rules_let_through_the_model_must_hold_likely(embed: Embed, passages: list[Passage]) -> None:
    assert check(SAID, passages, embed).fault is None
    assert entailed(SAID, passages, embed, always(LEAST[""])).fault is None
    assert entailed(SAID, passages, embed, always(LEAST[""] - 0.1)).fault == "unlike"


def test_of_the_sentences_of_the_documents_the_model_is_not_asked(embed: Embed) -> None:
    for passage in (p for document in load_corpus(PACKAGED_CORPUS) for p in split(document)):
        for sentence in passage.sentences:
            checked = check(sentence.text, [passage], embed)
            if any(quote.sentence == sentence for quote in checked.support):
                assert entailed(sentence.text, [passage], embed, always(-99.0)) == checked


@pytest.mark.parametrize(
    "said",
    ["It found no other harm in 62 trials.", "It found no harm in 62 trials.", "In 62 trials, it found no harm."],
)
def test_of_a_sentence_of_the_passage_and_of_what_only_leaves_words_out_the_rules_decide(
    embed: Embed, passages: list[Passage], said: str
) -> None:
    read: list[tuple[str, str]] = []
    assert entailed(said, passages, embed, always(-99.0, read)) == check(said, passages, embed)
    assert read == []


def test_a_word_that_no_list_has_may_be_let_through_by_the_model(embed: Embed, passages: list[Passage]) -> None:
    by_rules = check(UNKNOWN, passages, embed)
    assert by_rules.fault
    assert by_rules.fault.startswith("unsupported:")
    assert entailed(UNKNOWN, passages, embed, always(LEAST["unsupported"])) == Checked(None, by_rules.support)
    assert entailed(UNKNOWN, passages, embed, always(LEAST["unsupported"] - 0.1)) == by_rules


@pytest.mark.parametrize(
    "said",
    [
        "In the review of 64 trials, MSC treatment went with short-lived fever.",
        "You should know that MSC treatment went with short-lived fever.",
        "The review guarantees that MSC treatment cures fever.",
        "The review did not link MSC treatment to short-lived fever.",
        "The review did not link fleeting fever to MSC treatment.",
    ],
)
def test_a_number_a_promise_advice_and_a_denial_are_never_let_through(
    embed: Embed, passages: list[Passage], said: str
) -> None:
    assert entailed(said, passages, embed, always(99.0)).fault == check(said, passages, embed).fault is not None


def test_the_model_reads_the_passages_on_which_the_sentence_rests(embed: Embed, passages: list[Passage]) -> None:
    read: list[tuple[str, str]] = []
    other = passages_of("Exosomes are small.")
    entailed(SAID, [*other, *passages], embed, always(9.0, read))
    assert read == [(PASSAGE, SAID)]


def test_of_long_passages_what_stands_around_the_sentence_is_read(embed: Embed) -> None:
    read: list[tuple[str, str]] = []
    filler = " ".join(f"Filler {n} says nothing of it at all, whatever else it may go on about." for n in range(14))
    entailed(SAID, passages_of(f"{filler} {PASSAGE} {filler}"), embed, always(9.0, read))
    ((said, _),) = read
    assert "linked MSC treatment" in said
    assert len(said.split()) < 60


def test_of_no_passage_nothing_is_asked(embed: Embed) -> None:
    assert entailed(SAID, [], embed, always(99.0)) == Checked("unlike", ())
