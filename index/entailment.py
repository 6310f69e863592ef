"""Two texts read together: does a passage say what a sentence says?

Vectors of each text by itself are near whatever is said of the same things; a model that reads both at once tells
more. Source: Nogueira & Cho (2019), "Passage Re-ranking with BERT", here for entailment (Dagan et al. 2005).

    entailment.onnx   the layers above the published model's word vectors, which are taken from its own file
    entailment.json   what they belong to and what they were trained on
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from index.errors import ModelError
from index.weights import DEFAULT_MODEL, find_weights, sha256

FILE = Path(__file__).with_suffix(".onnx")

MAX_TOKENS = 256
"""Of a pair; a longer passage is cut."""

WORDS = "embeddings.word_embeddings.weight"
"""The name of the word vectors among the published weights."""

INPUTS = ("words", "attention_mask", "token_type_ids")
OUTPUT = "log_odds"

_BATCH = 16


class Record(BaseModel):
    """What lies beside the layers. Digests are SHA-256 in hex; `trained_on` names the texts and their licences."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    base_sha256: str
    onnx_sha256: str
    trained_on: str
    pairs: int
    epochs: int
    seed: int


class Entailment:
    """The model by ONNX Runtime; never imports torch.

    Args:
        file: Of its layers, the record beside it.
        threads: 0: one for each core.

    Raises:
        ModelError: They are missing, torn, or of other weights than those that are installed.
    """

    def __init__(self, file: Path = FILE, threads: int = 0) -> None:
        import onnxruntime
        from safetensors import safe_open
        from tokenizers import Tokenizer

        weights, mend = find_weights(DEFAULT_MODEL), "reinstall faqbot-clinic, or run: faqbot train-entailment"
        try:
            self.record = Record.model_validate_json(file.with_suffix(".json").read_bytes())
            if sha256(file) != self.record.onnx_sha256 or weights.base_sha256 != self.record.base_sha256:
                raise ModelError(f"{file}: not the file of its record; {mend}")
        except (OSError, ValidationError) as error:
            raise ModelError(f"{file}: can't be read ({type(error).__name__}); {mend}") from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.add_session_config_entry("session.force_spinning_stop", "1")
        self._session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
        with safe_open(weights.folder / "model.safetensors", "np") as tensors:
            self._words: NDArray[np.float32] = tensors.get_tensor(WORDS)
        self._tokenizer = Tokenizer.from_file(str(weights.folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(MAX_TOKENS, strategy="only_first")
        self._tokenizer.no_padding()

    def log_odds(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        """How likely each passage says what its sentence says, as natural logarithms of odds, (len(pairs),).

        Args:
            pairs: Passage and sentence.

        Raises:
            ValueError: A sentence is too long to be read whole.
        """
        scores = np.empty(len(pairs), np.float32)
        order = sorted(range(len(pairs)), key=lambda number: sum(map(len, pairs[number])))  # of one length: no padding
        for start in range(0, len(order), _BATCH):
            numbers = order[start : start + _BATCH]
            scores[numbers] = self._forward([pairs[number] for number in numbers])
        return scores

    def _forward(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        try:
            encodings = self._tokenizer.encode_batch(list(pairs))
        except Exception as error:  # the library has no other for it
            raise ValueError(f"a sentence is too long to be read with its passage ({error})") from error
        width = max(len(encoding.ids) for encoding in encodings)
        ids, mask, types = (np.zeros((len(pairs), width), np.int64) for _ in INPUTS)
        for row, encoding in enumerate(encodings):
            read = len(encoding.ids)
            ids[row, :read], mask[row, :read], types[row, :read] = encoding.ids, 1, encoding.type_ids
        fed = dict(zip(INPUTS, (self._words[ids], mask, types), strict=True))
        computed: NDArray[np.float32] = self._session.run([OUTPUT], fed)[0]
        return computed
