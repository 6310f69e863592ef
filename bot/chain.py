"""The whole way from a question to a Reply, as one LangChain Runnable."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, Self

from langchain_core.runnables import Runnable, RunnableConfig
from langsmith import tracing_context

from bot.answerable import Judgement, judge
from bot.body import fitting
from bot.caution import Cautions
from bot.compose import Asked, Beside, answer, no_answer, screened, unscreened
from bot.explain import Glossary
from bot.extract import BRIEF, extract
from bot.reply import Kind, Reason, Reply
from bot.screen import Message, NoScreen, Screen, Screening
from bot.screen_learned import make_screen
from bot.settings import Settings
from bot.suggest import MOST, suggestions
from bot.trace import Trace
from bot.turn import Turn
from bot.understand import Question, Understood, check, leans, parts, readings, says_enough, understand
from bot.verify import verify
from corpus.document import Document
from corpus.glossary import Entry, load_glossary
from corpus.load import load_corpus
from index.current import check_current
from index.embed import OnnxEmbeddings
from index.export import exported_folder
from index.retrieve import Hit, HybridRetriever
from index.store import Store

log = logging.getLogger("faqbot.chain")

LEAST_SURE_OF_A_GUESS = 0.8
"""Relevance from which a question is answered in a reading that puts something in. "Does it hurt" has 0.59 read as one
about the therapy, and gets the pain that trials measured; "is this safe" has 0.99."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A question with what was found for it, and whether that answers it."""

    understood: Understood
    hits: list[Hit]
    judgement: Judgement


class FaqChain(Runnable[Question | str, Reply]):
    """Answers questions; every face calls this and nothing else.

    `invoke`, `batch` and `stream` are LangChain's. `stream` yields one Reply, the finished one:
    a draft is never shown.
    """

    def __init__(
        self,
        settings: Settings,
        retriever: HybridRetriever,
        documents: Sequence[Document] = (),
        glossary: Sequence[Entry] = (),
        screen: Screen | NoScreen | None = None,
    ) -> None:
        self.settings = settings
        self.retriever = retriever
        passages = retriever.store.passages
        self.screen = screen or make_screen(retriever, settings.state)
        self.beside = Beside(Glossary(glossary, passages), Cautions(documents, passages))

    @classmethod
    def open(cls, settings: Settings) -> Self:
        """The chain over the index of the settings' state folder.

        Raises:
            NotReadyError: There is no index, or it doesn't fit the corpus or the model.
            ModelError: The exported model is missing or damaged.
        """
        folder = check_current(settings.corpus, settings.state, settings.embedding_model, settings.passage_words)
        store = Store(folder)
        exported = exported_folder(settings.state / "models", store.manifest.model_digest)
        embeddings = OnnxEmbeddings(exported, settings.threads)
        retriever = HybridRetriever(store=store, embeddings=embeddings, candidates=settings.candidates)
        documents = load_corpus(settings.corpus)
        return cls(settings, retriever, documents, load_glossary(settings.corpus, documents))

    def close(self) -> None:
        """Lets the index go; the chain answers no more."""
        self.retriever.store.close()

    def invoke(self, input: Question | str, config: RunnableConfig | None = None, **kwargs: Any) -> Reply:
        """Answers one question.

        Raises:
            QuestionError: It is empty or too long.
        """
        with tracing_context(enabled=False):  # LANGSMITH_TRACING would send a patient's words away
            return self._call_with_config(self._reply, input, config, **kwargs)

    def _reply(self, asked: Question | str) -> Reply:
        turn = Turn(self.retriever.embeddings)
        question = check(asked if isinstance(asked, Question) else Question(asked), self.settings.max_question_chars)
        understood = understand(question, self.retriever.store.vocabulary)
        turn.lap("understand")
        try:
            screening = self.screen.look(
                Message(question.text, understood.text, "".join(question.history[-1:])), turn.vectors
            )
        except Exception as error:  # noqa: BLE001 (whatever fails in it, nothing that nobody screened is answered)
            log.error("the screen failed: %s", type(error).__name__)  # its message may hold a patient's words
            return unscreened(Asked(question.text, understood.text), self.settings.clinic)
        turn.lap("screen")
        if screening and screening.kind is not Kind.BOUNDARY:
            return screened(Asked(question.text, understood.text), screening, self.settings.clinic)
        return self._answered(question, understood, screening, turn)

    def _answered(self, question: Question, understood: Understood, boundary: Screening | None, turn: Turn) -> Reply:
        """What the documents say to a question; to one for a decision, a little in general."""
        findings = self._find(question, understood, turn)
        answered = [finding for finding in findings if finding.judgement.answers]
        limits = BRIEF if boundary else None
        quotes = list(dict.fromkeys(quote for f in answered for quote in extract(f.understood.text, f.hits, limits)))
        turn.lap("extract")
        hits = [hit for finding in answered or findings for hit in finding.hits]
        kept = verify(quotes, [hit.passage for hit in hits])
        turn.lap("verify")
        text = findings[0].understood.text if len(findings) == 1 else understood.text
        asked_for, clinic = Asked(question.text, text), self.settings.clinic
        trace = self._trace(answered or findings, turn)
        if boundary:
            return screened(asked_for, boundary, clinic, kept, self.beside, trace)
        if kept:
            return answer(asked_for, kept, self._missing(findings), self.beside, clinic, trace)
        reasons = (Reason.UNVERIFIED,) if quotes else findings[0].judgement.reasons
        return no_answer(asked_for, reasons, self._suggested(findings[0].hits), clinic, trace)

    def _find(self, question: Question, understood: Understood, turn: Turn) -> list[Finding]:
        """What was found for each thing asked; the question as a whole, where that or nothing is answered."""
        pieces: list[Finding] = []
        for part in parts(understood):
            pieces.append(self._look_up_part(part, pieces, turn))
        answered = [piece.judgement.answers for piece in pieces]
        if any(answered):
            return pieces
        whole = self._look_up(understood, turn)
        vocabulary, about = self.retriever.store.vocabulary, self.settings.clinic.subject
        others = readings(question, understood, vocabulary, about, self.beside.glossary.names)
        tried = chain([whole], (self._look_up(reading, turn) for reading in others))
        return [next((finding for finding in tried if _believed(finding)), whole)]

    def _suggested(self, hits: Sequence[Hit]) -> tuple[str, ...]:
        """Questions near what was asked that are answered; where there are none, those that the clinic suggests."""
        proved = (text for text in suggestions(hits) if self._answers(text))
        return tuple(islice(proved, MOST)) or self.settings.clinic.suggestions

    def _answers(self, text: str) -> bool:
        """Whether a question gets an answer."""
        turn = Turn(self.retriever.embeddings)
        if self.screen.look(Message(text, text), turn.vectors):
            return False
        return self._look_up(Understood(text, text), turn).judgement.answers

    def _look_up_part(self, part: Understood, before: Sequence[Finding], turn: Turn) -> Finding:
        """Finds and judges a part of a question; what "it" is in a short one stands in the first part."""
        if not before or not leans(part.asked):
            return self._look_up(part, turn)
        alone = self._look_up(part, turn) if says_enough(part.asked) else None
        if alone and alone.judgement.answers:
            return alone
        return self._look_up(Understood(f"{before[0].understood.text} {part.text}", part.asked), turn)

    def _look_up(self, understood: Understood, turn: Turn) -> Finding:
        """Finds and judges one question."""
        store = self.retriever.store
        encoded = turn.encoded(understood.text)
        found = fitting(understood.text, self.retriever.search(understood.text, vector=encoded.vector))
        turn.lap("retrieve")
        asked = encoded if understood.asked == understood.text else turn.encoded(understood.asked)
        judgement = judge(asked, understood.asked, found, store, self.settings.min_relevance)
        turn.lap("answerable")
        return Finding(understood, found.hits, judgement)

    def _missing(self, findings: Sequence[Finding]) -> str:
        """What was asked and is not answered, in the patient's words; empty where all is."""
        return next((finding.understood.asked for finding in findings if not finding.judgement.answers), "")

    def _trace(self, findings: Sequence[Finding], turn: Turn) -> Trace:
        relevance = min(finding.judgement.relevance for finding in findings)
        hits = list(dict.fromkeys(hit for finding in findings for hit in finding.hits))
        return Trace.of(hits, relevance, {"min_relevance": self.settings.min_relevance}, turn.laps_ms)


def _believed(finding: Finding) -> bool:
    return finding.judgement.answers and (
        not finding.understood.guessed or finding.judgement.relevance >= LEAST_SURE_OF_A_GUESS
    )
