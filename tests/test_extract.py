"""The cue lists, and the sentences that are chosen by them: whole thoughts, benefits with their limits, in order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import cues
from bot.cues import CueError, matches
from bot.extract import NARROW, TOGETHER, WIDE, Limits, Quote, extract, leans
from corpus.document import Passage
from corpus.load import PACKAGED_CORPUS, load_corpus
from corpus.split import split
from index.retrieve import Hit

PASSAGES = [passage for document in load_corpus(PACKAGED_CORPUS) for passage in split(document)]
PLACES = [(passage, position) for passage in PASSAGES for position in range(len(passage.sentences))]
CUES: dict[str, list[str]] = yaml.safe_load(Path(str(cues.__file__)).with_suffix(".yaml").read_text(encoding="utf-8"))
PLAIN = "Does it help?"
LIST = "Which sources are there?"

# By their first words: sentences of the corpus that a list must match, and near misses that it must not.
SENTENCES: dict[str, tuple[list[str], list[str]]] = {
    "leaning": (
        [
            "This process is called paracrine",
            "Each of these signals has downstream",
            "These tissues, collected at birth",
            "It does not diagnose conditions",
            "Because these are derived from a donor",
            "There is no requirement for HLA",
            "The cells create a biological environment",
            "Even when MSCs are considered",
            "In joints affected by osteoarthritis, this shift",
            "Preclinical research has linked this mechanism",
            "Patients considering this approach",
            "The physician’s assessment of the patient’s ability",
            "In the United States outpatient context, this is",
            "The science here is still developing",
            "The third condition is that",
        ],
        [
            "The first two conditions",
            "When introduced to an injury site",
            "Even a person's own cells carry risks",
            "The MSC population in bone marrow",
            "In osteoarthritic joints, inflammation",
            "However, allogeneic approaches carry",
            "Mini-lipoaspiration procedures can harvest",
            "Whether MSCs are true stem cells",
        ],
    ),
    "standing": (
        [
            "It is important to note",
            "It follows from the FDA's four conditions",
            "This article offers a clear",
            "This content is not a substitute",
        ],
        ["It does not diagnose conditions", "This approval applies", "This safety profile", "These approaches have"],
    ),
    "benefits": (
        [
            "MRI scans in the 2023 American knee trial",
            "Studies suggest MSCs may inhibit T-cell",
            "Research suggests that MSCs introduced into the joint",
            "Patients with early-to-moderate osteoarthritis appear to respond",
            "Regenerative approaches aim to work",
            "The primary clinical advantage of autologous",
            "The appeal of allogeneic approaches",
            "The stromal vascular fraction (SVF)",
            "This safety profile makes autologous",
            "A 2020 analysis that pooled 10 randomised trials",
            "The same 2020 analysis of MSC injections",
            "After 28 days, 30 percent",
            "Some early clinical evidence suggests",
            "Ryoncil was the first MSC therapy",
        ],
        [
            "Bone marrow is one of the most established",
            "Patients considering any stem cell procedure",
            "Corticosteroid injections suppress",
            "Ryoncil must not be given",
            "A 2023 American trial randomly assigned",
        ],
    ),
    "better_result": (
        ["A 2020 analysis that pooled", "The same 2020 analysis"],
        ["One year later, none", "Research suggests that MSC-secreted"],
    ),
    "no_better_result": (
        ["One year later, none"],
        ["A 2020 analysis that pooled", "MRI scans in the 2023"],
    ),
    "calm_on_harms": (
        ["In carefully run trials", "A 2021 review of 62 trials"],
        ["The FDA says it has received reports", "MRI scans in the 2023"],
    ),
    "reported_harms": (
        ["The FDA says it has received reports"],
        ["In carefully run trials"],
    ),
    "becomes_tissue": (
        ["MSCs can develop into"],
        ["The popular image", "This process is called paracrine"],
    ),
    "does_not_become_tissue": (
        ["The popular image"],
        ["MSCs can develop into", "What this means practically"],
    ),
    "limits": (
        [
            "Clinical evidence indicates varying degrees",
            "The authors of the 2021 review of own and donor MSCs conclude",
            "Ryoncil is not approved for joints",
            "The science here is still developing",
            "It is important to note that the evidence base",
            "The authors of the 2022 review say that exactly how",
            "Many systemic applications remain investigational",
            "The evidence base for preventive applications is limited",
            "Approval of Ryoncil rested on a study of 54 children",
            "In the 2020 pooled analysis of MSC injections",
            "This approval applies to a specific clinical",
            "Regenerative medicine does not replace surgical",
            "Efforts to find a drug that changes the course",
            "Research suggests adipose-derived MSCs share",
            "One year later, none of the three cell injections",
            "The transition from promising preclinical results",
            "However, allogeneic approaches carry",
            "Ryoncil is approved only for",
        ],
        [
            "Ryoncil was the first MSC therapy",
            "Bone marrow is one of the most established",
            "Stored cells meant for the same person",
            "Corticosteroid injections suppress",
            "The appeal of allogeneic approaches",
            "It does not diagnose conditions",
        ],
    ),
    "definitions": (
        [
            "Autologous stem cell therapy means",
            "Adipose tissue, meaning fat tissue",
            "This process is called paracrine",
            "The 2022 review of MSCs also covers methods",
            '"HCT/P" is the FDA\'s name',
            "Graft-versus-host disease is a dangerous",
        ],
        [
            "MSCs also carry a homing capacity",
            "Regenerative approaches aim to work",
            "Many systemic applications remain investigational",
            "Clinical evidence indicates varying degrees",
        ],
    ),
}
QUESTIONS: dict[str, tuple[list[str], list[str]]] = {
    "list_questions": (
        [
            "What are the sources of the article?",
            "Which are all the papers?",
            "Please list the sources",
            "Name three uses",
            "What side effects does Ryoncil have?",
            "Which growth factors are released?",
            "what illnesses are studied",
        ],
        [
            "What is my name for?",
            "What are MSCs?",
            "Is there a waiting list?",
            "Which type is better?",
            "Does every study agree?",
            "Where do these steps lead?",
        ],
    ),
    "definition_questions": (
        [
            "What is SVF?",
            "So what's a secretome?",
            "what are exosomes",
            "What does HLA stand for?",
            "adipose meaning?",
            "paracrine - meaning of the word",
            "Define homologous use",
        ],
        [
            "What is SVF, and is it legal?",
            "Is SVF a drug?",
            "What did the FDA say about exosomes in 2019?",
            "What makes donor cells different from the patient's own cells, in plain words?",
            "Who is a candidate?",
        ],
    ),
    "two_sided_questions": (
        [
            "Own cells vs donor cells?",
            "bone marrow versus fat",
            "How do MSCs compare to steroids?",
            "Regenerative medicine compared with surgery",
            "What is the difference between the two?",
            "How does it differ from usual care?",
            "pros and cons of donor cells",
            "Is SVF better than marrow?",
            "How is marrow different from fat?",
            "Should I use my own cells or a donor's?",
            "autologous or allogeneic?",
        ],
        [
            "Where do donor cells come from?",
            "Is my own doctor in or out of network?",
            "Is it safe or risky?",
            "Who gets better?",
            "Can I compare prices?",
        ],
    ),
    "simple_words": (
        ["Pretend I know nothing. What is SVF?", "explain to me like i'm five what a stem cell is"],
        [
            "pretend you are a doctor",
            "act like a lawyer",
            "imagine I'm a kid with GVHD. Is Ryoncil for me?",
            "explain it like I'm 10 percent stronger",
            "people act like i'm nothing, is it safe",
        ],
    ),
    "points_back": (
        ["why do labs put them into cells?", "what are those for"],
        ["how long does it take", "why do labs use cells?", "what does the theme say"],
    ),
    "asks_what_is_known": (
        ["what have the studies found?", "and what does the research say about it", "is there any real evidence?"],
        [
            "what does the FDA say",
            "what have the studies found on knees?",
            "is there parking",
            "what do the researchers eat",
        ],
    ),
    "asks_of_some_illness": (
        [
            "what are the treatments for it?",
            "what treatments are available",
            "how is it treated",
            "is there a cure",
            "can stem cells help?",
        ],
        [
            "what are the treatments for lupus",
            "is stem cell therapy a treatment",
            "what treatments do you offer",
            "can stem cells help knees",
            "does it help",
        ],
    ),
    "acknowledges": (
        ["ok thanks!", "hello there", "Got it, that's very helpful", "oh wow", "Thank you so much for the info"],
        ["ok and knees", "thanks. what is SVF?", "no sorry, I meant marrow", "hi, my knee", "yes for arthritis"],
    ),
    "beside_the_question": (
        [
            "Hi there, what is SVF?",
            "Quick question: what is SVF?",
            "I'm dying to know where the cells come from",
            "I'd like to know if the FDA approved it",
            "I was wondering whether it helps knees",
            "Is it approved? Just curious",
            "has anybody died of it, morbid I know",
            "do people go blind from it, like the TV said",
            "who found these cells first, do your papers say",
            "how do they aim the needle haha",
            "lol ok also what is a secretome",
            "what the heck is paracrine signaling",
        ],
        [
            "Hi",
            "The big question, is it approved?",
            "I'm curious about SVF",
            "I'd like to know more about SVF",
            "I was wondering about SVF",
            "is it also used in hips",
            "what in the article speaks of hips",
            "What do the papers say?",
            "Do your documents say how the marrow is taken?",
            "Is it as safe as the news said last year?",
        ],
    ),
}
EXAMPLES = SENTENCES | QUESTIONS


def place(beginning: str) -> tuple[Passage, int]:
    """The one sentence of the corpus that begins so."""
    found = [(p, i) for p, i in PLACES if p.sentences[i].text.startswith(beginning)]
    assert len(found) == 1, f"{len(found)} sentences begin: {beginning}"
    return found[0]


def text(cue: str, example: str) -> str:
    passage, position = place(example) if cue in SENTENCES else (None, 0)
    return passage.sentences[position].text if passage else example


def hit(passage: Passage, position: int, score: float = 1.0, expected: float = 0.0) -> Hit:
    return Hit(passage, position, 0, dense=0.0, expected=expected, lexical=0.0, score=score)


def hits(*beginnings: str) -> list[Hit]:
    """Hits on these sentences, each scored a little below the one before."""
    return [hit(*place(beginning), score=2 - n / 100) for n, beginning in enumerate(beginnings)]


def shown(quotes: Sequence[Quote]) -> list[str]:
    return [quote.sentence.text for quote in quotes]


def full(*beginnings: str) -> list[str]:
    return [text("leaning", beginning) for beginning in beginnings]


def within(limits: Limits, quotes: Sequence[Quote]) -> bool:
    return len(quotes) <= limits.sentences and len(" ".join(shown(quotes)).split()) <= limits.words


@pytest.mark.parametrize(("cue", "example"), [(cue, e) for cue, (must, _) in EXAMPLES.items() for e in must])
def test_a_cue_list_matches(cue: str, example: str) -> None:
    assert matches(cue, text(cue, example))


@pytest.mark.parametrize(("cue", "example"), [(cue, e) for cue, (_, must_not) in EXAMPLES.items() for e in must_not])
def test_a_cue_list_does_not_match_a_near_miss(cue: str, example: str) -> None:
    assert not matches(cue, text(cue, example))


@pytest.mark.parametrize(("cue", "expression"), [(cue, e) for cue, expressions in CUES.items() for e in expressions])
def test_every_expression_of_a_cue_list_has_an_example_here(cue: str, expression: str) -> None:
    assert any(re.search(expression, text(cue, example), re.IGNORECASE) for example in EXAMPLES[cue][0])


def test_a_cue_list_that_is_not_there_is_named() -> None:
    with pytest.raises(CueError, match=r"cues\.yaml: list 'moods'"):
        matches("moods", "I am fine.")


@pytest.mark.parametrize(
    ("found", "quoted"),
    [
        ("This process is called", ["When introduced to an injury site", "This process is called"]),
        (
            "Because these are derived",
            ["Umbilical cord tissue", "These tissues, collected", "Because these are derived"],
        ),
        ("Even when MSCs are", ["However, allogeneic approaches carry", "Even when MSCs are"]),
        ("It is important to note", ["It is important to note"]),
        ("Bone marrow is one", ["Bone marrow is one"]),
    ],
)
def test_a_leaning_sentence_brings_all_that_it_leans_on(found: str, quoted: list[str]) -> None:
    assert shown(extract(PLAIN, hits(found))) == full(*quoted)


def test_a_leaning_sentence_whose_support_is_not_in_its_passage_is_not_used() -> None:
    passage, position = place("This process is called")
    cut = replace(passage, sentences=passage.sentences[position:])
    assert extract(PLAIN, [hit(cut, 0)]) == []
    assert shown(extract(PLAIN, [hit(cut, 0), *hits("Bone marrow is one")])) == full("Bone marrow is one")


def test_a_leaning_sentence_at_the_head_of_a_paragraph_is_not_used() -> None:
    passage, position = place("This process is called")
    alone = replace(passage.sentences[position], block=99)
    cut = replace(passage, sentences=(*passage.sentences[:position], alone, *passage.sentences[position + 1 :]))
    assert extract(PLAIN, [hit(cut, position)]) == []


@pytest.mark.parametrize(
    ("benefit", "quoted"),
    [
        ("A 2020 analysis that pooled", ["A 2020 analysis that pooled", "The same 2020 analysis"]),
        ("After 28 days, 30 percent", ["Approval of Ryoncil rested", "After 28 days, 30 percent"]),
        ("Regenerative approaches aim", ["Regenerative approaches aim", "This is a structural difference"]),
        (
            "Research suggests that MSCs introduced into the joint",
            [
                "In osteoarthritic joints, inflammation",
                "Research suggests that MSCs introduced into the joint",
                "Clinical evidence indicates varying degrees",
            ],
        ),
        (
            "Mini-lipoaspiration procedures",
            ["Mini-lipoaspiration procedures", "Research suggests adipose-derived MSCs share"],
        ),
    ],
)
def test_a_benefit_brings_the_nearest_limit_of_its_passage(benefit: str, quoted: list[str]) -> None:
    assert shown(extract(PLAIN, hits(benefit))) == full(*quoted)


@pytest.mark.parametrize(
    "sentence",
    [
        "Some early clinical evidence suggests",
        "The primary clinical advantage of autologous",
        "Bone marrow is one of the most established",
    ],
)
def test_no_limit_is_brought_where_it_is_said_already_or_there_is_none_or_no_benefit(sentence: str) -> None:
    assert shown(extract(PLAIN, hits(sentence))) == full(sentence)


def test_a_limit_that_leans_on_another_paragraph_is_not_brought() -> None:
    homing = "Research suggests that when introduced near"
    assert any(matches("limits", sentence.text) for sentence in place(homing)[0].sentences)
    assert shown(extract(PLAIN, hits(homing))) == full(homing)


def test_one_limit_is_enough() -> None:
    limit, benefit = "Clinical evidence indicates varying", "Regenerative approaches aim"
    assert shown(extract(PLAIN, hits(limit, benefit))) == full(limit, benefit)


def test_a_sentence_that_would_make_a_patient_wait_for_the_best_one_must_be_nearly_as_good() -> None:
    before, best, behind = "Stem cells used in clinical", "Bone marrow is one of the most", "Umbilical cord tissue"
    low = 1 - (NARROW.ahead + NARROW.margin) / 2
    found = [hit(*place(best)), hit(*place(before), score=low), hit(*place(behind), score=low)]
    assert shown(extract(PLAIN, found)) == full(best, behind)
    nearly = [hit(*place(best)), hit(*place(before), score=1.01 - NARROW.ahead)]
    assert shown(extract(PLAIN, nearly)) == full(before, best)


POOLED, NONE_BETTER = "A 2020 analysis that pooled", "One year later, none"
CALM, REPORTS = "In carefully run trials", "The FDA says it has received reports"
ASIDE = "Roughly one in ten people"


@pytest.mark.parametrize(("said", "other"), [(POOLED, NONE_BETTER), (CALM, REPORTS)])
def test_the_other_side_that_another_document_tells_is_quoted_along(said: str, other: str) -> None:
    far_below = [*hits(said, ASIDE), hit(*place(other), score=0.1)]
    assert full(other)[0] in shown(extract(PLAIN, far_below))
    assert full(other)[0] not in shown(extract(PLAIN, [*hits(ASIDE), hit(*place(other), score=0.1)]))
    assert shown(extract(PLAIN, hits(said, other))).count(full(other)[0]) == 1


def test_what_was_not_found_is_not_quoted_along() -> None:
    assert full(NONE_BETTER)[0] not in shown(extract(PLAIN, hits(POOLED, ASIDE)))


def test_no_benefit_is_quoted_without_a_limit_that_its_passage_states_by_itself() -> None:
    limited = 0
    for passage, position in PLACES:
        limits = {other.text for other in passage.sentences if matches("limits", other.text)}
        if matches("benefits", passage.sentences[position].text) and not all(map(leans, limits)):
            limited += 1
            assert limits & set(shown(extract(PLAIN, [hit(passage, position)])))
    assert limited > 5


SOURCES = [sentence.text for sentence in place("Cell Therapy: Types, Regulation")[0].sentences]


@pytest.mark.parametrize("item", range(len(SOURCES)))
def test_a_list_question_gets_all_items_of_the_list_in_order(item: int) -> None:
    assert shown(extract(LIST, hits(SOURCES[item]))) == SOURCES
    assert shown(extract(PLAIN, hits(SOURCES[item]))) == [SOURCES[item]]


def test_a_list_question_gets_no_other_sentences_of_a_paragraph() -> None:
    assert shown(extract(LIST, hits("Bone marrow is one"))) == full("Bone marrow is one")


def test_quotes_are_in_reading_order_documents_in_the_order_in_which_they_were_found() -> None:
    found = hits("Ryoncil must not", "MSCs also carry a homing", "The MSCs in Ryoncil come", "Bone marrow is one")
    assert shown(extract(LIST, found)) == full(
        "The MSCs in Ryoncil come", "Ryoncil must not", "MSCs also carry a homing", "Bone marrow is one"
    )


@pytest.mark.parametrize(("question", "first"), [("What is an autologous use?", 1), (PLAIN, 0)])
def test_a_defining_sentence_goes_first_where_a_definition_is_asked_for(question: str, first: int) -> None:
    plain, defining = place("Ryoncil must not"), place("Cell therapy means")
    quoted = extract(question, [hit(*plain, score=1.0), hit(*defining, score=0.9)])
    assert quoted[0] == Quote(*(plain, defining)[first])


@pytest.mark.parametrize(("expected", "together"), [(TOGETHER, True), (TOGETHER - 0.01, False)])
def test_sentences_that_answer_together_are_shown_together(expected: float, together: bool) -> None:
    first, second = place("Ryoncil must not"), place("Bone marrow is one")
    found = replace(hit(*first, expected=expected), companions=(first, second))
    assert extract(PLAIN, [found]) == [Quote(*first), Quote(*second)][: 1 + together]


@pytest.mark.parametrize(("question", "limits"), [(PLAIN, NARROW), (LIST, WIDE), ("Fat or marrow?", WIDE)])
def test_a_sentence_scored_too_far_below_the_best_is_not_shown(question: str, limits: Limits) -> None:
    first, near, far = place("Ryoncil must not"), place("MSCs also carry a homing"), place("Bone marrow is one")
    scored = [hit(*first), hit(*near, score=1.01 - limits.margin), hit(*far, score=0.99 - limits.margin)]
    assert extract(question, scored) == [Quote(*first), Quote(*near)]


@pytest.mark.parametrize(("question", "limits"), [(PLAIN, NARROW), (LIST, WIDE), ("Fat or marrow?", WIDE)])
def test_as_many_short_sentences_are_shown_as_the_limits_hold(question: str, limits: Limits) -> None:
    passage, position = place("MSCs also carry a homing")
    short = [replace(passage, id=str(n), source_id=str(n)) for n in range(10)]
    assert len(extract(question, [hit(each, position) for each in short])) == limits.sentences


def test_a_sentence_that_does_not_fit_makes_room_for_the_next_that_does() -> None:
    passage, position = place("MSCs also carry a homing")
    long = replace(passage.sentences[position], text="word " * NARROW.words)
    wordy = replace(passage, id="wordy", sentences=(long,))
    found = [hit(passage, position), hit(wordy, 0, 0.9), hit(*place("Bone marrow is one"), score=0.8)]
    assert shown(extract(PLAIN, found)) == full("MSCs also carry a homing", "Bone marrow is one")


def test_a_first_thought_longer_than_the_limits_is_shown_whole_and_alone() -> None:
    passage, position = place("MSCs also carry a homing")
    long = replace(passage.sentences[position], text="word " * (NARROW.words + 1))
    wordy = replace(passage, id="wordy", sentences=(long,))
    assert extract(PLAIN, [hit(wordy, 0), hit(passage, position, 0.9)]) == [Quote(wordy, 0)]


def test_nothing_found_is_nothing_shown() -> None:
    assert extract(PLAIN, []) == []


SCORED = st.tuples(st.sampled_from(PLACES), st.floats(0, 3), st.lists(st.sampled_from(PLACES), max_size=3))


@given(
    question=st.sampled_from([PLAIN, LIST, "What is SVF?", "Own or donor cells?"]),
    scored=st.lists(SCORED, max_size=20, unique_by=lambda drawn: (drawn[0][0].id, drawn[0][1])),
    expected=st.sampled_from([0.0, 1.0]),
)
@settings(max_examples=100, deadline=None)
def test_whatever_was_found_whole_thoughts_are_shown_within_the_limits(
    question: str, scored: list[tuple[tuple[Passage, int], float, list[tuple[Passage, int]]]], expected: float
) -> None:
    found = [replace(hit(*at, score, expected), companions=tuple(others)) for at, score, others in scored]
    quotes = extract(question, found)
    assert len(set(quotes)) == len(quotes)
    for n, quote in enumerate(quotes):
        if leans(quote.sentence.text):
            assert n > 0
            assert quotes[n - 1] == Quote(quote.passage, quote.position - 1)
    alone = [set(extract(question, [replace(each, expected=0.0)])) for each in found]
    best = max((each.score for each in found), default=0.0)
    if any(whole for whole, each in zip(alone, found, strict=True) if each.score == best):
        assert quotes
    wide = matches("list_questions", question) or matches("two_sided_questions", question)
    assert within(WIDE if wide else NARROW, quotes) or set(quotes) in alone


def test_that_a_trial_had_no_serious_problems_is_not_said_without_what_it_did_not_find() -> None:
    quotes = shown(extract("Was it safe?", hits("MRI scans in the 2023 American knee trial")))
    assert quotes[0].startswith("One year later, none of the three cell injections")
