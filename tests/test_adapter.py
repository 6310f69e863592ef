"""The adapter: found where it belongs, refused when torn, and trained so that what means alike comes near."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from shutil import copytree

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from corpus.digest import ADAPTER, corpus_digest
from corpus.load import PACKAGED_CORPUS
from index.adapter import CONFIG, RECORD, WEIGHTS, adapter_sha256, find_adapter, mean, read_record
from index.embed import TorchEmbeddings
from index.errors import ModelError
from index.sampling import Group
from index.train import Recipe, train
from index.weights import find_weights


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    copytree(PACKAGED_CORPUS / ADAPTER, tmp_path / ADAPTER)
    return tmp_path


def test_the_packaged_adapter_belongs_to_the_published_weights_and_is_small() -> None:
    weights = find_weights(corpus=PACKAGED_CORPUS)
    assert weights.adapter == PACKAGED_CORPUS / ADAPTER
    assert weights.sha256 != weights.base_sha256 == find_weights().sha256
    assert sum(file.stat().st_size for file in weights.adapter.iterdir()) < 25_000_000
    assert "written for this project" in read_record(weights.adapter).trained_on


def test_a_corpus_without_an_adapter_and_other_weights_have_none(corpus: Path, tmp_path: Path) -> None:
    assert find_adapter(corpus, "0" * 64) is None
    assert find_adapter(tmp_path / "elsewhere", find_weights().base_sha256) is None


@pytest.mark.parametrize("name", [RECORD, WEIGHTS])
def test_a_torn_adapter_is_named_with_what_mends_it(corpus: Path, name: str) -> None:
    file = corpus / ADAPTER / name
    file.write_bytes(file.read_bytes()[:-40])
    with pytest.raises(ModelError, match=rf"{ADAPTER}.*faqbot train"):
        find_adapter(corpus, find_weights().base_sha256)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::FutureWarning")  # transformers' own, of a property that PEFT looks at
def test_what_is_trained_to_mean_alike_comes_near_and_of_one_seed_the_same_comes(tmp_path: Path) -> None:
    fruit = ("Where do apples grow?", "Which tree bears apples?", "apples come from where")
    metal = ("What melts iron?", "How hot must iron be to melt?", "iron melting how")
    groups = [
        Group("covered", frozenset({"fruit"}), fruit, ("What do apples cost?",)),
        Group("covered", frozenset({"metal"}), metal, ("Who sells iron?",)),
    ]
    recipe = Recipe(epochs=40, groups_a_step=4)
    weights, steps = find_weights(), []
    for name in ("a", "b"):
        train(weights, groups, tmp_path / name, "a test", recipe, lambda step, total, loss: steps.append((step, total)))
    assert (tmp_path / "a" / WEIGHTS).read_bytes() == (tmp_path / "b" / WEIGHTS).read_bytes()
    assert steps[-1][0] == steps[-1][1] > 0
    before, after = (
        TorchEmbeddings(of).encode([fruit[0], fruit[2], groups[0].near_misses[0]])
        for of in (weights, replace(weights, adapter=tmp_path / "a"))
    )
    assert np.allclose(np.linalg.norm(after, axis=1), 1, atol=1e-5)
    lead = [rows[0] @ rows[1] - rows[0] @ rows[2] for rows in (before, after)]
    assert lead[1] > lead[0]


def test_a_changed_adapter_makes_an_index_stale(corpus: Path) -> None:
    (corpus / "a.md").write_text("---\nid: a\ntitle: A\ntier: study\n---\n\nOne.\n", encoding="utf-8")
    before = corpus_digest(corpus)
    (corpus / ADAPTER / RECORD).write_text("{}", encoding="utf-8")
    assert corpus_digest(corpus) != before


def test_the_mean_adds_to_the_weights_half_of_what_each_adds(tmp_path: Path) -> None:
    own = PACKAGED_CORPUS / ADAPTER
    other = tmp_path / "other"
    copytree(own, other)
    factors = {name: -3 * factor if "lora_B" in name else factor for name, factor in load_file(own / WEIGHTS).items()}
    save_file(factors, other / WEIGHTS, metadata={"format": "pt"})
    with pytest.raises(ModelError, match="not the adapter that was trained"):
        mean([own, other], tmp_path / ADAPTER)
    changed = read_record(other).model_copy(update={"adapter_sha256": adapter_sha256(other)})
    (other / RECORD).write_text(changed.model_dump_json(), encoding="utf-8")
    record = mean([own, other], tmp_path / ADAPTER)
    assert record == read_record(tmp_path / ADAPTER)
    assert record.mean_of == (adapter_sha256(own), adapter_sha256(other))
    assert find_adapter(tmp_path, record.base_sha256) == tmp_path / ADAPTER
    added, mean_added = adds(own), adds(tmp_path / ADAPTER)
    for name, by_one in added.items():
        np.testing.assert_allclose(mean_added[name], -by_one, atol=2e-3)  # (1 - 3) / 2 of it


def test_adapters_of_different_weights_have_no_mean(corpus: Path, tmp_path: Path) -> None:
    other = corpus / ADAPTER / RECORD
    other.write_text(other.read_text(encoding="utf-8").replace(find_weights().base_sha256, "0" * 64), encoding="utf-8")
    with pytest.raises(ModelError, match="of different weights; train them anew by: faqbot train"):
        mean([PACKAGED_CORPUS / ADAPTER, corpus / ADAPTER], tmp_path / "mean")


def adds(folder: Path) -> dict[str, np.ndarray]:
    """What an adapter adds to each matrix of the weights."""
    factors = {name: factor.astype(np.float32) for name, factor in load_file(folder / WEIGHTS).items()}
    config = json.loads((folder / CONFIG).read_bytes())
    scale = config["lora_alpha"] / config["r"]
    names = [name for name in factors if "lora_B" in name]
    return {name: scale * factors[name] @ factors[name.replace("lora_B", "lora_A")] for name in names}
