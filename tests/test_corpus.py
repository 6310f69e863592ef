from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from corpus.document import BlockKind, Document, Sentence
from corpus.load import PACKAGED_CORPUS, load_corpus
from corpus.split import split

TIERS = {
    "article": ["article"],
    "cited": ["alvites-2022", "el-kadiry-2021", "fda-hctp-guidance", "li-2021", "liang-2014", "zhu-2021"],
    "regulator": ["cdc-mmwr-2018", "fda-consumer-2021", "fda-exosome-2019", "ryoncil-label", "svf-court-2024"],
    "study": ["cochrane-oa", "ma-2020", "mautner-2023", "thompson-2020", "wang-2021"],
}
SOURCES = sorted(name for tier, names in TIERS.items() if tier != "article" for name in names)

WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+(?:[-/'’][^\W\d_]+)*")
SENTENCE_END = re.compile(r"[.?!][”\"')]*$")
TWO_SENTENCES = re.compile(r"[.?!][”\"')]* [“\"(]?[A-Z]")
SENTENCE_START = re.compile(r"[“\"]?[A-Z0-9]")
LEANING = re.compile(
    r"(It(?! follows from)|They|Th(is|ese|ose|at)|Its|Their|He|She|His|Her|Both|Such|The (latter|former|same)(?! \d)"
    r"|(The|Its|Their) (authors?|reviewers?|team) (?!of\b)|However|But|Also|Instead|Therefore)\b"
)


@cache
def documents() -> dict[str, Document]:
    return {document.id: document for document in load_corpus(PACKAGED_CORPUS)}


@cache
def sentences(document_id: str) -> list[Sentence]:
    return [sentence for passage in split(documents()[document_id]) for sentence in passage.sentences]


def facts_of(shared: Path, source: str) -> dict[str, Any]:
    entries = yaml.safe_load((shared / "corpus" / "facts.yaml").read_text(encoding="utf-8"))
    [entry] = [entry for entry in entries if entry["id"] == source]
    return entry


def details(text: str) -> set[str]:
    """Numbers, abbreviations, and words with a capital that no sentence start explains."""
    words = WORD.findall(text)
    return {
        word
        for place, word in enumerate(words)
        if word[0].isdigit() or (place and word[0].isupper()) or any(letter.isupper() for letter in word[1:])
    }


def block_texts(document: Document) -> list[str]:
    return [document.text[block.start : block.end] for block in document.blocks]


def heading_texts(name: str) -> set[str]:
    document = documents()[name]
    return {document.text[b.start : b.end] for b in document.blocks if b.kind is BlockKind.HEADING}


def test_the_corpus_holds_the_article_and_its_sources_in_their_tiers() -> None:
    found: dict[str, list[str]] = {}
    for document in documents().values():
        found.setdefault(document.tier, []).append(document.id)
    assert {tier: sorted(names) for tier, names in found.items()} == TIERS


def test_a_source_stands_in_a_file_of_its_own_name() -> None:
    files = {path.stem for path in (PACKAGED_CORPUS / "sources").glob("*.md")}
    assert files == set(SOURCES)


@pytest.mark.parametrize("name", ["article", *SOURCES])
def test_every_sentence_is_one_whole_sentence(name: str) -> None:
    assert sentences(name)
    for sentence in sentences(name):
        assert SENTENCE_START.match(sentence.text), sentence.text
        assert sentence.kind is BlockKind.ITEM or SENTENCE_END.search(sentence.text), sentence.text
        assert sentence.kind is BlockKind.ITEM or not TWO_SENTENCES.search(sentence.text), sentence.text


@pytest.mark.parametrize("name", SOURCES)
def test_no_sentence_of_a_note_leans_on_the_one_before(name: str) -> None:
    assert [sentence.text for sentence in sentences(name) if LEANING.match(sentence.text)] == []


@pytest.mark.parametrize(
    ("sentence", "leans"),
    [
        ("It was the first.", True),
        ("They found it.", True),
        ("This review came out in 2022.", True),
        ("The authors say so.", True),
        ("The same analysis saw more.", True),
        ("It follows from the FDA's four conditions that it is.", False),
        ("The authors of the 2022 review say so.", False),
        ("The same 2020 analysis of MSC injections saw more.", False),
        ("Theirs is a long word.", False),
        ("Item one is here.", False),
    ],
)
def test_what_counts_as_leaning(sentence: str, leans: bool) -> None:
    assert bool(LEANING.match(sentence)) is leans


@pytest.mark.parametrize("name", SOURCES)
def test_a_source_says_who_wrote_it_where_it_stands_and_what_was_read(name: str) -> None:
    source = documents()[name]
    assert source.link.startswith("https://")
    assert source.year in range(2010, 2027)
    assert source.by
    assert source.published_in
    assert SENTENCE_END.search(source.coverage)


@pytest.mark.parametrize("name", SOURCES)
def test_every_passage_of_a_note_stands_under_a_heading(name: str) -> None:
    assert all(len(passage.section) == 1 for passage in split(documents()[name]))


def test_passages_and_sentences_of_the_corpus_are_all_different() -> None:
    passages = [passage for document in documents().values() for passage in split(document)]
    texts = [sentence.text for passage in passages for sentence in passage.sentences]
    assert len({passage.id for passage in passages}) == len(passages)
    assert len(set(texts)) == len(texts)


def test_the_cited_sources_are_those_that_the_article_lists() -> None:
    listed = [s.text for p in split(documents()["article"]) if p.section == ("Sources",) for s in p.sentences]
    named = [documents()[name].title_in_article for name in TIERS["cited"]]
    assert sorted(named) == sorted(listed)


def test_only_cited_sources_have_a_title_in_the_article() -> None:
    assert [name for name in documents() if documents()[name].title_in_article] == TIERS["cited"]


def test_the_article_holds_the_clinic_s_lines_and_nothing_else(shared: Path) -> None:
    given = (shared / "corpus" / "article.txt").read_text(encoding="utf-8").split("\n")
    stored = (PACKAGED_CORPUS / "article.md").read_text(encoding="utf-8").split("\n---\n", 1)[1].split("\n")
    without_headings = [re.sub(r"^#{1,6} ", "", line) for line in stored if line]
    without_headings.remove("Disclaimer")
    assert without_headings == [line for line in given if line]


def test_the_article_is_quoted_in_the_clinic_s_words_and_order(shared: Path) -> None:
    given = (shared / "corpus" / "article.txt").read_text(encoding="utf-8")
    lines = [line.removeprefix("- ") for line in given.split("\n") if line]
    blocks = block_texts(documents()["article"])
    blocks.remove("Disclaimer")
    assert blocks == lines
    quoted = " ".join(sentence.text for sentence in sentences("article"))
    assert quoted in " ".join(line for line in lines if line not in heading_texts("article"))


def test_there_is_a_note_for_every_source_of_the_facts_file(shared: Path) -> None:
    entries = yaml.safe_load((shared / "corpus" / "facts.yaml").read_text(encoding="utf-8"))
    assert sorted(entry["id"] for entry in entries) == SOURCES


@pytest.mark.parametrize("name", SOURCES)
def test_the_front_matter_of_a_note_is_that_of_the_facts_file(shared: Path, name: str) -> None:
    facts = facts_of(shared, name)
    expected = {"title_in_article": "", **{field: facts[field] for field in facts if field not in {"facts"}}}
    assert {field: getattr(documents()[name], field) for field in expected} == expected


@pytest.mark.parametrize("name", SOURCES)
def test_a_note_keeps_every_number_and_name_of_its_facts(shared: Path, name: str) -> None:
    held = {word for text in block_texts(documents()[name]) for word in WORD.findall(text)}
    for fact in facts_of(shared, name)["facts"]:
        assert details(fact["text"]) <= held, fact["id"]


@pytest.mark.parametrize("name", SOURCES)
def test_a_note_adds_no_number_or_name_to_its_facts(shared: Path, name: str) -> None:
    facts = facts_of(shared, name)
    texts = [fact.pop("text") for fact in facts.pop("facts")] + [str(value) for value in facts.values()]
    known = {word for text in texts for word in WORD.findall(text)}
    for sentence in sentences(name):
        assert details(sentence.text) <= known, sentence.text
