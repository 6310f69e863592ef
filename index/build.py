"""Corpus to index: incremental, and visible at once or not at all.

    var/index/CURRENT             the name of the store that answers
    var/index/<name>/             a store, written once
    var/index/.building-<random>/ a store that is being written; left over after a kill, removed by the next build

A store is written aside, opened and checked by a fresh process, renamed, and then named in CURRENT
by an atomic replace. Whoever is killed in between leaves the old store answering.
"""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import filelock
import numpy as np

from corpus.digest import corpus_digest
from corpus.document import Document, Passage
from corpus.expected import Expected, load_expected
from corpus.load import load_corpus
from corpus.split import split
from index.embed import BATCH, TorchEmbeddings, Vectors
from index.errors import IndexingError, NotReadyError
from index.export import export, exported_folder
from index.store import FORMAT, Manifest, Place, Store, Unit, UnitKind, read_manifest, write_store
from index.weights import DEFAULT_MODEL, find_weights

Progress = Callable[[str, int, int], None]
"""Told what is being done, how many are done and how many there are."""

_CURRENT = "CURRENT"
_LIBRARIES = ("chromadb", "bm25s", "sentence-transformers", "torch", "onnxruntime", "sentencex")


@dataclass(frozen=True, slots=True)
class Built:
    """What a build did. `embedded` counts the units embedded anew, `reused` those kept.

    `orphans` are sentences that expected questions point to and no document holds any more.
    """

    manifest: Manifest
    embedded: int
    reused: int
    orphans: tuple[str, ...]


def build(corpus: Path, state: Path, model: str = DEFAULT_MODEL, progress: Progress = lambda *_: None) -> Built:
    """Brings the index up to date with the corpus and the model.

    Args:
        corpus: Folder of documents.
        state: Folder for built things; created.
        model: See `index.weights.find_weights`.
        progress: Called as the work goes on.

    Raises:
        CorpusError: A document is malformed.
        ModelError: The model is missing or not the pinned one.
        IndexingError: The state folder can't be written, another build runs, or the new store
            fails its check; the old one goes on answering.
    """
    root = state / "index"
    try:
        root.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(root / ".lock", timeout=0):
            return _build(corpus, state, model, progress)
    except filelock.Timeout as error:
        raise IndexingError(f"{root}: another build is running; wait for it to end.") from error
    except OSError as error:
        raise IndexingError(f"{state}: can't be written ({error}); set FAQBOT_STATE to a folder that can.") from error


def current_store(state: Path) -> Path:
    """The folder of the store that answers.

    Raises:
        NotReadyError: Nothing has been built in this state folder.
    """
    try:
        name = (state / "index" / _CURRENT).read_text(encoding="utf-8").strip()
    except FileNotFoundError as error:
        raise NotReadyError(f"{state}: no index yet; run: faqbot build") from error
    return state / "index" / name


def check_current(corpus: Path, state: Path, model: str = DEFAULT_MODEL) -> Path:
    """The folder of the store that answers, proved to belong to this corpus and model.

    Raises:
        NotReadyError: There is none, or it was built from another corpus (stale) or model (foreign).
    """
    folder = current_store(state)
    manifest = read_manifest(folder)
    if manifest.corpus_digest != corpus_digest(corpus):
        raise NotReadyError(f"{folder}: stale, the documents in {corpus} have changed since it was built; run: faqbot build")
    if manifest.model != model:
        raise NotReadyError(f"{folder}: foreign, built with {manifest.model} and not {model}; run: faqbot build")
    return folder


def model_folder(state: Path, manifest: Manifest) -> Path:
    """Where the exported model of a store lies."""
    return state / "models" / manifest.model_digest[:16]


def _build(corpus: Path, state: Path, model: str, progress: Progress) -> Built:
    root, weights = state / "index", find_weights(model)
    old = _open_current(state)
    try:
        same_model = old is not None and old.manifest.model_digest == weights.sha256
        digest = corpus_digest(corpus)
        exported = (exported_folder(state / "models", weights) / "model.json").is_file()
        if old and same_model and exported and old.manifest.corpus_digest == digest and old.manifest.model == model:
            return Built(old.manifest, 0, len(old.units), ())
        documents = load_corpus(corpus)
        passages = [passage for document in documents for passage in split(document)]
        units, orphans = make_units(passages, load_expected(corpus))
        kept = old.vectors([unit.id for unit in units]) if old and same_model else {}
    finally:
        if old:
            old.close()
    embeddings = TorchEmbeddings(weights)
    new = [unit for unit in units if unit.id not in kept]
    vectors = kept | _embed(embeddings, new, progress)
    progress("exporting the model", 0, 1)
    exported_model = export(embeddings, state / "models")
    progress("exporting the model", 1, 1)
    manifest = _manifest(digest, weights.sha256, model, documents, passages, units)
    aside = Path(tempfile.mkdtemp(prefix=".building-", dir=root))
    write_store(aside, manifest, passages, units, vectors, lexical_texts(passages, units))
    _verify(aside, exported_model)
    target = root / f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{digest[:8]}-{os.urandom(2).hex()}"
    aside.rename(target)
    _point_to(root, target.name)
    _sweep(root, keep=(target, old.folder if old else target))
    return Built(manifest, len(new), len(units) - len(new), orphans)


def _open_current(state: Path) -> Store | None:
    try:
        return Store(current_store(state))
    except NotReadyError:
        return None


def sentence_context(passage: Passage, number: int) -> str:
    """What is embedded for a sentence: its heading path, then the sentence."""
    return "\n".join(filter(None, (" > ".join(passage.section), passage.sentences[number].text)))


def passage_context(passage: Passage) -> str:
    """What is embedded for a passage: its document's title, its heading path, then the passage."""
    return "\n".join(filter(None, (passage.title, " > ".join(passage.section), passage.text)))


def make_units(passages: Sequence[Passage], expected: Sequence[Expected]) -> tuple[list[Unit], tuple[str, ...]]:
    """Everything that gets a vector, each text once, and the sentences that no passage holds.

    Returns:
        The units, in a fixed order, and the sentences of `expected` that are not in the corpus;
        the questions of such an entry are left out.
    """
    targets: dict[tuple[UnitKind, str], list[Place]] = {}
    by_text: dict[str, list[Place]] = {}
    for number, passage in enumerate(passages):
        targets.setdefault((UnitKind.PASSAGE, passage_context(passage)), []).append((number, 0))
        for position, sentence in enumerate(passage.sentences):
            place = (number, position)
            targets.setdefault((UnitKind.SENTENCE, sentence_context(passage, position)), []).append(place)
            by_text.setdefault(sentence.text, []).append(place)
    orphans: list[str] = []
    for entry in expected:
        missing = [sentence for sentence in entry.sentences if sentence not in by_text]
        orphans += missing
        if not missing:
            places = [place for sentence in entry.sentences for place in by_text[sentence]]
            for question in entry.questions:
                targets.setdefault((UnitKind.QUESTION, question), []).extend(places)
    return [Unit(kind, text, tuple(dict.fromkeys(t))) for (kind, text), t in targets.items()], tuple(orphans)


def lexical_texts(passages: Sequence[Passage], units: Sequence[Unit]) -> list[str]:
    """One text for each sentence, in corpus order, for BM25: heading path, sentence, and its expected questions."""
    questions: dict[Place, list[str]] = {}
    for unit in units:
        if unit.kind is UnitKind.QUESTION:
            for place in unit.targets:
                questions.setdefault(place, []).append(unit.text)
    return [
        "\n".join((sentence_context(passage, position), *questions.get((number, position), ())))
        for number, passage in enumerate(passages)
        for position in range(len(passage.sentences))
    ]


def _embed(embeddings: TorchEmbeddings, units: Sequence[Unit], progress: Progress) -> dict[str, Vectors]:
    vectors: dict[str, Vectors] = {}
    by_length = sorted(units, key=lambda unit: len(unit.text))  # texts of one length waste no padding
    for start in range(0, len(units), BATCH):
        progress("embedding", start, len(units))
        batch = by_length[start : start + BATCH]
        rows = embeddings.encode([unit.text for unit in batch])
        vectors.update((unit.id, np.array(row)) for unit, row in zip(batch, rows, strict=True))
    progress("embedding", len(units), len(units))
    return vectors


def _manifest(
    digest: str, model_digest: str, model: str, documents: list[Document], passages: list[Passage], units: list[Unit]
) -> Manifest:
    return Manifest(
        format=FORMAT,
        built_at=datetime.now(UTC).isoformat(timespec="seconds"),
        corpus_digest=digest,
        model=model,
        model_digest=model_digest,
        documents=len(documents),
        passages=len(passages),
        sentences=sum(len(passage.sentences) for passage in passages),
        questions=sum(unit.kind is UnitKind.QUESTION for unit in units),
        versions={name: importlib.metadata.version(name) for name in _LIBRARIES},
    )


def _verify(store: Path, model: Path) -> None:
    command = [sys.executable, "-m", "index.verify", str(store), str(model)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise IndexingError(f"{store}: the new index failed its check ({last}); the old one stays. Run again: faqbot build")


def _point_to(root: Path, name: str) -> None:
    pointer = root / f".{_CURRENT}.new"
    with pointer.open("w", encoding="utf-8") as stream:
        stream.write(name)
        stream.flush()
        os.fsync(stream.fileno())
    pointer.replace(root / _CURRENT)


def _sweep(root: Path, keep: tuple[Path, ...]) -> None:
    """Removes what is left of killed builds and of older stores, but not the last one: a server may read it."""
    for folder in root.iterdir():
        if folder.is_dir() and folder not in keep:
            shutil.rmtree(folder, ignore_errors=True)
