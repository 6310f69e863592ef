"""Example utterances for the screen: what a message of each kind looks like, and what only sounds like it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from bot.cues import CueError
from bot.reply import Kind
from corpus.entries import Text, entry_paths, load_entries
from prompts.render import FOLDER as PROMPTS

SCREENED = (Kind.CRISIS, Kind.EMERGENCY, Kind.BOUNDARY, Kind.REFUSAL, Kind.SMALLTALK, Kind.LANGUAGE)
"""The kinds that examples tell apart, the gravest first."""


FOREIGN = PROMPTS / "screen" / "foreign"
"""What patients write in other languages: <ISO 639 code>.yaml."""


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[Text, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    says: Literal["identity", "person", "thanks", ""] = ""
    match: list[Text] = Field(default_factory=list)
    near_misses: list[Text] = Field(default_factory=list)


class _PatternEntry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Kind
    name: Annotated[Text, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    any: Annotated[list[Text], Field(min_length=1)]
    unless: list[Text] = Field(default_factory=list)


class _ForeignEntry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal[Kind.CRISIS, Kind.EMERGENCY, Kind.LANGUAGE]
    messages: list[Text]


class ForeignMessage(NamedTuple):
    """A message in another language than English: its ISO 639 code or "other", and its kind; `LANGUAGE` is none."""

    language: str
    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class Pattern:
    """Words that make a message of a kind, and words beside which they don't."""

    kind: Kind
    name: str
    any: re.Pattern[str]
    unless: re.Pattern[str]

    def matches(self, text: str) -> bool:
        """Whether a text, lower case with straight apostrophes, is of the kind."""
        return bool(self.any.search(text)) and not self.unless.search(text)


@dataclass(frozen=True, slots=True)
class Examples:
    """What messages of one sort look like.

    `code` is the kind and the name of the sort, with a point between; `says` names the small talk
    that answers it, where the general one does not.
    """

    kind: Kind
    name: str
    match: tuple[str, ...]
    near_misses: tuple[str, ...]
    says: str = ""

    @property
    def code(self) -> str:
        return f"{self.kind}.{self.name}"


@cache
def load_examples() -> tuple[Examples, ...]:
    """The examples of prompts/screen/<kind>.yaml.

    Raises:
        CorpusError: A file is missing or not of the form; names the file, the entry and the field.
    """
    return tuple(
        Examples(kind, entry.name, tuple(entry.match), tuple(entry.near_misses), entry.says)
        for kind in SCREENED
        for entry in load_entries(PROMPTS / "screen" / f"{kind}.yaml", _Entry)
    )


def texts_of(examples: Sequence[Examples]) -> list[str]:
    """What has a vector: of each sort its examples, then its near misses."""
    return [text for example in examples for text in (*example.match, *example.near_misses)]


def reply_to(sort: str) -> str:
    """Which small talk answers a sort of messages, by the sort's name; empty for the general one."""
    return next((e.says for e in load_examples() if e.kind is Kind.SMALLTALK and e.name == sort), "")


@cache
def patterns() -> tuple[Pattern, ...]:
    """The patterns of prompts/screen/patterns.yaml.

    Raises:
        CorpusError: The file is missing or not of the form; names the file, the entry and the field.
        CueError: An expression in it does not compile.
    """
    path = PROMPTS / "screen" / "patterns.yaml"
    return tuple(
        Pattern(entry.kind, entry.name, _any_of(entry.any, path), _any_of(entry.unless or [r"(?!)"], path))
        for entry in load_entries(path, _PatternEntry)
    )


@cache
def load_foreign() -> tuple[ForeignMessage, ...]:
    """The messages of prompts/screen/foreign/<code>.yaml.

    Raises:
        CorpusError: A file is not of the form; names the file, the entry and the field.
    """
    return tuple(
        ForeignMessage(path.stem, entry.kind, text)
        for path in entry_paths(FOREIGN)
        for entry in load_entries(path, _ForeignEntry)
        for text in entry.messages
    )


def _any_of(expressions: Sequence[str], path: Path) -> re.Pattern[str]:
    try:
        return re.compile("|".join(f"(?:{expression})" for expression in expressions))
    except re.error as error:
        raise CueError(f"{path}: {error.pattern!r}: {error}; mend the expression.") from error
