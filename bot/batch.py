"""Questions from a file of JSON lines, all of them checked before the first is asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictInt, StringConstraints, ValidationError

from bot.understand import Question, QuestionError, check


class BatchError(ValueError):
    """A line of a batch is wrong; names file, line and field."""


class BatchQuestion(BaseModel):
    """One line: other keys are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: Annotated[str, StringConstraints(min_length=1)] | StrictInt
    q: str
    history: list[str] = Field(default_factory=list)

    @property
    def question(self) -> Question:
        return Question(self.q, tuple(self.history))


def read_batch(path: Path, max_chars: int) -> list[BatchQuestion]:
    """All questions of a file, in order; blank lines are passed over.

    Raises:
        BatchError: The file can't be read, or a line is not a question that can be asked.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise BatchError(f"{path}: can't be read ({error}); give a file of JSON lines in UTF-8.") from error
    return [_read_line(f"{path}:{n}", line, max_chars) for n, line in enumerate(lines, start=1) if line.strip()]


def _read_line(place: str, line: str, max_chars: int) -> BatchQuestion:
    try:
        item = BatchQuestion.model_validate(json.loads(line))
        check(item.question, max_chars)
    except json.JSONDecodeError as error:
        raise BatchError(f"{place}: not JSON ({error.msg} at column {error.colno}); mend the line.") from error
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"][:1])) or "line"
        raise BatchError(f"{place}: field '{field}': {first['msg']}; mend the line.") from error
    except QuestionError as error:
        raise BatchError(f"{place}: field 'q': {error}") from error
    except (RecursionError, ValueError) as error:  # JSON that Python won't take: nested too deep, a number too long
        raise BatchError(f"{place}: can't be read ({error}); mend the line.") from error
    return item
