"""Trains an adapter: what is answered by the same sentence comes near, what only sounds like it is pushed away."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from index.adapter import RECORD, AdapterRecord, adapter_sha256
from index.sampling import Group, draw
from index.weights import Weights

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers import PreTrainedModel

Progress = Callable[[int, int, float], None]
"""Told the step, how many there are, and the loss."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How it is trained. See docs/answerable.md for what other values give."""

    epochs: int = 4
    seed: int = 20
    rank: int = 16
    learning_rate: float = 6e-4
    groups_a_step: int = 36
    temperature: float = 0.05
    misspelled: float = 0.3
    max_tokens: int = 44


def train(
    weights: Weights,
    groups: Sequence[Group],
    folder: Path,
    trained_on: str,
    recipe: Recipe = Recipe(),
    progress: Progress = lambda *_: None,
) -> AdapterRecord:
    """Trains an adapter and writes it into a folder, which is made.

    Supervised contrastive loss (Khosla et al. 2020) over two texts and a near miss of each group
    drawn, some of them misspelled on purpose, plus the cross-entropy of a linear layer that tells
    the kinds apart and is thrown away. Of the same data, recipe, machine and number of threads the
    same adapter comes.

    Args:
        weights: Of the model; those of an adapter that it has are not looked at.
        groups: At least two, of at least two texts each.
        folder: For the adapter.
        trained_on: What the texts are, and their licence.
        recipe: How.
        progress: Called after each step.
    """
    import torch
    from sentence_transformers import SentenceTransformer

    torch.manual_seed(recipe.seed)
    chance = random.Random(recipe.seed)  # noqa: S311 (no secret)
    model = SentenceTransformer(str(weights.folder), device="cpu", local_files_only=True)
    model.max_seq_length = recipe.max_tokens
    adapted = _with_adapter(model, recipe)
    kinds = sorted({group.kind for group in groups})
    tell_kinds = torch.nn.Linear(int(model.get_embedding_dimension() or 0), len(kinds))
    learned = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(learned, lr=recipe.learning_rate)
    optimizer.add_param_group({"params": list(tell_kinds.parameters()), "lr": 1e-2})
    texts = sum(len(group.texts) for group in groups)
    steps = recipe.epochs * texts // (2 * recipe.groups_a_step)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / 30, max(0.02, 1 - step / steps))
    )
    model.train()
    for step in range(steps):
        batch = draw(groups, recipe.groups_a_step, recipe.misspelled, chance)
        rows = _embed(model, [drawn.text for drawn in batch])
        loss = _contrast(rows, [drawn.labels for drawn in batch], recipe.temperature)
        loss = loss + _mistaken(rows, [kinds.index(d.kind) if d.kind else None for d in batch], tell_kinds)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(learned, 1.0)
        optimizer.step()
        schedule.step()
        progress(step + 1, steps, float(loss.detach()))
    return _save(adapted, folder, weights, trained_on, texts, recipe)


def _with_adapter(model: SentenceTransformer, recipe: Recipe) -> Any:
    from peft import LoraConfig, get_peft_model

    config = LoraConfig(
        r=recipe.rank,
        lora_alpha=2 * recipe.rank,
        lora_dropout=0.05,
        target_modules=r".*encoder\.layer\.\d+\..*(query|key|value|dense)",
    )
    model[0].model = get_peft_model(cast("PreTrainedModel", model[0].model), config)
    return model[0].model


def mixed_precision() -> AbstractContextManager[Any]:
    """Computing in half precision (bfloat16) where the processor has it: one without it takes 30 times as long so."""
    import torch

    has = torch.cpu.get_capabilities()
    return torch.autocast("cpu", dtype=torch.bfloat16, enabled=bool(has.get("avx512_bf16") or has.get("amx_bf16")))


def _embed(model: SentenceTransformer, texts: Sequence[str]) -> torch.Tensor:
    """Rows of length 1 in the order of the texts; those of one length together, for padding is work."""
    import torch

    order = sorted(range(len(texts)), key=lambda number: len(texts[number]))
    parts = [order[start : start + 32] for start in range(0, len(order), 32)]
    rows: list[Any] = [None] * len(texts)
    for part in parts:
        features = model.preprocess([texts[number] for number in part])
        with mixed_precision():
            embedded = model(features)["sentence_embedding"]
        for number, row in zip(part, torch.nn.functional.normalize(embedded.float(), dim=1), strict=True):
            rows[number] = row
    return torch.stack(rows)


def _contrast(rows: torch.Tensor, labels: Sequence[frozenset[str]], temperature: float) -> torch.Tensor:
    """The supervised contrastive loss; rows that share no label with another are negatives only."""
    import torch

    count = len(rows)
    same = torch.tensor([[i != j and bool(labels[i] & labels[j]) for j in range(count)] for i in range(count)])
    cosines = (rows @ rows.T / temperature).masked_fill(torch.eye(count, dtype=torch.bool), -1e4)
    log_shares = cosines - torch.logsumexp(cosines, dim=1, keepdim=True)
    paired = same.any(dim=1)
    return -((log_shares * same).sum(dim=1) / same.sum(dim=1).clamp(min=1))[paired].mean()


def _mistaken(rows: torch.Tensor, kinds: Sequence[int | None], tell_kinds: torch.nn.Linear) -> torch.Tensor:
    """The cross-entropy of the kinds that a linear layer tells of those rows that have one."""
    import torch

    known = [number for number, kind in enumerate(kinds) if kind is not None]
    told = tell_kinds(8 * rows[known])  # unit rows are too short for a linear layer to be sure of anything
    return torch.nn.functional.cross_entropy(told, torch.tensor([kinds[number] for number in known]))


def _save(adapted: Any, folder: Path, weights: Weights, trained_on: str, texts: int, recipe: Recipe) -> AdapterRecord:
    folder.mkdir(parents=True, exist_ok=True)
    adapted.half().save_pretrained(str(folder))
    (folder / "README.md").unlink(missing_ok=True)  # a form for a model hub
    record = AdapterRecord(
        base_sha256=weights.base_sha256,
        adapter_sha256=adapter_sha256(folder),
        trained_on=trained_on,
        texts=texts,
        epochs=recipe.epochs,
        seed=recipe.seed,
    )
    (folder / RECORD).write_text(record.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return record
