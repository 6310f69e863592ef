"""Question sets: JSON lines, each with a question, what kind of reply it must get, and the facts in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from bot.reply import Kind

FOLDER = Path(__file__).parent / "questions"


class QuestionSetError(ValueError):
    """A question set is malformed; names file, line and field."""


class Case(BaseModel):
    """One question of a set.

    `facts` is all-of any-of: each inner list holds sentences of the corpus of which the reply
    must show one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, StringConstraints(min_length=1)]
    q: Annotated[str, StringConstraints(min_length=1)]
    history: list[str] = Field(default_factory=list)
    kind: Kind
    facts: list[Annotated[list[str], Field(min_length=1)]] = Field(default_factory=list)
    tags: list[str] = Field(default_factory=list)


def load_cases(path: Path) -> list[Case]:
    """The cases of a file.

    Raises:
        QuestionSetError: The file is missing or a line is not a case.
    """
    return list(_cases(path))


def _cases(path: Path) -> Iterator[Case]:
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionSetError(f"{path}: can't be read ({error}); give a file of JSON lines.") from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield Case.model_validate(json.loads(line))
        except json.JSONDecodeError as error:
            raise QuestionSetError(f"{path}:{number}: not JSON ({error.msg}); mend the line.") from error
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(map(str, first["loc"]))
            raise QuestionSetError(f"{path}:{number}: field '{field}': {first['msg']}; mend the line.") from error
