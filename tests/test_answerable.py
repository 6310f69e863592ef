"""Whether hits answer a question: by its words, by its aspect, and by the diseases that documents never name."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

import bot.answerable
from bot.answerable import Judgement, judge
from bot.chain import FaqChain
from bot.evidence import KNOWN, PLAIN, Evidence, Weights, answered_share, evidence, lead, weights
from bot.health import is_health_term
from corpus.document import BlockKind, Passage, Sentence, Tier
from index.interaction import WordSupport
from index.retrieve import Found, Hit, Likeness

TEXT = "Of the patients, 70% got better."
SENTENCE = Sentence(TEXT, 0, len(TEXT), 0, BlockKind.PARAGRAPH)
PASSAGE = Passage("p", "note", "A note", Tier.STUDY, (), TEXT, 0, len(TEXT), (SENTENCE,))


def hit(dense: float, expected: float) -> Hit:
    return Hit(PASSAGE, 0, 0, dense, expected, lexical=0.0, score=0.0)


def word(similarity: float, rarity: float) -> WordSupport:
    return WordSupport("word", similarity, rarity, known=True)


def test_the_evidence_worked_by_hand() -> None:
    words = [word(0.9, 3), WordSupport("kangaroo", 0.1, 1, known=False)]
    likeness = Likeness(expected=(0.8, 0.6), uncovered=(0.7,))
    found = evidence(words, Found([hit(0.5, 0.2), hit(0.1, 0.4)], likeness), covered=1.5, missing=False)
    assert found == pytest.approx(
        Evidence(
            support=(0.9 * 3 + 0.1) / 4,
            weakest=0.1,
            words=math.log(3),
            best=0.5,
            unknown=1 / 4,
            missing=0,
            lead=lead(likeness),
            share=2 / 3,
            uncovered=0.7,
            covered=1.5,
        )
    )


def test_without_hits_or_words_there_is_no_evidence_but_that_nothing_is_known() -> None:
    assert evidence([], Found([], Likeness()), covered=0.0, missing=False) == Evidence(share=0.5)


@pytest.mark.parametrize(
    ("words", "best", "missing", "wanted"),
    [
        pytest.param([word(0.9, 1), word(0.9, 1)], 0.9, True, 1, id="an aspect that is not supplied"),
        pytest.param([word(0.9, 1), word(0.9, 1)], 0.9, False, 0, id="nothing is missing"),
        pytest.param([WordSupport("migraines", 0.9, 1, known=False)] * 2, 0.9, False, 1, id="an unknown disease"),
        pytest.param([WordSupport("migraines", 0.9, 1, known=True)] * 2, 0.9, False, 0, id="a known disease"),
        pytest.param([word(0.9, 1)], 0.6, False, 1, id="a single word unlike any question"),
        pytest.param([word(0.9, 1)], 0.7, False, 0, id="a single word like a known question"),
    ],
)
def test_what_is_missing(words: list[WordSupport], best: float, missing: bool, wanted: float) -> None:
    assert evidence(words, Found([hit(best, 0)], Likeness()), 0.0, missing=missing).missing == wanted


@pytest.mark.parametrize(
    ("expected", "uncovered", "share"),
    [
        ((), (), 0.5),
        ((0.3,), (), 1.0),
        ((), (0.3,), 0.0),
        ((0.9,) * 20, (0.8,) * 20, 1.0),
        ((0.9,) * 4 + (0.1,) * 9, (0.8,) * 20, 0.4),
    ],
)
def test_the_share_is_of_the_ten_nearest(
    expected: tuple[float, ...], uncovered: tuple[float, ...], share: float
) -> None:
    assert answered_share(Likeness(expected, uncovered)) == share


def test_the_weights_that_ship_count_what_speaks_for_an_answer_for_it_and_the_other_against_it() -> None:
    known, plain = weights()[KNOWN], weights()[PLAIN]
    for name in ("support", "weakest", "lead", "share"):
        assert getattr(known.evidence, name) > 0
    assert known.evidence.missing < 0 < known.evidence.covered
    assert plain.evidence.missing < 0
    assert (plain.evidence.lead, plain.evidence.share, plain.evidence.uncovered, plain.evidence.covered) == (0,) * 4


def test_a_probability_worked_by_hand() -> None:
    by = Weights(Evidence(support=2.0, missing=-1.0), intercept=-0.5)
    assert by.probability(Evidence(support=0.75, missing=1.0)) == pytest.approx(0.5)
    assert by.probability(Evidence(support=0.75)) == pytest.approx(1 / (1 + math.exp(-1)))


def judged(chain: FaqChain, question: str, hits: list[Hit] | None = None) -> Judgement:
    retriever = chain.retriever
    [asked] = retriever.embeddings.encode_words([question])
    found = retriever.search(question) if hits is None else Found(hits, Likeness())
    covered = chain.coverage.log_odds(asked.vector)
    return judge(asked, question, found, covered, retriever.store, chain.settings.min_relevance)


@pytest.mark.parametrize(
    "question",
    [
        "What is SVF?",
        "Is stem cell therapy approved by the FDA?",
        "Where do stem cells come from?",
        "What are the side effects of Ryoncil?",
        "Can stem cells treat osteoarthritis?",
        "Do mesenchymal stem cells treat graft versus host disease?",
    ],
)
def test_what_the_documents_say_is_answered(chain: FaqChain, question: str) -> None:
    judgement = judged(chain, question)
    assert (judgement.answers, judgement.reasons) == (True, ("relevant",))
    assert chain.settings.min_relevance <= judgement.relevance <= 1


@pytest.mark.parametrize(
    ("question", "reasons"),
    [
        ("How much does stem cell therapy cost?", ("wrong_aspect:cost",)),
        ("How much does an injection into the knee cost?", ("wrong_aspect:cost",)),
        (
            "Can stem cells help with migraines?",
            ("uncovered_term:migraines",),
        ),
        (
            "Is acupuncture better than stem cells?",
            ("uncovered_term:acupuncture", "uncovered_question:anything about acupuncture"),
        ),
        (
            "Can stem cells help with emphysema?",
            ("uncovered_term:emphysema",),
        ),
        ("Can stem cells treat ataxia?", ("uncovered_term:ataxia",)),
        ("What does a platypus eat?", ("uncovered_term:platypus",)),
        ("What does it cost to treat migraines?", ("uncovered_term:migraines", "wrong_aspect:cost")),
        ("Do migraines or endometriosis, do migraines?", ("uncovered_term:migraines", "uncovered_term:endometriosis")),
        ("They gave me Zorbex, what does it cost", ("wrong_aspect:cost", "uncovered_term:zorbex")),
        ("How do I fix a flat tire?", ("low_relevance",)),
        ("Who won the world series?", ("low_relevance",)),
        ("the of it", ("low_relevance",)),
        ("", ("low_relevance",)),
    ],
)
def test_what_they_do_not_say_is_not_answered_and_the_reasons_tell_why(
    chain: FaqChain, question: str, reasons: tuple[str, ...]
) -> None:
    judgement = judged(chain, question)
    assert (judgement.answers, judgement.reasons[: len(reasons)]) == (False, reasons)
    assert judgement.relevance < chain.settings.min_relevance


@pytest.mark.parametrize(
    ("named", "never_named"),
    [("osteoarthritis", "endometriosis"), ("arthritis", "migraines"), ("diabetes", "psoriasis")],
)
def test_a_health_term_stops_the_answer_only_where_the_documents_never_name_it(
    chain: FaqChain, named: str, never_named: str
) -> None:
    knows = chain.retriever.store.vocabulary
    assert (named in knows, never_named in knows) == (True, False)
    assert is_health_term(named)
    assert is_health_term(never_named)
    assert judged(chain, f"Can stem cells treat {named}?").answers
    assert judged(chain, f"Can stem cells treat {never_named}?").reasons[0] == f"uncovered_term:{never_named}"


def test_an_everyday_word_that_the_documents_do_not_have_does_not_stop_the_answer(chain: FaqChain) -> None:
    assert "bicycle" not in chain.retriever.store.vocabulary
    assert judged(chain, "Are exosomes from a bicycle shop approved by the FDA?").answers
    assert not judged(chain, "Are exosomes for migraines approved by the FDA?").answers


@pytest.mark.parametrize(
    ("expected", "uncovered", "sign"),
    [
        ((0.9, 0.8), (0.5,), 1),
        ((0.5,), (0.9, 0.8), -1),
        ((0.7,), (), 1),
        ((), (0.7,), -1),
        ((0.6,), (0.6,), 0),
        ((), (), 0),
    ],
)
def test_the_lead_is_on_the_side_of_the_nearer_questions(
    expected: tuple[float, ...], uncovered: tuple[float, ...], sign: int
) -> None:
    found = lead(Likeness(expected, uncovered))
    assert (found > 0) - (found < 0) == (sign if expected and uncovered else 0)


def test_the_lead_worked_by_hand() -> None:
    assert lead(Likeness((0.8,), (0.7,))) == pytest.approx(2.0)  # a tenth of cosine is two temperatures
    assert lead(Likeness((0.8, 0.8), (0.7,))) == pytest.approx(2.0 + math.log(2))


@pytest.mark.parametrize("question", ["What does SVF cost?", "What is SVF in endometriosis?"])
def test_what_is_not_supplied_or_never_named_makes_an_answer_less_likely(chain: FaqChain, question: str) -> None:
    assert judged(chain, question).relevance < 0.1 < 0.9 < judged(chain, "What is SVF?").relevance


def test_the_fourth_hit_supplies_an_aspect_and_the_fifth_does_not(chain: FaqChain) -> None:
    question = "What is the success rate?"
    hits, supplying = chain.retriever.hits("What is SVF?", 1) * 4, hit(0.1, 0.1)
    assert judged(chain, question, [*hits[:3], supplying]).reasons == ("low_relevance",)
    assert judged(chain, question, [*hits[:4], supplying]).reasons == ("wrong_aspect:percentage",)


@pytest.mark.parametrize("question", ["What is SVF?", "Can stem cells help with migraines?", ""])
def test_without_hits_nothing_is_relevant(chain: FaqChain, question: str) -> None:
    judgement = judged(chain, question, [])
    assert not judgement.answers
    assert judgement.relevance < 0.01


def test_without_hits_an_aspect_is_still_named(chain: FaqChain) -> None:
    assert judged(chain, "What does it cost?", []).reasons == ("wrong_aspect:cost",)


@pytest.mark.parametrize(
    "word",
    [
        "migraine",
        "migraines",
        "copd",
        "acupuncture",
        "osteoarthritis",
        "diabetes",
        "psoriasis",
        "chemotherapy",
        "cancers",
    ],
)
def test_the_name_of_a_disease_a_drug_or_a_treatment_is_a_health_term(word: str) -> None:
    assert is_health_term(word)


@pytest.mark.parametrize(
    "word", ["doctor", "church", "weather", "the", "2021", "", "?", "raining", "parking", "home", "well", "person"]
)
def test_an_everyday_word_is_no_health_term(word: str) -> None:
    assert not is_health_term(word)


def test_the_health_terms_are_one_word_a_line_in_order() -> None:
    file = Path(bot.answerable.__file__).with_name("health_terms.txt")
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    assert lines == sorted(set(lines))
    assert all(line.islower() and len(line.split()) == 1 for line in lines)
