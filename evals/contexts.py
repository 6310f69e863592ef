"""A context as the only document of a store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

from corpus.document import BlockKind, Content, Document, Passage, Sentence, Tier
from corpus.split import split
from evals.datasets import Reading
from evals.vectors import Progress, kept_vectors
from index.embed import OnnxEmbeddings, Vectors
from index.store import Manifest, Store, Unit, write_store
from index.units import lexical_texts, make_units


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


def unit_vectors(
    contexts: Iterable[Context], embeddings: OnnxEmbeddings, folder: Path, progress: Progress
) -> dict[str, Vectors]:
    """The vectors of all units of all contexts, by unit id; see `kept_vectors`."""
    units = {unit.id: unit.text for context in contexts for unit in context.units}
    return dict(zip(units, kept_vectors(list(units.values()), embeddings, folder, progress), strict=True))


@contextmanager
def opened(context: Context, embeddings: OnnxEmbeddings, vectors: Mapping[str, Vectors]) -> Iterator[Store]:
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
        versions={},
    )
    texts = lexical_texts(context.passages, context.units)
    with TemporaryDirectory(prefix="faqbot-") as folder:
        write_store(Path(folder), manifest, context.passages, context.units, vectors, texts)
        with Store(Path(folder)) as store:
            yield store
