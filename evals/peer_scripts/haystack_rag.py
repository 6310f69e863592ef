"""Haystack: pieces of 200 words, one dense search in its in-memory store."""

# mypy: disable-error-code="import-not-found"

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from haystack import Document, Pipeline
from haystack.components.preprocessors import DocumentSplitter
from haystack.components.retrievers.in_memory import InMemoryEmbeddingRetriever
from haystack.components.writers import DocumentWriter
from haystack.document_stores.in_memory import InMemoryDocumentStore
from haystack.utils import ComponentDevice
from haystack_integrations.components.embedders.sentence_transformers import (
    SentenceTransformersDocumentEmbedder,
    SentenceTransformersTextEmbedder,
)

PACKAGES = ("haystack-ai", "sentence-transformers-haystack", "sentence-transformers", "torch")


def index(job: dict[str, Any]) -> dict[str, Any]:
    """Builds the index in `job["index"]`; says how many passages it has."""
    store = InMemoryDocumentStore()
    pipeline = Pipeline()
    pipeline.add_component("splitter", DocumentSplitter())
    pipeline.add_component("embedder", SentenceTransformersDocumentEmbedder(**_model(job)))
    pipeline.add_component("writer", DocumentWriter(store))
    pipeline.connect("splitter", "embedder")
    pipeline.connect("embedder", "writer")
    documents = [Document(content=d["text"], meta={"title": d["title"]}) for d in job["documents"]]
    pipeline.run({"splitter": {"documents": documents}})
    store.save_to_disk(str(_file(job)))
    return {"passages": store.count_documents()}


def opened(job: dict[str, Any]) -> Callable[[dict[str, Any]], list[str]]:
    """What answers a question, with the passages that it shows."""
    store = InMemoryDocumentStore.load_from_disk(str(_file(job)))
    pipeline = Pipeline()
    pipeline.add_component("embedder", SentenceTransformersTextEmbedder(**_model(job)))
    pipeline.add_component("retriever", InMemoryEmbeddingRetriever(store, top_k=job["top_k"]))
    pipeline.connect("embedder.embedding", "retriever.query_embedding")

    def answer(question: dict[str, Any]) -> list[str]:
        found = pipeline.run({"embedder": {"text": " ".join((*question["history"], question["q"]))}})
        return [document.content for document in found["retriever"]["documents"]]

    return answer


def _model(job: dict[str, Any]) -> dict[str, Any]:
    return {"model": job["model"], "device": ComponentDevice.from_str("cpu"), "progress_bar": False}


def _file(job: dict[str, Any]) -> Path:
    return Path(job["index"]) / "store.json"
