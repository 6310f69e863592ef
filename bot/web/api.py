"""The HTTP API of DESIGN: chat, passages, feedback, configuration, health. Keeps nothing between requests."""

from __future__ import annotations

import logging
from typing import Annotated, Any

from fastapi import APIRouter, BackgroundTasks, Depends, Header, Request, Response

from bot.chain import FaqChain
from bot.journal import Journal
from bot.kept import greeting, what_is_kept
from bot.live import LiveChain
from bot.reply import TIER_NAMES, Reply
from bot.settings import Settings
from bot.understand import Question, QuestionError, check
from bot.web.answering import answer, keep
from bot.web.errors import ApiError, documented
from bot.web.limits import SESSION_HEADER
from bot.web.models import Alive, ChatRequest, ConfigResponse, FeedbackRequest, PassageResponse, Ready
from corpus.document import CorpusError
from index.errors import IndexingError
from prompts.render import labels, render

router = APIRouter()
log = logging.getLogger("faqbot.web")

_KEPT_A_MINUTE = {"Cache-Control": "public, max-age=60"}


def _chain(request: Request) -> FaqChain:
    live: LiveChain = request.app.state.live
    try:
        return live.chain()
    except (CorpusError, IndexingError) as error:
        log.warning("not ready: %s", error)
        raise ApiError(
            503, "not_ready", "The assistant is not ready yet. Please try again in a few minutes."
        ) from error


def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


def _journal(request: Request) -> Journal:
    journal: Journal = request.app.state.journal
    return journal


def _session(
    session: Annotated[
        str | None,
        Header(alias=SESSION_HEADER, description="Made up by the client for each conversation; limits count by it."),
    ] = None,
) -> str | None:
    return session


def _asked(body: ChatRequest, settings: Annotated[Settings, Depends(_settings)]) -> Question:
    try:
        return check(Question(body.question, tuple(body.history)), settings.max_question_chars)
    except QuestionError as error:
        status, code = (413, "too_long") if error.too_long else (400, "malformed")
        raise ApiError(status, code, str(error)) from error


COUNTED_BY_SESSION = [Depends(_session)]
"""For the description alone: the header is read where requests are counted."""

Asked = Annotated[Question, Depends(_asked)]
Chain = Annotated[FaqChain, Depends(_chain)]


@router.post(
    "/api/chat",
    response_model=Reply,
    response_model_exclude={"trace"},
    responses=documented(400, 413, 429, 500, 503),
    dependencies=COUNTED_BY_SESSION,
)
def chat(asked: Asked, chain: Chain, request: Request, afterwards: BackgroundTasks) -> Reply:
    """Answers a question. The trace is left out: it is for staff."""
    answered = answer(asked, chain, request)
    afterwards.add_task(keep, answered, request)
    return answered.reply


@router.get("/api/passages/{passage_id}", responses=documented(404, 429, 500, 503))
def passage(passage_id: str, chain: Chain, response: Response) -> PassageResponse:
    """The passage that a citation points to."""
    found = chain.retriever.store.passage(passage_id)
    if found is None:
        raise ApiError(404, "no_such_passage", "This passage is no longer in the clinic's documents.")
    response.headers.update(_KEPT_A_MINUTE)
    fields: dict[str, Any] = {
        "passage_id": found.id,
        **{name: getattr(found, name) for name in PassageResponse.model_fields if hasattr(found, name)},
        "sentences": [{"start": s.start, "end": s.end} for s in found.sentences],
    }
    return PassageResponse(**fields)


@router.get("/api/config", responses=documented(429, 500))
def config(settings: Annotated[Settings, Depends(_settings)], response: Response) -> ConfigResponse:
    """What a chat window needs to show before the first question."""
    response.headers.update(_KEPT_A_MINUTE)
    clinic = settings.clinic
    return ConfigResponse(
        clinic=clinic,
        greeting=f"{greeting(settings)} {what_is_kept(settings)}",
        kept=what_is_kept(settings),
        disclaimer=render("disclaimer"),
        suggestions=list(clinic.suggestions),
        max_question_chars=settings.max_question_chars,
        model=bool(settings.model),
        tiers={tier.value: name for tier, name in TIER_NAMES.items()},
        article_link=clinic.article_link,
        texts=labels("widget"),
    )


@router.post(
    "/api/feedback",
    status_code=204,
    response_class=Response,
    responses=documented(400, 413, 429, 500),
    dependencies=COUNTED_BY_SESSION,
)
def feedback(
    body: FeedbackRequest,
    journal: Annotated[Journal, Depends(_journal)],
    settings: Annotated[Settings, Depends(_settings)],
) -> Response:
    """Keeps what a patient thought of a reply; 204 even where it can't be kept, which the log tells."""
    length, longest = len(body.question or ""), settings.max_question_chars
    if length > longest:
        raise ApiError(413, "too_long", f"question: is {length:,} characters long; {longest:,} is the most.")
    journal.keep_feedback(body.reply_id, body.rating, body.comment, body.question)
    return Response(status_code=204)


@router.get("/healthz")
def healthz() -> Alive:
    """The process is alive."""
    return Alive()


@router.get("/readyz", responses=documented(500, 503))
def readyz(chain: Chain) -> Ready:
    """The index is open and questions are answered; 503 while they are not."""
    manifest = chain.retriever.store.manifest
    return Ready(passages=manifest.passages, built_at=manifest.built_at)
