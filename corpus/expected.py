"""Questions that sentences of the corpus are known to answer, written by people who read them.

They are matched question to question, which an embedding does far better than question to
statement. Source: document expansion, Nogueira et al. (2019), "Document Expansion by Query
Prediction", here by hand instead of by a model. They are never shown as text of a document.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from corpus.document import CorpusError

FOLDER = "questions"
"""The subfolder of a corpus that holds them, as YAML files."""

_Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    sentences: Annotated[list[_Text], Field(min_length=1)]
    questions: Annotated[list[_Text], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class Expected:
    """Questions and the sentences, verbatim from the documents, that together answer each of them."""

    sentences: tuple[str, ...]
    questions: tuple[str, ...]


def expected_paths(corpus: Path) -> list[Path]:
    """The files of expected questions of a corpus, sorted; none is no error."""
    return sorted(p for p in (corpus / FOLDER).glob("*.y*ml") if not p.name.startswith("."))


def load_expected(corpus: Path) -> list[Expected]:
    """All expected questions of a corpus folder.

    Raises:
        CorpusError: A file is not of the form; names the file, the entry and the field.
    """
    return [entry for path in expected_paths(corpus) for entry in _load(path)]


def _load(path: Path) -> list[Expected]:
    try:
        entries = TypeAdapter(list[_Entry]).validate_python(yaml.safe_load(path.read_text(encoding="utf-8")) or [])
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part + 1) if isinstance(part, int) else part for part in first["loc"])
        raise CorpusError(f"{path}: entry {place}: {first['msg']}; mend the entry.") from error
    except (OSError, yaml.YAMLError, ValueError) as error:  # YAML's own ValueError: a date like 2021-02-30
        raise CorpusError(f"{path}: can't be read as YAML: {' '.join(str(error).split())}") from error
    return [Expected(tuple(entry.sentences), tuple(entry.questions)) for entry in entries]
