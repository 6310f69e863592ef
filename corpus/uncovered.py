"""Questions that the documents are known not to answer, though they sound as if they did.

All talk of one subject looks alike to an embedding; what tells a question that is answered from one
that is not is whether it is more like the questions that are. They are never shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from corpus.entries import Asked, Text, entry_paths, load_entries

FOLDER = "uncovered"
"""The subfolder of a corpus that holds them, as YAML files."""


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    questions: Annotated[list[Asked], Field(min_length=1)]
    missing: Text | None = None
    near: Text | None = None


@dataclass(frozen=True, slots=True)
class Uncovered:
    """Questions without an answer.

    `missing` completes "the documents do not say …" and is empty where nothing can be said; `near`
    is the sentence that they sound like, or empty.
    """

    questions: tuple[str, ...]
    missing: str = ""
    near: str = ""


def uncovered_paths(corpus: Path) -> list[Path]:
    """The files of uncovered questions of a corpus, sorted; none is no error."""
    return entry_paths(corpus / FOLDER)


def load_uncovered(corpus: Path) -> list[Uncovered]:
    """All uncovered questions of a corpus folder.

    Raises:
        CorpusError: A file is not of the form; names the file, the entry and the field.
    """
    entries = [entry for path in uncovered_paths(corpus) for entry in load_entries(path, _Entry)]
    return [Uncovered(tuple(e.questions), e.missing or "", e.near or "") for e in entries]
