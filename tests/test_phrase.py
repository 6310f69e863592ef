"""What of a draft may be shown: plain English sentences, each with its ground, and no benefit without its limit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from langchain_core.messages import AIMessage
from langchain_core.runnables import RunnableLambda
from scripted_model import drafted, entails

from bot.cite import Said, Worded, cited, quoted
from bot.cues import matches
from bot.draft import MOST_SENTENCES, MOST_WORDS
from bot.extract import Quote, extract
from bot.generate import Generator
from bot.phrase import MOST_PASSAGES, Phraser, with_limits
from bot.providers import ChatModel
from bot.reply import EXTRACTIVE
from bot.turn import Turn
from bot.verify import is_verbatim
from index.embed import Vectors
from index.retrieve import Hit, HybridRetriever

RYONCIL = "What is Ryoncil?"
APPROVED = "The FDA approved Ryoncil on 18 December 2024."
FIRST = "Ryoncil was the first MSC therapy the FDA had approved for any condition."
ONLY_FOR = (
    "Ryoncil is approved only for children and teenagers from 2 months of age who have acute graft-versus-host disease "
    "that has not responded to steroids."
)
NOT_FOR = "Ryoncil is not approved for joints, nerves, ageing or general wellness."
FROM_DONORS = "The MSCs in Ryoncil come from the bone marrow of healthy adult donors."


@pytest.fixture(scope="module")
def retriever(chain: object) -> HybridRetriever:
    found: HybridRetriever = chain.retriever  # type: ignore[attr-defined]
    return found


@pytest.fixture(scope="module")
def hits(retriever: HybridRetriever) -> list[Hit]:
    return retriever.search(RYONCIL).hits


@contextmanager
def phraser(reply: str, retriever: HybridRetriever) -> Iterator[Phraser]:
    """One whose model says the same to everything."""
    generator = Generator(ChatModel(RunnableLambda(lambda _: {"raw": AIMessage(reply)})), timeout_s=20)
    try:
        yield Phraser(generator, "openai:elm-7b", retriever.store.vocabulary, entails())
    finally:
        generator.close()


def phrased(reply: str, retriever: HybridRetriever, hits: Sequence[Hit]) -> Worded:
    turn = Turn(retriever.embeddings)  # type: ignore[arg-type]
    with phraser(reply, retriever) as made:
        return made.phrase(RYONCIL, [extract(RYONCIL, hits)], hits, turn)


def faults(worded: Worded) -> dict[str, str]:
    return {dropped.text: dropped.fault for dropped in worded.drafting["dropped"]}


def quote_of(text: str, retriever: HybridRetriever) -> Quote:
    """The sentence of the corpus that begins so."""
    return next(
        Quote(passage, position)
        for passage in retriever.store.passages
        for position, sentence in enumerate(passage.sentences)
        if sentence.text.startswith(text)
    )


def test_several_sentences_in_one_are_looked_at_one_by_one(retriever: HybridRetriever, hits: Sequence[Hit]) -> None:
    worded = phrased(drafted((f"{APPROVED} Buy it now! {ONLY_FOR}", [1])), retriever, hits)
    assert [said.text for said in worded.said] == [APPROVED, ONLY_FOR]
    assert faults(worded).keys() == {"Buy it now!"}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("<b>The FDA approved Ryoncil.</b>", "markup"),
        ("The FDA approved <i>Ryoncil</i> on 18 December 2024.", "markup"),
        ("The FDA approved **Ryoncil** on 18 December 2024.", "markup"),
        ("The FDA approved [Ryoncil](x) on 18 December 2024.", "markup"),
        ("The FDA tells more at https://elm.example.", "markup"),
        ("The FDA tells more at www.elm.example.", "markup"),
        ("The FDA tells more at elm.com.", "markup"),
        ("The FDA tells more to rosalind@elm.example.", "markup"),
        ("The FDA approved \x1b[31mRyoncil on 18 December 2024.", "characters"),
        ("The FDA approved \u202eRyoncil on 18 December 2024.", "characters"),
        ("The FDA approved Ryon\u200bcil on 18 December 2024.", "characters"),
        ("Did the FDA approve Ryoncil on 18 December 2024?", "no_sentence"),
        ("The FDA approved Ryoncil on 18 December 2024", "no_sentence"),
        ("Ryoncil, certainly.", "no_sentence"),
        (f"The FDA approved Ryoncil{' and approved it' * 15}.", "no_sentence"),
        ("Die FDA hat Ryoncil am 18. Dezember 2024 zugelassen und das ist gut.", "language"),
    ],
)
def test_what_is_no_plain_english_sentence_is_dropped(
    retriever: HybridRetriever, hits: Sequence[Hit], text: str, fault: str
) -> None:
    worded = phrased(drafted((text, [1]), (ONLY_FOR, [1])), retriever, hits)
    assert [said.text for said in worded.said] == [ONLY_FOR]
    assert fault in faults(worded).values()


def test_a_sentence_that_leans_goes_with_the_one_before_it(retriever: HybridRetriever, hits: Sequence[Hit]) -> None:
    leaning = "It was the first MSC therapy the FDA had approved for any condition."
    kept = phrased(drafted((APPROVED, [1]), (leaning, [1]), (ONLY_FOR, [1])), retriever, hits)
    assert faults(kept).get(leaning) != "leans"
    for before in ([], [("The FDA approved Ryoncil in 1999.", [1])]):
        dropped = phrased(drafted(*before, (leaning, [1]), (ONLY_FOR, [1])), retriever, hits)
        assert faults(dropped)[leaning] == "leans"


def test_a_sentence_is_shown_once(retriever: HybridRetriever, hits: Sequence[Hit]) -> None:
    worded = phrased(drafted((ONLY_FOR, [1]), (ONLY_FOR, [1])), retriever, hits)
    assert [said.text for said in worded.said] == [ONLY_FOR]
    assert faults(worded) == {ONLY_FOR: "repeated"}


def test_no_more_is_shown_than_was_asked_for(retriever: HybridRetriever, hits: Sequence[Hit]) -> None:
    true = (ONLY_FOR, NOT_FOR, FROM_DONORS, APPROVED, FIRST)
    worded = phrased(drafted(*((text, [1]) for text in (*true, "The FDA approved Ryoncil."))), retriever, hits)
    assert [said.text for said in worded.said] == list(true)
    assert len(true) == MOST_SENTENCES
    assert faults(worded) == {"The FDA approved Ryoncil.": "too_long"}
    assert sum(len(text.split()) for text in true) <= MOST_WORDS


def test_what_is_shown_of_any_draft_rests_on_verbatim_quotations_of_what_was_sent(
    retriever: HybridRetriever, hits: Sequence[Hit]
) -> None:
    pieces = st.sampled_from([APPROVED, FIRST, ONLY_FOR, NOT_FOR, FROM_DONORS, "It works.", "Ryoncil cures gout."])
    sentence = st.tuples(pieces | st.text(max_size=40), st.lists(st.integers(-1, 8), max_size=3))

    @examples(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(draft=st.lists(sentence, max_size=7))
    def holds(draft: list[tuple[str, list[int]]]) -> None:
        worded = phrased(drafted(*draft), retriever, hits)
        sent = list(dict.fromkeys([*(q.passage for q in extract(RYONCIL, hits)), *(hit.passage for hit in hits)]))
        assert worded.said
        assert all(said.quotes for said in worded.said)
        assert {quote.passage.id for quote in worded.quotes} <= {passage.id for passage in sent[:MOST_PASSAGES]}
        assert all(is_verbatim(quote, quote.passage) for quote in worded.quotes)
        is_kept = worded.drafting["drafting"] == "kept"
        assert worded.answerer == ("openai:elm-7b" if is_kept else EXTRACTIVE)
        assert is_kept or worded.said == quoted(extract(RYONCIL, hits)).said

    holds()


def test_a_check_that_fails_shows_nothing(
    retriever: HybridRetriever, hits: Sequence[Hit], caplog: pytest.LogCaptureFixture
) -> None:
    class Torn(Turn):
        def vectors(self, texts: Sequence[str]) -> list[Vectors]:
            raise ValueError(f"can't embed {texts[0]}")

    with phraser(drafted((APPROVED, [1])), retriever) as made:
        worded = made.phrase(RYONCIL, [extract(RYONCIL, hits)], hits, Torn(retriever.embeddings))  # type: ignore[arg-type]
    assert faults(worded) == {APPROVED: "unchecked"}
    assert worded.said == quoted(extract(RYONCIL, hits)).said
    assert "the check failed: ValueError" in caplog.text
    assert "Ryoncil" not in caplog.text


def test_every_promise_of_the_corpus_brings_its_limit(retriever: HybridRetriever) -> None:
    """A sentence that promises, said by a model in words of its own, never stands alone where its passage limits it."""
    promises = limited = 0
    for passage in retriever.store.passages:
        has_limit = any(matches("limits", sentence.text) for sentence in passage.sentences)
        for position, sentence in enumerate(passage.sentences):
            if not matches("benefits", sentence.text) or matches("limits", sentence.text):
                continue
            promises += 1
            whole = with_limits([Said("It is said in other words.", (Quote(passage, position),))])
            limited += len(whole) > 1
            if len(whole) == 1:
                assert not has_limit or extract_brings_none(Quote(passage, position))
            else:
                assert matches("limits", whole[-1].text)
                assert whole[-1].text == whole[-1].quotes[0].sentence.text
    assert promises > 20
    assert limited > 10


def extract_brings_none(promise: Quote) -> bool:
    """Whether the extractive path shows it without a limit too: each in its passage leans on what is elsewhere."""
    limits = [s for s in promise.passage.sentences if matches("limits", s.text)]
    return all(matches("leaning", limit.text) for limit in limits)


def test_a_limit_that_a_sentence_says_itself_is_not_repeated(retriever: HybridRetriever) -> None:
    promise, limit = quote_of(APPROVED[:24], retriever), quote_of(ONLY_FOR, retriever)
    said = (Said(APPROVED, (promise,)), Said("The drug is approved only for some children.", (limit,)))
    assert with_limits(said) == said
    silent = (Said(APPROVED, (promise,)), Said("The drug is for some children.", (limit,)))
    assert [each.text for each in with_limits(silent)][1] == ONLY_FOR


def test_citations_are_numbered_by_first_use_and_neighbours_share_one(retriever: HybridRetriever) -> None:
    approved, first = quote_of(APPROVED[:24], retriever), quote_of(FIRST, retriever)
    donors = quote_of(FROM_DONORS, retriever)
    citations, sentences = cited(
        Worded((Said("A.", (donors,)), Said("B.", (approved, first)), Said("C.", (first, donors))))
    )
    assert [citation.quote for citation in citations] == [
        FROM_DONORS,
        f"{approved.sentence.text} {first.sentence.text}",
    ]
    assert [sentence.citations for sentence in sentences] == [(1,), (2,), (1, 2)]
