"""Sentences drafted of passages, faithful and not, written by people: what reading entailment is trained on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from corpus.entries import Text, entry_paths, load_entries

FOLDER = "drafts"
"""The subfolder of a corpus that holds them, as YAML files."""


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    passage: Text
    faithful: list[Text] = Field(default_factory=list)
    unfaithful: dict[str, list[Text]] = Field(default_factory=dict)


class Drafted(NamedTuple):
    """A sentence drafted of a passage; `edit` is what is wrong with it, empty where nothing is."""

    passage: str
    sentence: str
    edit: str


def load_drafted(corpus: Path) -> list[Drafted]:
    """All drafted sentences of a corpus folder; none is no error.

    Raises:
        CorpusError: A file is not of the form; names the file, the entry and the field.
    """
    entries = (entry for path in entry_paths(corpus / FOLDER) for entry in load_entries(path, _Entry))
    return [drafted for entry in entries for drafted in _of(entry)]


def _of(entry: _Entry) -> Iterator[Drafted]:
    for edit, sentences in {"": entry.faithful, **entry.unfaithful}.items():
        yield from (Drafted(entry.passage, sentence, edit) for sentence in sentences)
