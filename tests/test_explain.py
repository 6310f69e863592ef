"""Words of an answer, explained in the documents' words."""

from __future__ import annotations

import pytest

from bot.chain import FaqChain
from bot.explain import MOST, Glossary
from corpus.glossary import Entry, load_glossary
from corpus.load import PACKAGED_CORPUS, load_corpus


@pytest.fixture(scope="module")
def glossary(chain: FaqChain) -> Glossary:
    return Glossary(load_glossary(PACKAGED_CORPUS, load_corpus(PACKAGED_CORPUS)), chain.retriever.store.passages)


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("Pericytes and adipose tissue.", ["pericytes", "adipose tissue"]),
        ("The SVF of fat.", ["stromal vascular fraction"]),
        ("The svf of fat.", []),  # an abbreviation is told by its capitals
        ("It is paracrine; paracrine action again.", ["paracrine signaling"]),
        ("Perisomething.", []),
        ("Nothing to explain here.", []),
        ("", []),
    ],
)
def test_a_word_of_the_answer_is_explained_once_in_the_order_of_its_use(
    glossary: Glossary, text: str, terms: list[str]
) -> None:
    assert [term.term for term in glossary.explain(text)] == terms


def test_no_more_than_a_few_words_are_explained_and_none_that_the_answer_explains_itself(glossary: Glossary) -> None:
    everything = " ".join(entry.term for entry in load_glossary(PACKAGED_CORPUS, load_corpus(PACKAGED_CORPUS)))
    assert len(glossary.explain(everything)) == MOST
    (pericytes,) = glossary.explain("pericytes")
    assert glossary.explain(f"pericytes, {pericytes.definition}") == ()


def test_a_definition_is_cited_where_it_stands(glossary: Glossary, chain: FaqChain) -> None:
    (term,) = glossary.explain("SVF")
    passage = chain.retriever.store.passage(term.citation.passage_id)
    assert passage is not None
    start = term.citation.start - passage.start
    assert passage.text[start : start + len(term.definition)] == term.definition == term.citation.quote


def test_an_entry_without_a_definition_or_a_passage_explains_nothing(chain: FaqChain) -> None:
    entries = (Entry("widget"), Entry("gadget", definition="a thing", source="nowhere", start=0, end=7))
    assert Glossary(entries, chain.retriever.store.passages).explain("widget gadget") == ()
    assert Glossary((), ()).explain("widget") == ()


def test_an_answer_carries_its_terms(chain: FaqChain) -> None:
    reply = chain.invoke("What is paracrine signaling?")
    assert "extracellular vesicles" in {term.term for term in reply.terms}
    assert all(term.definition in reply.text for term in reply.terms)
