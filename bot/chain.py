"""The whole way from a question to a Reply, as one LangChain Runnable."""

from __future__ import annotations

import copy
import logging
from collections.abc import Collection, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from langchain_core.runnables import Runnable, RunnableConfig
from langsmith import tracing_context

from bot.answerable import worth_naming
from bot.asking import only_tells
from bot.caution import Cautions
from bot.cite import quoted
from bot.compose import Asked, Beside, answer, no_answer, screened, unscreened
from bot.coverage import Coverage, learned_coverage
from bot.explain import Glossary
from bot.extract import BRIEF, extract
from bot.find import Finder
from bot.look_up import Finding
from bot.reply import Kind, Reason, Reply
from bot.screen import NoScreen, Screen
from bot.screen_learned import make_screen
from bot.settings import Settings
from bot.signals import Message, Screening
from bot.suggest import MOST, suggestions
from bot.titles import Titles
from bot.trace import Trace
from bot.turn import Turn
from bot.understand import Question, Understood, check, understand
from bot.verify import verify
from corpus.document import Document
from corpus.glossary import Entry, load_glossary
from corpus.load import load_corpus
from index.current import check_current
from index.embed import OnnxEmbeddings
from index.export import exported_folder
from index.retrieve import Hit, HybridRetriever
from index.store import Store

if TYPE_CHECKING:
    from bot.phrase import Phraser

log = logging.getLogger("faqbot.chain")


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
        phraser: Phraser | None = None,
    ) -> None:
        self.settings = settings
        self.retriever = retriever
        passages = retriever.store.passages
        self.screen = screen or make_screen(retriever, settings.state, settings.threads)
        self.coverage = Coverage(learned_coverage(retriever.store, settings.state), retriever.store)
        self.titles = Titles(documents)
        self.beside = Beside(Glossary(glossary, passages), Cautions(documents, passages))
        self.finder = Finder(settings, retriever, self.beside.glossary.names, self.coverage)
        self.phraser = phraser
        self.rewriter = None
        if phraser and settings.model_rewrites:
            from bot.rewrite import Rewriter

            self.rewriter = Rewriter(phraser.generator, self.screen, retriever.store.vocabulary)

    @classmethod
    def open(cls, settings: Settings, folder: Path | None = None) -> Self:
        """The chain over the index of the settings' state folder.

        Args:
            settings: Where it is, and how it answers.
            folder: Of another store, one that doesn't answer yet.

        Raises:
            NotReadyError: There is no index, or it doesn't fit the corpus or the model.
            ModelError: The exported model is missing or damaged, or the one that checks a chat model's drafts.
            SettingsError: The chat model's package is not installed, or its key is not set.
        """
        store = Store(
            folder or check_current(settings.corpus, settings.state, settings.embedding_model, settings.passage_words)
        )
        exported = exported_folder(settings.state / "models", store.manifest.model_digest)
        embeddings = OnnxEmbeddings(exported, settings.threads)
        retriever = HybridRetriever(store=store, embeddings=embeddings, candidates=settings.candidates)
        documents = load_corpus(settings.corpus)
        glossary = load_glossary(settings.corpus, documents)
        return cls(settings, retriever, documents, glossary, phraser=_phraser(settings, store))

    def with_settings(self, **changes: Any) -> Self:
        """The same chain with other settings of search, judgement or answerer, by field; with `model` "" it quotes.

        It shares the index and the chat model, and is not to be closed.
        """
        other = copy.copy(self)
        other.settings = self.settings.model_copy(update=changes)
        other.retriever = self.retriever.model_copy(update={"candidates": other.settings.candidates})
        other.finder = Finder(other.settings, other.retriever, self.beside.glossary.names, self.coverage)
        other.phraser = self.phraser if other.settings.model else None
        other.rewriter = self.rewriter if other.settings.model and other.settings.model_rewrites else None
        return other

    def close(self) -> None:
        """Lets the index and the chat model go; the chain answers no more."""
        if self.phraser:
            self.phraser.generator.close()
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
            screening = self.screen.look(Message.of(question, understood), turn.vectors)
        except Exception as error:  # noqa: BLE001 (whatever fails in it, nothing that nobody screened is answered)
            log.error("the screen failed: %s", type(error).__name__)  # its message may hold a patient's words
            return unscreened(Asked(question.text, understood.text), self.settings.clinic)
        turn.lap("screen")
        if screening and screening.kind is not Kind.BOUNDARY:
            return screened(Asked(question.text, understood.text), screening, self.settings.clinic)
        if (named := self.titles.named(question)) != question:
            understood = understand(named, self.retriever.store.vocabulary)
        reply = self._answered(named, understood, screening, turn)
        return reply if named.text == question.text else reply.model_copy(update={"question": question.text})

    def _answered(self, question: Question, understood: Understood, boundary: Screening | None, turn: Turn) -> Reply:
        """What the documents say to a question; to one for a decision, a little in general."""
        findings = self.finder.find(question, understood, turn)
        rewriting, clinic = "", self.settings.clinic
        if self.rewriter and not boundary and not any(finding.answers for finding in findings):
            rewritten = self.rewriter.rewrite(question, understood, self.finder, turn)
            rewriting = rewritten.outcome
            if rewritten.danger:
                trace = self._trace(findings, turn, rewriting)
                return screened(Asked(question.text, understood.text), rewritten.danger, clinic, trace=trace)
            findings = [rewritten.finding] if rewritten.finding else findings
        answered = [finding for finding in findings if finding.answers]
        limits = BRIEF if boundary or len(answered) > 2 else None
        parts = [extract(each.understood.text, each.hits, limits) for each in answered]
        quotes = self.titles.of_meant(question.text, dict.fromkeys(quote for part in parts for quote in part))
        turn.lap("extract")
        hits = [hit for finding in answered or findings for hit in finding.hits]
        kept = verify(quotes, [hit.passage for hit in hits])
        turn.lap("verify")
        asked_for = Asked(question.text, findings[0].understood.text if len(findings) == 1 else understood.text)
        if kept and not boundary:
            worded = quoted(kept)
            if self.phraser:
                phraser = self.rewriter.leave_time(self.phraser, turn) if rewriting and self.rewriter else self.phraser
                told = " ".join(finding.understood.text for finding in answered)
                shown = [[quote for quote in part if quote in kept] for part in parts]
                worded = phraser.phrase(told, shown, hits, turn)
            trace = self._trace(answered, turn, rewriting)
            return answer(asked_for, worded, _missing(findings), self.beside, clinic, trace)
        trace = self._trace(answered or findings, turn, rewriting)
        if boundary:
            return screened(asked_for, boundary, clinic, kept, self.beside, trace)
        reasons = (Reason.UNVERIFIED,) if quotes else _why_not(question.text, findings[0], self.titles.words)
        return no_answer(asked_for, reasons, self._suggested(findings[0].hits), clinic, trace)

    def _suggested(self, hits: Sequence[Hit]) -> tuple[str, ...]:
        """Questions near what was asked that are answered; where there are none, those that the clinic suggests."""
        proved = (text for text in suggestions(hits) if self._answers(text))
        return tuple(islice(proved, MOST)) or self.settings.clinic.suggestions

    def _answers(self, text: str) -> bool:
        """Whether a question gets an answer."""
        turn = Turn(self.retriever.embeddings)
        if self.screen.look(Message(text, text), turn.vectors):
            return False
        return self.finder.look_up(Understood(text, text), turn).answers

    def _trace(self, findings: Sequence[Finding], turn: Turn, rewriting: str) -> Trace:
        relevance = min(finding.judgement.relevance for finding in findings)
        hits = list(dict.fromkeys(hit for finding in findings for hit in finding.hits))
        return Trace.of(hits, relevance, {"min_relevance": self.settings.min_relevance}, turn.laps_ms, rewriting)


def _why_not(question: str, finding: Finding, shown: Collection[str]) -> tuple[str, ...]:
    """The reasons that are told.

    Of what asks nothing, that; of what other documents than the one that was meant answer, that nothing was found.
    """
    if only_tells(question):
        return (Reason.NO_QUESTION,)
    told = worth_naming(finding.judgement.reasons, finding.understood.asked, shown)
    return (Reason.LOW_RELEVANCE,) if finding.answers else told


def _missing(findings: Sequence[Finding]) -> str:
    """What was asked and is not answered, in the patient's words, each part in quotation marks but the outer ones."""
    return '", "'.join(finding.understood.asked for finding in findings if not finding.answers)


def _phraser(settings: Settings, store: Store) -> Phraser | None:
    """What words the answers, where the settings name a chat model; without one nothing of it is imported."""
    if not settings.model:
        return None
    from bot.generate import Generator
    from bot.phrase import Phraser
    from index.entailment import Entailment

    entails = Entailment(threads=settings.threads).log_odds
    return Phraser(Generator.open(settings), settings.model, store.vocabulary, entails)
