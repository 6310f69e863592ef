"""The whole way from a question to a Reply, as one LangChain Runnable."""

from __future__ import annotations

import time
from typing import Any, Self

from langchain_core.runnables import Runnable, RunnableConfig
from langsmith import tracing_context

from bot.answerable import relevance
from bot.compose import answer, no_answer
from bot.extract import extract
from bot.reply import Reason, Reply, Trace
from bot.settings import Settings
from bot.understand import Question, check, understand
from bot.verify import verify
from index.current import check_current
from index.embed import OnnxEmbeddings
from index.export import exported_folder
from index.retrieve import HybridRetriever
from index.store import Store


class FaqChain(Runnable[Question | str, Reply]):
    """Answers questions; every face calls this and nothing else.

    `invoke`, `batch` and `stream` are LangChain's. `stream` yields one Reply, the finished one:
    a draft is never shown.
    """

    def __init__(self, settings: Settings, retriever: HybridRetriever) -> None:
        self.settings = settings
        self.retriever = retriever

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
        return cls(settings, HybridRetriever(store=store, embeddings=embeddings, candidates=settings.candidates))

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
        clock = _Clock()
        question = check(asked if isinstance(asked, Question) else Question(asked), self.settings.max_question_chars)
        understood = understand(question, self.retriever.store.vocabulary)
        clock.lap("understand")
        hits = self.retriever.hits(understood.text)
        clock.lap("retrieve")
        relevant = relevance(understood, hits, self.retriever.store.lexical)
        answerable = relevant >= self.settings.min_relevance
        clock.lap("answerable")
        quotes = extract(understood.text, hits) if answerable else []
        clock.lap("extract")
        kept = verify(quotes, [hit.passage for hit in hits])
        clock.lap("verify")
        trace = Trace.of(hits, relevant, {"min_relevance": self.settings.min_relevance}, clock.laps_ms)
        if kept:
            return answer(question.text, understood.text, kept, trace)
        reason = Reason.UNVERIFIED if quotes else Reason.LOW_RELEVANCE
        return no_answer(question.text, understood.text, reason, self.settings.clinic, trace)


class _Clock:
    def __init__(self) -> None:
        self.laps_ms: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, step: str) -> None:
        now = time.perf_counter()
        self.laps_ms[step] = round((now - self._last) * 1000, 3)
        self._last = now
