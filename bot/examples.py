"""Example utterances for the screen: what a message of each kind looks like, and what only sounds like it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from bot.reply import Kind
from corpus.entries import Text, load_entries
from prompts.render import FOLDER as PROMPTS

SCREENED = (Kind.CRISIS, Kind.EMERGENCY, Kind.BOUNDARY, Kind.REFUSAL, Kind.SMALLTALK)
"""The kinds that examples tell apart, the gravest first."""


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[Text, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    match: list[Text] = Field(default_factory=list)
    near_misses: list[Text] = Field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Examples:
    """What messages of one sort look like. `code` is the kind and the name of the sort, with a point between."""

    kind: Kind
    name: str
    match: tuple[str, ...]
    near_misses: tuple[str, ...]

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
        Examples(kind, entry.name, tuple(entry.match), tuple(entry.near_misses))
        for kind in SCREENED
        for entry in load_entries(PROMPTS / "screen" / f"{kind}.yaml", _Entry)
    )
