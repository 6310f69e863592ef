"""Public datasets: read, searched by every method, and answered out of, each context by itself."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from bot.chain import FaqChain
from bot.cli_retrieval import retrieval
from bot.settings import Settings
from evals.datasets import Reading, Search, load_dataset
from evals.errors import EvalError
from evals.passage_search import BM25, DENSE, LEXICAL, MEASURES, TITLE, TITLED, WHOLE, Found, find, fused, is_tuned_on
from evals.reading import Read, figures, read_all
from evals.vectors import kept_vectors
from index.embed import OnnxEmbeddings
from index.export import exported_folder
from index.weights import find_weights

FOCUSES = {
    "asthma": "It narrows the airways, and makes breathing hard.",
    "gout": "It comes from uric acid that forms crystals in a joint.",
    "migraine": "It is a strong headache, often with nausea.",
    "eczema": "It makes the skin dry and itchy.",
    "glaucoma": "It harms the nerve of the eye, often by high pressure.",
    "anemia": "It means too few red blood cells.",
}
PASSAGES = [{"kind": "passage", "doc_id": f"d-{f}", "text": text, "focus": f} for f, text in FOCUSES.items()]
QUERIES = [{"kind": "query", "question": f"What is {f}?", "gold_doc_ids": [f"d-{f}"]} for f in FOCUSES]

CONTEXT = (
    "The clinic was founded in 1911 by a surgeon.  Its garden holds forty apple trees.\n\n"
    "A visit takes about\nan hour. Parking is free for everyone on Sundays."
)
ABSENT: dict[str, Any] = {"context": CONTEXT, "question": "Who sells boats?", "answers": [], "unanswerable": True}


def asked(question: str, answer: str, **more: Any) -> dict[str, Any]:
    answers = [{"text": answer, "answer_start": CONTEXT.index(answer)}]
    return {"context": CONTEXT, "question": question, "answers": answers, "unanswerable": False} | more


PARKING = asked("When is parking free?", "on Sundays")
FOUNDED = asked("Who founded the clinic?", "a surgeon.  Its garden")
VISIT = asked("How long does a visit take?", "about\nan hour")


def write(path: Path, *records: Any) -> Path:
    text = "\n".join(record if isinstance(record, str) else json.dumps(record) for record in records)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


@pytest.fixture
def embeddings(chain: FaqChain) -> OnnxEmbeddings:
    return chain.retriever.embeddings


@pytest.fixture(scope="module")
def found(state: Path, tmp_path_factory: pytest.TempPathFactory) -> Found:
    folder = tmp_path_factory.mktemp("vectors")
    data = load_dataset(write(folder / "search.jsonl", *PASSAGES, *QUERIES))
    assert isinstance(data, Search)
    published = OnnxEmbeddings(exported_folder(state / "models", find_weights().sha256))
    return find(data, published, folder)


@pytest.mark.parametrize("name", ["d.jsonl", "d.jsonl.gz"])
def test_the_first_line_tells_which_kind_a_dataset_is(tmp_path: Path, name: str) -> None:
    search = load_dataset(write(tmp_path / name, {**PASSAGES[0], "licence": "CC0"}, "", *PASSAGES[1:], *QUERIES))
    assert isinstance(search, Search)
    assert (len(search.passages), len(search.queries)) == (len(PASSAGES), len(QUERIES))
    assert search.passages[0].titled == f"asthma\n{FOCUSES['asthma']}"
    reading = load_dataset(write(tmp_path / name, PARKING, ABSENT))
    assert isinstance(reading, list)
    assert [item.unanswerable for item in reading] == [False, True]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([], r"d\.jsonl: an empty file"),
        (["{"], r"d\.jsonl:1: not JSON"),
        (["[]"], r"d\.jsonl:1: field 'kind' .* or 'context' .* is missing"),
        ([PASSAGES[0], {**PASSAGES[1], "text": " "}, QUERIES[0]], r"d\.jsonl:2: field 'text'"),
        ([PASSAGES[0], {"kind": "riddle"}], r"d\.jsonl:2: .*'riddle'"),
        ([PASSAGES[0], PARKING], r"d\.jsonl:2: .*'kind'"),
        ([PASSAGES[0], {**QUERIES[0], "gold_doc_ids": []}], r"d\.jsonl:2: field 'gold_doc_ids'"),
        ([PASSAGES[0], QUERIES[1]], r"d\.jsonl:2: field 'gold_doc_ids': no passage"),
        ([PASSAGES[0]], r"d\.jsonl: field 'kind': no line is a query"),
        ([PARKING, {**PARKING, "question": None}], r"d\.jsonl:2: field 'question'"),
        ([{**PARKING, "answers": [{"text": "on Sundays"}]}], r"d\.jsonl:1: field 'answers\.0\.answer_start'"),
        ([{**PARKING, "answers": [{"text": "on Sundays", "answer_start": 3}]}], r"d\.jsonl:1: 'answers'.* at 3"),
        ([{**PARKING, "unanswerable": True}], r"d\.jsonl:1: 'answers' must be there unless 'unanswerable'"),
        ([{**ABSENT, "unanswerable": False}], r"d\.jsonl:1: 'answers' must be there unless 'unanswerable'"),
    ],
)
def test_a_malformed_dataset_is_told_by_file_line_and_field(tmp_path: Path, lines: list[Any], message: str) -> None:
    with pytest.raises(EvalError, match=message):
        load_dataset(write(tmp_path / "d.jsonl", *lines))


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "torn.jsonl.gz").write_bytes(gzip.compress(b"{}" * 99)[:-12])
    for name in ("none.jsonl", "torn.jsonl.gz"):
        with pytest.raises(EvalError, match=f"{name}: can't be read"):
            load_dataset(tmp_path / name)


def test_vectors_come_in_the_order_of_the_texts_and_are_kept(tmp_path: Path, embeddings: OnnxEmbeddings) -> None:
    texts = ["A rather long sentence about a joint that hurts in the morning.", "Gout", "A short one."]
    vectors = kept_vectors(texts, embeddings, tmp_path / "kept", lambda *_: None)
    assert vectors @ embeddings.encode(texts[1:2])[0] == pytest.approx(embeddings.encode(texts) @ vectors[1], abs=1e-5)
    assert np.argmax(vectors @ embeddings.encode(["Gout"])[0]) == 1
    (file,) = (tmp_path / "kept").iterdir()
    np.save(file, np.zeros_like(vectors))
    assert not kept_vectors(texts, embeddings, tmp_path / "kept", lambda *_: None).any()
    assert kept_vectors(texts[::-1], embeddings, tmp_path / "kept", lambda *_: None).any()


def test_a_title_finds_what_the_text_does_not_name(found: Found) -> None:
    assert found.rows[BM25][:, MEASURES.index("hit@1")].tolist() == [1.0] * len(QUERIES)
    assert found.rows[TITLED].tolist() == np.ones((len(QUERIES), len(MEASURES))).tolist()
    assert found.rows[TITLED].sum() >= found.rows[DENSE].sum()


def test_fusion_without_bm25_is_dense_search_and_its_weight_is_the_best_of_one_half(found: Found) -> None:
    for field in (WHOLE, TITLE):
        assert np.array_equal(found.rows[fused(0.0, field)], found.rows[TITLED])
    halves = [is_tuned_on(str(query["question"])) for query in QUERIES]
    assert found.tuned_on.tolist() == halves
    best = {weight: found.rows[fused(weight)][halves, 0].mean() for weight in LEXICAL}
    assert best[found.best()] == max(best.values())
    assert found.gain(TITLED, fused(0.0), ~found.tuned_on).p == 1.0


def test_a_document_stands_where_its_best_passage_does(tmp_path: Path, embeddings: OnnxEmbeddings) -> None:
    second = {**PASSAGES[1], "text": "Boats are sold at the harbour on market days.", "focus": "harbour"}
    data = load_dataset(write(tmp_path / "d.jsonl", *PASSAGES, second, *QUERIES))
    assert isinstance(data, Search)
    row = dict(zip(MEASURES, find(data, embeddings, tmp_path).rows[TITLED][1], strict=True))
    assert row["nDCG@10"] == row["hit@1"] == 1.0
    assert 0.5 < row["nDCG@10 of passages"] < 1.0


def test_one_half_of_the_queries_must_be_held_back(tmp_path: Path, embeddings: OnnxEmbeddings) -> None:
    data = load_dataset(write(tmp_path / "d.jsonl", *PASSAGES, QUERIES[0]))
    assert isinstance(data, Search)
    with pytest.raises(EvalError, match="too few to hold some back"):
        find(data, embeddings, tmp_path)


def test_an_answer_is_read_out_of_its_own_context(
    tmp_path: Path, settings: Settings, embeddings: OnnxEmbeddings
) -> None:
    boats = {**asked("x", "on Sundays"), "context": "Boats are sold here on Mondays.", "question": "Who sells boats?"}
    boats["answers"] = [{"text": "here", "answer_start": 15}]
    items = [Reading.model_validate(record) for record in (PARKING, boats, VISIT, FOUNDED, ABSENT)]
    own = settings.model_copy(update={"state": tmp_path})
    read = read_all(items, own, embeddings)
    parking, elsewhere, visit, founded, absent = read["as the product answers"]
    for one in (parking, elsewhere, visit):
        assert one.answerable
        assert one.first
        assert one.touches
        assert one.shown
    assert (founded.can_be, founded.first, founded.touches) == (False, False, True)
    assert (absent.answerable, absent.first, absent.shown) == (False, False, False)
    assert elsewhere.cosine > absent.cosine
    assert elsewhere.relevance > absent.relevance
    assert set(read) == {"as the product answers", "cosine of the sentence alone"}


def test_figures_leave_out_what_a_dataset_cannot_tell() -> None:
    right = Read(True, True, True, True, True, 0.9, 0.8)
    wrong = Read(True, False, True, False, False, 0.5, 0.6)
    absent = Read(False, False, False, False, False, 0.6, 0.1)
    without = figures([right, wrong])
    assert without["answer's sentence first"][0].value == 0.5
    assert "AUROC of the relevance" not in without
    taken = {name: (bounds.value, count) for name, (bounds, count) in figures([right, wrong, absent]).items()}
    assert taken["answer's sentence first"] == (0.5, 2)
    assert taken["first sentence at the answer's place"] == (1.0, 2)
    assert taken["AUROC of the relevance"] == (0.5, 3)
    assert taken["AUROC of the best cosine"] == (1.0, 3)
    assert taken["AURC"][0] == pytest.approx((0 + 1 / 2 + 2 / 3) / 3)


def test_the_command_prints_what_a_dataset_or_a_set_gave(
    tmp_path: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAQBOT_STATE", str(state))
    monkeypatch.setenv("COLUMNS", "200")
    app = typer.Typer()
    app.command()(retrieval)

    def said(*arguments: str) -> str:
        done = CliRunner().invoke(app, arguments)
        assert done.exception is None, done.output
        return done.output

    search = said("--dataset", str(write(tmp_path / "s.jsonl", *PASSAGES, *QUERIES)))
    assert f"{len(QUERIES)} queries, all of them" in search
    assert TITLED in search
    reading = said("--dataset", str(write(tmp_path / "r.jsonl", {**PARKING, "dataset": "A [b]"}, ABSENT)))
    assert "A [b]" in reading
    assert "answer's sentence first" in reading
    case = {"id": "a", "q": "What is SVF?", "kind": "answer", "facts": [["SVF"]], "split": "dev"}
    assert "facts of 1 questions in the first" in said("--set", str(write(tmp_path / "own.jsonl", case)))
    assert CliRunner().invoke(app, ["--split", "none"]).exit_code == 2


def test_the_shared_datasets_load(shared: Path) -> None:
    search = load_dataset(shared / "data" / "medquad_retrieval.jsonl.gz")
    reading = load_dataset(shared / "data" / "squad2_dev_sample.jsonl.gz")
    assert isinstance(search, Search)
    assert (len(search.passages), len(search.queries)) == (16000, 1000)
    assert isinstance(reading, list)
    assert sum(item.unanswerable for item in reading) == 320


@pytest.mark.slow
def test_the_product_finds_the_sentence_more_often_than_its_cosine_alone(
    shared: Path, tmp_path: Path, settings: Settings, embeddings: OnnxEmbeddings
) -> None:
    loaded = load_dataset(shared / "data" / "squad2_dev_sample.jsonl.gz")
    assert isinstance(loaded, list)
    contexts = list(dict.fromkeys(item.context for item in loaded))[:15]
    items = [item for item in loaded if item.context in contexts and not item.unanswerable]
    read = read_all(items, settings.model_copy(update={"state": tmp_path}), embeddings)
    product, cosine = (sum(one.first for one in each) for each in read.values())
    assert product > cosine
    assert product > 0.75 * len(items)
