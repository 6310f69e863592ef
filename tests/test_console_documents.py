"""What the staff's window says of the documents, their index and their use."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from bot.chain import FaqChain
from bot.journal import Journal
from bot.journal_tables import Exchange
from bot.live import LiveChain
from bot.settings import Settings, load_settings
from bot.web.console_documents import Documents
from bot.web.console_html import show
from corpus.document import CorpusError

pytestmark = pytest.mark.slow

TODAY = datetime.now().astimezone().date()


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = Journal(load_settings(state=tmp_path / "journal"))
    yield journal
    journal.close()


@pytest.fixture
def documents(settings: Settings, journal: Journal) -> Documents:
    return Documents(settings, LiveChain(settings), journal)


def written(folder: Path, name: str, front: str = "") -> None:
    folder.mkdir(exist_ok=True)
    text = f"---\nid: {name}\ntitle: {name.title()}\ntier: study\n{front}---\n\nA sentence of it.\n"
    (folder / f"{name}.md").write_text(text, encoding="utf-8")


def of_corpus(folder: Path, journal: Journal) -> Documents:
    settings = load_settings(corpus=folder, state=folder.parent / "state")
    return Documents(settings, LiveChain(settings), journal)


def test_documents_past_their_day_of_review_come_first(tmp_path: Path, journal: Journal) -> None:
    corpus = tmp_path / "corpus"
    written(corpus, "aged", f"review_by: {TODAY - timedelta(days=1)}\n")
    written(corpus, "zenith", f"review_by: {TODAY - timedelta(days=400)}\nreviewed_by: Dr. Lee\n")
    written(corpus, "beginning", f"review_by: {TODAY}\n")
    written(corpus, "common")
    table = of_corpus(corpus, journal).table()
    assert [line.document.title for line in table["lines"]] == ["Aged", "Zenith", "Beginning", "Common"]
    assert table["late"] == 2
    page = show("documents", **table)
    assert page.count("was due") == 2
    assert "Dr. Lee" in page


def test_a_document_that_cannot_be_read_is_named(tmp_path: Path, journal: Journal) -> None:
    corpus = tmp_path / "corpus"
    written(corpus, "broken", "review_by: soon\n")
    with pytest.raises(CorpusError, match=r"broken\.md: front matter field 'review_by'"):
        of_corpus(corpus, journal).table()


def test_without_an_index_that_is_said_and_the_documents_are_shown(tmp_path: Path, journal: Journal) -> None:
    corpus = tmp_path / "corpus"
    written(corpus, "common")
    documents = of_corpus(corpus, journal)
    assert "No index answers" in show("index", **documents.index())
    assert [line.passages for line in documents.table()["lines"]] == [0]


def test_each_document_has_its_passages_and_the_digest_of_its_file(documents: Documents, chain: FaqChain) -> None:
    lines = documents.table()["lines"]
    assert sum(line.passages for line in lines) == len(chain.retriever.store.passages)
    assert len({line.digest for line in lines}) == len(lines) == 17


def test_an_index_of_other_documents_is_out_of_date(settings: Settings, journal: Journal, tmp_path: Path) -> None:
    live = LiveChain(settings)
    live.chain()
    assert Documents(settings, live, journal).index()["changed"] is False
    corpus = tmp_path / "corpus"
    written(corpus, "common")
    changed = Documents(settings.model_copy(update={"corpus": corpus}), live, journal)
    assert "Out of date" in show("index", **changed.index())


def test_a_passage_is_unused_until_a_patient_is_shown_it(
    documents: Documents, chain: FaqChain, journal: Journal
) -> None:
    everything = len(chain.retriever.store.passages)
    assert documents.unused()["never"] == everything
    reply = chain.invoke("Does it hurt to have the fat taken out?")
    journal.keep_reply(reply, 1.0)
    journal.keep_reply(chain.invoke("stem cells tinnitus"), 1.0)  # no answer: nothing was shown
    unused = documents.unused()
    assert (unused["never"], unused["replies"]) == (everything - len({c.passage_id for c in reply.citations}), 2)
    never = {passage.id for _, passages in unused["documents"] for passage in passages}
    assert not never & {citation.passage_id for citation in reply.citations}
    with journal.session() as session:
        session.execute(update(Exchange).values(time=datetime.now(UTC) - timedelta(days=91)))
    unused = documents.unused()
    assert (unused["never"], unused["replies"]) == (everything, 0)
    assert "0 replies of the last 90 days" in show("unused", **unused)


@pytest.mark.parametrize(
    ("words", "absent"),
    [
        ("insurance", ["insurance"]),
        ("What of the FAT and INJECTING it?", []),
        ("a Zebra", ["zebra"]),
        ("", []),
    ],
)
def test_words_that_no_passage_has_are_named(words: str, absent: list[str], documents: Documents) -> None:
    assert documents.absent(words) == absent
    page = show("found", passages=[], absent=absent)
    assert ("No document has the word" in page) == bool(absent)


def test_a_search_finds_passages_and_marks_the_sentences_that_fit(documents: Documents) -> None:
    found = documents.search("is it painful to have the fat taken out")
    assert any("minimal patient discomfort" in sentence for sentence in found[0]["fitting"])
    assert '<mark class="found">' in show("found", passages=found, absent=[])
    assert len({item["passage"].id for item in found}) == len(found)
