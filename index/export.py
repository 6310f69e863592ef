"""The model, once, from torch to ONNX: exported aside, compared with the original, renamed."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from index.embed import OUTPUTS, ExportedModel, OnnxEmbeddings, TorchEmbeddings
from index.errors import ModelError
from index.graph import to_graph
from index.weights import sha256

if TYPE_CHECKING:
    import torch

MIN_COSINE = 0.9999
"""An exported vector and its original agree at least this much, or the export is refused.

torch's older exporter reaches only 0.83 to 0.95 on padded batches, without complaint: the probes
are therefore of unequal lengths.
"""

_UNFINISHED = ".export-"

_PROBES = ("Hi", "What are stem cells used for, and who approves them?", "paracrine signaling " * 200)


def exported_folder(models: Path, weights_sha256: str) -> Path:
    """Where the export of the weights of that digest lies, or will lie."""
    return models / weights_sha256[:16]


def is_whole(folder: Path) -> bool:
    """Whether a folder holds an exported model that loads and is the one that was exported."""
    try:
        OnnxEmbeddings(folder)
    except ModelError:
        return False
    return True


def export(original: TorchEmbeddings, models: Path) -> Path:
    """Exports a model for ONNX Runtime, unless it is there already.

    Args:
        original: The model to export.
        models: Folder of exported models; one subfolder for each digest of weights.

    Returns:
        The folder with `model.onnx`, `tokenizer.json` and `model.json`.

    Raises:
        ModelError: The exported model's vectors differ from the original's.
    """
    target = exported_folder(models, original.weights.sha256)
    if is_whole(target):
        return target
    models.mkdir(parents=True, exist_ok=True)
    for leftover in models.glob(f"{_UNFINISHED}*"):
        shutil.rmtree(leftover, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=_UNFINISHED, dir=models) as name:
        aside = Path(name) / "model"
        aside.mkdir()
        _write(original, aside)
        _compare(original, OnnxEmbeddings(aside))
        shutil.rmtree(target, ignore_errors=True)
        aside.rename(target)
    return target


def _write(original: TorchEmbeddings, folder: Path) -> None:
    model = original.model
    tokenizer = original.weights.folder / "tokenizer.json"
    if not tokenizer.is_file():
        raise ModelError(f"{original.weights.folder}: no tokenizer.json; faqbot needs a model with a fast tokenizer.")
    shutil.copy(tokenizer, folder / "tokenizer.json")
    _export_graph(model, folder / "model.onnx")
    record = ExportedModel(
        model=original.weights.model,
        weights_sha256=original.weights.sha256,
        onnx_sha256=sha256(folder / "model.onnx"),
        dimension=int(model.get_embedding_dimension() or 0),
        max_tokens=int(model.max_seq_length or 512),
    )
    (folder / "model.json").write_text(record.model_dump_json(indent=2), encoding="utf-8")


def _export_graph(model: torch.nn.Module, file: Path) -> None:
    import torch

    class Graph(torch.nn.Module):
        """From token ids to the vector of the sentence, scaled to length 1, and those of its tokens in context."""

        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            features = self.model({"input_ids": input_ids, "attention_mask": attention_mask})
            sentence = torch.nn.functional.normalize(features["sentence_embedding"], dim=1)
            return sentence, features["token_embeddings"]

    ids = torch.ones(3, 11, dtype=torch.long)
    program = to_graph(Graph().eval(), (ids, torch.ones_like(ids)), ["input_ids", "attention_mask"], OUTPUTS)
    program.save(str(file), external_data=False)


def _compare(original: TorchEmbeddings, exported: OnnxEmbeddings) -> None:
    cosines = (original.encode(_PROBES) * exported.encode(_PROBES)).sum(axis=1)
    if float(np.min(cosines)) < MIN_COSINE:
        raise ModelError(
            f"{original.weights.model}: the exported model differs from the original (cosine {np.min(cosines):.4f}); "
            "install the versions of constraints.txt."
        )
