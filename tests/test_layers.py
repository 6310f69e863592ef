"""Models that read texts whole, as they ship: of the published weights, small; torn, named with what mends them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.second_look import FILE as SECOND_LOOK
from bot.second_look import SecondLook
from index.entailment import FILE as ENTAILMENT
from index.entailment import Entailment
from index.errors import ModelError
from index.weights import find_weights

Model = Callable[[Path], Entailment | SecondLook]

SHIPPED: list[tuple[Model, Path, str, str]] = [
    (Entailment, ENTAILMENT, "CC BY 4.0", "faqbot train-entailment"),
    (SecondLook, SECOND_LOOK, "written for this project", "faqbot train-screen"),
]


@pytest.mark.parametrize(("model", "file", "source", "command"), SHIPPED)
def test_what_ships_belongs_to_the_published_weights_and_is_small(
    model: Model, file: Path, source: str, command: str
) -> None:
    record = model(file).record
    assert record.base_sha256 == find_weights().base_sha256, f"run: {command}"
    assert source in record.trained_on
    assert file.stat().st_size < 12_000_000


@pytest.mark.parametrize("end", [".onnx", ".json"])
@pytest.mark.parametrize(("model", "file", "source", "command"), SHIPPED)
def test_what_is_torn_or_missing_is_named_with_what_mends_it(
    model: Model, file: Path, source: str, command: str, end: str, tmp_path: Path
) -> None:
    for part in (file, file.with_suffix(".json")):
        shutil.copy(part, tmp_path)
    torn = (tmp_path / file.name).with_suffix(end)
    torn.write_bytes(torn.read_bytes()[:-40])
    with pytest.raises(ModelError, match=rf"{file.stem}\.onnx: .*run: {command}"):
        model(tmp_path / file.name)
    torn.unlink()
    with pytest.raises(ModelError, match=rf"{file.stem}\.onnx: .*run: {command}"):
        model(tmp_path / file.name)
