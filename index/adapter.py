"""What a model has learned of one corpus: a low-rank adapter beside the published weights.

    adapter_config.json, adapter_model.safetensors   as PEFT writes them, half floats
    adapter.json                                      what it belongs to and what it was trained on

Source: LoRA, Hu et al. (2021), "LoRA: Low-Rank Adaptation of Large Language Models".
"""

from __future__ import annotations

import hashlib
import json
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, cast

from pydantic import BaseModel, ConfigDict, ValidationError

from corpus.digest import ADAPTER
from index.errors import ModelError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from torch.nn import Module

RECORD = "adapter.json"
WEIGHTS = "adapter_model.safetensors"


class AdapterRecord(BaseModel):
    """What an adapter belongs to. Digests are SHA-256 in hex; `trained_on` names its data and their licences."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    base_sha256: str
    adapter_sha256: str
    trained_on: str
    texts: int
    epochs: int
    seed: int


def find_adapter(corpus: Path, base_sha256: str) -> Path | None:
    """The folder of a corpus's adapter, or None where it has none for these weights.

    Raises:
        ModelError: It is there, but torn or changed.
    """
    folder = corpus / ADAPTER
    if not (folder / RECORD).is_file():
        return None
    record = read_record(folder)
    if record.base_sha256 != base_sha256:
        return None
    if adapter_sha256(folder) != record.adapter_sha256:
        raise ModelError(f"{folder}: not the adapter that was trained; train it anew by: faqbot train")
    return folder


def read_record(folder: Path) -> AdapterRecord:
    """What lies beside an adapter.

    Raises:
        ModelError: It can't be read.
    """
    try:
        return AdapterRecord.model_validate(json.loads((folder / RECORD).read_bytes()))
    except (OSError, ValueError, ValidationError) as error:
        raise ModelError(f"{folder / RECORD}: can't be read ({error}); train it anew by: faqbot train") from error


def adapter_sha256(folder: Path) -> str:
    """SHA-256 of an adapter's weights, in hex; of nothing where they are missing."""
    file = folder / WEIGHTS
    return hashlib.sha256(file.read_bytes() if file.is_file() else b"").hexdigest()


def merge(model: SentenceTransformer, folder: Path) -> None:
    """Adds an adapter to the weights of a model, in place."""
    from peft import PeftModel

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # transformers' own, of a property that PEFT looks at
        adapted = PeftModel.from_pretrained(cast("Module", model[0].model), str(folder))
        model[0].model = adapted.merge_and_unload()
