"""Trains the model that reads a passage and a sentence together, and writes its layers in 8 bits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from index.entailment import FILE, Entailment, Record
from index.entailment_reader import Feed, make_reader, write
from index.errors import ModelError
from index.train import Progress
from index.weights import Weights, sha256

MOST_APART = 0.3
"""The log odds of the layers in 8 bits and of those that were trained differ at most so much, or nothing is kept."""

_PROBES = 40


class Pair(NamedTuple):
    """A passage, a sentence, and whether the passage says what the sentence says."""

    passage: str
    sentence: str
    entailed: bool


class Lessons(NamedTuple):
    """What it is trained on.

    All of `pairs`, entailed ones and others that people wrote, are in each epoch, in the first by themselves: with
    edited ones from the start nothing was learned in 350 steps. `edited` makes further ones, anew for each epoch after
    it. `source` says what the texts are, and their licences.
    """

    pairs: Sequence[Pair]
    edited: Callable[[Random], Sequence[Pair]]
    source: str


@dataclass(frozen=True, slots=True)
class EntailmentRecipe:
    """How it is trained. See docs/verify.md for what it gives."""

    epochs: int = 4
    seed: int = 0
    learning_rate: float = 9e-5
    head_rate: float = 1e-3
    pairs_a_step: int = 16
    smoothing: float = 0.02
    """Of the labels, for some are wrong (Szegedy et al. 2016)."""


def train_entailment(
    weights: Weights,
    lessons: Lessons,
    file: Path = FILE,
    recipe: EntailmentRecipe = EntailmentRecipe(),
    progress: Progress = lambda *_: None,
) -> Record:
    """Trains all layers above the word vectors of the published model, and a head, and writes them.

    Binary cross-entropy, one cycle of the learning rate (Smith & Topin 2019). Of the same pairs, recipe, machine and
    number of threads the same comes.

    Args:
        weights: Of the published model; an adapter is not looked at.
        lessons: Texts with their labels.
        file: For the layers; the record is written beside it.
        recipe: How.
        progress: Called after each step.

    Raises:
        ModelError: What was written differs from what was trained; the file that was there stays.
    """
    import torch

    torch.manual_seed(recipe.seed)
    reader = make_reader(weights.folder)
    feed = Feed(weights.folder, reader)
    _train(reader, feed, _batches(lessons, recipe), recipe, progress)
    with TemporaryDirectory(dir=file.parent) as name:
        aside = Path(name) / file.name
        write(reader, aside)
        record = Record(
            base_sha256=weights.base_sha256,
            onnx_sha256=sha256(aside),
            trained_on=lessons.source,
            pairs=len(lessons.pairs),
            epochs=recipe.epochs,
            seed=recipe.seed,
        )
        aside.with_suffix(".json").write_text(record.model_dump_json(indent=2) + "\n", encoding="utf-8")
        _compare(reader, feed, Entailment(aside), lessons.pairs[:_PROBES])
        for made in (aside, aside.with_suffix(".json")):
            made.replace(file.parent / made.name)
    return record


def _train(
    reader: Any, feed: Feed, batches: Sequence[Sequence[Pair]], recipe: EntailmentRecipe, progress: Progress
) -> None:
    """Trains a reader, a step for each batch, and leaves it in its state for use."""
    import torch

    layers = [parameter for parameter in reader.model.parameters() if parameter.requires_grad]
    head = list(reader.head.parameters())
    rates = [recipe.learning_rate, recipe.head_rate]
    optimizer = torch.optim.AdamW([{"params": layers}, {"params": head}], lr=rates[0])
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rates, total_steps=len(batches) + 1, pct_start=0.05)
    reader.train()
    for step, batch in enumerate(batches, start=1):
        passages, sentences, entailed = zip(*batch, strict=True)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            log_odds = reader(*feed(passages, sentences))
        targets = torch.tensor(entailed).float() * (1 - 2 * recipe.smoothing) + recipe.smoothing
        loss = torch.nn.functional.binary_cross_entropy_with_logits(log_odds.float(), targets)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_([*layers, *head], 1.0)
        optimizer.step()
        schedule.step()
        progress(step, len(batches), float(loss.detach()))
    reader.eval()


def _batches(lessons: Lessons, recipe: EntailmentRecipe) -> list[list[Pair]]:
    """All steps, epoch after epoch; pairs of about one length together, for padding is work."""
    chance, size = Random(recipe.seed), recipe.pairs_a_step  # noqa: S311 (no secret)
    batches: list[list[Pair]] = []
    for epoch in range(recipe.epochs):
        of_epoch = [*lessons.pairs, *(lessons.edited(chance) if epoch else ())]
        drawn = chance.sample(of_epoch, len(of_epoch))
        chunks = (drawn[start : start + 20 * size] for start in range(0, len(drawn), 20 * size))
        alike = [pair for chunk in chunks for pair in sorted(chunk, key=lambda pair: sum(map(len, pair[:2])))]
        steps = [alike[start : start + size] for start in range(0, len(alike), size)]
        batches += chance.sample(steps, len(steps))
    return batches


def _compare(reader: Any, feed: Feed, exported: Entailment, pairs: Sequence[Pair]) -> None:
    import torch

    passages, sentences, _ = zip(*pairs, strict=True)
    with torch.no_grad():
        trained = reader(*feed(passages, sentences)).numpy()
    apart = float(abs(exported.log_odds([pair[:2] for pair in pairs]) - trained).max())
    if apart > MOST_APART:
        raise ModelError(f"What was written differs from what was trained by {apart:.2f}; install constraints.txt.")
