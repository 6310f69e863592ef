"""The whole way: any question gets a Reply that is held to what its documents say."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from langchain_core.tracers.langchain import wait_for_all_tracers
from langsmith import utils as langsmith_env

from bot.aspects import what_is_missing
from bot.chain import FaqChain
from bot.reply import EXTRACTIVE, Kind, Reason, Reply
from bot.settings import DEFAULT_CLINIC, Settings, load_settings
from bot.understand import Question, QuestionError
from corpus.document import Document
from corpus.load import PACKAGED_CORPUS, load_corpus
from evals.questions import Split, load_sets
from index.embed import Vectors
from index.retrieve import Found, HybridRetriever
from prompts.render import render

SUGGESTIONS = yaml.safe_load(DEFAULT_CLINIC.read_text(encoding="utf-8"))["suggestions"]
FAR = "What is the weather on Mars?"
NEAR = "Where do stem cells come from?"
QUESTIONS = [case.q for cases in load_sets(split=Split.DEV).values() for case in cases]


@pytest.fixture(scope="module")
def documents() -> Mapping[str, Document]:
    return {document.id: document for document in load_corpus(PACKAGED_CORPUS)}


def changed(chain: FaqChain, **changes: Any) -> FaqChain:
    return FaqChain(load_settings(state=chain.settings.state, **changes), chain.retriever)


def without_what_differs(reply: Reply) -> dict[str, Any]:
    return reply.model_dump(exclude={"reply_id": True, "trace": {"timings_ms"}})


def assert_quoted_exactly(reply: Reply, documents: Mapping[str, Document]) -> None:
    for citation in reply.citations:
        document = documents[citation.source_id]
        assert document.text[citation.start : citation.end] == citation.quote
        assert (citation.title, citation.tier, citation.link) == (document.title, document.tier, document.link)
        assert citation.coverage == document.coverage
    quotes = {citation.n: citation.quote for citation in reply.citations}
    for sentence in reply.sentences:
        assert sentence.citations
        assert all(sentence.text in quotes[n] for n in sentence.citations)


@given(
    text=st.text(max_size=300) | st.lists(st.sampled_from(QUESTIONS) | st.text(max_size=20), max_size=3).map(" ".join)
)
@examples(max_examples=100, deadline=None)
def test_any_text_is_refused_or_gets_a_reply_with_the_disclaimer_and_exact_citations(
    chain: FaqChain, documents: Mapping[str, Document], text: str
) -> None:
    try:
        reply = chain.invoke(text)
    except QuestionError:
        assert not any(character.isalnum() for character in text)
        return
    assert reply.disclaimer == render("disclaimer")
    assert reply.text.endswith(reply.disclaimer)
    assert bool(reply.sentences) == bool(reply.citations)
    assert reply.sentences or reply.kind is not Kind.ANSWER
    assert_quoted_exactly(reply, documents)


@pytest.mark.parametrize("question", SUGGESTIONS)
def test_the_suggested_questions_get_answers(chain: FaqChain, documents: Mapping[str, Document], question: str) -> None:
    reply = chain.invoke(question)
    assert (reply.kind, reply.notice, reply.reasons) == (Kind.ANSWER, None, ("relevant",))
    assert (reply.question, reply.understood_as, reply.answerer) == (question, question, EXTRACTIVE)
    assert_quoted_exactly(reply, documents)


@pytest.mark.parametrize(
    ("question", "missing"),
    [
        ("Who makes Ryoncil, and what does it cost?", "what does it cost?"),
        ("Tell me who makes Ryoncil and what it costs", "what it costs"),
    ],
)
def test_a_question_answered_in_part_says_which_part_is_not(chain: FaqChain, question: str, missing: str) -> None:
    reply = chain.invoke(question)
    assert (reply.kind, reply.reasons) == (Kind.ANSWER, ("relevant", "uncovered_part"))
    assert reply.notice == render("partly", part=missing, contact=chain.settings.clinic.contact)
    assert any("Mesoblast" in sentence.text for sentence in reply.sentences)


@pytest.mark.parametrize(
    ("question", "missing"),
    [
        ("what does it cost and is it approved", "what does it cost"),
        ("what does stem cell therapy cost and is it approved", "what does stem cell therapy cost"),
        ("do you take insurance and is it safe", "do you take insurance"),
        ("does the clinic take medicaid and what are the risks", "does the clinic take medicaid"),
        (
            "is it safe, how long does it take, and can i drive home after",
            'how long does it take", "can i drive home after',
        ),
    ],
)
def test_behind_an_aspect_that_is_not_told_it_may_be_what_all_documents_are_about(
    chain: FaqChain, question: str, missing: str
) -> None:
    reply = chain.invoke(question)
    assert reply.kind is Kind.ANSWER
    assert reply.notice == render("partly", part=missing, contact=chain.settings.clinic.contact)


@pytest.mark.parametrize(
    "question",
    [
        "what causes hiccups, and what treatments are there?",
        "what causes hiccups and is it safe",
        "what is COPD and are there treatments",
        "can it fix my migraines and is it proven",
        "does metformin cause gas and is it approved",
        "what does metformin cost and is it safe",
        "does insurance cover metformin and is it safe?",
        "What are suicide genes and why do labs put them into therapeutic cells?",
        "can it help with gout, what have the studies found?",
        "What causes low platelet count, and what treatments are available?",
        "What causes sudden chest pain and what are the treatments?",
        "What are the symptoms of lupus, and are there treatments?",
        "I use Zorbex cream. What does it cost, and is it approved?",
        "My son has cerebral palsy and what has research found? Is it safe?",
        "my dad has dementia and is there a treatment? is it approved?",
        "is it approved and does it work? I have gout",
        "Which exercises are good for knee arthritis, and do they work?",
        "How can I prevent diabetes and is it proven?",
        "How long does arthritis last, and how is it treated?",
        "Does COPD run in dogs and how is it treated?",
        "What causes COPD and can stem cells help?",
    ],
)
def test_behind_a_disease_or_a_drug_that_is_not_told_it_is_that(chain: FaqChain, question: str) -> None:
    assert chain.invoke(question).kind is Kind.NO_ANSWER


@pytest.mark.parametrize(
    ("question", "shown"),
    [
        ("What causes joint pain and how is it treated?", "physical therapy"),
        ("What causes lupus and can stem cells help?", "lupus"),
    ],
)
def test_treatments_behind_the_cause_of_an_illness_that_the_documents_name_are_of_that(
    chain: FaqChain, question: str, shown: str
) -> None:
    reply = chain.invoke(question)
    assert (reply.kind, reply.reasons) == (Kind.ANSWER, ("relevant", "uncovered_part"))
    assert any(shown in sentence.text for sentence in reply.sentences)


def test_what_is_told_behind_a_question_is_not_said_to_be_missing(chain: FaqChain) -> None:
    reply = chain.invoke("What is SVF? My dog ate my homework and the vet was closed.")
    assert (reply.kind, reply.notice, reply.understood_as) == (Kind.ANSWER, None, "What is SVF?")


def test_what_stands_by_itself_behind_a_disease_that_is_not_told_is_answered(chain: FaqChain) -> None:
    reply = chain.invoke("do stem cells cure asthma, and how is fat taken?")
    assert reply.kind is Kind.ANSWER
    assert any("lipoaspiration" in sentence.text for sentence in reply.sentences)


@pytest.mark.parametrize(
    ("question", "shown"),
    [
        ("does it work", "outcomes are not uniform"),
        ("Does this really work?", "outcomes are not uniform"),
        ("how does it work", "signaling agents"),
        ("is it proven", "outcomes are not uniform"),
        ("what does the FDA say", "need its approval"),
        ("has anyone died from it", "cancers or deaths"),
        ("do kids get this", "only for children and teenagers"),
        ("can stem cells help back pain", "back, hip, knee, neck or shoulder pain"),
        ("what other options are there", "NSAIDs"),
    ],
)
def test_what_is_asked_first_gets_what_answers_it(chain: FaqChain, question: str, shown: str) -> None:
    reply = chain.invoke(question)
    assert reply.kind is Kind.ANSWER
    assert re.search(shown, " ".join(sentence.text for sentence in reply.sentences))


@pytest.mark.parametrize(
    ("earlier", "question", "shown"),
    [
        ("what is ryoncil", "side effects?", "Common side effects of Ryoncil"),
        ("any side effects", "for ryoncil too?", "Common side effects of Ryoncil"),
        ("are exosomes approved", "did anyone get hurt", "patients in Nebraska"),
    ],
)
def test_what_is_asked_next_is_of_what_was_talked_about(
    chain: FaqChain, earlier: str, question: str, shown: str
) -> None:
    reply = chain.invoke(Question(question, (earlier,)))
    assert any(shown in sentence.text for sentence in reply.sentences)


@pytest.mark.parametrize(
    "question",
    [
        "does it work",
        "do stem cells wrk for knee pain",
        "does it help knees",
        "is there any proof",
    ],
)
def test_a_benefit_is_told_with_the_trial_that_found_none(chain: FaqChain, question: str) -> None:
    assert any("better than the steroid" in sentence.text for sentence in chain.invoke(question).sentences)


def test_behind_two_questions_it_is_of_what_the_first_was_of(chain: FaqChain) -> None:
    reply = chain.invoke(Question("who makes it", ("what is ryoncil", "side effects?")))
    assert any("made by Mesoblast" in sentence.text for sentence in reply.sentences)


def test_what_is_not_told_is_named_by_what_was_talked_about(chain: FaqChain) -> None:
    reply = chain.invoke(Question("which one do you use", ("bone marrow or fat",)))
    assert reply.kind is Kind.NO_ANSWER
    assert reply.reasons[0] == f"{Reason.UNCOVERED_QUESTION}:which cells this clinic itself uses"


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("we buried our dog today so be gentle. are umbilical cells taken with consent", "donor consent"),
        ("Hi! It's raining cats and dogs here in Franklin. Anyway what are stem cells?", "Mesenchymal stem cells"),
        ("sitting in the parking lot at walmart wondering: how do you get the cells out of the fat", "fat tissue"),
        ("we had a lovely hurricane party. are exosomes approved", "no exosome product was approved"),
        ("My dog chewed my slipper while my niece set this up. So what is stem cell therapy anyhow?", "stem cell"),
    ],
)
def test_a_story_that_ends_in_a_question_of_its_own_is_answered_by_that(chain: FaqChain, told: str, shown: str) -> None:
    assert any(shown in sentence.text for sentence in chain.invoke(told).sentences)


@pytest.mark.parametrize(
    "told",
    [
        "My nephew has sickle cell. Could MSCs do anything for him?",
        "I bought turmeric at Walmart. Does it help knees?",
        "My neighbor takes turmeric gummies. How do they work on knee inflammation?",
        "Mom is depressed all winter. Does stem cell therapy help?",
        "My dad's wound won't close. Can fat cells help?",
        "I use Zorbex cream. Is it approved?",
    ],
)
def test_what_is_asked_of_what_a_story_tells_is_not_answered_without_it(chain: FaqChain, told: str) -> None:
    assert chain.invoke(told).kind is not Kind.ANSWER


def test_a_word_that_is_only_told_beside_a_question_is_not_named_as_what_is_missing(chain: FaqChain) -> None:
    reply = chain.invoke("My pickleball partner Doug got it done and swears he's new. Does it really work for elbows?")
    assert reply.kind is Kind.NO_ANSWER
    assert not any("pickleball" in reason for reason in reply.reasons)


@pytest.mark.parametrize(
    "question",
    [
        "what are your hours",
        "are you open on saturday",
        "how many shots will it take",
        "how do I get ready for it",
        "does it hurt",
    ],
)
def test_what_is_asked_first_and_not_told_is_no_small_talk(chain: FaqChain, question: str) -> None:
    reply = chain.invoke(question)
    assert reply.kind is Kind.NO_ANSWER
    assert reply.notice
    assert chain.settings.clinic.contact in reply.notice


@pytest.mark.parametrize("question", ["is it safe if I have cancer?", "what if I have cancer, is it safe?"])
def test_whether_it_is_safe_with_an_own_illness_is_no_question_for_documents(chain: FaqChain, question: str) -> None:
    assert chain.invoke(question).kind in {Kind.BOUNDARY, Kind.NO_ANSWER}


def test_a_few_plain_words_behind_a_disease_that_is_told_are_of_it(chain: FaqChain) -> None:
    reply = chain.invoke("what is graft versus host disease and what treatments are there")
    assert reply.kind is Kind.ANSWER
    assert all("raft-versus-host" in s.text or "recognizes the cells as self" in s.text for s in reply.sentences)


@pytest.mark.parametrize(
    ("earlier", "question", "shown"),
    [
        ("what is metformin?", "what does it cost and is it approved?", None),
        ("what is Ryoncil?", "what does it cost and is it approved?", "Ryoncil is approved only for"),
        ("what is an exosome?", "how much is it and is it legal", "no exosome product was approved"),
        ("what is SVF?", "where does it come from and is it legal", "SVF treatment was a drug"),
    ],
)
def test_in_a_conversation_each_part_is_of_what_was_talked_about(
    chain: FaqChain, earlier: str, question: str, shown: str | None
) -> None:
    reply = chain.invoke(Question(question, (earlier,)))
    assert reply.kind is (Kind.ANSWER if shown else Kind.NO_ANSWER)
    assert (shown or "") in " ".join(sentence.text for sentence in reply.sentences)


def test_two_questions_in_one_message_are_both_answered(chain: FaqChain) -> None:
    reply = chain.invoke("Who makes Ryoncil? And does it hurt to have the fat taken out?")
    shown = " ".join(sentence.text for sentence in reply.sentences)
    assert (reply.kind, reply.notice) == (Kind.ANSWER, None)
    assert "Mesoblast" in shown
    assert "minimal patient discomfort" in shown


def test_a_follow_up_that_only_its_hits_betray_is_read_with_the_question_before(chain: FaqChain) -> None:
    alone, followed = "were there bad reactions", "What did the review of 55 randomised trials find?"
    reply = chain.invoke(Question(alone, (followed,)))
    assert reply.understood_as in (alone, f"{followed} {alone}")
    assert reply.kind is Kind.ANSWER


def test_sentences_that_follow_each_other_share_a_citation(chain: FaqChain) -> None:
    reply = chain.invoke("What are the side effects of Ryoncil?")
    spans = [(citation.passage_id, citation.start, citation.end) for citation in reply.citations]
    assert len(reply.sentences) > len(reply.citations)
    assert [(p, e + 1) for p, _, e in spans[:-1] if (p, e + 1) in [(q, s) for q, s, _ in spans[1:]]] == []


@pytest.mark.parametrize(
    ("question", "reason", "text", "blanks"),
    [
        (FAR, "uncovered_term:mars", "no_answer_term", {"term": "mars"}),
        ("How do I fix a flat tire?", "low_relevance", "no_answer", {}),
        ("What does it cost?", "wrong_aspect:cost", "no_answer_aspect", {"missing": what_is_missing("cost")}),
    ],
)
def test_what_is_not_answered_is_named_with_the_way_to_a_person(
    chain: FaqChain, question: str, reason: str, text: str, blanks: Mapping[str, str]
) -> None:
    reply = chain.invoke(question)
    assert (reply.kind, reply.reasons[0]) == (Kind.NO_ANSWER, reason)
    assert reply.notice == render(text, contact=chain.settings.clinic.contact, **blanks)
    assert chain.settings.clinic.contact in reply.text
    assert (reply.sentences, reply.citations, reply.cautions, reply.terms) == ((), (), (), ())


@pytest.mark.parametrize("earlier", ["What is SVF?", "does stem cell therapy help knees"])
def test_who_only_tells_something_is_asked_what_they_would_like_to_know(chain: FaqChain, earlier: str) -> None:
    told = chain.invoke(Question("i drive a truck for a living", (earlier,)))
    assert (told.kind, told.reasons) == (Kind.NO_ANSWER, ("no_question",))
    small_talk = chain.invoke(Question("my mom is 71", (earlier,)))
    assert small_talk.kind is Kind.SMALLTALK, "which has its own words, but for who only tells something"
    asked_back = render("no_question", contact=chain.settings.clinic.contact)
    assert (told.notice, small_talk.notice) == (asked_back, asked_back)


def test_the_contact_is_the_clinic_s_own(chain: FaqChain, tmp_path: Path) -> None:
    path = tmp_path / "elm.yaml"
    path.write_text("name: Elm Clinic\nphone: 555-0100\nlink: https://elm.example\n", encoding="utf-8")
    reply = changed(chain, clinic=path).invoke(FAR)
    assert "please call Elm Clinic at 555-0100 or visit https://elm.example" in str(reply.notice)


@pytest.mark.parametrize("question", [*SUGGESTIONS, NEAR])
def test_the_highest_threshold_answers_nothing(chain: FaqChain, question: str) -> None:
    reply = changed(chain, min_relevance=1).invoke(question)
    assert (reply.kind, reply.sentences) == (Kind.NO_ANSWER, ())


def test_the_lowest_threshold_answers_with_quotations(chain: FaqChain, documents: Mapping[str, Document]) -> None:
    reply = changed(chain, min_relevance=0).invoke(FAR)
    assert (reply.kind, reply.reasons) == (Kind.ANSWER, ("relevant",))
    assert reply.sentences
    assert_quoted_exactly(reply, documents)


def test_the_threshold_itself_is_enough(chain: FaqChain) -> None:
    trace = chain.invoke(NEAR).trace
    assert trace is not None
    assert changed(chain, min_relevance=trace.relevance).invoke(NEAR).kind is Kind.ANSWER
    assert changed(chain, min_relevance=trace.relevance + 1e-9).invoke(NEAR).kind is Kind.NO_ANSWER


def test_a_batch_is_the_questions_one_by_one(chain: FaqChain) -> None:
    questions: list[Question | str] = [NEAR, FAR, Question("who makes it?", ("What is Ryoncil?",)), *SUGGESTIONS]
    one_by_one = [chain.invoke(question) for question in questions]
    batch = chain.batch(questions)
    assert [without_what_differs(reply) for reply in batch] == [without_what_differs(reply) for reply in one_by_one]
    assert len({reply.reply_id for reply in [*batch, *one_by_one]}) == 2 * len(questions)


@pytest.mark.parametrize("question", [NEAR, FAR])
def test_a_stream_is_one_finished_reply(chain: FaqChain, question: str) -> None:
    assert [without_what_differs(reply) for reply in chain.stream(question)] == [
        without_what_differs(chain.invoke(question))
    ]


def test_a_follow_up_is_answered_with_the_question_before(chain: FaqChain) -> None:
    reply = chain.invoke(Question("who makes it?", ("What is Ryoncil?",)))
    assert (reply.question, reply.understood_as) == ("who makes it?", "What is Ryoncil? who makes it?")
    assert "The FDA approved Ryoncil, made by Mesoblast, on 18 December 2024." in [s.text for s in reply.sentences]


def test_a_question_is_taken_up_to_the_limit(chain: FaqChain) -> None:
    short = changed(chain, max_question_chars=len(NEAR))
    assert short.invoke(NEAR).question == NEAR
    with pytest.raises(QuestionError) as refused:
        short.invoke(f"{NEAR}?")
    assert refused.value.too_long


@pytest.mark.parametrize("question", [NEAR, FAR])
def test_the_trace_has_hits_relevance_thresholds_and_timings(
    chain: FaqChain, settings: Settings, question: str
) -> None:
    reply = chain.invoke(question)
    trace = reply.trace
    assert trace is not None
    hits = chain.retriever.hits(question)
    assert [(hit.passage_id, hit.sentence, hit.dense, hit.lexical, hit.expected, hit.score) for hit in trace.hits] == [
        (h.passage.id, h.sentence.text, h.dense, h.lexical, h.expected, h.score) for h in hits
    ]
    assert trace.thresholds["min_relevance"] == settings.min_relevance
    assert (trace.relevance >= settings.min_relevance) == (reply.kind is Kind.ANSWER)
    assert list(trace.timings_ms) == ["understand", "screen", "retrieve", "answerable", "extract", "verify"]
    assert trace.timings_ms["retrieve"] > 0


class TornRetriever(HybridRetriever):
    """Finds sentences that do not stand in their passages."""

    def search(self, question: str, limit: int = 20, vector: Vectors | None = None) -> Found:
        found = super().search(question, limit, vector)
        torn = [replace(hit, passage=replace(hit.passage, text="~" * 9999)) for hit in found.hits]
        return found._replace(hits=torn)


def test_what_does_not_stand_in_its_passage_is_never_shown(chain: FaqChain) -> None:
    torn = TornRetriever(store=chain.retriever.store, embeddings=chain.retriever.embeddings)
    reply = FaqChain(chain.settings, torn).invoke(NEAR)
    assert (reply.kind, reply.reasons, reply.sentences) == (Kind.NO_ANSWER, ("unverified",), ())
    assert reply.notice == render("no_answer", contact=chain.settings.clinic.contact)


def test_a_question_is_sent_nowhere_even_when_the_environment_asks_for_tracing(
    chain: FaqChain, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests: list[str] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            requests.append(self.path)
            self.send_response(202)
            self.end_headers()

        def log_message(self, *args: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Collector) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        monkeypatch.setenv("LANGSMITH_TRACING", "true")
        monkeypatch.setenv("LANGSMITH_API_KEY", "key")
        monkeypatch.setenv("LANGSMITH_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
        langsmith_env.get_env_var.cache_clear()
        chain.invoke("What is Ryoncil?")
        wait_for_all_tracers()
        server.shutdown()
    langsmith_env.get_env_var.cache_clear()
    assert requests == []
