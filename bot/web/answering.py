"""A question answered, counted and handed to the journal, which nobody waits for."""

from __future__ import annotations

from time import perf_counter

from fastapi import Request

from bot.chain import FaqChain
from bot.journal import Journal
from bot.reply import Reply
from bot.understand import Question
from bot.web.metrics import Metrics


def answer(asked: Question, chain: FaqChain, request: Request) -> Reply:
    """The reply to a question, with its trace."""
    journal: Journal = request.app.state.journal
    metrics: Metrics = request.app.state.metrics
    start_s = perf_counter()
    try:
        reply = chain.invoke(asked)
    except Exception:
        metrics.failed()
        raise
    took_s = perf_counter() - start_s
    metrics.replied(reply.kind, took_s)
    journal.keep_reply(reply, took_s * 1000)
    return reply
