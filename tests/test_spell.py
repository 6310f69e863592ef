"""Misspelled words are put right by the corpus's words; right ones and names stay."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from spellchecker import SpellChecker

from bot.by_ear import heard
from bot.chain import FaqChain
from bot.english import is_rare
from bot.spell import TEXTED, correct
from corpus.load import PACKAGED_CORPUS, load_corpus

WORD_LIST = SpellChecker().word_frequency.dictionary


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
        ("wartons", "wharton"),
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
    [("regeneratve", "regenerate"), ("regenertve", "regenerate"), ("rgnerat", "rgnerat"), ("egnerat", "egnerat")],
)
def test_ten_letters_may_have_two_errors_fewer_only_one_and_none_in_the_first_letter(typed: str, meant: str) -> None:
    assert correct(typed, {"regenerate"}) == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("how do thay get it in jus the rigt spot", "how do they get it in just the rigt spot"),
        ("is anybody reserching lupus", "is anybody researching lupus"),
        ("a diffrent anser", "a different anser"),
        ("thx, do ppl pls explain", "thanks, do people please explain"),
        ("does lyrica or kenalog or keytruda or aleve help", "does lyrica or kenalog or keytruda or aleve help"),
        ("see www.fda.gov/htm or doi.org", "see www.fda.gov/htm or doi.org"),
    ],
)
def test_beyond_the_corpus_only_little_words_and_long_everyday_ones_are_put_right(typed: str, meant: str) -> None:
    assert correct(typed, {"lupus", "spot"}) == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("how did the ninth sirkit rule", "how did the ninth circuit rule"),
        ("Do stemcells find the in jury?", "Do stem cells find the injury?"),
        ("dose it inclood 2023, and HSA", "dose it include 2023, and HSA"),
        ("are the regulashuns stricter", "are the regulations stricter"),
        ("my son-in-law asks about cells", "my son-in-law asks about cells"),
        ("does metformin or Hokusai help", "does metformin or Hokusai help"),
        ("in the cell", "in the cell"),
    ],
)
def test_what_was_typed_by_ear_is_read_as_it_sounds(typed: str, meant: str) -> None:
    corpus = {"ninth", "circuit", "stem", "cells", "cell", "injury", "include", "regulations", "in", "the"}
    assert heard(typed, corpus) == meant


@pytest.mark.parametrize(("word", "rare"), [("knee", False), ("church", False), ("migraines", True), ("copd", True)])
def test_a_rare_word_is_a_name_or_a_term(word: str, rare: bool) -> None:
    assert is_rare(word) is rare


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("dose it help back pain", "does it help back pain"),
        ("how long dose it take and how much dos it cost", "how long does it take and how much does it cost"),
        ("what dose is used", "what dose is used"),
        ("which dose the trial used", "which dose the trial used"),
        ("do they work", "do they work"),
        ("any side affects", "any side effects"),
        ("how affective is it", "how effective is it"),
        ("does it affect nerves", "does it affect nerves"),
        ("does it wrok", "does it work"),
        ("where r u and do u take ur time", "where are you and do you take your time"),
        ("vitamin u in the U.S.", "vitamin u in the U.S."),
        ("i took 100 u of insulin, see x.com/u/ur", "i took 100 u of insulin, see x.com/u/ur"),
        ("u/s guided in the u s of a", "u/s guided in the u s of a"),
        ("is that what u r doing", "is that what you are doing"),
        ("dose the doctor gave me", "dose the doctor gave me"),
        ("how high dose the drug", "how high dose the drug"),
        ("whats the sucess rate", "whats the success rate"),
    ],
)
def test_a_word_that_stands_for_another_is_told_by_what_is_around_it(
    vocabulary: frozenset[str], typed: str, meant: str
) -> None:
    assert correct(typed, vocabulary) == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("hw many ppl was it", "how many people was it"),
        ("Abt wht shld I ask b4", "about what should I ask before"),
        ("y dnt they use fat", "why don't they use fat"),
        ("can you ask 2 see it w/ my mom", "can you ask to see it with my mom"),
        ("is it good 4 the knees", "is it good for the knees"),
        ("what r exosomes, sum kind of cell", "what are exosomes, some kind of cell"),
        ("review w 62 trials", "review with 62 trials"),
        ("6 hrs or 2 yrs", "6 hours or 2 years"),
        *((same, same) for same in ("X or Y do", "grade 4 knees", "are the 2 better", "type 2 diabetes", "DEM, WUD")),
        *(
            (same, same)
            for same in ("in 2021 W. was", "sum of all", "e.g. b4.example.org", "vitamin b4", "shots 4 a year")
        ),
        *((same, same) for same in ("had 2 work injuries", "a bout of it", "Mr. Dis Wiv", "gt bursitis")),
    ],
)
def test_what_is_texted_is_written_out(vocabulary: frozenset[str], typed: str, meant: str) -> None:
    assert correct(typed, vocabulary) == meant


def test_a_word_of_the_documents_is_not_written_out() -> None:
    assert correct("is dis it", frozenset({"dis"})) == "is dis it"


def test_no_texted_word_is_one_of_the_documents(vocabulary: frozenset[str]) -> None:
    texted = yaml.safe_load(TEXTED.read_text("utf-8"))
    assert len(texted) > 60
    assert not {*texted} & vocabulary
    assert list(texted) == sorted(texted)


def test_all_other_characters_stay(vocabulary: frozenset[str]) -> None:
    assert correct("  (doners) –\talogeneic/50%?!\n", vocabulary) == "  (donors) –\tallogeneic/50%?!\n"


@pytest.mark.parametrize("document", load_corpus(PACKAGED_CORPUS), ids=lambda document: document.id)
def test_the_documents_themselves_are_spelled_right(vocabulary: frozenset[str], document: object) -> None:
    text = document.text  # type: ignore[attr-defined]
    assert correct(text, vocabulary) == text


@given(data=st.data())
@settings(max_examples=100, deadline=None)
def test_a_changed_word_is_one_of_the_corpus_or_of_everyday_english(
    vocabulary: frozenset[str], data: st.DataObject
) -> None:
    word = data.draw(st.sampled_from(sorted(filter(str.isalpha, vocabulary))))
    at = data.draw(st.integers(0, len(word) - 1))
    typed = word[:at] + data.draw(st.sampled_from("aeiouxyz")) + word[at + 1 :]
    corrected = correct(typed, vocabulary)
    assert correct(corrected, vocabulary) == corrected
    assert corrected == typed or corrected in vocabulary or corrected in WORD_LIST
