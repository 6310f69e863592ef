"""What a corpus is, in one number: changes when, and only when, its files do."""

from __future__ import annotations

import hashlib
from pathlib import Path

from corpus.expected import expected_paths
from corpus.load import document_paths, sidecar


def corpus_digest(folder: Path) -> str:
    """SHA-256, in hex, over the names and bytes of the documents and their expected questions."""
    digest = hashlib.sha256()
    documents = document_paths(folder)
    beside = [sidecar(path) for path in documents if sidecar(path).is_file()]
    for path in (*documents, *beside, *expected_paths(folder)):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(folder).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()
