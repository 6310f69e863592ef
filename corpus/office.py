"""Word documents and PDF files to text and blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from corpus.document import BlockKind, Content

_HYPHENATED = re.compile(r"(?<=[a-z])-\n(?=[a-z])")
_SENTENCE_END = re.compile(r"[.!?:][\"'”’)]*$")
_SHORT_LINE = 0.8
"""A line that ends a sentence before this share of the page's longest line ends its paragraph."""


def read_docx(path: Path) -> Content:
    """The paragraphs of a Word document, its tables row by row.

    Raises:
        OSError: It can't be read.
        ValueError: It is not a Word document.
    """
    import docx

    try:
        document = docx.Document(str(path))
        return Content.of(piece for part in document.iter_inner_content() for piece in _docx_pieces(part))
    except OSError:
        raise
    except Exception as error:  # zip, XML and python-docx raise what they like on a torn file
        raise ValueError(f"not a Word document: {error}") from error


def _docx_pieces(part: Any) -> Iterator[tuple[BlockKind, int, str]]:
    from docx.table import Table

    if isinstance(part, Table):
        for row in part.rows:
            yield BlockKind.PARAGRAPH, 0, " ".join(cell.text for cell in row.cells)
        return
    style = part.style.name if part.style is not None else ""
    heading = re.fullmatch(r"Heading (\d)", style)
    if heading or style == "Title":
        yield BlockKind.HEADING, int(heading[1]) if heading else 1, part.text
    else:
        numbered = part._p.pPr is not None and part._p.pPr.numPr is not None
        yield (BlockKind.ITEM if numbered or style.startswith("List") else BlockKind.PARAGRAPH), 0, part.text


def read_pdf(path: Path) -> Content:
    """The paragraphs of a PDF file, put together from its lines; a PDF knows no headings.

    Raises:
        OSError: It can't be read.
        ValueError: It is not a PDF, is encrypted, or holds no text (a scan).
    """
    from pypdf import PdfReader

    try:
        pages = [page.extract_text() for page in PdfReader(path).pages]
    except OSError:
        raise
    except Exception as error:  # pypdf raises what it likes on a torn or encrypted file
        raise ValueError(f"not a PDF that can be read: {error}") from error
    content = Content.of((BlockKind.PARAGRAPH, 0, text) for page in pages for text in _paragraphs(page))
    if not content.blocks:
        raise ValueError("holds no text; if it is a scan, give a PDF with text")
    return content


def _paragraphs(page: str) -> Iterator[str]:
    lines = [line.strip() for line in page.split("\n")]
    longest = max((len(line) for line in lines), default=0)
    paragraph: list[str] = []
    for line in lines:
        paragraph.append(line)
        if not line or (_SENTENCE_END.search(line) and len(line) < _SHORT_LINE * longest):
            yield _HYPHENATED.sub("", "\n".join(paragraph))
            paragraph = []
    yield _HYPHENATED.sub("", "\n".join(paragraph))
