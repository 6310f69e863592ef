"""Text to vectors: LangChain Embeddings, by sentence-transformers at build time, by ONNX to answer.

A question must not wait for torch, which takes seconds to import and 9 ms and more a question;
the same weights through ONNX Runtime load in 0.2 s and take 4 ms.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from index.errors import ModelError
from index.weights import Weights, sha256

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Vectors = NDArray[np.float32]  # (n, dim), rows of length 1

BATCH = 32


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
        return SentenceTransformer(str(self.weights.folder), device="cpu", local_files_only=True)

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
            batch = list(texts[start : start + BATCH])
            rows[start : start + len(batch)] = self._forward(batch)
        return rows

    def _forward(self, texts: list[str]) -> Vectors:
        encodings = self._tokenizer.encode_batch(texts)
        width = max(len(encoding.ids) for encoding in encodings)
        ids = np.zeros((len(texts), width), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, encoding in enumerate(encodings):
            ids[row, : len(encoding.ids)] = encoding.ids
            mask[row, : len(encoding.ids)] = encoding.attention_mask
        outputs: list[Any] = self._session.run(["sentence"], {"input_ids": ids, "attention_mask": mask})
        vectors: Vectors = outputs[0]
        return vectors
