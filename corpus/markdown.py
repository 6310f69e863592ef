"""Markdown to text and blocks, its offsets those of the file wherever that has no inline markup."""

from __future__ import annotations

import re
from itertools import accumulate, pairwise
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.front_matter import front_matter_plugin

from corpus.document import Block, BlockKind, Content

_NO_TEXT = ("code", "fence", "html_block")
"""Rules switched off: an indented paragraph would be lost as code, and a comment between two
paragraphs be kept as text. As inline markup the one stays and the other comes off."""

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


def read_markdown(path: Path) -> Content:
    """A Markdown file, with its front matter.

    Raises:
        OSError: It can't be read.
        UnicodeDecodeError: It is not UTF-8.
    """
    source = _COMMENT.sub(_blank, path.read_text(encoding="utf-8-sig").replace("\0", "\ufffd"))
    parser = MarkdownIt("commonmark").enable("table").disable(list(_NO_TEXT)).use(front_matter_plugin)
    tokens = parser.parse(source)
    text, blocks = _plain(source, tokens)
    return Content(text, blocks, tokens[0].content if tokens and tokens[0].type == "front_matter" else None)


def _blank(comment: re.Match[str]) -> str:
    """As much white space as the comment took, so that what follows keeps its place."""
    return re.sub(r"[^\n]", " ", comment.group())


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
