"""Text to vectors: LangChain Embeddings, by sentence-transformers at build time, by ONNX to answer.

A question must not wait for torch, which takes seconds to import and 9 ms and more a question;
the same weights through ONNX Runtime load in 0.2 s and take 4 ms.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from index.adapter import merge
from index.errors import ModelError
from index.lexical import word_spans
from index.weights import Weights, sha256

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from tokenizers import Encoding

Vectors = NDArray[np.float32]  # (n, dim), rows of length 1

BATCH = 32

OUTPUTS = ("sentence", "tokens")
"""Of an exported model: a row for each text, and one for each token in its context."""


class ExportedModel(BaseModel):
    """What lies beside an exported model, so that it can be told from any other.

    `weights_sha256` names the weights it came from, `onnx_sha256` the exported file itself.
    """

    model_config = ConfigDict(frozen=True)

    model: str
    weights_sha256: str
    onnx_sha256: str
    dimension: int
    max_tokens: int


@dataclass(frozen=True, slots=True)
class Encoded:
    """A text as the model reads it: `vector` (dim,), its words, and their vectors in context (words, dim).

    A word's vector is the mean of its tokens', scaled to length 1; what the model doesn't read, for
    the text is too long, has no word here.
    """

    vector: Vectors
    words: tuple[str, ...]
    word_vectors: Vectors


class _UnitEmbeddings(Embeddings):
    """LangChain's two methods on top of one: texts in, rows of length 1 out."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        raise NotImplementedError

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [[float(x) for x in row] for row in self.encode(texts)]

    def embed_query(self, text: str) -> list[float]:
        return self.embed_documents([text])[0]


class TorchEmbeddings(_UnitEmbeddings):
    """The original model by sentence-transformers, on the CPU; imports torch on first use."""

    def __init__(self, weights: Weights) -> None:
        self.weights = weights

    @cached_property
    def model(self) -> SentenceTransformer:
        from sentence_transformers import SentenceTransformer
        from transformers.utils.logging import disable_progress_bar

        disable_progress_bar()  # type: ignore[no-untyped-call]
        model = SentenceTransformer(str(self.weights.folder), device="cpu", local_files_only=True)
        if self.weights.adapter:
            merge(model, self.weights.adapter)
        return model

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Embeds texts.

        Returns:
            (n, dim) rows of length 1, in the order of the texts.
        """
        rows = self.model.encode(
            list(texts), batch_size=BATCH, normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False
        )
        return np.asarray(rows, dtype=np.float32)


class OnnxEmbeddings(_UnitEmbeddings):
    """The exported model by ONNX Runtime; never imports torch.

    Raises:
        ModelError: The folder holds no exported model, or not the one its record describes.
    """

    def __init__(self, folder: Path, threads: int = 0) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        file = folder / "model.onnx"
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.add_session_config_entry("session.force_spinning_stop", "1")  # the search wants the cores next
        try:
            self.record = ExportedModel.model_validate(json.loads((folder / "model.json").read_bytes()))
            if sha256(file) != self.record.onnx_sha256:
                raise ModelError(f"{file}: not the file that was exported; run: faqbot build")
            self._session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
            if [output.name for output in self._session.get_outputs()] != list(OUTPUTS):
                raise ModelError(f"{file}: exported by another version of faqbot; run: faqbot build")
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        except ModelError:
            raise
        except Exception as error:  # both libraries raise what they like on a torn file
            raise ModelError(f"{folder}: no exported model that loads ({error}); run: faqbot build") from error
        self._tokenizer.enable_truncation(self.record.max_tokens)
        self._tokenizer.no_padding()  # the file asks for 128 tokens always, eight times the work of a question

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Embeds texts.

        Returns:
            (n, dim) rows of length 1, in the order of the texts.
        """
        rows = np.empty((len(texts), self.record.dimension), dtype=np.float32)
        for start in range(0, len(texts), BATCH):
            encodings = self._tokenizer.encode_batch(list(texts[start : start + BATCH]))
            rows[start : start + len(encodings)] = self._forward(encodings, OUTPUTS[:1])[0]
        return rows

    def encode_words(self, texts: Sequence[str]) -> list[Encoded]:
        """Embeds texts and, in the same pass, each of their words.

        Returns:
            In the order of the texts.
        """
        encoded: list[Encoded] = []
        for start in range(0, len(texts), BATCH):
            batch = list(texts[start : start + BATCH])
            encodings = self._tokenizer.encode_batch(batch)
            sentences, tokens = self._forward(encodings, OUTPUTS)
            for row, (text, encoding) in enumerate(zip(batch, encodings, strict=True)):
                words, vectors = _word_vectors(text, encoding.offsets, tokens[row])
                encoded.append(Encoded(sentences[row], words, vectors))
        return encoded

    def _forward(self, encodings: Sequence[Encoding], outputs: Sequence[str]) -> list[NDArray[np.float32]]:
        width = max(len(encoding.ids) for encoding in encodings)
        ids = np.zeros((len(encodings), width), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, encoding in enumerate(encodings):
            ids[row, : len(encoding.ids)] = encoding.ids
            mask[row, : len(encoding.ids)] = encoding.attention_mask
        computed: list[Any] = self._session.run(list(outputs), {"input_ids": ids, "attention_mask": mask})
        return computed


def _word_vectors(
    text: str, offsets: Sequence[tuple[int, int]], tokens: NDArray[np.float32]
) -> tuple[tuple[str, ...], Vectors]:
    """The words that the model read, and a row of length 1 for each."""
    spans = word_spans(text)
    owner = np.full(len(offsets), -1)
    word = 0
    for token, (start, end) in enumerate(offsets):
        while word < len(spans) and spans[word][2] <= start:
            word += 1
        if start < end and word < len(spans) and spans[word][1] < end:
            owner[token] = word
    read = np.unique(owner[owner >= 0])
    sums = np.zeros((len(spans), tokens.shape[-1]), dtype=np.float32)
    np.add.at(sums, owner[owner >= 0], tokens[: len(offsets)][owner >= 0])
    rows = sums[read]
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return tuple(spans[number][0] for number in read), rows
