"""Documents that are asked for by author or journal, as citations name them."""

from __future__ import annotations

import pytest

from bot.chain import FaqChain
from bot.reply import Kind
from bot.titles import Titles
from bot.understand import Question
from corpus.document import Document, Tier
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
        ("Li et al paracrine", f"{OWN_OR_DONOR} paracrine"),
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
        "is there a cell transplantation study for knees",
        "Is there a Boston, MA trial I can join",
        "my ma's paper said it is safe",
        "Ma and Pa 2020",
        "Dr. Li 2021",
        "did Thompson see my MRI",
        "what did thompson find in my mri",
        "did Liang show up for work",
        "is dr thompson's trial at your clinic still open?",
        "Professor Wang's study",
        "Dr Mei Liang's study",
        "Has Thompson written my prescription",
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


@pytest.mark.parametrize(
    ("title", "by", "text"),
    [
        ("Bone marrow", "", "what is bone marrow"),
        ("T", "", "Tylenol"),
        ("Leaflet on knees", "Arthritis UK", "any arthritis trial"),
        ("Leaflet on knees", "O'Brien K", "O'Brien none"),
        ("Leaflet on knees", "Long K", "is it a long study"),
    ],
)
def test_what_a_clinic_s_own_document_is_called_replaces_nothing_else(title: str, by: str, text: str) -> None:
    document = Document("leaflet", title, Tier.ARTICLE, "", (), by=by, known_as="our leaflet")
    assert Titles([document]).named(Question(text)).text == text


def test_what_a_document_calls_itself_is_no_expression_and_stands_once() -> None:
    document = Document(
        id="a", text="", blocks=(), tier=Tier.STUDY, title="A", by="Elm K", year=2020, known_as=r"the \d \g<0> trial"
    )
    titles = Titles([document])
    assert titles.named(Question("Elm 2020?")).text == r"the \d \g<0> trial?"
    assert len(titles.named(Question("elm 2020 " * 200)).text) < 2000


@pytest.mark.parametrize(
    "text", ["Mautner 2023 was right, I want to end it tonight", "what did Thompson find? I loaded the gun"]
)
def test_a_danger_is_told_of_what_was_typed(chain: FaqChain, text: str) -> None:
    assert chain.invoke(text).kind is Kind.CRISIS


def test_what_other_documents_say_is_no_answer_to_who_asks_of_one(chain: FaqChain) -> None:
    reply = chain.invoke("what does the El-Kadiry paper say about own versus donor cells")
    assert reply.kind is Kind.NO_ANSWER
    assert reply.reasons == ("low_relevance",)
    said = chain.invoke("what does the El-Kadiry paper say about the kinds of cell therapy")
    assert "el-kadiry-2021" in {citation.source_id for citation in said.citations}


def test_what_citations_show_is_not_said_to_be_unmentioned(chain: FaqChain) -> None:
    reply = chain.invoke("what did the Cochrane review say about knee osteoarthritis")
    assert reply.kind is Kind.NO_ANSWER
    assert "cochrane" not in (reply.notice or "").lower()
