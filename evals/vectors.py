"""Vectors of a dataset's texts, kept: thousands of texts take minutes to embed, and are the same next time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path

import numpy as np

from index.embed import BATCH, OnnxEmbeddings, Vectors

Progress = Callable[[str, int, int], None]
"""Told what is being done, how many are done and how many there are."""

_STEP = 8 * BATCH


def kept_vectors(texts: Sequence[str], embeddings: OnnxEmbeddings, folder: Path, progress: Progress) -> Vectors:
    """Embeds texts, or reads their vectors where these texts were embedded by this model before.

    Args:
        texts: In any order; at least one.
        embeddings: Of the product.
        folder: For the vectors, one .npy file by SHA-256 of texts and model; created.
        progress: Called as the work goes on.

    Returns:
        (n, dim) rows of length 1, in the order of the texts.
    """
    digest = sha256("\0".join((embeddings.record.onnx_sha256, *texts)).encode()).hexdigest()
    file = folder / f"{digest}.npy"
    if file.is_file():
        kept: Vectors = np.load(file)
        return kept
    folder.mkdir(parents=True, exist_ok=True)
    vectors = _embed(texts, embeddings, progress)
    aside = file.with_suffix(".part.npy")
    np.save(aside, vectors)
    aside.replace(file)
    return vectors


def _embed(texts: Sequence[str], embeddings: OnnxEmbeddings, progress: Progress) -> Vectors:
    vectors = np.empty((len(texts), embeddings.record.dimension), dtype=np.float32)
    by_length = sorted(range(len(texts)), key=lambda number: len(texts[number]))  # one length wastes no padding
    for start in range(0, len(texts), _STEP):
        progress("embedding", start, len(texts))
        numbers = by_length[start : start + _STEP]
        vectors[numbers] = embeddings.encode([texts[number] for number in numbers])
    progress("embedding", len(texts), len(texts))
    return vectors
