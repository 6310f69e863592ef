"""Files to Documents; the only reader of documents."""

from __future__ import annotations

from itertools import accumulate, pairwise
from pathlib import Path
from typing import Annotated

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.front_matter import front_matter_plugin
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from corpus.document import Block, BlockKind, CorpusError, Document, Tier

PACKAGED_CORPUS = Path(__file__).parent
"""The documents that ship with faqbot."""

SUFFIXES = frozenset({".md"})
"""The endings of files that are documents."""


class FrontMatter(BaseModel):
    """What stands between the `---` lines at the head of a Markdown document."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    title: Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
    tier: Tier
    by: str = ""
    published_in: str = ""
    year: int | None = None
    link: Annotated[str, StringConstraints(pattern=r"^(https?://\S+)?$")] = ""
    coverage: str = ""
    title_in_article: str = ""


def load_corpus(folder: Path) -> list[Document]:
    """All documents of a folder, sorted by path; a README is not a document.

    Args:
        folder: Read with its subfolders.

    Returns:
        At least one Document, their ids unique.

    Raises:
        CorpusError: The folder is missing or empty, a document is malformed, or two share an id.
    """
    documents: dict[str, Document] = {}
    for path in document_paths(folder):
        document = load(path)
        if document.id in documents:
            raise CorpusError(f"{path}: the id '{document.id}' is taken by another document; change it.")
        documents[document.id] = document
    if not documents:
        endings = ", ".join(sorted(SUFFIXES))
        raise CorpusError(f"{folder}: no documents ({endings}) found; set FAQBOT_CORPUS to their folder.")
    return list(documents.values())


def document_paths(folder: Path) -> list[Path]:
    """The files of a folder that `load` reads, sorted, so that a corpus has one order everywhere."""
    found = (p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES and p.stem.lower() != "readme")
    return sorted(p for p in found if not any(part.startswith(".") for part in p.relative_to(folder).parts))


def load(path: Path) -> Document:
    """One file as a Document.

    Raises:
        CorpusError: The file can't be read, or its front matter is missing or wrong; names the
            file and the field.
    """
    try:
        source = path.read_text(encoding="utf-8-sig").replace("\0", "\ufffd")
    except (OSError, UnicodeDecodeError) as error:
        raise CorpusError(f"{path}: can't be read as UTF-8 text ({error}); save it as UTF-8.") from error
    tokens = _parser().parse(source)
    front = _front_matter(path, tokens)
    text, blocks = _plain(source, tokens)
    return Document(text=text, blocks=blocks, **front.model_dump())


def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark").use(front_matter_plugin)


def _front_matter(path: Path, tokens: list[Token]) -> FrontMatter:
    if not tokens or tokens[0].type != "front_matter":
        raise CorpusError(f"{path}: no front matter; begin the file with --- and give id, title and tier.")
    try:
        return FrontMatter.model_validate(yaml.safe_load(tokens[0].content) or {})
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"]))
        raise CorpusError(f"{path}: front matter field '{field}': {first['msg']}; mend the field.") from error
    except (yaml.YAMLError, ValueError) as error:  # YAML's own ValueError: a date like 2021-02-30
        raise CorpusError(f"{path}: the front matter is not YAML: {' '.join(str(error).split())}") from error


def _plain(source: str, tokens: list[Token]) -> tuple[str, tuple[Block, ...]]:
    """The text of a Markdown file with inline markup taken off, and its blocks.

    A block without inline markup stays as it is, to the letter and place: for a plain file every
    offset is an offset into the file itself.
    """
    parts: list[str] = []
    blocks: list[Block] = []
    cursor = length = list_depth = 0
    lines = list(accumulate((len(line) + 1 for line in source.split("\n")), initial=0))
    for opener, token in pairwise(tokens):
        list_depth += token.nesting if token.type.startswith("list_item") else 0
        if token.type != "inline" or not token.content:
            continue
        start, end = _span(source, token, lines)
        plain = _render(token)
        parts += (source[cursor:start], plain)
        length += start - cursor
        if opener.type == "heading_open":
            blocks.append(Block(BlockKind.HEADING, length, length + len(plain), int(opener.tag[1:])))
        else:
            kind = BlockKind.ITEM if list_depth else BlockKind.PARAGRAPH
            blocks.append(Block(kind, length, length + len(plain)))
        length += len(plain)
        cursor = end
    return "".join([*parts, source[cursor:]]), tuple(b for b in blocks if b.end > b.start)


def _span(source: str, token: Token, lines: list[int]) -> tuple[int, int]:
    """Where an inline token's content stands in the source, its first to its last character."""
    content = [line.lstrip(" ") for line in token.content.split("\n")]  # the parser turns tabs into spaces
    first = token.map[0] if token.map else 0
    start = source.index(content[0], lines[first])
    end = source.index(content[-1], max(start, lines[first + len(content) - 1])) + len(content[-1])
    return start, end


def _render(token: Token) -> str:
    return "".join(map(_characters, token.children or [])).strip()


def _characters(child: Token) -> str:
    if child.type == "html_inline":
        return " " if child.content.lower().startswith("<br") else ""
    return " " if child.type in {"softbreak", "hardbreak"} else child.content
