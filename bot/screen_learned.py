"""What the screen learns of its examples: made once and kept in the state folder."""

from __future__ import annotations

import hashlib
import os
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.examples import Examples, load_examples, texts_of
from bot.meaning import Networks
from bot.meaning import fit as learn_meaning
from bot.nearest import Nearest
from bot.reply import Kind
from bot.screen import Screen
from bot.wording import NEAR_MISS, QUESTION, Weights
from bot.wording import fit as learn_wording
from index.embed import OnnxEmbeddings, Vectors
from index.retrieve import HybridRetriever
from index.store import Store

FOLDER = "screen"


def example_vectors(
    examples: Sequence[Examples], embeddings: OnnxEmbeddings, model_digest: str, state: Path
) -> Vectors:
    """The rows of `texts_of(examples)`, (n, dim); those that are kept are read, and only others made."""
    texts = texts_of(examples)
    names = np.array([hashlib.sha256(f"{model_digest}\0{text}".encode()).hexdigest() for text in texts])

    def make() -> dict[str, NDArray[Any]]:
        rows = _kept_rows(state / FOLDER)
        new = [number for number, name in enumerate(names) if name not in rows]
        new.sort(key=lambda number: len(texts[number]))  # of one length: no padding
        made: Iterable[Vectors] = embeddings.encode([texts[number] for number in new]) if new else ()
        rows |= zip(names[new], made, strict=True)
        return {"names": names, "rows": np.array([rows[name] for name in names], np.float32)}

    return _kept(state / FOLDER, "vectors", names, make)["rows"]


def _kept_rows(folder: Path) -> dict[str, Vectors]:
    """Of each text that has a row in a file its name and the row."""
    rows: dict[str, Vectors] = {}
    for file in folder.glob("vectors-*.npz"):
        if arrays := _read(file):
            rows |= zip(arrays["names"], arrays["rows"], strict=True)
    return rows


def wording_weights(examples: Sequence[Examples], questions: Sequence[str], state: Path) -> Weights:
    """What the wording of examples and of questions for the documents weighs; read where it is kept, else learned."""
    texts, sorts = [*texts_of(examples), *questions], [*_sorts(examples), *[QUESTION] * len(questions)]

    def make() -> dict[str, Weights]:
        return {"weights": learn_wording(texts, sorts)}

    return _kept(state / FOLDER, "wording", map("\0".join, zip(sorts, texts, strict=True)), make)["weights"]


def meaning_networks(examples: Sequence[Examples], rows: Vectors, store: Store, state: Path) -> Networks:
    """What the vectors of examples and of a store's questions tell; read where it is kept, else learned.

    Args:
        examples: Of every kind.
        rows: (n, dim), the vectors of `texts_of(examples)`.
        store: Whose questions are of no kind.
        state: The state folder.
    """
    sorts, questions = _sorts(examples), store.questions

    def make() -> dict[str, NDArray[np.float32]]:
        asked = store.vectors(list(questions))
        both = [*rows, *(asked[unit] for unit in questions)]
        return learn_meaning(np.array(both, np.float32), [*sorts, *[QUESTION] * len(questions)])._asdict()

    texts = map("\0".join, zip(sorts, texts_of(examples), strict=True))
    made_of = (store.manifest.model_digest, *texts, *questions.values())
    return Networks(**_kept(state / FOLDER, "meaning", made_of, make))


def make_screen(retriever: HybridRetriever, state: Path) -> Screen:
    """The screen over the packaged examples, which knows the questions of the retriever's index too."""
    store, examples = retriever.store, load_examples()
    rows = example_vectors(examples, retriever.embeddings, store.manifest.model_digest, state)
    return Screen(
        nearest=Nearest(examples, rows),
        networks=meaning_networks(examples, rows, store, state),
        weights=wording_weights(examples, list(store.questions.values()), state),
        greetings=frozenset(t.strip(" ?!.").lower() for e in examples if e.kind is Kind.SMALLTALK for t in e.match),
        vocabulary=store.vocabulary,
    )


def _sorts(examples: Sequence[Examples]) -> list[str]:
    """Of each of `texts_of(examples)` what it is."""
    return [sort for e in examples for sort in (*[str(e.kind)] * len(e.match), *[NEAR_MISS] * len(e.near_misses))]


def _kept(
    folder: Path, name: str, made_of: Iterable[str], make: Callable[[], Mapping[str, NDArray[Any]]]
) -> Mapping[str, NDArray[Any]]:
    """Arrays from their file, or made and kept there; older ones of its name go.

    Two processes that make them at once write the same. What can't be kept is made again next time.
    """
    digest = hashlib.sha256("\0\0".join(made_of).encode()).hexdigest()[:16]
    file = folder / f"{name}-{digest}.npz"
    if arrays := _read(file):
        return arrays
    made = make()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle, aside = tempfile.mkstemp(dir=folder, suffix=".npz")
        with os.fdopen(handle, "wb") as stream:
            np.savez(stream, allow_pickle=False, **made)
        Path(aside).replace(file)
        for other in folder.glob(f"{name}-*.np?"):
            if other != file:
                other.unlink(missing_ok=True)
    except OSError:
        return made  # a state folder that can't be written only costs time
    return made


def _read(file: Path) -> Mapping[str, NDArray[Any]] | None:
    """The arrays of a file; None where it is not there, or torn."""
    try:
        with file.open("rb") as stream, np.load(stream) as arrays:
            return dict(arrays)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile):
        return None
