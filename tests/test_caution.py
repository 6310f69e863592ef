"""The regulator's caution beside an answer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.caution import MOST, Cautions, topics
from bot.chain import FaqChain
from bot.extract import Quote
from bot.reply import Kind
from corpus.document import CorpusError, Tier
from corpus.load import PACKAGED_CORPUS, load_corpus
from corpus.split import split

DOCUMENTS = load_corpus(PACKAGED_CORPUS)
PASSAGES = [passage for document in DOCUMENTS for passage in split(document)]


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ("Is SVF richer in cells than marrow?", "SVF"),
        ("What are exosomes?", "exosome"),
        ("Can stem cells help with knee arthritis?", "orthopaedic"),
        ("Can stem cells help with neuropathy?", "neurological"),
    ],
)
def test_an_answer_on_a_topic_shows_its_caution_with_the_citation(chain: FaqChain, question: str, says: str) -> None:
    reply = chain.invoke(question)
    assert reply.kind is Kind.ANSWER
    assert 1 <= len(reply.cautions) <= MOST
    assert any(says in caution.text for caution in reply.cautions)
    assert all(caution.text == caution.citation.quote for caution in reply.cautions)
    assert all(caution.text in reply.text for caution in reply.cautions)


def test_every_sentence_of_the_article_on_svf_brings_the_regulator_s_view() -> None:
    cautions = Cautions(DOCUMENTS, PASSAGES)
    article = [passage for passage in PASSAGES if passage.tier is Tier.ARTICLE]
    quotes = [Quote(p, i) for p in article for i, s in enumerate(p.sentences) if "SVF" in s.text]
    assert quotes
    for quote in quotes:
        assert any("SVF" in caution.text for caution in cautions.on("What is it?", [quote]))


def quote(beginning: str) -> Quote:
    return next(Quote(p, i) for p in PASSAGES for i, s in enumerate(p.sentences) if s.text.startswith(beginning))


def test_what_most_sentences_are_about_is_warned_of_first_and_what_is_named_in_passing_not() -> None:
    cautions = Cautions(DOCUMENTS, PASSAGES)
    trials = [quote("A 2020 analysis that pooled"), quote("The people in the 2023"), quote("One year later, none")]
    assert "orthopaedic condition" in cautions.on("does it work", trials)[0].text
    systemic = [quote("Many systemic applications"), quote("Research has explored MSC"), quote("The transition from")]
    assert cautions.on("lupus?", [*systemic, quote("The illnesses discussed in the 2021")]) == ()


def test_a_question_on_no_topic_has_no_caution() -> None:
    assert Cautions(DOCUMENTS, PASSAGES).on("Who wrote the review?", []) == ()


def test_a_topic_that_there_is_none_of_or_a_sentence_that_is_not_there_is_named() -> None:
    document = DOCUMENTS[0]
    with pytest.raises(CorpusError, match="topic 'moon' is none of svf"):
        Cautions([replace(document, topics={"moon": ("x",)})], PASSAGES)
    with pytest.raises(CorpusError, match="no sentence of it is 'Nobody said this"):
        Cautions([replace(document, topics={"svf": ("Nobody said this.",)})], PASSAGES)


def test_every_topic_has_a_sentence() -> None:
    assert {topic for document in DOCUMENTS for topic in document.topics} == topics().keys()
