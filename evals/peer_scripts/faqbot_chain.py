"""This bot: what its answer shows; or, where the job says `search_only`, the passages of the first hits."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bot.chain import FaqChain
from bot.settings import Settings, load_settings
from bot.turn import Turn
from bot.understand import Question, understand
from index.build import Steps, build

PACKAGES = ("faqbot-clinic", "chromadb", "bm25s", "onnxruntime", "langchain-core", "torch")


def index(job: dict[str, Any]) -> dict[str, Any]:
    """Builds the index in `job["index"]`; says how many passages and vectors it has, and what the export took."""
    settings, exporting = _settings(job), [0.0, 0.0]

    def progress(step: str, done: int, total: int) -> None:  # noqa: ARG001 (the builder's)
        if step == "exporting the model":
            exporting[done] = time.perf_counter()

    built = build(settings.corpus, settings.state, settings.embedding_model, Steps(progress))
    return {
        "passages": built.manifest.passages,
        "vectors": built.embedded + built.reused,
        "export_s": exporting[1] - exporting[0],
    }


def opened(job: dict[str, Any]) -> Callable[[dict[str, Any]], list[str]]:
    """What answers a question, with the sentences or passages that it shows."""
    chain = FaqChain.open(_settings(job))

    def answer(question: dict[str, Any]) -> list[str]:
        reply = chain.invoke(Question(question["q"], tuple(question["history"])))
        return [sentence.text for sentence in reply.sentences]

    def search(question: dict[str, Any]) -> list[str]:
        asked = Question(question["q"], tuple(question["history"]))
        understood = understand(asked, chain.retriever.store.vocabulary)
        hits = chain.finder.follow_ups.meant(asked, understood, Turn(chain.retriever.embeddings)).hits[: job["top_k"]]
        return list(dict.fromkeys(hit.passage.text for hit in hits))

    return search if job.get("search_only") else answer


def _settings(job: dict[str, Any]) -> Settings:
    return load_settings(**{**job["settings"], "state": Path(job["index"])})
