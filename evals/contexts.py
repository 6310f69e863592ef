"""A context as the only document of a store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

from corpus.document import BlockKind, Content, Document, Passage, Sentence, Tier
from corpus.split import split
from evals.datasets import Reading
from index.embed import OnnxEmbeddings
from index.store import Manifest, Store
from index.units import Unit, lexical_texts, make_units
from index.write import UnitVectors, write_store


@dataclass(frozen=True, slots=True)
class Context:
    """A context as a document, cut up and ready to be embedded."""

    document: Document
    passages: list[Passage]
    units: list[Unit]

    @classmethod
    def of(cls, item: Reading, passage_words: int) -> Self:
        """The context of a question, its paragraphs apart, white space within them folded."""
        content = Content.of((BlockKind.PARAGRAPH, 0, paragraph) for paragraph in item.context.split("\n\n"))
        title = item.title or "Context"
        document = Document("context", title, Tier.ARTICLE, content.text, content.blocks)
        passages = split(document, passage_words)
        return cls(document, passages, make_units(passages, ())[0])

    @property
    def sentences(self) -> list[Sentence]:
        return [sentence for passage in self.passages for sentence in passage.sentences]


@contextmanager
def opened(context: Context, embeddings: OnnxEmbeddings) -> Iterator[Store]:
    """A store of one document, gone afterwards."""
    manifest = Manifest(
        recipe="",
        built_at="",
        corpus_digest="",
        model=embeddings.record.model,
        model_digest=embeddings.record.weights_sha256,
        documents=1,
        passages=len(context.passages),
        sentences=len(context.sentences),
        questions=0,
        uncovered=0,
        versions={},
    )
    texts = lexical_texts(context.passages, context.units)
    encoded = embeddings.encode_words([unit.text for unit in context.units])
    vectors = {u.id: UnitVectors(e.vector, e.word_vectors) for u, e in zip(context.units, encoded, strict=True)}
    with TemporaryDirectory(prefix="faqbot-") as folder:
        write_store(Path(folder), manifest, context.passages, context.units, vectors, texts)
        with Store(Path(folder)) as store:
            yield store
