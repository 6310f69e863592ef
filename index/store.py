"""An index on disk, opened for reading: passages, their vectors in Chroma, their terms in BM25, and a manifest.

Chroma is not safe across processes and has no read-only mode. So a store is written once, in a
folder of its own, and never again; many processes may then read it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast

import numpy as np
from pydantic import BaseModel, ConfigDict, TypeAdapter

from corpus.document import Passage
from index.embed import Vectors
from index.errors import NotReadyError
from index.lexical import LexicalIndex, words
from index.units import Place, Unit, UnitKind
from index.word_vectors import WordVectors

if TYPE_CHECKING:
    from chromadb.api.client import Client

EF_SEARCH = 400
"""Breadth of the search in Chroma's graph: at its default of 100 one question in a hundred lost its
nearest vector, and two openings of one store could differ; at 400 none did, for 0.1 ms more."""

COLLECTION = "units"
SENTENCES = "sentences.npy"
"""The sentences' vectors once more, in corpus order: a sentence that its questions brought up is scored exactly."""

BATCH = 1000


class Manifest(BaseModel):
    """What a store was built from. Digests are SHA-256 in hex; `built_at` is ISO 8601 in UTC."""

    model_config = ConfigDict(frozen=True)

    recipe: str
    built_at: str
    corpus_digest: str
    model: str
    model_digest: str
    documents: int
    passages: int
    sentences: int
    questions: int
    uncovered: int
    versions: dict[str, str]


_ASKED = (UnitKind.QUESTION, UnitKind.UNCOVERED)


class Store:
    """A store opened for reading.

    Raises:
        NotReadyError: The folder holds no readable store.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manifest = read_manifest(folder)
        try:
            self.passages = PASSAGES.validate_json((folder / "passages.json").read_bytes())
            self.units = {unit.id: unit for unit in UNITS.validate_json((folder / "units.json").read_bytes())}
            self.lexical = LexicalIndex.load(folder / "bm25")
            self._word_vectors = WordVectors(folder)
            self._sentences = np.asarray(np.load(folder / SENTENCES, mmap_mode="r"))
            self._client, self._collection = _open_chroma(folder)
            if (count := self._collection.count()) != len(self.units):  # reads the vectors' files, too
                raise ValueError(f"{count} vectors for {len(self.units)} units")
        except Exception as error:  # Chroma and bm25s raise what they like on a torn file
            raise NotReadyError(f"{folder}: the index does not open ({error}); run: faqbot build") from error
        self._by_id = {passage.id: passage for passage in self.passages}
        self._places = [(n, i) for n, passage in enumerate(self.passages) for i in range(len(passage.sentences))]
        self._starts = sentence_starts(self.passages)

    def passage(self, passage_id: str) -> Passage | None:
        """The passage of that id, or None."""
        return self._by_id.get(passage_id)

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """The words of the documents, lower case."""
        written = (UnitKind.SENTENCE, UnitKind.PASSAGE)
        return frozenset(word for unit in self.units.values() if unit.kind in written for word in words(unit.text))

    def place(self, number: int) -> Place:
        """The place of a sentence that is counted through the whole corpus, as BM25 does."""
        return self._places[number]

    def number(self, place: Place) -> int:
        """The inverse of `place`."""
        return self._starts[place[0]] + place[1]

    def nearest(self, vector: Vectors, n: int) -> dict[str, float]:
        """Ids of the n units nearest to a vector of length 1, best first, with their cosine."""
        found = self._collection.query(query_embeddings=[vector], n_results=n, include=["distances"])
        return {unit: 1.0 - far for unit, far in zip(found["ids"][0], found["distances"][0], strict=True)}

    @property
    def questions(self) -> dict[str, str]:
        """The questions that are known, expected or uncovered, by the id of their unit."""
        return {unit.id: unit.text for unit in self.units.values() if unit.kind in _ASKED}

    def sentence_vectors(self, numbers: Sequence[int]) -> Vectors:
        """The vectors of sentences, counted through the whole corpus from 0; (len(numbers), dim)."""
        return self._sentences[list(numbers)]

    def vectors(self, ids: Sequence[str]) -> dict[str, Vectors]:
        """The stored vectors of those ids that the store has."""
        kept: dict[str, Vectors] = {}
        for start in range(0, len(ids), BATCH):
            found = self._collection.get(ids=list(ids[start : start + BATCH]), include=["embeddings"])
            rows = np.asarray(found["embeddings"], dtype=np.float32)
            kept.update(zip(found["ids"], rows, strict=True))
        return kept

    def word_vectors(self, unit_ids: Iterable[str]) -> Vectors:
        """The vectors of the words of those units, in their order; (words, dim)."""
        return self._word_vectors.of(self._numbers[unit_id] for unit_id in unit_ids)

    def said_at(self, place: Place) -> Sequence[str]:
        """Ids of the units that say what a sentence is about: itself, and the questions that it answers."""
        return self._said_at[place]

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {unit_id: number for number, unit_id in enumerate(self.units)}

    @cached_property
    def _said_at(self) -> dict[Place, list[str]]:
        said: dict[Place, list[str]] = {}
        for unit in self.units.values():
            for place in unit.targets if unit.kind is not UnitKind.PASSAGE else ():
                said.setdefault(place, []).append(unit.id)
        return said

    def close(self) -> None:
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a store.

    Raises:
        NotReadyError: There is none that can be read.
    """
    try:
        return Manifest.model_validate(json.loads((folder / "manifest.json").read_bytes()))
    except (OSError, ValueError) as error:
        raise NotReadyError(f"{folder}: no readable manifest ({error}); run: faqbot build") from error


def sentence_starts(passages: Iterable[Passage]) -> list[int]:
    """For each passage the number of its first sentence, counted through the whole corpus; last, how many there are."""
    return list(accumulate((len(passage.sentences) for passage in passages), initial=0))


PASSAGES: TypeAdapter[list[Passage]] = TypeAdapter(list[Passage])
UNITS: TypeAdapter[list[Unit]] = TypeAdapter(list[Unit])
"""How the two lists lie on disk, as JSON."""


def chroma(folder: Path) -> Client:
    """Chroma over the folder of a store."""
    import chromadb
    from chromadb.config import Settings

    client: Any = chromadb.PersistentClient(str(folder / "chroma"), settings=Settings(anonymized_telemetry=False))
    return cast("Client", client)


def _open_chroma(folder: Path) -> tuple[Client, Any]:
    if not (folder / "chroma" / "chroma.sqlite3").is_file():
        raise FileNotFoundError(folder / "chroma" / "chroma.sqlite3")
    client = chroma(folder)
    return client, client.get_collection(COLLECTION, embedding_function=None)
