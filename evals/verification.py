"""Sentences that are or are not supported by a passage: how many of each kind the check of drafts lets through."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, NamedTuple, Self, TypeVar

import numpy as np
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError, model_validator
from scipy.stats import binomtest

from bot.entailed import Entails, entailed
from bot.faithful import Embed
from corpus.document import BlockKind, Content, Document, Passage, Tier
from corpus.split import split
from evals.errors import EvalError
from evals.questions import FOLDER, Split
from evals.stats import LEVEL, Interval

DRAFTS = FOLDER / "verify.jsonl"
"""The project's own: dev by four authors, test by two; other authors than those whose sentences were learned from."""

_Line = TypeVar("_Line", bound=BaseModel)
_Text = Annotated[str, StringConstraints(pattern=r"\S")]


class Label(StrEnum):
    """Whether a passage says what a sentence says."""

    FAITHFUL = "faithful"
    UNFAITHFUL = "unfaithful"


class Draft(BaseModel):
    """A drafted sentence and the passage that it cites; `edit` is what is wrong with it, empty where nothing is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: _Text
    split: Literal[Split.DEV, Split.TEST]
    source: _Text
    passage: _Text
    sentence: _Text
    label: Label
    edit: str

    @model_validator(mode="after")
    def _names_what_is_wrong(self) -> Self:
        if (self.label is Label.FAITHFUL) == bool(self.edit):
            raise ValueError("'edit' must be empty for a faithful sentence, and only then")
        return self

    @property
    def kind(self) -> str:
        return self.edit or str(self.label)


class Verdict(NamedTuple):
    """What became of a sentence: its fault, and its highest cosine to a sentence of its passage."""

    kind: str
    split: str
    fault: str | None
    similarity: float


class Row(NamedTuple):
    """Of one kind and split: how many, and how many were let through by the check and by the baseline."""

    split: str
    kind: str
    total: int
    passed: int
    baseline: int

    @property
    def share(self) -> Interval:
        """Of what was let through, with its Wilson score interval (Wilson 1927)."""
        return share(self.passed, self.total)

    @property
    def baseline_share(self) -> Interval:
        return share(self.baseline, self.total)


def share(part: int, whole: int) -> Interval:
    """A share with its Wilson score interval; `whole` at least 1."""
    bounds = binomtest(part, whole).proportion_ci(LEVEL, method="wilson")
    return Interval(part / whole, float(bounds.low), float(bounds.high))


def passages_of(text: str) -> list[Passage]:
    """A text of lines as passages of sentences; a line that begins with "- " is an item of a list."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    content = Content.of(
        (BlockKind.ITEM if line.startswith("- ") else BlockKind.PARAGRAPH, 0, line.removeprefix("- ")) for line in lines
    )
    return split(Document("passage", "", Tier.ARTICLE, content.text, content.blocks))


def judge_drafts(drafts: Iterable[Draft], embed: Embed, entails: Entails) -> list[Verdict]:
    """The verdict on each draft, in order."""
    return [verdict(d.kind, d.split, d.sentence, passages_of(d.passage), embed, entails) for d in drafts]


def verdict(
    kind: str, of_split: str, sentence: str, passages: Sequence[Passage], embed: Embed, entails: Entails
) -> Verdict:
    """What the check and the baseline say of a sentence, of some kind and split."""
    vectors = np.asarray(embed([sentence, *(s.text for passage in passages for s in passage.sentences)]))
    return Verdict(
        kind, of_split, entailed(sentence, passages, embed, entails).fault, float((vectors[1:] @ vectors[0]).max())
    )


def baseline_threshold(verdicts: Sequence[Verdict]) -> float:
    """From which cosine on as many faithful sentences of dev are let through as by the check.

    This is the textbook baseline, similarity of embeddings alone, at the same share kept.
    """
    faithful = [v for v in verdicts if v.kind == Label.FAITHFUL and v.split == Split.DEV]
    kept = sum(v.fault is None for v in faithful)
    ranked = sorted((v.similarity for v in faithful), reverse=True)
    return ranked[kept - 1] if kept else float("inf")


def table(verdicts: Sequence[Verdict], threshold: float) -> list[Row]:
    """A row for each split and kind, faithful first, and one for all unfaithful ones together."""
    rows = []
    for of_split in sorted({v.split for v in verdicts}):
        here = [v for v in verdicts if v.split == of_split]
        kinds = sorted({v.kind for v in here} - {Label.FAITHFUL})
        groups: dict[str, Callable[[str], bool]] = {kind: kind.__eq__ for kind in (Label.FAITHFUL, *kinds)}
        groups["all unfaithful"] = lambda kind: kind != Label.FAITHFUL
        for name, belongs in groups.items():
            if group := [v for v in here if belongs(v.kind)]:
                passed, baseline = sum(v.fault is None for v in group), sum(v.similarity >= threshold for v in group)
                rows.append(Row(of_split, str(name), len(group), passed, baseline))
    return rows


def load_drafts(path: Path = DRAFTS) -> list[Draft]:
    """The drafts of a file of JSON lines.

    Raises:
        EvalError: The file can't be read, a line is not a draft, or an id stands twice; names both.
    """
    drafts = load_lines(path, Draft)
    if twice := sorted({d.id for d in drafts if sum(d.id == other.id for other in drafts) > 1}):
        raise EvalError(f"{path}: field 'id': '{twice[0]}' stands twice; mend the line.")
    return drafts


def load_lines(path: Path, kind: type[_Line]) -> list[_Line]:
    """The records of a file of JSON lines.

    Raises:
        EvalError: The file can't be read, or a line is not such a record; names both.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise EvalError(f"{path}: can't be read ({error}); give a file of JSON lines.") from error
    loaded = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                loaded.append(kind.model_validate_json(line))
            except ValidationError as error:
                first = error.errors()[0]
                field = ".".join(map(str, first["loc"])) or "line"
                raise EvalError(
                    f"{path}:{number}: {field}: {first['msg'].removeprefix('Value error, ')}; mend the line."
                ) from error
    return loaded
