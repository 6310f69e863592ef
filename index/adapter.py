"""What a model has learned of one corpus: a low-rank adapter beside the published weights.

    adapter_config.json, adapter_model.safetensors   as PEFT writes them, half floats
    adapter.json                                      what it belongs to and what it was trained on

Source: LoRA, Hu et al. (2021), "LoRA: Low-Rank Adaptation of Large Language Models".
"""

from __future__ import annotations

import hashlib
import json
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError
from safetensors.numpy import load_file, save_file

from corpus.digest import ADAPTER
from index.errors import ModelError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from torch.nn import Module

RECORD = "adapter.json"
CONFIG = "adapter_config.json"
WEIGHTS = "adapter_model.safetensors"


class AdapterRecord(BaseModel):
    """What an adapter belongs to. Digests are SHA-256 in hex; `trained_on` names its data and their licences.

    `mean_of` are the digests of the adapters that it is the mean of; the other fields are those of the last of them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    base_sha256: str
    adapter_sha256: str
    trained_on: str
    texts: int
    epochs: int
    seed: int
    mean_of: tuple[str, ...] = ()


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
    _check(folder, record)
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


def _check(folder: Path, record: AdapterRecord) -> None:
    if adapter_sha256(folder) != record.adapter_sha256:
        raise ModelError(f"{folder}: not the adapter that was trained; train it anew by: faqbot train")


def adapter_sha256(folder: Path) -> str:
    """SHA-256 of an adapter's weights, in hex; of nothing where they are missing."""
    file = folder / WEIGHTS
    return hashlib.sha256(file.read_bytes() if file.is_file() else b"").hexdigest()


def mean(folders: Sequence[Path], out: Path) -> AdapterRecord:
    """Writes the mean of adapters that belong to the same weights and are of the same form but for their rank.

    What they add to the weights is added up, each divided by how many they are: their factors side by side. Source:
    model soups, Wortsman et al. (2022), "Model soups: averaging weights of multiple fine-tuned models".

    Args:
        folders: Of at least one adapter; `out` may be one of them.
        out: For the mean.

    Raises:
        ModelError: An adapter can't be read or is torn, or they belong to different weights; names them.
    """
    records = [read_record(folder) for folder in folders]
    for folder, record in zip(folders, records, strict=True):
        _check(folder, record)
    if len({record.base_sha256 for record in records}) > 1:
        raise ModelError(f"{', '.join(map(str, folders))}: of different weights; train them anew by: faqbot train")
    configs = [json.loads((folder / CONFIG).read_bytes()) for folder in folders]
    factors = [load_file(folder / WEIGHTS) for folder in folders]
    scales = [config["lora_alpha"] / config["r"] for config in configs]
    summed = {}
    for name in factors[0]:
        if "lora_A" in name:
            summed[name] = np.concatenate([each[name] for each in factors], axis=0)
        else:
            shares = [scale / scales[-1] / len(folders) for scale in scales]
            parts = [each[name] * np.float16(share) for each, share in zip(factors, shares, strict=True)]
            summed[name] = np.concatenate(parts, axis=1)
    rank = sum(config["r"] for config in configs)
    config = {**configs[-1], "r": rank, "lora_alpha": scales[-1] * rank}
    out.mkdir(parents=True, exist_ok=True)
    save_file(summed, out / WEIGHTS, metadata={"format": "pt"})
    (out / CONFIG).write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    of = tuple(record.adapter_sha256 for record in records)
    record = records[-1].model_copy(update={"adapter_sha256": adapter_sha256(out), "mean_of": of})
    (out / RECORD).write_text(record.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return record


def merge(model: SentenceTransformer, folder: Path) -> None:
    """Adds an adapter to the weights of a model, in place."""
    from peft import PeftModel

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # transformers' own, of a property that PEFT looks at
        adapted = PeftModel.from_pretrained(cast("Module", model[0].model), str(folder))
        model[0].model = adapted.merge_and_unload()
