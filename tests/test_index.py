from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import chdir, closing
from dataclasses import dataclass, replace
from pathlib import Path
from shutil import copytree, rmtree

import filelock
import numpy as np
import onnx
import pytest
from torture_build import Torture

from corpus.digest import corpus_digest
from corpus.load import PACKAGED_CORPUS
from corpus.split import MAX_WORDS
from index.build import Built, Steps, build
from index.current import check_current, current_store, open_current
from index.embed import Encoded, ExportedModel, OnnxEmbeddings
from index.errors import IndexingError, ModelError, NotReadyError
from index.export import exported_folder, is_whole
from index.lexical import words
from index.retrieve import HybridRetriever
from index.store import Store
from index.units import UnitKind
from index.weights import find_weights, sha256

FRONT = "---\nid: {0}\ntitle: Your {0}\ntier: article\n---\n\n"
HOURS = "The clinic opens at eight. It is closed on Sunday.\n"
CELLS = (
    "## Signals\n\nCells send signals to other cells.\n\n## Limits\n\nNot everyone gets better. Studies are small.\n"
)
EXPECTED = """
- sentences: [The clinic opens at eight.]
  questions: ["When do you open?", "What are your hours?"]
- sentences: [Not everyone gets better., Studies are small.]
  questions: ["Does it always work?"]
- sentences: [Studies are small., Nobody wrote this sentence.]
  questions: ["How large are the studies?"]
"""


class Recording(OnnxEmbeddings):
    """Keeps the texts that it was asked to embed."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.texts: list[str] = []

    def encode_words(self, texts: Sequence[str]) -> list[Encoded]:
        self.texts += texts
        return super().encode_words(texts)


class Deaf(OnnxEmbeddings):
    """Vectors that have nothing to do with the texts."""

    def encode_words(self, texts: Sequence[str]) -> list[Encoded]:
        heard = super().encode_words(texts)
        return [replace(own, vector=np.roll(other.vector, 1)) for own, other in zip(heard, heard[::-1], strict=True)]


@dataclass
class Place:
    """A corpus and its state, in a folder of their own."""

    folder: Path

    @property
    def corpus(self) -> Path:
        return self.folder / "corpus"

    @property
    def state(self) -> Path:
        return self.folder / "state"

    @property
    def root(self) -> Path:
        return self.state / "index"

    def write(self, name: str, text: str) -> None:
        (self.corpus / f"{name}.md").write_text(FRONT.format(name) + text, encoding="utf-8")

    def build(
        self, embeddings: type[OnnxEmbeddings] = OnnxEmbeddings, passage_words: int = MAX_WORDS
    ) -> tuple[Built, OnnxEmbeddings]:
        opened = embeddings(exported_folder(self.state / "models", find_weights().sha256))
        steps = Steps(open_model=lambda _: opened)
        return build(self.corpus, self.state, steps=steps, passage_words=passage_words), opened

    def answer(self, question: str) -> str:
        with Store(check_current(self.corpus, self.state)) as store:
            embeddings = OnnxEmbeddings(exported_folder(self.state / "models", store.manifest.model_digest))
            return HybridRetriever(store=store, embeddings=embeddings).hits(question)[0].sentence.text

    def copy(self, to: Path) -> Place:
        return Place(copytree(self.folder, to, symlinks=True, dirs_exist_ok=True))


@pytest.fixture(scope="module")
def first(state: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Place, Built]:
    """Two documents and their questions, built from nothing; not to be changed."""
    place = Place(tmp_path_factory.mktemp("first"))
    (place.corpus / "questions").mkdir(parents=True)
    place.write("hours", HOURS)
    place.write("cells", CELLS)
    (place.corpus / "questions" / "a.yaml").write_text(EXPECTED, encoding="utf-8")
    place.state.mkdir()
    (place.state / "models").symlink_to((state / "models").absolute())
    return place, place.build()[0]


@pytest.fixture
def place(first: tuple[Place, Built], tmp_path: Path) -> Place:
    return first[0].copy(tmp_path / "copy")


@pytest.fixture(scope="module")
def changed(
    first: tuple[Place, Built], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Place, Built, OnnxEmbeddings]:
    """The first place after one sentence changed, with the leavings of killed builds in it before the build."""
    place = first[0].copy(tmp_path_factory.mktemp("changed"))
    place.write("cells", CELLS.replace("Studies are small.", "Studies run for a year."))
    (place.root / ".building-abc" / "chroma").mkdir(parents=True)
    (place.root / "20200101T000000-aaaaaaaa-bbbb").mkdir()
    return place, *place.build(Recording)


@pytest.fixture(scope="module")
def shrunk(
    changed: tuple[Place, Built, OnnxEmbeddings], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Place, Built]:
    """The changed place after a document was deleted, built where a file named like our package lies."""
    place = changed[0].copy(tmp_path_factory.mktemp("shrunk"))
    (place.corpus / "hours.md").unlink()
    (place.folder / "index.py").write_text("from pathlib import Path\nPath('was_run').touch()\n")
    with chdir(place.folder):
        return place, place.build()[0]


def stores(place: Place) -> set[str]:
    return {path.name for path in place.root.iterdir() if path.is_dir()}


def unit_texts(folder: Path) -> set[str]:
    with Store(folder) as store:
        return {unit.text for unit in store.units.values()}


def test_a_first_build_embeds_everything_and_counts_it(first: tuple[Place, Built]) -> None:
    place, built = first
    counted = (built.manifest.documents, built.manifest.passages, built.manifest.sentences, built.manifest.questions)
    assert counted == (2, 3, 5, 3)
    assert (built.embedded, built.reused) == (3 + 5 + 3, 0)
    with Store(check_current(place.corpus, place.state)) as store:
        assert store.manifest == built.manifest
        assert len(store.vectors([*store.units])) == len(store.units) == 11


def test_a_manifest_names_what_the_index_was_built_from(first: tuple[Place, Built]) -> None:
    place, built = first
    assert built.manifest.corpus_digest == corpus_digest(place.corpus)
    assert (built.manifest.model, built.manifest.model_digest) == ("all-MiniLM-L6-v2", find_weights().sha256)
    assert {"chromadb", "bm25s", "sentence-transformers", "torch"} <= built.manifest.versions.keys()


def test_expected_questions_without_their_sentence_are_left_out_and_reported(first: tuple[Place, Built]) -> None:
    place, built = first
    assert built.orphans == ("Nobody wrote this sentence.",)
    assert "How large are the studies?" not in unit_texts(current_store(place.state))


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("When do you open?", "The clinic opens at eight."),
        ("Are you closed on Sundays?", "It is closed on Sunday."),
        ("What do cells send?", "Cells send signals to other cells."),
    ],
)
def test_a_built_index_answers(first: tuple[Place, Built], question: str, answer: str) -> None:
    assert first[0].answer(question) == answer


def test_a_store_looks_up_passages_places_and_vectors(first: tuple[Place, Built]) -> None:
    with Store(current_store(first[0].state)) as store:
        assert [store.passage(passage.id) for passage in store.passages] == store.passages
        assert store.passage("no such id") is None
        assert [store.place(number) for number in range(5)] == [(0, 0), (1, 0), (1, 1), (2, 0), (2, 1)]
        assert [store.number(store.place(number)) for number in range(5)] == [*range(5)]
        assert store.vectors([]) == store.vectors(["no such id"]) == {}
        assert {"signals", "sunday", "hours"} <= store.vocabulary


def test_a_store_has_the_words_of_all_that_is_said_at_a_sentence(first: tuple[Place, Built]) -> None:
    with Store(current_store(first[0].state)) as store:
        said = [store.units[unit] for unit in store.said_at((2, 0))]
        texts = [unit.text for unit in said]
        assert texts == ["The clinic opens at eight.", "When do you open?", "What are your hours?"]
        for unit in store.units.values():
            count = 0 if unit.kind is UnitKind.PASSAGE else len(words(unit.text))
            assert store.word_vectors([unit.id]).shape == (count, 384)
        assert len(store.word_vectors(unit.id for unit in said)) == sum(len(words(text)) for text in texts) == 13


def test_an_unchanged_corpus_loads_no_model_and_keeps_the_store(place: Place, first: tuple[Place, Built]) -> None:
    def refuse(_: Path) -> OnnxEmbeddings:
        raise AssertionError("the model was loaded")

    (place.root / ".building-abc").mkdir()
    before = current_store(place.state)
    built = build(place.corpus, place.state, steps=Steps(open_model=refuse))
    assert (built.embedded, built.reused, built.manifest) == (0, 11, first[1].manifest)
    assert current_store(place.state) == before
    assert stores(place) == {before.name}


def test_a_vector_that_a_store_of_another_version_has_by_another_name_is_made_anew(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened(state: Path) -> Store | None:
        if old := open_current(state):
            old.units = {id_: unit for id_, unit in old.units.items() if unit.text != "When do you open?"}
        return old

    monkeypatch.setattr("index.build.open_current", opened)
    place.write("hours", f"{HOURS}Bring your card.\n")
    _, embeddings = place.build(Recording)
    assert isinstance(embeddings, Recording)
    assert "When do you open?" in embeddings.texts
    assert place.answer("When do you open?") == "The clinic opens at eight."


def test_an_older_export_without_the_vectors_of_words_is_not_whole(place: Place) -> None:
    models = place.state / "models"
    older = exported_folder(copytree(models.resolve(), place.folder / "older"), find_weights().sha256)
    graph = onnx.load(older / "model.onnx")
    del graph.graph.output[1:]
    onnx.save(graph, older / "model.onnx")
    record = ExportedModel.model_validate_json((older / "model.json").read_bytes())
    same = record.model_copy(update={"onnx_sha256": sha256(older / "model.onnx")})
    (older / "model.json").write_text(same.model_dump_json(), encoding="utf-8")
    models.unlink()
    (place.folder / "older").rename(models)
    with pytest.raises(ModelError, match=r"model\.onnx: exported by another version of faqbot; run: faqbot build$"):
        place.answer("When do you open?")
    assert not is_whole(exported_folder(models, find_weights().sha256))  # and so a build exports it anew


def test_one_changed_sentence_embeds_only_the_units_that_hold_it(
    changed: tuple[Place, Built, OnnxEmbeddings],
) -> None:
    _, built, embeddings = changed
    assert isinstance(embeddings, Recording)
    assert sorted(embeddings.texts) == [
        "Limits\nStudies run for a year.",
        "Your cells\nLimits\nNot everyone gets better. Studies run for a year.",
    ]
    assert (built.embedded, built.reused) == (2, 8)
    assert set(built.orphans) == {"Studies are small.", "Nobody wrote this sentence."}


def test_units_that_did_not_change_keep_their_vectors(
    first: tuple[Place, Built], changed: tuple[Place, Built, OnnxEmbeddings]
) -> None:
    with Store(current_store(first[0].state)) as old, Store(current_store(changed[0].state)) as new:
        kept = old.units.keys() & new.units.keys()
        before, after = old.vectors([*kept]), new.vectors([*kept])
        by_words = [(old.word_vectors([unit]), new.word_vectors([unit])) for unit in kept]
    assert len(kept) == 8
    for unit in kept:
        np.testing.assert_allclose(before[unit], after[unit], atol=1e-6)
    for rows, rows_after in by_words:
        np.testing.assert_array_equal(rows, rows_after)


def test_a_changed_index_answers_from_the_new_documents_only(
    changed: tuple[Place, Built, OnnxEmbeddings],
) -> None:
    assert changed[0].answer("How long are the studies?") == "Studies run for a year."
    assert not any("Studies are small." in text for text in unit_texts(current_store(changed[0].state)))


def test_a_build_keeps_the_store_before_and_sweeps_what_killed_builds_left(
    first: tuple[Place, Built], changed: tuple[Place, Built, OnnxEmbeddings]
) -> None:
    before, now = current_store(first[0].state).name, current_store(changed[0].state).name
    assert before != now
    assert stores(changed[0]) == {before, now}


def test_a_deleted_document_is_gone_from_the_index(shrunk: tuple[Place, Built]) -> None:
    place, built = shrunk
    assert (built.manifest.documents, built.embedded) == (1, 0)
    assert not any("clinic" in text or "open" in text for text in unit_texts(current_store(place.state)))
    assert place.answer("When do you open?") != "The clinic opens at eight."


def test_a_build_removes_the_store_before_the_one_before(
    first: tuple[Place, Built], changed: tuple[Place, Built, OnnxEmbeddings], shrunk: tuple[Place, Built]
) -> None:
    assert stores(shrunk[0]) == {current_store(place.state).name for place in (changed[0], shrunk[0])}


def test_a_file_named_like_our_package_in_the_current_folder_is_not_run(shrunk: tuple[Place, Built]) -> None:
    assert not (shrunk[0].folder / "was_run").exists()


@pytest.mark.slow
def test_a_new_store_that_fails_its_check_does_not_replace_the_old_one(place: Place) -> None:
    before = current_store(place.state)
    place.write("hours", "The clinic opens at nine. Bring your card. Parking is free.\n")
    with pytest.raises(IndexingError, match=r"does not find itself.*the old one stays\. Run: faqbot build"):
        place.build(Deaf)
    assert current_store(place.state) == before
    with Store(before) as store:
        assert store.passages[-1].text == HOURS.strip()


def test_an_index_that_nothing_could_be_prepared_for_does_not_replace_the_old_one(place: Place) -> None:
    before, prepared = current_store(place.state), []

    def prepare(folder: Path) -> None:
        with Store(folder) as store:
            prepared.append(store.passages[-1].text)
        raise OSError("no space left")

    place.write("hours", "The clinic opens at nine.\n")
    with pytest.raises(IndexingError, match="no space left"):
        build(place.corpus, place.state, steps=Steps(prepare=prepare))
    assert prepared == ["The clinic opens at nine."]
    assert current_store(place.state) == before


def test_a_changed_corpus_makes_the_index_stale(place: Place) -> None:
    place.write("hours", HOURS + "\nMore.\n")
    with pytest.raises(NotReadyError, match=r"stale, the documents in .*corpus have changed.*run: faqbot build$"):
        check_current(place.corpus, place.state)


def test_another_recipe_makes_the_index_stale(place: Place, first: tuple[Place, Built]) -> None:
    other = first[1].manifest.model_copy(update={"recipe": "other"})
    (current_store(place.state) / "manifest.json").write_text(other.model_dump_json(), encoding="utf-8")
    with pytest.raises(NotReadyError, match=r"stale, built by another version of faqbot or .*; run: faqbot build$"):
        check_current(place.corpus, place.state)


@pytest.mark.slow
def test_an_index_of_passages_of_another_size_is_stale_until_it_is_built_so(place: Place) -> None:
    (place.corpus / "hours.md").write_text(FRONT.format("hours") + "We open at nine. " * 20, encoding="utf-8")
    place.build()
    with pytest.raises(NotReadyError, match=r"stale, .*passages of another size; run: faqbot build$"):
        check_current(place.corpus, place.state, passage_words=20)
    place.build(passage_words=20)
    with Store(check_current(place.corpus, place.state, passage_words=20)) as store:
        assert max(len(passage.text.split()) for passage in store.passages) == 20


def test_another_model_makes_the_index_foreign(place: Place) -> None:
    with pytest.raises(NotReadyError, match=r"foreign, built with all-MiniLM-L6-v2 and not other; run: faqbot build$"):
        check_current(place.corpus, place.state, "other")


@pytest.mark.parametrize("current", [None, b"", b"20200101T000000-gone", b"\xff\xfe"])
def test_no_index_is_an_error_that_says_how_to_build_one(tmp_path: Path, current: bytes | None) -> None:
    if current is not None:
        (tmp_path / "index").mkdir()
        (tmp_path / "index" / "CURRENT").write_bytes(current)
    with pytest.raises(NotReadyError, match=r"run: faqbot build$"):
        check_current(PACKAGED_CORPUS, tmp_path)
    assert open_current(tmp_path) is None


def test_a_state_that_is_a_file_holds_no_index(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")
    with pytest.raises(NotReadyError, match=r"run: faqbot build$"):
        check_current(PACKAGED_CORPUS, tmp_path / "state")


def cut(name: str, size: int) -> Callable[[Path], object]:
    def tear(store: Path) -> None:
        with (store / name).open("r+b") as file:
            file.truncate(size)

    return tear


def fill(name: str, content: bytes) -> Callable[[Path], object]:
    return lambda store: (store / name).write_bytes(content)


def remove(name: str) -> Callable[[Path], object]:
    return lambda store: (store / name).unlink()


TORN = [
    pytest.param(cut("chroma/chroma.sqlite3", 0), id="vectors emptied"),
    pytest.param(cut("chroma/chroma.sqlite3", 20_000), id="vectors cut"),
    pytest.param(fill("chroma/chroma.sqlite3", b"garbage" * 9000), id="vectors overwritten"),
    pytest.param(remove("chroma/chroma.sqlite3"), id="vectors gone"),
    pytest.param(lambda store: rmtree(store / "chroma"), id="folder of vectors gone"),
    pytest.param(remove("manifest.json"), id="manifest gone"),
    pytest.param(cut("manifest.json", 100), id="manifest cut"),
    pytest.param(fill("manifest.json", b"{}"), id="manifest empty"),
    pytest.param(fill("passages.json", b"\xff garbage"), id="passages overwritten"),
    pytest.param(cut("passages.json", 100), id="passages cut"),
    pytest.param(cut("units.json", 100), id="units cut"),
    pytest.param(fill("units.json", b"[]"), id="units without vectors"),
    pytest.param(cut("bm25/data.csc.index.npy", 10), id="terms cut"),
    pytest.param(lambda store: rmtree(store / "bm25"), id="terms gone"),
    pytest.param(cut("words.npy", 1000), id="vectors of words cut"),
    pytest.param(remove("words.npy"), id="vectors of words gone"),
    pytest.param(cut("starts.npy", 20), id="starts of words cut"),
]


@pytest.mark.parametrize("tear", TORN)
def test_a_torn_store_is_an_error_that_names_it_and_says_how_to_mend(
    place: Place, tear: Callable[[Path], object]
) -> None:
    folder = current_store(place.state)
    tear(folder)
    with pytest.raises(NotReadyError) as caught:
        place.answer("When do you open?")
    assert str(caught.value).startswith(f"{folder}: ")
    assert str(caught.value).endswith("; run: faqbot build")
    assert open_current(place.state) is None


def test_a_store_whose_vector_index_is_torn_does_not_open(state: Path, tmp_path: Path) -> None:
    store = copytree(current_store(state), tmp_path / "store")
    [file] = (store / "chroma").rglob("header.bin")
    file.write_bytes(b"")
    with pytest.raises(NotReadyError, match="does not open"):
        Store(store)


@pytest.mark.slow
def test_the_next_build_mends_a_torn_store(place: Place) -> None:
    torn = current_store(place.state)
    (torn / "manifest.json").unlink()
    cut("chroma/chroma.sqlite3", 20_000)(torn)
    built, _ = place.build()
    assert (built.embedded, built.reused) == (11, 0)
    assert place.answer("When do you open?") == "The clinic opens at eight."
    assert not torn.exists()


@pytest.mark.parametrize("blocked", ["state", "state/index", "state/index/.lock"])
def test_a_state_that_can_not_be_written_is_one_error_that_names_it(place: Place, tmp_path: Path, blocked: str) -> None:
    path = tmp_path / blocked
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.name == ".lock":
        path.mkdir()
    else:
        path.write_text("")
    with pytest.raises(IndexingError) as caught:
        build(place.corpus, tmp_path / "state")
    assert str(caught.value).startswith(f"{tmp_path / 'state'}: can't be written")
    assert "FAQBOT_STATE" in str(caught.value)


def test_a_second_build_is_refused_while_one_runs_and_the_index_still_answers(place: Place) -> None:
    with filelock.FileLock(place.root / ".lock"):
        with pytest.raises(IndexingError, match="another build is running"):
            place.build()
        assert place.answer("When do you open?") == "The clinic opens at eight."
    assert place.build()[0].embedded == 0


def files(folder: Path) -> dict[Path, bytes]:
    ours = (path for path in folder.rglob("*") if path.is_file() and "chroma" not in path.relative_to(folder).parts)
    return {path: path.read_bytes() for path in ours}


def chroma_rows(folder: Path) -> Iterator[str]:
    """What Chroma keeps, but the counter that it raises whenever a store is opened."""
    with closing(sqlite3.connect(folder / "chroma" / "chroma.sqlite3")) as database:
        yield from (row for row in database.iterdump() if "acquire_write" not in row)


def test_asking_changes_nothing_in_the_index(place: Place) -> None:
    folder = current_store(place.state)
    names = {*place.root.rglob("*")}
    before, rows = files(place.root), [*chroma_rows(folder)]
    for question in ["When do you open?", "the of", "", "What do cells send?"]:
        place.answer(question)
    assert len(before) > 5
    assert len(rows) > 11
    assert files(place.root) == before
    assert [*chroma_rows(folder)] == rows
    assert {*place.root.rglob("*")} == names


READER = """
import sys
from pathlib import Path
from index.current import current_store
from index.store import Store
for _ in range(3):
    with Store(current_store(Path(sys.argv[1]))) as store:
        sys.stdin.readline()
        ids = list(store.units)
        found = [next(iter(store.nearest(row, 1))) for row in store.vectors(ids[:20]).values()]
        print(sorted(found) == sorted(ids[:20]), len(ids), flush=True)
"""


@pytest.mark.slow
def test_several_processes_read_one_store_at_once(state: Path) -> None:
    command = [sys.executable, "-c", READER, str(state)]
    readers = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    answers = [reader.communicate("go\ngo\ngo\n", timeout=60) for reader in readers]
    units = len(unit_texts(current_store(state)))
    assert answers == [(f"True {units}\n" * 3, "")] * 3


@pytest.mark.slow
def test_killed_builds_leave_an_index_that_answers_and_the_next_build_mends(state: Path, tmp_path: Path) -> None:
    torture = Torture(tmp_path, state / "models")
    torture.run(kills=3)
    assert torture.stages.total() == 3
