"""Trains a model that reads texts whole, and writes its layers in 8 bits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from index.errors import ModelError
from index.layers import Layers, Record
from index.reader import Feed, make_reader, write
from index.train import Progress, mixed_precision
from index.weights import Weights, sha256

MOST_APART = 0.3
"""The log odds of the layers in 8 bits and of those that were trained differ at most so much, or nothing is kept."""

_PROBES = 40


class Lesson(NamedTuple):
    """A text, or two that are read together, and the number of its class; 0 is none of them."""

    texts: tuple[str, ...]
    label: int


class Lessons(NamedTuple):
    """What it is trained on: `of_epoch` makes the lessons of an epoch, by its number, from 0.

    `source` says what the texts are, and their licences; `classes` names those beside none, the first has number 1.
    """

    of_epoch: Callable[[int, Random], Sequence[Lesson]]
    source: str
    classes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReaderRecipe:
    """How it is trained. See docs/verify.md and docs/safety.md for what it gives."""

    epochs: int = 4
    seed: int = 0
    learning_rate: float = 9e-5
    head_rate: float = 1e-3
    texts_a_step: int = 16
    smoothing: float = 0.04
    """Of the labels, for some are wrong (Szegedy et al. 2016)."""


def train_reader(
    weights: Weights,
    lessons: Lessons,
    file: Path,
    recipe: ReaderRecipe = ReaderRecipe(),
    progress: Progress = lambda *_: None,
) -> Record:
    """Trains all layers above the word vectors of the published model, and a head, and writes them.

    Cross-entropy, one cycle of the learning rate (Smith & Topin 2019). Of the same lessons, recipe, machine and number
    of threads the same comes.

    Args:
        weights: Of the published model; an adapter is not looked at.
        lessons: Texts with their classes.
        file: For the layers; the record is written beside it.
        recipe: How.
        progress: Called after each step.

    Raises:
        ModelError: What was written differs from what was trained; the file that was there stays.
    """
    import torch

    torch.manual_seed(recipe.seed)
    chance = Random(recipe.seed)  # noqa: S311 (no secret)
    epochs = [lessons.of_epoch(epoch, chance) for epoch in range(recipe.epochs)]
    steps = [step for epoch in epochs for step in _steps(epoch, recipe.texts_a_step, chance)]
    reader = make_reader(weights.folder, len(lessons.classes), pairs=len(epochs[0][0].texts) > 1)
    feed = Feed(weights.folder, reader)
    _train(reader, feed, steps, recipe, progress)
    probes = chance.sample(epochs[0], min(_PROBES, len(epochs[0])))

    def record(onnx_sha256: str) -> Record:
        return Record(
            base_sha256=weights.base_sha256,
            onnx_sha256=onnx_sha256,
            classes=lessons.classes,
            trained_on=lessons.source,
            texts=len(epochs[0]),
            epochs=recipe.epochs,
            seed=recipe.seed,
        )

    return _keep(reader, feed, file, record, probes)


def _keep(reader: Any, feed: Feed, file: Path, record_of: Callable[[str], Record], probes: Sequence[Lesson]) -> Record:
    """Writes layers and record, and puts them in their place only when both are there and compute what was trained."""
    with TemporaryDirectory(dir=file.parent) as name:
        aside = Path(name) / file.name
        write(reader, aside)
        record = record_of(sha256(aside))
        aside.with_suffix(".json").write_text(record.model_dump_json(indent=2) + "\n", encoding="utf-8")
        _compare(reader, feed, aside, probes)
        for made in (aside, aside.with_suffix(".json")):
            made.replace(file.parent / made.name)
    return record


def _train(
    reader: Any, feed: Feed, steps: Sequence[Sequence[Lesson]], recipe: ReaderRecipe, progress: Progress
) -> None:
    """Trains a reader and leaves it in its state for use."""
    import torch

    layers = [parameter for parameter in reader.model.parameters() if parameter.requires_grad]
    head = list(reader.head.parameters())
    rates = [recipe.learning_rate, recipe.head_rate]
    optimizer = torch.optim.AdamW([{"params": layers}, {"params": head}], lr=rates[0])
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rates, total_steps=len(steps) + 1, pct_start=0.05)
    reader.train()
    for number, step in enumerate(steps, start=1):
        texts, labels = zip(*step, strict=True)
        with mixed_precision():
            log_odds = reader(*feed(texts))
        of_none = torch.zeros(len(step), 1)
        loss = torch.nn.functional.cross_entropy(
            torch.cat([of_none, log_odds.float()], dim=1), torch.tensor(labels), label_smoothing=recipe.smoothing
        )
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_([*layers, *head], 1.0)
        optimizer.step()
        schedule.step()
        progress(number, len(steps), float(loss.detach()))
    reader.eval()


def _steps(lessons: Sequence[Lesson], size: int, chance: Random) -> list[Sequence[Lesson]]:
    """The steps of an epoch; texts of about one length together, for padding is work."""
    drawn = chance.sample(lessons, len(lessons))
    chunks = (drawn[start : start + 20 * size] for start in range(0, len(drawn), 20 * size))
    alike = [lesson for chunk in chunks for lesson in sorted(chunk, key=lambda lesson: sum(map(len, lesson.texts)))]
    steps = [alike[start : start + size] for start in range(0, len(alike), size)]
    return chance.sample(steps, len(steps))


def _compare(reader: Any, feed: Feed, file: Path, lessons: Sequence[Lesson]) -> None:
    import torch

    texts = [lesson.texts for lesson in lessons]
    with torch.no_grad():
        trained = reader(*feed(texts)).numpy()
    read = Layers(file, "").log_odds([each[0] if len(each) == 1 else each for each in texts])
    apart = float(abs(read - trained).max())
    if apart > MOST_APART:
        raise ModelError(f"What was written differs from what was trained by {apart:.2f}; install constraints.txt.")
