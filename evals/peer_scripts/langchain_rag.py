"""The textbook LangChain chain: characters split at 1,000 with 200 of overlap, one dense search in Chroma."""

# mypy: disable-error-code="import-not-found"

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from langchain_chroma import Chroma
from langchain_core.documents import Document
from langchain_huggingface import HuggingFaceEmbeddings
from langchain_text_splitters import RecursiveCharacterTextSplitter

PACKAGES = ("langchain-core", "langchain-chroma", "langchain-huggingface", "langchain-text-splitters", "chromadb")


def index(job: dict[str, Any]) -> dict[str, Any]:
    """Builds the index in `job["index"]`; says how many passages it has."""
    documents = [Document(page_content=d["text"], metadata={"title": d["title"]}) for d in job["documents"]]
    splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200, add_start_index=True)
    splits = splitter.split_documents(documents)
    _store(job).add_documents(splits)
    return {"passages": len(splits)}


def opened(job: dict[str, Any]) -> Callable[[dict[str, Any]], list[str]]:
    """What answers a question, with the passages that it shows."""
    retriever = _store(job).as_retriever(search_kwargs={"k": job["top_k"]})

    def answer(question: dict[str, Any]) -> list[str]:
        found = retriever.invoke(" ".join((*question["history"], question["q"])))
        return [document.page_content for document in found]

    return answer


def _store(job: dict[str, Any]) -> Any:
    embeddings = HuggingFaceEmbeddings(model_name=job["model"], model_kwargs={"device": "cpu"})
    return Chroma(collection_name="bench", embedding_function=embeddings, persist_directory=job["index"])
