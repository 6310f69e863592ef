from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from shutil import copy

import numpy as np
import pytest
from langchain_core.embeddings import Embeddings

from index.embed import BATCH, OnnxEmbeddings, TorchEmbeddings, Vectors
from index.errors import ModelError
from index.export import MIN_COSINE, exported_folder, is_whole
from index.weights import PINNED_SHA256, Weights, find_weights, sha256

pytestmark = pytest.mark.slow

TEXTS = {
    "a word": "Hi",
    "a question": "Is stem cell therapy approved by the FDA?",
    "nothing": "",
    "white space": " \n\t ",
    "a thousand words": "mesenchymal cells calm the immune system " * 167,
    "one endless word": "x" * 3000,
    "accents and dashes": "Behçet’s disease — naïve T‑cells, 5 µm…",
    "other scripts": "干细胞 التهاب रीढ़ клетки",
    "emoji and joiners": "👩🏽‍🔬👍\u200b\u200d\ufeff",
    "control characters": "a\0b\x07\x1b[31mc",
    "combining marks": "e\u0301 Z\u0351\u036b\u0343a\u0328lgo",
    "a lone unknown character": "\U000e0001",
    "the model's own marks": "[CLS] [SEP] [PAD] [MASK] [UNK]",
}


@pytest.fixture(scope="module")
def exported(state: Path) -> OnnxEmbeddings:
    return OnnxEmbeddings(exported_folder(state / "models", find_weights().sha256))


@pytest.fixture(scope="module")
def original_rows() -> Vectors:
    return TorchEmbeddings(find_weights()).encode(list(TEXTS.values()))


@pytest.fixture(scope="module")
def rows(exported: OnnxEmbeddings) -> Vectors:
    return exported.encode(list(TEXTS.values()))


def test_the_weights_are_those_published_as_all_minilm_l6_v2() -> None:
    pinned = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
    assert find_weights().sha256 == PINNED_SHA256["all-MiniLM-L6-v2"] == pinned


@pytest.mark.parametrize("count", [1, 2, len(TEXTS)])
def test_the_export_agrees_with_the_original_in_batches_of_unequal_lengths(
    exported: OnnxEmbeddings, original_rows: Vectors, count: int
) -> None:
    texts = list(TEXTS.values())
    batches = [exported.encode(texts[start : start + count]) for start in range(0, len(texts), count)]
    cosines = (np.concatenate(batches) * original_rows).sum(axis=1)
    assert cosines.min() >= MIN_COSINE >= 0.9999, dict(zip(TEXTS, cosines, strict=True))


def test_a_text_has_the_same_vector_alone_and_in_a_batch(exported: OnnxEmbeddings, rows: Vectors) -> None:
    alone = np.concatenate([exported.encode([text]) for text in TEXTS.values()])
    np.testing.assert_allclose(alone, rows, atol=1e-5)


def test_rows_have_length_one(rows: Vectors) -> None:
    assert rows.shape == (len(TEXTS), 384)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1.0, atol=1e-6)


def test_more_texts_than_a_batch_keep_their_order(exported: OnnxEmbeddings) -> None:
    texts = [f"Answer number {number}" for number in range(2 * BATCH + 1)]
    backwards = exported.encode(texts[::-1])[::-1]
    np.testing.assert_allclose(exported.encode(texts), backwards, atol=1e-5)
    assert np.argmax(exported.encode([texts[BATCH]]) @ backwards.T) == BATCH


def test_no_texts_have_no_rows(exported: OnnxEmbeddings) -> None:
    assert exported.encode([]).shape == (0, 384)


def test_a_long_text_counts_up_to_the_limit_of_the_model(exported: OnnxEmbeddings) -> None:
    within = "cell " * (exported.record.max_tokens - 2)
    beyond = exported.encode([within, within + "bone " * 500, "bone " + within])
    np.testing.assert_allclose(beyond[0], beyond[1], atol=1e-6)
    assert beyond[0] @ beyond[2] < 0.9999


def test_langchain_gets_the_same_vectors(exported: OnnxEmbeddings) -> None:
    assert isinstance(exported, Embeddings)
    texts = [TEXTS["a question"], TEXTS["a word"]]
    documents = exported.embed_documents(texts)
    assert documents == [row.tolist() for row in exported.encode(texts)]
    assert exported.embed_query(texts[0]) == exported.encode(texts[:1])[0].tolist()
    assert {type(number) for row in documents for number in row} == {float}


def test_one_thread_gives_the_same_vectors_as_all(exported: OnnxEmbeddings, state: Path, rows: Vectors) -> None:
    single = OnnxEmbeddings(exported_folder(state / "models", find_weights().sha256), threads=1)
    np.testing.assert_allclose(single.encode(list(TEXTS.values())[:2]), rows[:2], atol=1e-5)


def test_the_record_names_the_weights_and_the_file_it_describes(state: Path, exported: OnnxEmbeddings) -> None:
    file = exported_folder(state / "models", find_weights().sha256) / "model.onnx"
    assert exported.record.weights_sha256 == find_weights().sha256
    assert exported.record.onnx_sha256 == sha256(file)
    assert (exported.record.dimension, exported.record.max_tokens) == (384, 256)


def test_an_altered_model_is_refused(state: Path, tmp_path: Path) -> None:
    for name in ["model.json", "tokenizer.json"]:
        copy(exported_folder(state / "models", find_weights().sha256) / name, tmp_path)
    (tmp_path / "model.onnx").write_bytes(b"other bytes")
    with pytest.raises(ModelError) as caught:
        OnnxEmbeddings(tmp_path)
    message = str(caught.value)
    assert message == f"{tmp_path / 'model.onnx'}: not the file that was exported; run: faqbot build"


def nothing(_: Path) -> None:
    return None


def write(name: str, content: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_text(content, encoding="utf-8")


@pytest.mark.parametrize(
    "prepare",
    [
        pytest.param(Path.rmdir, id="no folder"),
        pytest.param(nothing, id="an empty folder"),
        pytest.param(write("model.json", "{"), id="a torn record"),
        pytest.param(write("model.json", '{"model": "other"}'), id="a record without digests"),
        pytest.param(write("model.json", "\ud7ff\0"), id="no record"),
    ],
)
def test_a_folder_without_an_exported_model_is_an_error_that_says_how_to_mend(
    tmp_path: Path, prepare: Callable[[Path], object]
) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    prepare(folder)
    with pytest.raises(ModelError) as caught:
        OnnxEmbeddings(folder)
    assert str(caught.value).startswith(f"{folder}: no exported model")
    assert str(caught.value).endswith("run: faqbot build")


@pytest.mark.parametrize("name", ["model.safetensors", "pytorch_model.bin"])
def test_a_folder_with_weights_is_a_model_of_its_own(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"abc")
    digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert find_weights(str(tmp_path)) == Weights(str(tmp_path), tmp_path, digest)


def test_a_folder_without_weights_is_an_error_that_names_the_files_and_the_setting(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ModelError) as caught:
        find_weights(str(tmp_path))
    message = str(caught.value)
    assert message.startswith(f"{tmp_path}: no model.safetensors or pytorch_model.bin there")
    assert "FAQBOT_EMBEDDING_MODEL" in message


@pytest.mark.parametrize("model", ["all-MiniLM-L6-v3", "nobody/no-such-model", "no/such/folder", "bad name!"])
def test_an_unknown_model_is_an_error_that_names_it(model: str) -> None:
    with pytest.raises(ModelError) as caught:
        find_weights(model)
    assert str(caught.value).startswith(f"FAQBOT_EMBEDDING_MODEL={model}: neither a folder nor a model")


@pytest.mark.parametrize("missing", ["model.onnx", "model.json", "tokenizer.json", None])
def test_an_export_is_whole_only_with_all_its_files(state: Path, tmp_path: Path, missing: str | None) -> None:
    whole = exported_folder(state / "models", find_weights().sha256)
    for file in whole.iterdir():
        if file.name != missing:
            (tmp_path / file.name).symlink_to(file.absolute())
    assert is_whole(tmp_path) == (missing is None)
