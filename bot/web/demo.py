"""The demo clinic's page at /: the clinic's article as a web page, with the chat window on it."""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from bot.kept import greeting
from bot.settings import Settings
from corpus.document import Tier
from corpus.load import document_paths, load

if TYPE_CHECKING:
    from jinja2 import Template
    from markdown_it.token import Token

router = APIRouter(include_in_schema=False)

_FOLDER = Path(__file__).parent
WIDGET = _FOLDER / "widget" / "widget.js"
_FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_FOR_READERS = re.compile(rb"^ +|^ *(//|/\*\*).*\n", re.MULTILINE)
"""What a script has for those who read it and a browser need not load: indents, and comments on lines of their own."""

_FILES = {
    "/widget.js": ("widget/widget.js", "text/javascript; charset=utf-8"),
    "/demo/page.css": ("demo/page.css", "text/css; charset=utf-8"),
    "/demo/page.js": ("demo/page.js", "text/javascript; charset=utf-8"),
    "/demo/cells.svg": ("demo/cells.svg", "image/svg+xml"),
    "/demo/icon.svg": ("demo/icon.svg", "image/svg+xml"),
}
"""What is served beside the page itself: by its path, the file and its type."""


@dataclass(frozen=True)
class Article:
    """The clinic's article as HTML, with the sections that lead through it."""

    title: str
    html: str
    sections: tuple[tuple[str, str], ...]  # id and heading


@router.get("/")
def page(request: Request) -> Response:
    """The demo clinic's page."""
    settings: Settings = request.app.state.settings
    found = next(iter(_articles(settings.corpus)), None)
    article = _article(found, found.stat().st_mtime_ns) if found else None
    html = _template().render(clinic=settings.clinic, article=article, greeting=greeting(settings))
    return Response(html, media_type="text/html; charset=utf-8", headers={"Cache-Control": "no-cache"})


def file(request: Request) -> Response:
    """One of the files, packed where the browser takes that, and not sent again while it is the same."""
    name, media_type = _FILES[request.url.path]
    plain, packed, tag = _packed(_FOLDER / name)
    headers = {
        "Cache-Control": "public, max-age=300",
        "ETag": tag,
        "Vary": "Accept-Encoding",
    }
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(packed, media_type=media_type, headers=headers | {"Content-Encoding": "gzip"})
    return Response(plain, media_type=media_type, headers=headers)


for _path in _FILES:
    router.add_api_route(_path, file, methods=["GET"])


@cache
def _packed(path: Path) -> tuple[bytes, bytes, str]:
    plain = path.read_bytes()
    if path.suffix == ".js":
        plain = _FOR_READERS.sub(b"", plain)
    return plain, gzip.compress(plain, 9, mtime=0), f'"{hashlib.sha256(plain).hexdigest()[:16]}"'


def _articles(corpus: Path) -> list[Path]:
    """The Markdown files of the clinic's own articles, the one called article.md first."""
    paths = [path for path in document_paths(corpus) if path.suffix.lower() == ".md"]
    return _own(tuple((path, path.stat().st_mtime_ns) for path in paths))


@lru_cache(maxsize=1)
def _own(changed_ns: tuple[tuple[Path, int], ...]) -> list[Path]:
    """Those of the clinic's own; all are read anew when one has changed, not for each visit."""
    own = [path for path, _ in changed_ns if load(path).tier is Tier.ARTICLE]
    return sorted(own, key=lambda path: (path.stem != "article", path))


@lru_cache(maxsize=1)
def _article(path: Path, _changed_ns: int) -> Article:
    """The article; read anew when its file has changed."""
    from markdown_it import MarkdownIt

    source = _COMMENT.sub("", _FRONT_MATTER.sub("", path.read_text(encoding="utf-8-sig")))
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(source)
    sections = tuple(_name_headings(tokens))
    return Article(load(path).title, parser.renderer.render(tokens, parser.options, {}), sections)


def _name_headings(tokens: Sequence[Token]) -> list[tuple[str, str]]:
    """Gives each heading an id made of its words, to which a citation leads; those of the second level come back."""
    main = []
    for opener, inline in pairwise(tokens):
        if opener.type == "heading_open":
            opener.attrSet("id", _slug(inline.content))
            if opener.tag == "h2":
                main.append((_slug(inline.content), inline.content))
    return main


def _slug(heading: str) -> str:
    """The words of a heading as an id; the chat window makes it the same way."""
    return re.sub(r"[^a-z0-9]+", "-", heading.lower()).strip("-")


@cache
def _template() -> Template:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_FOLDER / "demo"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return environment.get_template("page.html")
