"""HTML pages and JATS articles to text and blocks, one walk for both."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lxml import etree, html

from corpus.document import BlockKind, Content

Piece = tuple[BlockKind, int, str]


@dataclass(frozen=True, slots=True)
class _Tags:
    """Which elements are blocks, list items or left out; all others are inline."""

    blocks: frozenset[str]
    items: frozenset[str]
    left_out: frozenset[str]


_HTML = _Tags(
    blocks=frozenset(
        "address article blockquote body caption center dd details div dl dt fieldset figcaption figure "
        "h1 h2 h3 h4 h5 h6 hgroup hr legend li main ol p pre section summary table tbody td tfoot th thead tr "
        "ul".split()
    ),
    items=frozenset({"li"}),
    left_out=frozenset("aside button footer form head header nav noscript script style template".split()),
)
_JATS = _Tags(
    blocks=frozenset("abstract body disp-quote list list-item p sec title".split()),
    items=frozenset({"list-item"}),
    left_out=frozenset("disp-formula fig inline-formula ref-list supplementary-material table-wrap".split()),
)


def read_html(path: Path) -> Content:
    """The main part of an HTML page: its article, else its main, else its body; no navigation or forms.

    Raises:
        OSError: It can't be read.
        ValueError: It holds no elements.
    """
    source = path.read_bytes()
    try:
        source.decode("utf-8")
        encoding = "utf-8"
    except UnicodeDecodeError:
        encoding = None  # then as the page declares
    try:
        page = html.document_fromstring(source, parser=html.HTMLParser(encoding=encoding))
    except etree.ParserError as error:
        raise ValueError(str(error)) from error
    return Content.of(_walk(_main_part(page), _HTML))


def _main_part(page: etree._Element) -> etree._Element:
    """The page's one article, else its one main, else its body, else all of it."""
    for tag in ("article", "main", "body"):
        found = page.findall(f".//{tag}")
        if len(found) == 1:
            return found[0]
    return page


def read_jats(path: Path) -> Content:
    """Abstract and body of a journal article in JATS, without figures, tables and references.

    Raises:
        OSError: It can't be read.
        ValueError: It is not well-formed XML, or no JATS article.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    try:
        article = etree.fromstring(path.read_bytes(), parser)
    except etree.XMLSyntaxError as error:
        raise ValueError(f"not well-formed XML: {error}") from error
    parts = [*article.iterfind(".//abstract"), *article.iterfind(".//body")]
    if not parts:
        raise ValueError("no JATS article: neither abstract nor body")
    return Content.of(piece for part in parts for piece in _walk(part, _JATS))


def _walk(node: etree._Element, tags: _Tags, *, in_item: bool = False, depth: int = 1) -> Iterator[Piece]:
    """The blocks below an element, each with the text that stands in it and in no block within it."""
    tag = str(node.tag)
    in_item |= tag in tags.items
    inner_depth = depth + (tag == "sec")
    loose = node.text or ""
    for child in node:
        name = child.tag if isinstance(child.tag, str) else ""  # comments and instructions have no name
        if name in tags.blocks:
            yield _piece(tag, loose, in_item, inner_depth)
            loose = ""
            yield from _walk(child, tags, in_item=in_item, depth=inner_depth)
        elif name and name not in tags.left_out and child.get("ref-type") != "bibr":
            loose += " " if name in {"br", "break"} else " ".join(piece[2] for piece in _walk(child, tags))
        loose += child.tail or ""
    yield _piece(tag, loose, in_item, inner_depth)


def _piece(tag: str, text: str, in_item: bool, depth: int) -> Piece:
    if tag == "title":
        return BlockKind.HEADING, min(depth, 6), text
    if len(tag) == 2 and tag[0] == "h" and tag[1].isdigit():
        return BlockKind.HEADING, int(tag[1]), text
    return (BlockKind.ITEM if in_item else BlockKind.PARAGRAPH), 0, text
