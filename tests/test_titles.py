"""Documents that are asked for by author or journal, as citations name them."""

from __future__ import annotations

import pytest

from bot.chain import FaqChain
from bot.reply import Kind
from bot.titles import Titles
from bot.understand import Question
from corpus.load import PACKAGED_CORPUS, load_corpus

KNEE_TRIAL = "the 2023 American knee trial"
OWN_OR_DONOR = "the 2021 review of own and donor MSCs"


@pytest.fixture(scope="module")
def titles() -> Titles:
    return Titles(load_corpus(PACKAGED_CORPUS))


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("what did Mautner find", f"what did {KNEE_TRIAL} find"),
        ("What does Mautner 2023 say?", f"What does {KNEE_TRIAL} say?"),
        ("I read Mautner et al. (2023). Was it blinded?", f"I read {KNEE_TRIAL}. Was it blinded?"),
        ("the 2023 Nature Medicine study", KNEE_TRIAL),
        ("Li & Zhao 2021 on own cells", f"{OWN_OR_DONOR} on own cells"),
        ("li et al paracrine", f"{OWN_OR_DONOR} paracrine"),
        ("what does Zhu's review say", "what does the 2021 review of MSCs for osteoarthritis say"),
        ("who wrote the review in Pharmaceutics", "who wrote the 2022 review of MSCs"),
        (
            'in "Cell Therapy: Types, Regulation, and Clinical Benefits", what is said of rules',
            'in "the 2021 cell therapy review", what is said of rules',
        ),
    ],
)
def test_what_citations_name_is_what_a_document_calls_itself(titles: Titles, text: str, named: str) -> None:
    found = titles.named(Question("and in kids?", (text,)))
    assert found == Question("and in kids?", (named,))
    assert titles.named(Question(text)).text == named


@pytest.mark.parametrize(
    "text",
    [
        "is Dr. Thompson good",
        "Thompson's knee hurts",
        "my ma and others like her hurt",
        "does ma find it hard to walk",
        "my ma said Wang is a good doctor",
        "Li said the shot hurts",
        "is stem cell medicine study legal",
        "What did the Cochrane review find?",
    ],
)
def test_a_name_that_may_be_anybody_s_stays(titles: Titles, text: str) -> None:
    assert titles.named(Question(text)).text == text


def test_who_asks_by_author_is_answered_from_that_document_and_reads_what_was_typed(chain: FaqChain) -> None:
    asked = "what did Mautner and colleagues find?"
    reply = chain.invoke(asked)
    assert reply.kind is Kind.ANSWER
    assert {citation.source_id for citation in reply.citations} == {"mautner-2023"}
    assert reply.question == asked
    assert KNEE_TRIAL in reply.understood_as


def test_what_citations_show_is_not_said_to_be_unmentioned(chain: FaqChain) -> None:
    reply = chain.invoke("what did the Cochrane review say about knee osteoarthritis")
    assert reply.kind is Kind.NO_ANSWER
    assert "cochrane" not in (reply.notice or "").lower()
