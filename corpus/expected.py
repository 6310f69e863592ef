"""Questions that sentences of the corpus are known to answer, written by people who read them.

They are matched question to question, which an embedding does far better than question to
statement. Source: document expansion, Nogueira et al. (2019), "Document Expansion by Query
Prediction", here by hand instead of by a model. They are never shown as text of a document.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from corpus.entries import Asked, Text, entry_paths, load_entries

FOLDER = "questions"
"""The subfolder of a corpus that holds them, as YAML files."""


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    sentences: Annotated[list[Text], Field(min_length=1)]
    questions: Annotated[list[Asked], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class Expected:
    """Questions and the sentences, verbatim from the documents, that together answer each of them.

    A question that leans on earlier ones stands behind them.
    """

    sentences: tuple[str, ...]
    questions: tuple[str, ...]


def expected_paths(corpus: Path) -> list[Path]:
    """The files of expected questions of a corpus, sorted; none is no error."""
    return entry_paths(corpus / FOLDER)


def load_expected(corpus: Path) -> list[Expected]:
    """All expected questions of a corpus folder.

    Raises:
        CorpusError: A file is not of the form; names the file, the entry and the field.
    """
    entries = [entry for path in expected_paths(corpus) for entry in load_entries(path, _Entry)]
    return [Expected(tuple(entry.sentences), tuple(entry.questions)) for entry in entries]
