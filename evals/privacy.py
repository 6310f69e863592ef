"""Personal data in sentences that are marked by hand: what is taken out of it, and what besides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from bot.private import Found, Personal, find_personal_data
from evals.errors import EvalError
from evals.questions import Split

SENTENCES = Path(__file__).parent / "privacy.jsonl"
"""The project's own: people invented, forms those of Tennessee."""

KINDS = {kind.name: kind for kind in Personal} | {
    "PERSON": Personal.NAME,
    "STREET_ADDRESS": Personal.ADDRESS,
    "ZIP_CODE": Personal.ADDRESS,
    "PHONE_NUMBER": Personal.PHONE,
    "EMAIL_ADDRESS": Personal.EMAIL,
    "DOMAIN_NAME": Personal.LINK,
    "CREDIT_CARD": Personal.CARD,
    "US_SSN": Personal.SSN,
    "IP_ADDRESS": Personal.IP,
    "US_DRIVER_LICENSE": Personal.NUMBER,
    "DATE_TIME": Personal.DATE,
}
"""What a mark means, ours by their names and those of presidio-research; one that isn't here is left in."""

_LEAST_DIGITS_OF_A_DATE = 5
_OLD = 90


class Entity(BaseModel):
    """A marked piece of a sentence: `text[start:end] == value`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    type: str
    value: str
    start: int
    end: int

    @property
    def kind(self) -> Personal | None:
        """What it is to us; None for what is to be left in: an age below 90, a weekday, a year."""
        if self.type == "AGE":
            return Personal.AGE if self.value.isdigit() and int(self.value) >= _OLD else None
        if self.type == "DATE_TIME" and sum(map(str.isdigit, self.value)) < _LEAST_DIGITS_OF_A_DATE:
            return None
        return KINDS.get(self.type)


class Sentence(BaseModel):
    """A sentence with all its personal data marked."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    text: str
    entities: tuple[Entity, ...]
    split: Split = Split.TEST

    @model_validator(mode="after")
    def _marks_what_it_says(self) -> Self:
        for entity in self.entities:
            if self.text[entity.start : entity.end] != entity.value:
                raise ValueError(f"'{entity.value}' does not stand at {entity.start} to {entity.end}")
        return self


@dataclass
class Removal:
    """How much of one kind was found, in pieces."""

    marked: int = 0
    taken_out: int = 0
    """Of the marked: with every letter and digit, under whatever name."""
    removed: int = 0
    rightly: int = 0
    """Of the removed: those that touch anything marked, be it of a kind that is left in."""


@dataclass
class Result:
    """What came of a set of sentences."""

    kinds: dict[Personal, Removal] = field(default_factory=lambda: {kind: Removal() for kind in Personal})
    left_in: Counter[str] = field(default_factory=Counter)
    """Marks that need not be taken out, by their type."""
    missed: list[tuple[Personal, str]] = field(default_factory=list)
    """What stayed, in whole or in part."""
    needless: list[tuple[Personal, str]] = field(default_factory=list)
    """What was taken out and is marked as nothing."""
    unmarked: int = 0
    """Sentences without a mark."""
    unchanged: int = 0
    """Of the unmarked: those that came through as they were."""

    @property
    def all(self) -> Removal:
        """The kinds together."""
        return Removal(*(sum(getattr(r, f.name) for r in self.kinds.values()) for f in fields(Removal)))


def load_sentences(path: Path = SENTENCES) -> list[Sentence]:
    """The sentences of a file of JSON lines {text, entities: [{type, value, start, end}], split?}.

    Raises:
        EvalError: The file can't be read, or a line is not a marked sentence; names both.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise EvalError(f"{path}: can't be read ({error}); give a file of JSON lines.") from error
    sentences = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                sentences.append(Sentence.model_validate_json(line))
            except ValidationError as error:
                first = error.errors()[0]
                field = ".".join(map(str, first["loc"])) or "line"
                said = first["msg"].removeprefix("Value error, ")
                raise EvalError(f"{path}:{number}: {field}: {said}; mend the line.") from error
    return sentences


def measure(sentences: Iterable[Sentence]) -> Result:
    """Takes the personal data out of each sentence and counts, by kind."""
    result = Result()
    for sentence in sentences:
        found = find_personal_data(sentence.text)
        _count_marked(sentence, found, result)
        _count_removed(sentence, found, result)
        if not sentence.entities:
            result.unmarked += 1
            result.unchanged += not found
    return result


def _count_marked(sentence: Sentence, found: list[Found], result: Result) -> None:
    gone = {at for piece in found for at in range(piece.start, piece.end)}
    for entity in sentence.entities:
        if entity.kind is None:
            result.left_in[entity.type] += 1
            continue
        result.kinds[entity.kind].marked += 1
        if all(at in gone or not sentence.text[at].isalnum() for at in range(entity.start, entity.end)):
            result.kinds[entity.kind].taken_out += 1
        else:
            result.missed.append((entity.kind, entity.value))


def _count_removed(sentence: Sentence, found: list[Found], result: Result) -> None:
    for piece in found:
        result.kinds[piece.kind].removed += 1
        if any(piece.start < entity.end and entity.start < piece.end for entity in sentence.entities):
            result.kinds[piece.kind].rightly += 1
        else:
            result.needless.append((piece.kind, sentence.text[piece.start : piece.end]))
