"""The vectors of the screen's examples, made once for each model and kept in the state folder."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bot.examples import Examples, load_examples
from bot.screen import Screen, texts_of
from index.embed import OnnxEmbeddings, Vectors
from index.retrieve import HybridRetriever

FOLDER = "screen"


def example_vectors(
    examples: Sequence[Examples], embeddings: OnnxEmbeddings, model_digest: str, state: Path
) -> Vectors:
    """The rows of `texts_of(examples)`, (n, dim); read where they are kept, else made, which takes some seconds.

    Two processes that make them at once write the same. What can't be kept is made again next time.
    """
    texts = texts_of(examples)
    digest = hashlib.sha256("\0".join((model_digest, *texts)).encode()).hexdigest()[:16]
    file = state / FOLDER / f"{digest}.npy"
    try:
        rows: Vectors = np.load(file)
        if len(rows) == len(texts):
            return rows
    except (OSError, ValueError):
        pass  # not made yet, or torn: made now
    order = sorted(range(len(texts)), key=lambda number: len(texts[number]))  # texts of one length waste no padding
    rows = embeddings.encode([texts[number] for number in order])[np.argsort(order)]
    _keep(rows, file)
    return rows


def _keep(rows: Vectors, file: Path) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, aside = tempfile.mkstemp(dir=file.parent, suffix=".npy")
        with os.fdopen(handle, "wb") as stream:
            np.save(stream, rows)
        Path(aside).replace(file)
        for other in file.parent.glob("*.npy"):
            if other != file:
                other.unlink(missing_ok=True)
    except OSError:
        return  # a state folder that can't be written only costs time


def make_screen(retriever: HybridRetriever, state: Path) -> Screen:
    """The screen over the packaged examples, which knows the questions of the retriever's index too."""
    embeddings, store = retriever.embeddings, retriever.store
    examples = load_examples()
    rows = example_vectors(examples, embeddings, store.manifest.model_digest, state)
    return Screen(examples, rows, store.near_questions, store.vocabulary)
