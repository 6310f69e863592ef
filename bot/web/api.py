"""The HTTP API of DESIGN: chat, passages, configuration, health. Keeps nothing between requests."""

from __future__ import annotations

import logging
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from bot.chain import FaqChain
from bot.live import LiveChain
from bot.reply import Reply
from bot.settings import Settings
from bot.understand import Question, QuestionError
from bot.web.errors import ApiError
from corpus.document import CorpusError
from index.errors import IndexingError
from prompts.render import render

router = APIRouter()
log = logging.getLogger("faqbot.web")


class ChatRequest(BaseModel):
    """A question and the earlier questions of the conversation, oldest first."""

    model_config = ConfigDict(extra="ignore")

    question: str
    history: list[str] = Field(default_factory=list)


class PassageSentence(BaseModel):
    """Offsets of a sentence in its document."""

    start: int
    end: int


class PassageResponse(BaseModel):
    """A passage with what a reader needs to find it: title, link and offsets in the document."""

    passage_id: str
    source_id: str
    title: str
    tier: str
    section: list[str]
    text: str
    start: int
    end: int
    sentences: list[PassageSentence]
    link: str
    coverage: str


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


Chain = Annotated[FaqChain, Depends(_chain)]


@router.post("/api/chat", response_model=Reply, response_model_exclude={"trace"})
def chat(body: ChatRequest, chain: Chain) -> Reply:
    """Answers a question. The trace is left out: it is for staff."""
    try:
        reply = chain.invoke(Question(body.question, tuple(body.history)))
    except QuestionError as error:
        status, code = (413, "too_long") if error.too_long else (400, "malformed")
        raise ApiError(status, code, str(error)) from error
    return reply


@router.get("/api/passages/{passage_id}", response_model=PassageResponse)
def passage(passage_id: str, chain: Chain) -> dict[str, Any]:
    """The passage that a citation points to."""
    found = chain.retriever.store.passage(passage_id)
    if found is None:
        raise ApiError(404, "no_such_passage", "This passage is no longer in the clinic's documents.")
    return {
        "passage_id": found.id,
        **{name: getattr(found, name) for name in PassageResponse.model_fields if hasattr(found, name)},
        "sentences": [{"start": s.start, "end": s.end} for s in found.sentences],
    }


@router.get("/api/config")
def config(settings: Annotated[Settings, Depends(_settings)]) -> dict[str, Any]:
    """What a chat window needs to show before the first question."""
    return {
        "clinic": settings.clinic.model_dump(),
        "disclaimer": render("disclaimer"),
        "greeting": render("greeting", clinic=settings.clinic.name),
        "suggestions": list(settings.clinic.suggestions),
        "max_question_chars": settings.max_question_chars,
        "model": None,
    }


@router.get("/healthz")
def healthz() -> dict[str, str]:
    """The process is alive."""
    return {"status": "ok"}


@router.get("/readyz")
def readyz(chain: Chain) -> dict[str, Any]:
    """The index is open and questions are answered; 503 while they are not."""
    manifest = chain.retriever.store.manifest
    return {"status": "ready", "passages": manifest.passages, "built_at": manifest.built_at}
