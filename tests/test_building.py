"""What is learned of an index is kept before the index answers, and questions don't wait for one that is opened."""

from __future__ import annotations

import json
import shutil
import threading
from pathlib import Path

import pytest

from bot.building import LEARNING, build
from bot.chain import FaqChain
from bot.live import LiveChain
from bot.settings import Settings, load_settings
from corpus.digest import ADAPTER
from corpus.load import PACKAGED_CORPUS
from corpus.uncovered import FOLDER as UNCOVERED
from index.current import current_store
from index.errors import NotReadyError
from index.units import UnitKind

pytestmark = pytest.mark.slow  # each builds an index or two

HOURS = "The clinic opens at eight."


@pytest.fixture
def small(tmp_path: Path, state: Path, chain: FaqChain) -> Settings:
    """One sentence, with questions that the packaged screen knows, so that only what is answered is learned anew."""
    corpus, own_state, store = tmp_path / "corpus", tmp_path / "state", chain.retriever.store
    for folder in (corpus / "questions", corpus / UNCOVERED, own_state):
        folder.mkdir(parents=True)
    (own_state / "models").symlink_to((state / "models").absolute())
    shutil.copytree(PACKAGED_CORPUS / ADAPTER, corpus / ADAPTER)
    _tell(corpus, HOURS)
    of_kind = {
        kind: [text for unit, text in store.questions.items() if store.units[unit].kind is kind][:5]
        for kind in (UnitKind.QUESTION, UnitKind.UNCOVERED)
    }
    entries = {
        "questions": [{"sentences": [HOURS], "questions": of_kind[UnitKind.QUESTION]}],
        UNCOVERED: [{"questions": of_kind[UnitKind.UNCOVERED]}],
    }
    for folder_name, entry in entries.items():
        (corpus / folder_name / "a.yaml").write_text(json.dumps(entry), encoding="utf-8")
    return load_settings(state=own_state, corpus=corpus)


def _tell(corpus: Path, sentence: str) -> None:
    (corpus / "hours.md").write_text(f"---\nid: hours\ntitle: Hours\ntier: article\n---\n\n{sentence}\n")


def test_what_is_learned_of_an_index_is_kept_before_the_index_answers(small: Settings) -> None:
    learned, seen = small.state / "coverage.npz", []

    def progress(step: str, done: int, total: int) -> None:
        if step == LEARNING:
            with pytest.raises(NotReadyError):
                current_store(small.state)
            seen.append((done, total, learned.exists()))

    build(small, progress)
    assert seen == [(0, 1, False), (1, 1, True)]
    before = learned.stat().st_mtime_ns
    FaqChain.open(small).close()
    assert learned.stat().st_mtime_ns == before


def test_what_could_not_be_learned_is_learned_by_the_next_build_of_the_same_documents(small: Settings) -> None:
    build(small)
    (small.state / "coverage.npz").unlink()
    assert build(small).embedded == 0
    assert (small.state / "coverage.npz").exists()


def test_an_index_is_built_where_the_chat_model_is_not_to_be_had(small: Settings) -> None:
    build(small.model_copy(update={"model": "openai:none", "model_base_url": ""}))
    assert current_store(small.state).is_dir()


def test_who_asks_while_a_new_index_is_opened_is_answered_by_the_one_before(
    small: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(small)
    live = LiveChain(small)
    old = live.chain()
    _tell(small.corpus, "The clinic opens at nine.")
    build(small)
    opening, go_on, really_open = threading.Event(), threading.Event(), FaqChain.open

    def slowly(settings: Settings) -> FaqChain:
        opening.set()
        assert go_on.wait(60)
        return really_open(settings)

    monkeypatch.setattr(FaqChain, "open", slowly)
    first = threading.Thread(target=live.chain)
    first.start()
    assert opening.wait(60)
    meanwhile = live.chain()
    go_on.set()
    first.join()
    assert meanwhile is old
    assert live.chain() is not old
