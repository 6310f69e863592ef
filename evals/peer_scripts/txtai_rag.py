"""txtai: paragraphs with their content, searched by vectors and BM25 together."""

# mypy: disable-error-code="import-not-found"

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from txtai import Embeddings
from txtai.pipeline import Segmentation

PACKAGES = ("txtai", "faiss-cpu", "transformers", "torch")


def index(job: dict[str, Any]) -> dict[str, Any]:
    """Builds the index in `job["index"]`; says how many passages it has."""
    paragraphs = Segmentation(paragraphs=True)
    passages = [passage for document in job["documents"] for passage in paragraphs(document["text"])]
    embeddings = Embeddings(path=job["model"], content=True, hybrid=True, gpu=False)
    embeddings.index(passages)
    embeddings.save(job["index"])
    return {"passages": len(passages)}


def opened(job: dict[str, Any]) -> Callable[[dict[str, Any]], list[str]]:
    """What answers a question, with the passages that it shows."""
    embeddings = Embeddings()
    embeddings.load(job["index"])

    def answer(question: dict[str, Any]) -> list[str]:
        found = embeddings.search(" ".join((*question["history"], question["q"])), job["top_k"])
        return [row["text"] for row in found]

    return answer
