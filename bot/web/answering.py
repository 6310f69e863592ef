"""A question answered and counted; its reply handed to the journal once the patient has it."""

from __future__ import annotations

from time import perf_counter
from typing import NamedTuple

from fastapi import Request

from bot.chain import FaqChain
from bot.journal import Journal
from bot.reply import Reply
from bot.understand import Question
from bot.web.metrics import Metrics


class Answered(NamedTuple):
    """A reply with its trace, and the seconds that it took."""

    reply: Reply
    took_s: float


def answer(asked: Question, chain: FaqChain, request: Request) -> Answered:
    """The reply to a question."""
    metrics: Metrics = request.app.state.metrics
    start_s = perf_counter()
    try:
        reply = chain.invoke(asked)
    except Exception:
        metrics.failed()
        raise
    took_s = perf_counter() - start_s
    metrics.replied(reply.kind, took_s)
    return Answered(reply, took_s)


def keep(answered: Answered, request: Request) -> None:
    """Hands a reply to the journal: after it was sent, for the thread that writes would be woken beside it."""
    journal: Journal = request.app.state.journal
    journal.keep_reply(answered.reply, answered.took_s * 1000)
