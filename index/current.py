"""Which store answers: the one that CURRENT names, provided that it fits the corpus and the model."""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection
from pathlib import Path

from corpus.digest import corpus_digest
from corpus.split import MAX_WORDS
from index.errors import NotReadyError
from index.recipe import recipe
from index.store import Store, read_manifest
from index.weights import DEFAULT_MODEL

_CURRENT = "CURRENT"


def current_store(state: Path) -> Path:
    """The folder of the store that answers.

    Raises:
        NotReadyError: Nothing has been built in this state folder.
    """
    try:
        name = (state / "index" / _CURRENT).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise NotReadyError(f"{state}: no index yet; run: faqbot build") from error
    return state / "index" / name


def check_current(corpus: Path, state: Path, model: str = DEFAULT_MODEL, passage_words: int = MAX_WORDS) -> Path:
    """The folder of the store that answers, proved to belong to this corpus, model and size of passages.

    Raises:
        NotReadyError: There is none, or it was built from another corpus (stale) or model (foreign).
    """
    folder = current_store(state)
    manifest = read_manifest(folder)
    if manifest.recipe != recipe(passage_words):
        raise NotReadyError(
            f"{folder}: stale, built by another version of faqbot or for passages of another size; run: faqbot build"
        )
    if manifest.corpus_digest != corpus_digest(corpus):
        raise NotReadyError(f"{folder}: stale, the documents in {corpus} have changed since; run: faqbot build")
    if manifest.model != model:
        raise NotReadyError(f"{folder}: foreign, built with {manifest.model} and not {model}; run: faqbot build")
    return folder


def open_current(state: Path) -> Store | None:
    """The store that answers, opened; None where there is none that opens."""
    try:
        return Store(current_store(state))
    except NotReadyError:
        return None


def point_to(root: Path, name: str) -> None:
    """Makes a store the one that answers, in one step that can't be seen half done."""
    pointer = root / f".{_CURRENT}.new"
    with pointer.open("w", encoding="utf-8") as stream:
        stream.write(name)
        stream.flush()
        os.fsync(stream.fileno())
    pointer.replace(root / _CURRENT)


def sweep(root: Path, keep: Collection[Path | None]) -> None:
    """Removes all folders but those to keep: what is left of killed builds, and stores that nobody reads."""
    for folder in root.iterdir():
        if folder.is_dir() and folder not in keep:
            shutil.rmtree(folder, ignore_errors=True)
