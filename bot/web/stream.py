"""The chat as server-sent events: a status at once, the verified sentences, then the Reply, which alone is final."""

from __future__ import annotations

from collections.abc import Iterator

from fastapi import APIRouter, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent

from bot.web.answering import answer, keep
from bot.web.api import COUNTED_BY_SESSION, Asked, Chain
from bot.web.errors import FAILED, ErrorBody, ErrorDetail, documented, log_failure

router = APIRouter()


@router.post(
    "/api/chat/stream",
    response_class=EventSourceResponse,
    responses=documented(400, 413, 429, 500, 503),
    dependencies=COUNTED_BY_SESSION,
)
def stream(asked: Asked, chain: Chain, request: Request) -> Iterator[ServerSentEvent]:
    """Answers a question in events: `status`, `sentence` for each, and last `reply`, or `error` in place of it.

    Runs in worker threads; a comment line is sent every 15 seconds while there is nothing else.
    A reader who goes away lets the question be finished and its answer be dropped.
    """
    yield ServerSentEvent(event="status", data={"state": "searching"})
    try:
        answered = answer(asked, chain, request)
    except Exception as error:  # noqa: BLE001 (a bug; the status line is sent, so an event tells it)
        log_failure(request.scope, error)
        yield ServerSentEvent(event="error", data=ErrorBody(error=ErrorDetail(code="failed", message=FAILED)))
        return
    try:
        for sentence in answered.reply.sentences:
            yield ServerSentEvent(event="sentence", data=sentence)
        yield ServerSentEvent(event="reply", raw_data=answered.reply.model_dump_json(exclude={"trace"}))
    finally:  # a reader who went away was answered all the same
        keep(answered, request)
