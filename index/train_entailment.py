"""Trains the model that reads a passage and a sentence together, and writes its layers in 8 bits."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from index.entailment import FILE, INPUTS, MAX_TOKENS, OUTPUT, Entailment, Record
from index.errors import ModelError
from index.train import Progress
from index.weights import Weights, sha256

MOST_APART = 0.3
"""The log odds of the layers in 8 bits and of those that were trained differ at most so much, or nothing is kept."""

_PROBES = 40
_HEAD = 128


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
        ModelError: What was written differs from what was trained.
    """
    import torch
    from transformers import AutoTokenizer

    torch.manual_seed(recipe.seed)
    tokenizer = AutoTokenizer.from_pretrained(str(weights.folder), local_files_only=True)
    reader = _reader(weights.folder)
    batches = _batches(lessons, recipe)
    layers = [parameter for parameter in reader.model.parameters() if parameter.requires_grad]
    head = list(reader.head.parameters())
    rates = [recipe.learning_rate, recipe.head_rate]
    optimizer = torch.optim.AdamW([{"params": layers}, {"params": head}], lr=rates[0])
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rates, total_steps=len(batches) + 1, pct_start=0.05)
    reader.train()
    for step, batch in enumerate(batches, start=1):
        entailed = torch.tensor([float(pair.entailed) for pair in batch])
        with torch.autocast("cpu", dtype=torch.bfloat16):
            log_odds = reader(*_read(tokenizer, reader, batch))
        targets = entailed * (1 - 2 * recipe.smoothing) + recipe.smoothing
        loss = torch.nn.functional.binary_cross_entropy_with_logits(log_odds.float(), targets)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_([*layers, *head], 1.0)
        optimizer.step()
        schedule.step()
        progress(step, len(batches), float(loss.detach()))
    reader.eval()
    _export(reader, file)
    record = Record(
        base_sha256=weights.base_sha256,
        onnx_sha256=sha256(file),
        trained_on=lessons.source,
        pairs=len(lessons.pairs),
        epochs=recipe.epochs,
        seed=recipe.seed,
    )
    file.with_suffix(".json").write_text(record.model_dump_json(indent=2) + "\n", encoding="utf-8")
    _compare(reader, tokenizer, Entailment(file), lessons.pairs[:_PROBES])
    return record


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


def _reader(base: Path) -> Any:
    """The model over the weights of a folder, whose head is still to be trained; its word vectors stay as they are."""
    import torch
    from transformers import AutoModel

    class Reader(torch.nn.Module):
        """From the word vectors of a pair's tokens to its log odds, (pairs,)."""

        def __init__(self) -> None:
            super().__init__()
            self.model = AutoModel.from_pretrained(str(base), local_files_only=True)
            self.model.embeddings.word_embeddings.weight.requires_grad = False
            self.head = torch.nn.Sequential(
                torch.nn.Dropout(0.1),
                torch.nn.Linear(4 * self.model.config.hidden_size, _HEAD),
                torch.nn.Tanh(),
                torch.nn.Dropout(0.1),
                torch.nn.Linear(_HEAD, 1),
            )

        def forward(
            self, words: torch.Tensor, attention_mask: torch.Tensor, token_type_ids: torch.Tensor
        ) -> torch.Tensor:
            tokens = self.model(
                inputs_embeds=words, attention_mask=attention_mask, token_type_ids=token_type_ids
            ).last_hidden_state.float()
            of_second = (attention_mask * token_type_ids).unsqueeze(-1).float()
            first = _mean(tokens, (attention_mask * (1 - token_type_ids)).unsqueeze(-1).float())
            second = _mean(tokens, of_second)
            most = (tokens - 1e4 * (1 - of_second)).amax(dim=1)
            scores: torch.Tensor = self.head(torch.cat([tokens[:, 0], first - second, second, most], dim=1)).squeeze(-1)
            return scores

    def _mean(tokens: torch.Tensor, chosen: torch.Tensor) -> torch.Tensor:
        return (tokens * chosen).sum(dim=1) / chosen.sum(dim=1)

    return Reader()


def _read(tokenizer: Any, reader: Any, pairs: Sequence[Pair]) -> tuple[Any, Any, Any]:
    """Pairs as the model is fed with them."""
    texts = [[pair.passage for pair in pairs], [pair.sentence for pair in pairs]]
    read = tokenizer(*texts, padding=True, truncation="only_first", max_length=MAX_TOKENS, return_tensors="pt")
    words = reader.model.embeddings.word_embeddings(read["input_ids"])
    return words, read["attention_mask"], read["token_type_ids"]


def _export(reader: Any, file: Path) -> None:
    import onnx
    import torch

    width = reader.model.config.hidden_size
    types = torch.zeros(3, 11, dtype=torch.long)
    types[:, 6:] = 1
    shape = {0: torch.export.Dim("batch", min=1, max=4096), 1: torch.export.Dim("tokens", min=2, max=512)}
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            reader,
            (torch.zeros(3, 11, width), torch.ones_like(types), types),
            dynamo=True,
            verbose=False,
            input_names=list(INPUTS),
            output_names=[OUTPUT],
            dynamic_shapes=(shape, shape, shape),
        )
    if program is None:
        raise ModelError("torch exported no model; check that onnx and onnxscript fit this torch (constraints.txt).")
    model = program.model_proto
    _in_8_bits(model.graph)
    onnx.save(model, str(file))


def _in_8_bits(graph: Any) -> None:
    """Keeps each matrix as 8-bit integers with a scale for each column, made floats again as the model loads.

    A quarter of the size, and what is computed stays in floats: the same on every machine, which 8-bit products aren't.
    """
    import numpy as np
    from onnx import helper, numpy_helper

    for initializer in list(graph.initializer):
        matrix = numpy_helper.to_array(initializer)
        if matrix.ndim != 2 or matrix.dtype != np.float32:
            continue
        scale = np.maximum(np.abs(matrix).max(axis=0), 1e-9) / 127
        whole = np.rint(matrix / scale).astype(np.int8)
        name = initializer.name
        graph.initializer.remove(initializer)
        graph.initializer.extend(
            [
                numpy_helper.from_array(whole, f"{name}_8"),
                numpy_helper.from_array(scale.astype(np.float32), f"{name}_s"),
            ]
        )
        graph.node.insert(0, helper.make_node("DequantizeLinear", [f"{name}_8", f"{name}_s"], [name], axis=1))


def _compare(reader: Any, tokenizer: Any, exported: Entailment, pairs: Sequence[Pair]) -> None:
    import torch

    with torch.no_grad():
        trained = reader(*_read(tokenizer, reader, pairs)).numpy()
    apart = float(abs(exported.log_odds([pair[:2] for pair in pairs]) - trained).max())
    if apart > MOST_APART:
        raise ModelError(f"What was written differs from what was trained by {apart:.2f}; install constraints.txt.")
