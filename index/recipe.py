"""What the shape of an index depends on besides the documents and the model: the code that cuts them up."""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from pathlib import Path

from corpus.split import MAX_WORDS

_ROOT = Path(__file__).parents[1]
_CODE = (
    "corpus/load.py",
    "corpus/markdown.py",
    "corpus/markup.py",
    "corpus/office.py",
    "corpus/entries.py",
    "corpus/expected.py",
    "corpus/split.py",
    "corpus/uncovered.py",
    "index/lexical.py",
    "index/store.py",
    "index/units.py",
    "index/word_vectors.py",
    "index/write.py",
)
_LIBRARIES = ("sentencex", "markdown-it-py", "lxml", "pypdf", "python-docx", "bm25s", "PyStemmer", "chromadb")


def _digest() -> str:
    digest = hashlib.sha256()
    for name in _CODE:
        digest.update((_ROOT / name).read_bytes())
    for library in _LIBRARIES:
        digest.update(f"{library} {version(library)}\n".encode())
    return digest.hexdigest()[:16]


_DIGEST = _digest()


def recipe(passage_words: int = MAX_WORDS) -> str:
    """Changes with that code, those libraries and the size of a passage; an index made by another is built anew."""
    return f"{_DIGEST}-{passage_words}"
