"""Layers trained above the published model's word vectors, by ONNX Runtime: they read a text, or two together.

    <name>.onnx   the layers, in 8 bits
    <name>.json   what they belong to and what they were trained on

The word vectors are taken from the published model's own file.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from index.errors import ModelError
from index.weights import DEFAULT_MODEL, find_weights, sha256

MAX_TOKENS = 256
"""Of a text, or of two together; the first is cut at its end."""

WORDS = "embeddings.word_embeddings.weight"
"""The name of the word vectors among the published weights."""

INPUTS = ("words", "attention_mask", "token_type_ids")
OUTPUT = "log_odds"

_BATCH = 16


class Record(BaseModel):
    """What lies beside the layers.

    Digests are SHA-256 in hex. `classes` are named in the order of the log odds. `trained_on` says what the texts are,
    and their licences; `texts` are those of the first epoch.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    base_sha256: str
    onnx_sha256: str
    classes: tuple[str, ...]
    trained_on: str
    texts: int
    epochs: int
    seed: int


class Layers:
    """What was trained, ready to read; never imports torch.

    Args:
        file: Of the layers, the record beside it.
        command: That trains them anew.
        threads: 0: one for each core.

    Raises:
        ModelError: They are missing, torn, or of other weights than those that are installed.
    """

    def __init__(self, file: Path, command: str, threads: int = 0) -> None:
        import onnxruntime
        from safetensors import safe_open
        from tokenizers import Tokenizer

        weights, mend = find_weights(DEFAULT_MODEL), f"reinstall faqbot-clinic, or run: {command}"
        try:
            self.record = Record.model_validate_json(file.with_suffix(".json").read_bytes())
            if sha256(file) != self.record.onnx_sha256 or weights.base_sha256 != self.record.base_sha256:
                raise ModelError(f"{file}: not the file of its record; {mend}")
        except (OSError, ValidationError) as error:
            raise ModelError(f"{file}: can't be read ({type(error).__name__}); {mend}") from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.add_session_config_entry("session.force_spinning_stop", "1")
        try:
            self._session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
            with safe_open(weights.folder / "model.safetensors", "np") as tensors:
                self._words: NDArray[np.float32] = tensors.get_tensor(WORDS)
            self._tokenizer = Tokenizer.from_file(str(weights.folder / "tokenizer.json"))
        except Exception as error:  # each library has its own
            raise ModelError(f"{file}: can't be loaded with {weights.folder} ({error}); {mend}") from error
        self._tokenizer.enable_truncation(MAX_TOKENS, strategy="only_first")
        self._tokenizer.no_padding()

    def log_odds(self, read: Sequence[str | tuple[str, ...]]) -> NDArray[np.float32]:
        """How much likelier each class is than none, as natural logarithms, (len(read), classes).

        Args:
            read: Texts, or pairs of them, as the layers were trained.

        Raises:
            ValueError: The second of two texts is too long to be read whole, or what comes out is no number.
        """
        scores = np.empty((len(read), len(self.record.classes)), np.float32)
        order = sorted(range(len(read)), key=lambda number: _length(read[number]))  # of one length: no padding
        for start in range(0, len(order), _BATCH):
            numbers = order[start : start + _BATCH]
            scores[numbers] = self._forward([read[number] for number in numbers])
        if not np.isfinite(scores).all():
            raise ValueError("log odds that are no numbers; reinstall faqbot-clinic")
        return scores

    def _forward(self, read: Sequence[str | tuple[str, ...]]) -> NDArray[np.float32]:
        try:
            encodings = self._tokenizer.encode_batch(list(read))
        except Exception as error:  # the library has no other for it
            raise ValueError(f"a sentence is too long to be read with its passage ({error})") from error
        width = max(len(encoding.ids) for encoding in encodings)
        ids, mask, types = (np.zeros((len(read), width), np.int64) for _ in INPUTS)
        for row, encoding in enumerate(encodings):
            tokens = len(encoding.ids)
            ids[row, :tokens], mask[row, :tokens], types[row, :tokens] = encoding.ids, 1, encoding.type_ids
        fed = dict(zip(INPUTS, (self._words[ids], mask, types), strict=True))
        computed: NDArray[np.float32] = self._session.run([OUTPUT], fed)[0]
        return computed


def _length(read: str | tuple[str, ...]) -> int:
    return len(read) if isinstance(read, str) else sum(map(len, read))
