"""What a corpus is, in one number: changes when, and only when, its files do."""

from __future__ import annotations

import hashlib
from pathlib import Path

from corpus.document import CorpusError
from corpus.expected import expected_paths
from corpus.load import document_paths, sidecar
from corpus.uncovered import uncovered_paths

ADAPTER = "adapter"
"""The subfolder of a corpus that holds what a model has learned of it."""


def corpus_digest(folder: Path) -> str:
    """SHA-256, in hex, over the names and bytes of the documents, their questions of both sorts and the adapter.

    Raises:
        CorpusError: A file can't be read; names it.
    """
    digest = hashlib.sha256()
    documents = document_paths(folder)
    adapter = sorted(path for path in (folder / ADAPTER).glob("*") if path.suffix in {".json", ".safetensors"})
    beside = [sidecar(path) for path in documents if sidecar(path).is_file()]
    for path in (*documents, *beside, *expected_paths(folder), *uncovered_paths(folder), *adapter):
        try:
            content = path.read_bytes()
        except OSError as error:
            raise CorpusError(f"{path}: can't be read ({error}); mend or take away the file.") from error
        digest.update(f"{path.relative_to(folder).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()
