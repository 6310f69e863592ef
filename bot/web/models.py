"""What the HTTP API takes and gives, besides the Reply."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from bot.journal import MAX_COMMENT_CHARS
from bot.profile import Clinic

_NOT_EMPTY = r"[\p{L}\p{M}\p{N}\p{P}\p{S}]"
"""What a question must have: a character that can be seen. For the description; the chain checks it."""


class ChatRequest(BaseModel):
    """A question and the earlier questions of the conversation, oldest first."""

    model_config = ConfigDict(extra="ignore")

    question: str = Field(json_schema_extra={"pattern": _NOT_EMPTY, "examples": ["What is SVF?"]})
    history: list[str] = Field(default_factory=list, examples=[["What is Ryoncil?"]])


class FeedbackRequest(BaseModel):
    """What a patient thought of a reply."""

    model_config = ConfigDict(extra="ignore")

    reply_id: Annotated[str, StringConstraints(pattern="^[0-9a-f]{32}$")]
    rating: Literal["up", "down"]
    comment: Annotated[str, StringConstraints(max_length=MAX_COMMENT_CHARS)] | None = None
    question: str | None = Field(
        default=None, description="The question rated; kept only with a rating down, where the clinic keeps questions."
    )


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


class ConfigResponse(BaseModel):
    """What a chat window needs to show before the first question."""

    clinic: Clinic
    greeting: str = Field(description="The first words of the window; its last sentence is `kept`.")
    kept: str = Field(description="What is kept of a conversation, and for how long.")
    disclaimer: str
    suggestions: list[str]
    max_question_chars: int
    model: bool = Field(
        description="Whether a chat model words the answers, checked against the documents, and is sent the questions "
        "that they answer; else answers are quotations."
    )
    tiers: dict[str, str] = Field(description="What a reader is told of who speaks, by the tier of a citation.")
    article_link: str = Field(description="Where the clinic's article can be read.")
    texts: dict[str, str] = Field(description="Labels and messages of the widget; $blanks are filled by it.")


class Alive(BaseModel):
    """The process is alive."""

    status: Literal["ok"] = "ok"


class Ready(BaseModel):
    """Questions are answered, from an index of this size and age."""

    status: Literal["ready"] = "ready"
    passages: int
    built_at: str
