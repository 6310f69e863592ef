"""Misspelled words are put right by the corpus's words; right ones and names stay."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chain import FaqChain
from bot.spell import correct
from corpus.load import PACKAGED_CORPUS, load_corpus


@pytest.fixture(scope="module")
def vocabulary(chain: FaqChain) -> frozenset[str]:
    return chain.retriever.store.vocabulary


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("doners", "donors"),
        ("donros", "donors"),
        ("alogeneic", "allogeneic"),
        ("allogenic", "allogeneic"),
        ("autolgous", "autologous"),
        ("regenrative", "regenerative"),
        ("regenarativ", "regenerative"),
        ("arthritus", "arthritis"),
        ("osteoarthritus", "osteoarthritis"),
        ("diseeses", "diseases"),
        ("mesenchimal", "mesenchymal"),
        ("umbillical", "umbilical"),
        ("ryoncel", "ryoncil"),
        ("cartlage", "cartilage"),
    ],
)
def test_a_misspelled_word_becomes_the_corpus_word(vocabulary: frozenset[str], typed: str, meant: str) -> None:
    assert correct(f"what about {typed}?", vocabulary) == f"what about {meant}?"


@pytest.mark.parametrize(
    "word",
    [
        "migraine",
        "shingles",
        "cortisol",
        "Claritin",
        "mestinon",
        "Ozempic",
        "Vanderbilt",
        "wouldn't",
        "wouldn’t",
        "prolotherapy",
        "knees",
        "donor's",
        "dnor",
        "osteoperosys2",
        "50mg",
        "",
    ],
)
def test_a_right_word_a_name_or_a_short_word_stays(vocabulary: frozenset[str], word: str) -> None:
    assert correct(f"what about {word}?", vocabulary) == f"what about {word}?"


def test_a_capital_inside_the_text_makes_a_name_but_not_at_its_beginning(vocabulary: frozenset[str]) -> None:
    assert correct("Arthritus and Arthritus", vocabulary) == "arthritis and Arthritus"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("regeneratve", "regenerate"), ("regenertve", "regenerate"), ("rgenerat", "rgenerat"), ("egenerate", "egenerate")],
)
def test_ten_letters_may_have_two_errors_fewer_only_one_and_none_in_the_first_letter(typed: str, meant: str) -> None:
    assert correct(typed, {"regenerate"}) == meant


def test_all_other_characters_stay(vocabulary: frozenset[str]) -> None:
    assert correct("  (doners) –\talogeneic/50%?!\n", vocabulary) == "  (donors) –\tallogeneic/50%?!\n"


@pytest.mark.parametrize("document", load_corpus(PACKAGED_CORPUS), ids=lambda document: document.id)
def test_the_documents_themselves_are_spelled_right(vocabulary: frozenset[str], document: object) -> None:
    text = document.text  # type: ignore[attr-defined]
    assert correct(text, vocabulary) == text


@given(data=st.data())
@settings(max_examples=100, deadline=None)
def test_a_changed_word_is_one_of_the_corpus_with_the_same_first_letter(
    vocabulary: frozenset[str], data: st.DataObject
) -> None:
    word = data.draw(st.sampled_from(sorted(vocabulary)))
    at = data.draw(st.integers(0, len(word) - 1))
    typed = word[:at] + data.draw(st.sampled_from("aeiouxyz")) + word[at + 1 :]
    corrected = correct(typed, vocabulary)
    assert corrected == typed or (corrected in vocabulary and corrected[0] == typed[0])
    assert correct(corrected, vocabulary) == corrected
