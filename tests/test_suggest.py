"""What is offered instead of an answer is near what was asked, well put, not twice the same, and does get an answer."""

from __future__ import annotations

import pytest

from bot.chain import FaqChain
from bot.reply import Kind, Reply
from bot.suggest import MOST, NEAR, suggestions
from corpus.document import BlockKind, Passage, Sentence, Tier
from evals.questions import Split, load_sets
from index.lexical import terms
from index.retrieve import Hit
from index.units import UnitKind

CELLS = "What signals do stem cells send?"
CELLS_AGAIN = "Which signals can stem cells send to a joint?"
KNEES = "Does a worn knee get better by itself?"
DONORS = "Who may become a donor of bone marrow?"
NO_ANSWERS = [
    "How much does stem cell therapy cost?",
    "Can stem cells help with migraines?",
    "Is there parking at the clinic?",
    "Is acupuncture better than stem cells?",
    "Do stem cells cure asthma?",
    "Will insurance pay for Ryoncil?",
    "What dose of cells is injected into the knee?",
    "Would stem cells help my dog?",
    "Which brand of centrifuge is used?",
]


def hit(expected: float, question: str, score: float = 0.0, text: str = "") -> Hit:
    """A hit on a sentence that has the words of its expected question, or on another text."""
    text = text or f"Cells send signals: {question}"
    sentence = Sentence(text, 0, len(text), 0, BlockKind.PARAGRAPH)
    passage = Passage("p", "note", "A note", Tier.STUDY, (), text, 0, len(text), (sentence,))
    return Hit(passage, 0, 0, 0.0, expected, 0.0, score, question=question)


@pytest.mark.parametrize(
    ("hits", "offered"),
    [
        pytest.param([], [], id="no hits"),
        pytest.param([hit(0.9, CELLS)], [CELLS], id="one"),
        pytest.param([hit(0.61, CELLS), hit(0.9, KNEES), hit(0.7, DONORS)], [KNEES, DONORS, CELLS], id="nearest first"),
        pytest.param([hit(0.61, CELLS, 2), hit(0.9, KNEES, 1)], [KNEES, CELLS], id="whatever the order of the hits"),
        pytest.param([hit(0.6, CELLS), hit(0.6, KNEES)], [CELLS, KNEES], id="of one cosine the better hit first"),
        pytest.param([hit(NEAR, CELLS), hit(NEAR - 1e-6, KNEES)], [CELLS], id="not beyond what is near"),
        pytest.param([hit(0.9, CELLS), hit(0.8, CELLS)], [CELLS], id="of two sentences one question"),
        pytest.param([hit(0.8, CELLS), hit(0.9, CELLS_AGAIN)], [CELLS_AGAIN], id="of two alike the nearer"),
        pytest.param([hit(0.9, CELLS), hit(0.8, CELLS_AGAIN), hit(0.7, KNEES)], [CELLS, KNEES], id="and then others"),
        pytest.param([hit(0.9, ""), hit(0.8, KNEES)], [KNEES], id="a sentence that no question expects"),
    ],
)
def test_near_questions_are_offered_once_nearest_first(hits: list[Hit], offered: list[str]) -> None:
    assert list(suggestions(hits)) == offered


def test_what_is_asked_in_words_that_its_sentence_does_not_have_is_not_offered() -> None:
    text = "Ultrasound guidance allows the physician to place cells precisely."
    blind = hit(0.9, "Is the doc flying blind?", text=text)
    assert suggestions([blind, hit(0.8, "Does ultrasound help to place them well?", text=text)]) == ()
    assert suggestions([blind, hit(0.8, "Does ultrasound help to place cells well?", text=text)]) == (
        "Does ultrasound help to place cells well?",
    )


@pytest.mark.parametrize(
    ("question", "offered"),
    [
        ("What are stem cells?", True),
        ("What is SVF?", False),
        ("What is a stem cell?", True),
        ("How many points?", False),
        ("Which four shots?", False),
        (f"What is a {'h' * 84}?", True),
        (f"What is a {'h' * 85}?", False),
        ("Are your neighbors curious about stem cells?", False),
        ("How long has it been in clinics?", False),
        ("Who signed off on these cells?", False),
        ("My brother has it. What does he need?", False),
        ("Is it something for my brother?", False),
        ("what are stem cells?", False),
        ("Stem cells, what are they", False),
        ("Stem cells? Tell me of them.", False),
        ("2 kinds of stem cells?", False),
        ("What are stem\ncells?", False),
    ],
)
def test_only_what_reads_as_a_question_is_offered(question: str, offered: bool) -> None:
    assert list(suggestions([hit(0.9, question)])) == ([question] if offered else [])


@pytest.mark.parametrize(
    ("first", "second", "alike"),
    [
        ("Is knee pain from arthritis ever cured?", "Is hip pain from arthritis ever cured?", True),
        ("Is knee pain from arthritis ever cured?", "Is hip pain from lupus ever mended?", False),
        ("Is knee pain from arthritis ever cured?", "Is hip pain from lupus ever cured?", True),
        ("Is knee pain from arthritis ever cured?", "Are the knees of a runner different?", False),
    ],
)
def test_questions_are_alike_that_share_three_words_in_five_of_the_shorter(
    first: str, second: str, alike: bool
) -> None:
    for pair in ([first, second], [second, first]):
        offered = list(suggestions([hit(0.9, pair[0]), hit(0.8, pair[1])]))
        assert offered == (pair[:1] if alike else pair)


@pytest.fixture(scope="module")
def replies(chain: FaqChain) -> dict[str, Reply]:
    return {question: chain.invoke(question) for question in NO_ANSWERS}


@pytest.mark.parametrize("question", NO_ANSWERS)
def test_what_a_reply_without_an_answer_suggests_gets_an_answer_by_itself(
    chain: FaqChain, replies: dict[str, Reply], question: str
) -> None:
    reply = replies[question]
    assert reply.kind is Kind.NO_ANSWER
    assert 1 <= len(reply.suggestions) <= MOST == 3
    assert question not in reply.suggestions
    assert [chain.invoke(suggestion).kind for suggestion in reply.suggestions] == [Kind.ANSWER] * len(reply.suggestions)


@pytest.mark.parametrize("question", NO_ANSWERS)
def test_suggestions_are_expected_questions_of_the_hits_and_not_alike(
    chain: FaqChain, replies: dict[str, Reply], question: str
) -> None:
    reply = replies[question]
    known = {unit.text for unit in chain.retriever.store.units.values() if unit.kind is UnitKind.QUESTION}
    near = known & {hit.question for hit in chain.retriever.hits(reply.understood_as)}
    assert set(reply.suggestions) <= near or reply.suggestions == chain.settings.clinic.suggestions
    bags = [set(terms(suggestion)) for suggestion in reply.suggestions]
    for number, bag in enumerate(bags):
        assert all(len(bag & other) < 0.6 * min(len(bag), len(other)) for other in bags[:number])


@pytest.mark.slow
def test_every_suggestion_to_the_questions_that_are_not_answered_gets_an_answer(chain: FaqChain) -> None:
    asked = [case.q for cases in load_sets(split=Split.DEV).values() for case in cases if case.kind is Kind.NO_ANSWER][
        ::4
    ]
    replies = [chain.invoke(question) for question in asked]
    offered = {suggestion for reply in replies for suggestion in reply.suggestions}
    assert len(offered) > 20
    assert [suggestion for suggestion in sorted(offered) if chain.invoke(suggestion).kind is not Kind.ANSWER] == []


def test_far_from_everything_the_clinic_s_own_questions_are_suggested(chain: FaqChain) -> None:
    assert chain.invoke("What is the weather on Mars?").suggestions == chain.settings.clinic.suggestions


def test_an_answer_suggests_nothing(chain: FaqChain) -> None:
    reply = chain.invoke("What is SVF?")
    assert (reply.kind, reply.suggestions) == (Kind.ANSWER, ())
