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

OTHER_SUBJECTS = "other_subjects"
"""The subfolder of that one for those about illnesses, remedies and other things of which the documents say nothing."""


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    questions: Annotated[list[Asked], Field(min_length=1)]
    missing: Text | None = None
    near: Text | None = None


@dataclass(frozen=True, slots=True)
class Uncovered:
    """Questions without an answer.

    `missing` completes "the documents do not say …" and is empty where nothing can be said; `near`
    is the sentence that they sound like, or empty. `is_of_another` where they are about another subject
    than the documents are: what is asked behind one may be about that, whatever its words.
    """

    questions: tuple[str, ...]
    missing: str = ""
    near: str = ""
    is_of_another: bool = False


def uncovered_paths(corpus: Path) -> list[Path]:
    """The files of uncovered questions of a corpus, sorted, those of other subjects last; none is no error."""
    return [*entry_paths(corpus / FOLDER), *entry_paths(corpus / FOLDER / OTHER_SUBJECTS)]


def load_uncovered(corpus: Path) -> list[Uncovered]:
    """All uncovered questions of a corpus folder.

    Raises:
        CorpusError: A file is not of the form; names the file, the entry and the field.
    """
    return [
        Uncovered(tuple(e.questions), e.missing or "", e.near or "", path.parent.name == OTHER_SUBJECTS)
        for path in uncovered_paths(corpus)
        for e in load_entries(path, _Entry)
    ]
