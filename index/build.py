"""Corpus to index: incremental, and visible at once or not at all.

    var/index/CURRENT             the name of the store that answers
    var/index/<name>/             a store, written once
    var/index/.building-<random>/ a store that is being written; left over after a kill, removed by the next build

A store is written aside, opened and checked by a fresh process, prepared for by its caller, renamed, and then named in
CURRENT by an atomic replace. Whoever is killed in between leaves the old store answering.
"""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import filelock

from corpus.digest import corpus_digest
from corpus.document import Document, Passage
from corpus.expected import load_expected
from corpus.load import load_corpus
from corpus.split import MAX_WORDS, split
from corpus.uncovered import load_uncovered
from index.current import open_current, point_to, sweep
from index.embed import BATCH, OnnxEmbeddings, TorchEmbeddings
from index.errors import IndexingError
from index.export import export, exported_folder, is_whole
from index.recipe import recipe
from index.store import Manifest, Store
from index.units import Unit, UnitKind, lexical_texts, make_units
from index.weights import DEFAULT_MODEL, Weights, find_weights
from index.write import UnitVectors, write_store

Progress = Callable[[str, int, int], None]
"""Told what is being done, how many are done and how many there are."""

_UNFINISHED = ".building-"

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


@dataclass(frozen=True, slots=True)
class Steps:
    """What a build calls on its way.

    `progress` as the work goes on; `open_model` makes the embeddings from the folder of the exported model; `prepare`
    gets the folder of the store that is about to answer, new or not: what it raises leaves the old one answering.
    """

    progress: Progress = lambda *_: None
    open_model: Callable[[Path], OnnxEmbeddings] = OnnxEmbeddings
    prepare: Callable[[Path], None] = lambda _: None


def build(
    corpus: Path,
    state: Path,
    model: str = DEFAULT_MODEL,
    steps: Steps = Steps(),
    passage_words: int = MAX_WORDS,
) -> Built:
    """Brings the index up to date with the corpus and the model.

    Args:
        corpus: Folder of documents.
        state: Folder for built things; created.
        model: See `index.weights.find_weights`.
        steps: What is called on the way.
        passage_words: Size of a passage at most, in words.

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
            return _build(corpus, state, find_weights(model, corpus), steps, passage_words)
    except filelock.Timeout as error:
        raise IndexingError(f"{root}: another build is running; wait for it to end.") from error
    except OSError as error:
        raise IndexingError(f"{state}: can't be written ({error}); set FAQBOT_STATE to a folder that can.") from error


def _build(corpus: Path, state: Path, weights: Weights, steps: Steps, passage_words: int) -> Built:
    root, digest = state / "index", corpus_digest(corpus)
    sweep(root, keep={folder for folder in root.iterdir() if not folder.name.startswith(_UNFINISHED)})
    with open_current(state) or nullcontext() as old:
        exported = is_whole(exported_folder(state / "models", weights.sha256))
        if old and exported and _is_of(old.manifest, digest, weights, passage_words):
            steps.prepare(old.folder)
            return Built(old.manifest, 0, len(old.units), ())
        documents = load_corpus(corpus)
        passages = [passage for document in documents for passage in split(document, passage_words)]
        units, orphans = make_units(passages, load_expected(corpus), load_uncovered(corpus))
        kept = _kept(old, units) if old and old.manifest.model_digest == weights.sha256 else {}
        before = old.folder if old else None
    steps.progress("exporting the model", 0, 1)
    model = export(TorchEmbeddings(weights), state / "models")
    steps.progress("exporting the model", 1, 1)
    new = [unit for unit in units if unit.id not in kept]
    vectors = kept | _embed(steps.open_model(model), new, steps.progress)
    manifest = _manifest(digest, weights, documents, passages, units, recipe(passage_words))
    aside = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=root))
    write_store(aside, manifest, passages, units, vectors, lexical_texts(passages, units))
    _verify(aside, model)
    steps.prepare(aside)
    target = aside.rename(root / f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{digest[:8]}-{os.urandom(2).hex()}")
    point_to(root, target.name)
    sweep(root, keep=(target, before))
    return Built(manifest, len(units) - len(kept), len(kept), orphans)


def _is_of(manifest: Manifest, corpus_digest: str, weights: Weights, passage_words: int) -> bool:
    made_from = (manifest.recipe, manifest.corpus_digest, manifest.model_digest, manifest.model)
    return made_from == (recipe(passage_words), corpus_digest, weights.sha256, weights.model)


def _kept(old: Store, units: Sequence[Unit]) -> dict[str, UnitVectors]:
    """The vectors of those units that an older store of the same model has.

    One of another version may have named its units otherwise.
    """
    known = [unit.id for unit in units if unit.id in old.units]
    return {unit: UnitVectors(row, old.word_vectors([unit])) for unit, row in old.vectors(known).items()}


def _embed(embeddings: OnnxEmbeddings, units: Sequence[Unit], progress: Progress) -> dict[str, UnitVectors]:
    """Vectors of units, and of the words of all but passages, by the model that embeds questions."""
    vectors: dict[str, UnitVectors] = {}
    by_length = sorted(units, key=lambda unit: len(unit.text))  # texts of one length waste no padding
    for start in range(0, len(units), BATCH):
        progress("embedding", start, len(units))
        batch = by_length[start : start + BATCH]
        for unit, encoded in zip(batch, embeddings.encode_words([unit.text for unit in batch]), strict=True):
            said = unit.kind in (UnitKind.SENTENCE, UnitKind.QUESTION)
            vectors[unit.id] = UnitVectors(encoded.vector, encoded.word_vectors[: None if said else 0])
    progress("embedding", len(units), len(units))
    return vectors


def _manifest(
    digest: str,
    weights: Weights,
    documents: list[Document],
    passages: list[Passage],
    units: list[Unit],
    made_by: str,
) -> Manifest:
    return Manifest(
        recipe=made_by,
        built_at=datetime.now(UTC).isoformat(timespec="seconds"),
        corpus_digest=digest,
        model=weights.model,
        model_digest=weights.sha256,
        documents=len(documents),
        passages=len(passages),
        sentences=sum(len(passage.sentences) for passage in passages),
        questions=sum(unit.kind is UnitKind.QUESTION for unit in units),
        uncovered=sum(unit.kind is UnitKind.UNCOVERED for unit in units),
        versions={name: importlib.metadata.version(name) for name in _LIBRARIES},
    )


def _verify(store: Path, model: Path) -> None:
    command = [sys.executable, "-P", "-m", "index.verify", str(store), str(model)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 (ourselves)
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise IndexingError(f"{store}: the new index failed its check ({last}); the old one stays. Run: faqbot build")
