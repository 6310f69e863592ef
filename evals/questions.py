"""Question sets: each question with the kind of reply it must get and the facts that must be in it."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from bot.reply import Kind
from evals.errors import EvalError

FOLDER = Path(__file__).parent / "questions"

_NO_QUESTIONS = frozenset({"verify"})
"""Files beside the question sets that hold something else: see evals/verification.py."""

_Line = Annotated[str, StringConstraints(pattern=r"\S")]


class Split(StrEnum):
    """What a question may be used for: `dev` to tune on, `test` to report on, `gate` with bounds of its own."""

    DEV = "dev"
    TEST = "test"
    GATE = "gate"


def _compiles(fact: str) -> str:
    if _is_pattern(fact):
        try:
            re.compile(fact[1:-1])
        except re.error as error:
            raise ValueError(f"{fact} is no regular expression ({error})") from error
    return fact


Fact = Annotated[str, StringConstraints(min_length=1), AfterValidator(_compiles)]
"""A sentence, or a part of one, quoted from the documents; or, between slashes, a regular expression."""


class Case(BaseModel):
    """One question of a set.

    `kind` is the kind of reply it must get; those of `also` are as right, where a second reader found so. `facts` is
    all-of any-of: of each inner list the reply must show at least one. `passages` are quotations that mark the
    passages which answer the question; where there are none, the facts do.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: _Line
    q: _Line
    history: tuple[_Line, ...] = ()
    kind: Kind
    also: tuple[Kind, ...] = ()
    facts: tuple[Annotated[tuple[Fact, ...], Field(min_length=1)], ...] = ()
    passages: tuple[Fact, ...] = ()
    tags: tuple[_Line, ...] = ()
    split: Split | None = None

    @property
    def is_certain(self) -> bool:
        """Whether it is certain that the documents answer it, and with which facts, or that they don't."""
        return bool(self.facts) if self.kind is Kind.ANSWER else self.kind is Kind.NO_ANSWER and not self.also

    def accepts(self, kind: Kind) -> bool:
        """Whether a reply of that kind is right."""
        return kind is self.kind or kind in self.also


def states(text: str, fact: str) -> bool:
    """Whether a text states a fact: holds the quotation, or matches the expression in any case."""
    return bool(re.search(fact[1:-1], text, re.IGNORECASE)) if _is_pattern(fact) else fact in text


def _is_pattern(fact: str) -> bool:
    return len(fact) > 2 and fact.startswith("/") and fact.endswith("/")


def split_of(q: str, history: Iterable[str] = ()) -> Split:
    """The split of a question that names none: by hash, so that it never changes and nobody chooses it.

    Returns:
        `gate` for about one question in five, `dev` and `test` for two in five each.
    """
    content = "\0".join(" ".join(text.casefold().split()) for text in (*history, q))
    return (Split.GATE, Split.DEV, Split.DEV, Split.TEST, Split.TEST)[int(sha256(content.encode()).hexdigest(), 16) % 5]


def shipped_sets() -> dict[str, Path]:
    """The files of the question sets that ship, by name, in order."""
    return {path.stem: path for path in sorted(FOLDER.glob("*.jsonl")) if path.stem not in _NO_QUESTIONS}


def load_sets(names: Iterable[str] = (), split: Split | None = None) -> dict[str, list[Case]]:
    """Question sets by name, in order.

    Args:
        names: Of sets that ship, or paths of other files (.jsonl, .csv); none: all that ship.
        split: Only this one; None: all of them.

    Raises:
        EvalError: There is no such set, or it is malformed.
    """
    shipped = shipped_sets()
    sets: dict[str, list[Case]] = {}
    for name in list(names) or list(shipped):
        path = shipped.get(name, Path(name))
        if not path.is_file():
            known = ", ".join(shipped)
            raise EvalError(f"{name}: neither a file nor a question set that ships; those are: {known}.")
        if path.stem in sets:
            raise EvalError(f"{path}: a second set of the name '{path.stem}'; rename the file.")
        sets[path.stem] = [case for case in load_cases(path) if split in (None, case.split)]
    return sets


def load_cases(path: Path) -> list[Case]:
    """The cases of a file: JSON lines, or CSV where its name ends so.

    The columns of a CSV file are the fields: in `history`, `passages` and `facts` each line of a
    cell is one, alternatives of a fact stand between ` | `, tags and kinds of `also` between commas; a row without an
    id is named by its number. A question that names no split belongs to `test`, unless the file is
    one that ships: nothing was tuned on a clinic's own questions.

    Raises:
        EvalError: The file is missing, a line is not a case, or an id stands twice.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise EvalError(f"{path}: can't be read ({error}); give a file of JSON lines or CSV.") from error
    ships = path.resolve().parent == FOLDER.resolve()
    cases: dict[str, Case] = {}
    for number, record in _csv_records(path, text) if path.suffix.lower() == ".csv" else _json_records(path, text):
        case = _case(f"{path}:{number}", record)
        if case.split is None:
            case = case.model_copy(update={"split": split_of(case.q, case.history) if ships else Split.TEST})
        if case.id in cases:
            raise EvalError(f"{path}:{number}: field 'id': '{case.id}' stands twice; mend the line.")
        cases[case.id] = case
    return list(cases.values())


def _case(place: str, record: Any) -> Case:
    try:
        return Case.model_validate(record)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"]))
        raise EvalError(f"{place}: field '{field}': {first['msg']}; mend the line.") from error


def _json_records(path: Path, text: str) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            yield number, json.loads(line)
        except json.JSONDecodeError as error:
            raise EvalError(f"{path}:{number}: not JSON ({error.msg}); mend the line.") from error
        except (RecursionError, ValueError) as error:  # JSON that Python won't take: nested too deep, a number too long
            raise EvalError(f"{path}:{number}: can't be read ({error}); mend the line.") from error


def _csv_records(path: Path, text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    rows = csv.DictReader(io.StringIO(text), restkey="(surplus)", restval="")
    for row in _sound(rows, path):
        record: dict[str, Any] = {field: cell for field, cell in row.items() if cell}
        for field, separator in (("history", "\n"), ("passages", "\n"), ("tags", ","), ("also", ",")):
            if field in record:
                record[field] = _parts(record[field], separator)
        if "facts" in record:
            record["facts"] = [_parts(line, " | ") for line in _parts(record["facts"], "\n")]
        if record:
            yield rows.line_num, {"id": f"row {rows.line_num}", **record}


def _sound(rows: csv.DictReader[str], path: Path) -> Iterator[dict[str, Any]]:
    try:
        yield from rows
    except csv.Error as error:
        raise EvalError(f"{path}:{rows.line_num}: not CSV ({error}); look for a quotation mark left open.") from error


def _parts(cell: str, separator: str) -> list[str]:
    return [part.strip() for part in cell.split(separator) if part.strip()]
