"""A new store, written once into a folder of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from corpus.document import Passage
from index.embed import Vectors
from index.lexical import LexicalIndex
from index.store import BATCH, COLLECTION, EF_SEARCH, PASSAGES, SENTENCES, UNITS, Manifest, chroma, sentence_starts
from index.units import Unit, UnitKind
from index.word_vectors import write_words


class UnitVectors(NamedTuple):
    """Of a unit: `text` (dim,), and `words` (words, dim), which a passage has none of; rows of length 1."""

    text: Vectors
    words: Vectors


def write_store(
    folder: Path,
    manifest: Manifest,
    passages: Sequence[Passage],
    units: Sequence[Unit],
    vectors: Mapping[str, UnitVectors],
    lexical_texts: Iterable[str],
) -> None:
    """Writes a new store into a folder that holds none; the manifest last, so that a torn one has none.

    Args:
        folder: Created; what is in it is not looked at.
        manifest: What it is built from.
        passages: In corpus order; the units' targets count them from 0.
        units: Each id once.
        vectors: By unit id.
        lexical_texts: One text for each sentence, in corpus order, for BM25.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "passages.json").write_bytes(PASSAGES.dump_json(list(passages)))
    (folder / "units.json").write_bytes(UNITS.dump_json(list(units)))
    write_words(folder, [vectors[unit.id].words for unit in units])
    np.save(folder / SENTENCES, _sentence_rows(passages, units, vectors))
    LexicalIndex.build(list(lexical_texts)).save(folder / "bm25")
    client = chroma(folder)
    try:
        collection = client.create_collection(
            COLLECTION, embedding_function=None, configuration={"hnsw": {"space": "cosine", "ef_search": EF_SEARCH}}
        )
        for start in range(0, len(units), BATCH):
            batch = units[start : start + BATCH]
            collection.add(
                ids=[unit.id for unit in batch],
                embeddings=np.stack([vectors[unit.id].text for unit in batch]),
                documents=[unit.text for unit in batch],
                metadatas=[{"kind": unit.kind.value} for unit in batch],
            )
    finally:
        client.close()
    (folder / "manifest.json").write_text(manifest.model_dump_json(indent=2), encoding="utf-8")


def _sentence_rows(passages: Sequence[Passage], units: Sequence[Unit], vectors: Mapping[str, UnitVectors]) -> Vectors:
    """The vectors of the sentences, in corpus order."""
    starts = sentence_starts(passages)
    dim = next(iter(vectors.values())).text.shape[-1]
    rows = np.zeros((starts[-1], dim), dtype=np.float32)
    for unit in units:
        for number, position in unit.targets if unit.kind is UnitKind.SENTENCE else ():
            rows[starts[number] + position] = vectors[unit.id].text
    return rows
