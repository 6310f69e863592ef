"""Public datasets as JSON lines: passages to find, or contexts to read an answer out of."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError, model_validator

from evals.errors import EvalError

_Text = Annotated[str, StringConstraints(pattern=r"\S")]
_Checked = TypeVar("_Checked")


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")  # licence and provenance stand in every line


class FoundPassage(_Record):
    """A passage to find; `focus` is what its document is about, and stands before it as a title."""

    kind: Literal["passage"]
    doc_id: _Text
    text: _Text
    focus: str = ""

    @property
    def titled(self) -> str:
        return "\n".join(filter(None, (self.focus, self.text)))


class Query(_Record):
    """A question, and the documents any passage of which answers it."""

    kind: Literal["query"]
    question: _Text
    gold_doc_ids: tuple[_Text, ...] = Field(min_length=1)


class Answer(_Record):
    """A part of a context, from `answer_start` on, counted in characters from 0."""

    text: _Text
    answer_start: int = Field(ge=0)


class Reading(_Record):
    """A question about a context, and the parts of it that answer it; none where it doesn't."""

    context: _Text
    question: _Text
    answers: tuple[Answer, ...]
    unanswerable: bool
    dataset: str = ""
    title: str = ""

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if self.unanswerable == bool(self.answers):
            raise ValueError("'answers' must be there unless 'unanswerable' is true, and then not")
        for answer in self.answers:
            if self.context[answer.answer_start :][: len(answer.text)] != answer.text:
                raise ValueError(f"'answers': '{answer.text[:40]}' doesn't stand at {answer.answer_start} of 'context'")
        return self


@dataclass(frozen=True, slots=True)
class Search:
    """A passage-retrieval dataset."""

    passages: tuple[FoundPassage, ...]
    queries: tuple[Query, ...]


_LINE: TypeAdapter[FoundPassage | Query] = TypeAdapter(Annotated[FoundPassage | Query, Field(discriminator="kind")])
_READING: TypeAdapter[Reading] = TypeAdapter(Reading)


def load_dataset(path: Path) -> Search | list[Reading]:
    """A dataset; which kind it is, its first line's keys tell.

    Args:
        path: JSON lines, compressed where the name ends in .gz.

    Raises:
        EvalError: The file can't be read, is of neither kind, or a line is malformed.
    """
    records = list(_records(path))
    if not records:
        raise EvalError(f"{path}: an empty file; give a dataset of JSON lines.")
    place, first = records[0]
    if isinstance(first, dict) and "kind" in first:
        return _search(path, [(place, _checked(_LINE, place, record)) for place, record in records])
    if isinstance(first, dict) and "context" in first:
        return [_checked(_READING, place, record) for place, record in records]
    raise EvalError(f"{place}: field 'kind' (of passages and queries) or 'context' (of answers to read) is missing.")


def _search(path: Path, lines: list[tuple[str, FoundPassage | Query]]) -> Search:
    passages = tuple(line for _, line in lines if isinstance(line, FoundPassage))
    documents = {passage.doc_id for passage in passages}
    for place, line in lines:
        if isinstance(line, Query) and documents.isdisjoint(line.gold_doc_ids):
            raise EvalError(f"{place}: field 'gold_doc_ids': no passage is of these documents; mend the line.")
    queries = tuple(line for _, line in lines if isinstance(line, Query))
    if not queries:
        raise EvalError(f"{path}: field 'kind': no line is a query; add some.")
    return Search(passages, queries)


def _checked(adapter: TypeAdapter[_Checked], place: str, record: Any) -> _Checked:
    try:
        return adapter.validate_python(record)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"] if part not in ("passage", "query"))
        named = f"field '{field}': " if field else ""
        message = first["msg"].removeprefix("Value error, ")
        raise EvalError(f"{place}: {named}{message}; mend the line.") from error


def _records(path: Path) -> Iterator[tuple[str, Any]]:
    """Each line with its place, `file:number`."""
    try:
        raw = path.read_bytes()
        text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8-sig")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise EvalError(
            f"{path}: can't be read ({error}); give a file of JSON lines, or such a file in gzip."
        ) from error
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                yield f"{path}:{number}", json.loads(line)
            except json.JSONDecodeError as error:
                raise EvalError(f"{path}:{number}: not JSON ({error.msg}); mend the line.") from error
