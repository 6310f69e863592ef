"""The nouns of the corpus: Document, Block, Passage, Sentence.

Every span is a pair of character offsets into `Document.text`, so a quotation can always be
checked: `document.text[start:end] == quote`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Self


class CorpusError(ValueError):
    """A document can't be read; the message names the file and how to mend it."""


class Tier(StrEnum):
    """Who speaks in a document, shown on every citation."""

    ARTICLE = "article"
    CITED = "cited"
    REGULATOR = "regulator"
    STUDY = "study"


class BlockKind(StrEnum):
    """What a block of text is on the page."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    ITEM = "item"


@dataclass(frozen=True, slots=True)
class Block:
    """A heading, paragraph or list item: `text[start:end]` without its markup.

    `level` is 1 to 6 for a heading and 0 otherwise.
    """

    kind: BlockKind
    start: int
    end: int
    level: int = 0


@dataclass(frozen=True, slots=True)
class Content:
    """What a reader finds in a file: its text, its blocks, and its front matter as YAML if it has one."""

    text: str
    blocks: tuple[Block, ...]
    front: str | None = None

    @classmethod
    def of(cls, pieces: Iterable[tuple[BlockKind, int, str]]) -> Self:
        """Content from (kind, level, text), white space folded, one blank line between blocks."""
        blocks: list[Block] = []
        parts: list[str] = []
        length = 0
        for kind, level, raw in pieces:
            if text := " ".join(raw.split()):
                blocks.append(Block(kind, length, length + len(text), level))
                parts.append(text)
                length += len(text) + 2
        return cls("\n\n".join(parts), tuple(blocks))


@dataclass(frozen=True, slots=True)
class Document:
    """One approved document, its text as stored and what is known about it.

    `link` is empty when the document has no address of its own. `coverage` says what was read of
    the source. `title_in_article` is how the clinic's article names it, where that differs; `known_as` is what its
    own sentences call it, for who asks by author or journal. `reviewed_by` is who at the clinic approved it,
    `review_by` the last day before it is to be read again. `topics`
    has by topic the sentences that warn of it, for a reader of any other document on that topic.
    """

    id: str
    title: str
    tier: Tier
    text: str
    blocks: tuple[Block, ...]
    by: str = ""
    published_in: str = ""
    year: int | None = None
    link: str = ""
    coverage: str = ""
    title_in_article: str = ""
    known_as: str = ""
    reviewed_by: str = ""
    review_by: date | None = None
    topics: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a passage.

    `block` counts the blocks under the passage's heading from 0: sentences of one paragraph share it.
    """

    text: str
    start: int
    end: int
    block: int
    kind: BlockKind


@dataclass(frozen=True, slots=True)
class Passage:
    """Whole paragraphs under one heading path, the unit that is retrieved and cited.

    `id` is made of the content, so it stays the same for as long as the passage does.
    """

    id: str
    source_id: str
    title: str
    tier: Tier
    section: tuple[str, ...]
    text: str
    start: int
    end: int
    sentences: tuple[Sentence, ...]
    link: str = ""
    coverage: str = ""

    def __hash__(self) -> int:
        """The id says it all; hashing every sentence took a fifth of the time of an answer."""
        return hash(self.id)
