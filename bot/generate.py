"""The answer drafted by a chat model of the operator's choice. A draft is checked and never shown as it is."""

from __future__ import annotations

import copy
import logging
import threading
from collections.abc import Callable, Sequence
from typing import Any, Self, TypeVar

from langchain_core.runnables import Runnable
from langsmith import tracing_context
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_random

from bot.background import BackgroundLoop
from bot.draft import (
    MOST_SENTENCES,
    MOST_WORDS,
    Draft,
    GenerationError,
    parse,
    parse_question,
    request,
    rewriting_request,
)
from bot.providers import ChatModel, open_model
from bot.settings import Settings
from corpus.document import Passage
from prompts.render import render

MOST_AT_ONCE = 8
"""Drafts under way together; a question beyond them is answered without the model, and at once."""

_TIMED_OUT = frozenset({"TimeoutError", "APITimeoutError", "TimeoutException"})
_CUT_OFF = frozenset({"ConnectionError", "APIConnectionError", "TransportError"})

log = logging.getLogger("faqbot.model")

Messages = list[tuple[str, str]]
_Read = TypeVar("_Read")


class Generator:
    """Drafts answers with a chat model. Calls run in one event loop beside the threads that wait for them.

    `places` is one for each draft that may be under way.
    """

    def __init__(self, model: ChatModel, timeout_s: float) -> None:
        self._model = model
        self._timeout_s = timeout_s
        self.places = threading.BoundedSemaphore(MOST_AT_ONCE)
        self._loop = BackgroundLoop(model.aclose)

    @classmethod
    def open(cls, settings: Settings) -> Self:
        """The model of the settings.

        Raises:
            SettingsError: Its package is not installed, or its key is not set.
        """
        return cls(open_model(settings), settings.model_timeout_s)

    def draft(self, question: str, passages: Sequence[Passage]) -> Draft:
        """What the model answers from the passages; not checked yet.

        Whatever the server does, it returns or raises when the time is up, and the call is given up with it.

        Args:
            question: As it may be sent: without personal data.
            passages: Numbered from 1 for the model, in this order.

        Raises:
            GenerationError: There is none.
        """
        rules = render("answer", sentences=str(MOST_SENTENCES), words=str(MOST_WORDS))
        return self._read(self._model.ask, [("system", rules), ("human", request(question, passages))], _draft)

    def rewrite(self, question: str, earlier: Sequence[str], most_words: int) -> str:
        """A follow-up as the model puts it into one question that stands alone; not checked yet.

        It ends as `draft` does.

        Args:
            question: As it may be sent: without personal data.
            earlier: Likewise, oldest first.
            most_words: That the model is asked to keep to.

        Raises:
            GenerationError: There is none.
        """
        messages = [
            ("system", render("rewrite", words=str(most_words))),
            ("human", rewriting_request(question, earlier)),
        ]
        return self._read(self._model.rewrite or self._model.ask, messages, lambda reply: parse_question(reply.text))

    def after(self, spent_s: float) -> Self:
        """The same generator with so many seconds less for a call."""
        other = copy.copy(self)
        other._timeout_s = max(0.0, self._timeout_s - spent_s)
        return other

    def _read(self, ask: Runnable[Any, Any], messages: Messages, read: Callable[[Any], _Read]) -> _Read:
        """What is read from the model's reply, in time."""
        try:
            future = self._loop.submit(self._ask(ask, messages))
        except RuntimeError:
            raise GenerationError("closed") from None
        try:
            return read(future.result(self._timeout_s)["raw"])
        except GenerationError as error:
            log.warning("%s", error)
            raise
        except Exception as error:  # noqa: BLE001 (whatever a client raises; its message may hold a patient's words)
            fault = fault_of(error)
            log.warning("no reply of the model: %s (%s)", fault, type(error).__name__)
            raise GenerationError(fault) from None
        finally:
            future.cancel()

    def close(self) -> None:
        """Gives up what is under way; no more is drafted."""
        self._loop.close()

    async def _ask(self, ask: Runnable[Any, Any], messages: Messages) -> Any:
        if not self.places.acquire(blocking=False):
            raise GenerationError("busy")
        try:
            tries = AsyncRetrying(
                stop=stop_after_attempt(self._model.tries),
                wait=wait_random(0.2, 0.8),
                retry=retry_if_exception(_passes),
                reraise=True,
            )
            with tracing_context(enabled=False):  # the chain's own is not known in this thread
                return await tries(ask.ainvoke, messages)
        finally:
            self.places.release()


def _draft(reply: Any) -> Draft:
    usage = reply.usage_metadata or {}
    tokens = {"tokens_in": usage.get("input_tokens"), "tokens_out": usage.get("output_tokens")}
    return parse(reply.text).model_copy(update=tokens)


def fault_of(error: BaseException) -> str:
    """What sort of failure a client's error is.

    Told by status and by the names of its classes, for each provider's client has errors of its own.

    Returns:
        `http_` and a status, `timeout`, `connection`, `too_long`, `closed`, or else `nonsense`.
    """
    if (status := getattr(error, "status_code", None)) is not None:
        return f"http_{status}"
    names = {kind.__name__ for kind in type(error).__mro__}
    if "ReplyTooLongError" in names:
        return "too_long"
    if "CancelledError" in names:
        return "closed"
    if names & _TIMED_OUT:
        return "timeout"
    return "connection" if names & _CUT_OFF else "nonsense"


def _passes(error: BaseException) -> bool:
    """Whether a failure may be over in a moment: too many requests, an error of the server, no connection."""
    fault = fault_of(error)
    return fault in {"connection", "http_429"} or fault.startswith("http_5")
