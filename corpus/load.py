"""Files to Documents; the only reader of documents."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from corpus.document import Content, CorpusError, Document, Tier
from corpus.markdown import read_markdown
from corpus.markup import read_html, read_jats
from corpus.office import read_docx, read_pdf

PACKAGED_CORPUS = Path(__file__).parent
"""The documents that ship with faqbot."""

READERS: dict[str, Callable[[Path], Content]] = {
    ".md": read_markdown,
    ".html": read_html,
    ".xml": read_jats,
    ".docx": read_docx,
    ".pdf": read_pdf,
}
"""Who reads a document, by the ending of its file."""


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
    known_as: str = ""
    reviewed_by: str = ""
    review_by: date | None = None
    topics: dict[str, tuple[str, ...]] = Field(default_factory=dict)


def load_corpus(folder: Path) -> list[Document]:
    """All documents of a folder, sorted by path; a README is not a document.

    Args:
        folder: Read with its subfolders.

    Returns:
        At least one Document, their ids unique.

    Raises:
        CorpusError: The folder is missing or empty, a document is malformed, holds no text,
            or shares its id with another.
    """
    documents: dict[str, Document] = {}
    for path in document_paths(folder):
        document = load(path)
        if not document.blocks:
            raise CorpusError(f"{path}: holds no text; write some, or take the file away.")
        if document.id in documents:
            raise CorpusError(f"{path}: the id '{document.id}' is taken by another document; change it.")
        documents[document.id] = document
    if not documents:
        endings = ", ".join(sorted(READERS))
        raise CorpusError(f"{folder}: no documents ({endings}) found; set FAQBOT_CORPUS to their folder.")
    return list(documents.values())


def document_paths(folder: Path) -> list[Path]:
    """The files of a folder that `load` reads, sorted, so that a corpus has one order everywhere."""
    found = (p for p in folder.rglob("*") if p.suffix.lower() in READERS and p.stem.lower() != "readme")
    return sorted(p for p in found if not any(part.startswith(".") for part in p.relative_to(folder).parts))


def load(path: Path) -> Document:
    """One file as a Document.

    Raises:
        CorpusError: The file can't be read, or its front matter is missing or wrong; names the
            file and the field.
    """
    read = READERS[path.suffix.lower()]
    try:
        content = read(path)
    except UnicodeDecodeError as error:
        raise CorpusError(f"{path}: can't be read as UTF-8 text ({error}); save it as UTF-8.") from error
    except (OSError, ValueError) as error:
        raise CorpusError(
            f"{path}: can't be read ({' '.join(str(error).split())}); mend or replace the file."
        ) from error
    front = _front_matter(path, content)
    return Document(text=content.text, blocks=content.blocks, **front.model_dump())


def sidecar(path: Path) -> Path:
    """Where the front matter of a document stands that can't hold it itself: beside it, as YAML."""
    return path.with_suffix(".yaml")


def _front_matter(path: Path, content: Content) -> FrontMatter:
    front = content.front
    try:
        if front is None and path.suffix.lower() != ".md":
            front = sidecar(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CorpusError(f"{sidecar(path)}: can't be read ({error}); give id, title and tier there.") from error
    if front is None:
        raise CorpusError(f"{path}: no front matter; begin the file with --- and give id, title and tier.")
    try:
        return FrontMatter.model_validate(yaml.safe_load(front) or {})
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"]))
        raise CorpusError(f"{path}: front matter field '{field}': {first['msg']}; mend the field.") from error
    except (yaml.YAMLError, ValueError) as error:  # YAML's own ValueError: a date like 2021-02-30
        raise CorpusError(f"{path}: the front matter is not YAML: {' '.join(str(error).split())}") from error
