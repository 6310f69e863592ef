"""What the screen learns of its examples: made once and kept in the state folder."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.examples import Examples, load_examples
from bot.leads import texts_of
from bot.screen import Screen
from bot.wording import NEAR_MISS, QUESTION, Weights, fit
from index.embed import OnnxEmbeddings, Vectors
from index.retrieve import HybridRetriever

FOLDER = "screen"


def example_vectors(
    examples: Sequence[Examples], embeddings: OnnxEmbeddings, model_digest: str, state: Path
) -> Vectors:
    """The rows of `texts_of(examples)`, (n, dim); read where they are kept, else made, which takes half a minute."""
    texts = texts_of(examples)

    def make() -> Vectors:
        order = sorted(range(len(texts)), key=lambda number: len(texts[number]))  # of one length: no padding
        return embeddings.encode([texts[number] for number in order])[np.argsort(order)]

    return _kept(state / FOLDER, "vectors", (model_digest, *texts), make)


def wording_weights(examples: Sequence[Examples], questions: Sequence[str], state: Path) -> Weights:
    """What the wording of examples and of questions for the documents weighs; read where it is kept, else learned."""
    texts = texts_of(examples)
    sorts = [sort for e in examples for sort in (*[str(e.kind)] * len(e.match), *[NEAR_MISS] * len(e.near_misses))]

    def make() -> Weights:
        return fit([*texts, *questions], [*sorts, *[QUESTION] * len(questions)])

    return _kept(state / FOLDER, "wording", (*map("\0".join, zip(sorts, texts, strict=True)), *questions), make)


def make_screen(retriever: HybridRetriever, state: Path) -> Screen:
    """The screen over the packaged examples, which knows the questions of the retriever's index too."""
    store, examples = retriever.store, load_examples()
    rows = example_vectors(examples, retriever.embeddings, store.manifest.model_digest, state)
    weights = wording_weights(examples, store.questions, state)
    return Screen(examples, rows, weights, store.near_questions, store.vocabulary)


def _kept(
    folder: Path, name: str, made_of: Iterable[str], make: Callable[[], NDArray[np.float32]]
) -> NDArray[np.float32]:
    """An array from its file, or made and kept there; older ones of its name go.

    Two processes that make it at once write the same. What can't be kept is made again next time.
    """
    digest = hashlib.sha256("\0\0".join(made_of).encode()).hexdigest()[:16]
    file = folder / f"{name}-{digest}.npy"
    try:
        return np.asarray(np.load(file))
    except (OSError, ValueError, EOFError):
        pass  # not made yet, or torn: made now
    array = make()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle, aside = tempfile.mkstemp(dir=folder, suffix=".npy")
        with os.fdopen(handle, "wb") as stream:
            np.save(stream, array)
        Path(aside).replace(file)
        for other in folder.glob(f"{name}-*.npy"):
            if other != file:
                other.unlink(missing_ok=True)
    except OSError:
        return array  # a state folder that can't be written only costs time
    return array
