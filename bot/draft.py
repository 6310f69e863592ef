"""What a chat model is asked, and what it makes of it: questions and passages to text, its reply to a Draft. Pure."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from corpus.document import Passage

MOST_SENTENCES = 5
MOST_WORDS = 110
"""What the model is asked to keep to; bot/phrase.py sees to it."""

_MOST_CHARS = 20_000
"""Of a reply: more than the tokens that the model may use."""
_MOST_TRIES = 20
"""Places in a reply where its JSON may begin: a model that thinks aloud writes other braces first."""


class GenerationError(RuntimeError):
    """There is no draft. `fault` says why; neither it nor the message has words of the patient or the model."""

    def __init__(self, fault: str) -> None:
        super().__init__(f"the model gave no draft: {fault}")
        self.fault = fault


class DraftSentence(BaseModel):
    """A sentence as the model wrote it, and the numbers, from 1, of the passages that it rests on."""

    model_config = ConfigDict(frozen=True)

    text: Annotated[str, StringConstraints(pattern=r"\S", max_length=2000)]
    passages: Annotated[list[int], Field(max_length=20)]


class Draft(BaseModel):
    """What the model makes of a question; `covered` is false where it finds no answer in the passages.

    Attributes:
        tokens_in: Tokens of the prompt, where the server tells.
        tokens_out: Tokens of the reply, likewise.
    """

    model_config = ConfigDict(frozen=True)

    covered: bool
    sentences: Annotated[list[DraftSentence], Field(max_length=20)]
    tokens_in: int | None = None
    tokens_out: int | None = None


class Rewording(BaseModel):
    """What the model makes of a follow-up: one question that is to stand alone."""

    model_config = ConfigDict(frozen=True)

    question: Annotated[str, StringConstraints(pattern=r"\S", max_length=2000)]


_Form = TypeVar("_Form", bound=BaseModel)


def request(question: str, passages: Sequence[Passage]) -> str:
    """The passages, numbered from 1, and the question, each in a fence that nothing in it can close.

    As in CommonMark, a fence is longer than any run of backticks between its two lines.
    """
    blocks = [(f"passage {n}", passage.text) for n, passage in enumerate(passages, start=1)]
    return _fenced([*blocks, ("question", _on_one_line(question))])


def rewriting_request(question: str, earlier: Sequence[str]) -> str:
    """The earlier questions, numbered from 1, oldest first, and the question; in fences as those of `request`."""
    blocks = [(f"earlier question {n}", _on_one_line(text)) for n, text in enumerate(earlier, start=1)]
    return _fenced([*blocks, ("question", _on_one_line(question))])


def _on_one_line(text: str) -> str:
    spaced = "".join(" " if unicodedata.category(c) in {"Cc", "Cf", "Zl", "Zp"} else c for c in text)
    return " ".join(spaced.split())


def _fenced(blocks: Sequence[tuple[str, str]]) -> str:
    longest = max((len(run) for _, text in blocks for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return "\n\n".join(f"{fence}{name}\n{text}\n{fence}" for name, text in blocks)


def parse(reply: str) -> Draft:
    """The draft in a model's reply: its first JSON object that is one, whatever stands around it.

    Raises:
        GenerationError: None is, or there is no reply.
    """
    return _first(reply, Draft)


def parse_question(reply: str) -> str:
    """The question in a model's reply, found as a draft is; not checked yet.

    Raises:
        GenerationError: There is none, or no reply.
    """
    return _first(reply, Rewording).question


def _first(reply: str, form: type[_Form]) -> _Form:
    if not reply.strip():
        raise GenerationError("empty")
    for value in _objects(reply[:_MOST_CHARS]):
        try:
            return form.model_validate(value)
        except ValidationError:
            continue
    raise GenerationError("nonsense")


def _objects(text: str) -> Iterator[Any]:
    decoder = json.JSONDecoder()
    end = 0
    for match in list(re.finditer(r"\{", text))[:_MOST_TRIES]:
        if match.start() < end:
            continue
        try:
            value, end = decoder.raw_decode(text, match.start())
        except (ValueError, RecursionError):
            continue
        yield value
