from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from corpus.document import BlockKind, Content, CorpusError, Document, Tier
from corpus.glossary import FILE, Entry, draft, load_glossary
from corpus.load import PACKAGED_CORPUS, load_corpus
from corpus.split import split

GOOD = "- {term: cells, definition: Cells are small, source: note}\n"


@cache
def corpus() -> list[Document]:
    return load_corpus(PACKAGED_CORPUS)


@cache
def glossary() -> tuple[Entry, ...]:
    return load_glossary(PACKAGED_CORPUS, corpus())


def note(*paragraphs: str, heading: str = "About fat") -> Document:
    content = Content.of([(BlockKind.HEADING, 2, heading), *((BlockKind.PARAGRAPH, 0, text) for text in paragraphs)])
    return Document("note", "A note", Tier.STUDY, content.text, content.blocks)


def write(folder: Path, content: str) -> Path:
    path = folder / FILE
    path.write_text(content, encoding="utf-8")
    return path


DEFINED = [entry for entry in glossary() if entry.definition]


def test_the_shipped_glossary_explains_most_of_its_terms() -> None:
    assert len(DEFINED) >= 40
    assert len(DEFINED) > len(glossary()) / 2


@pytest.mark.parametrize("entry", DEFINED, ids=lambda entry: entry.term)
def test_a_definition_is_verbatim_in_one_passage_of_its_source(entry: Entry) -> None:
    document = next(document for document in corpus() if document.id == entry.source)
    assert document.text[entry.start : entry.end] == entry.definition
    assert any(passage.start <= entry.start and entry.end <= passage.end for passage in split(document))


@pytest.mark.parametrize("entry", glossary(), ids=lambda entry: entry.term)
def test_a_term_is_a_word_of_the_documents(entry: Entry) -> None:
    texts = [document.text[b.start : b.end].casefold() for document in corpus() for b in document.blocks]
    assert any(entry.term.casefold() in text for text in texts)


def test_no_two_entries_share_a_name() -> None:
    names = Counter(name.casefold() for entry in glossary() for name in entry.names)
    assert [name for name, count in names.items() if count > 1] == []


def test_an_entry_without_a_definition_adds_another_name() -> None:
    assert [entry.term for entry in glossary() if not entry.definition and len(entry.names) < 2] == []


@pytest.mark.parametrize(
    ("name", "term"),
    [
        ("MSCs", "mesenchymal stem cells"),
        ("graft versus host disease", "graft-versus-host disease"),
        ("SVF", "stromal vascular fraction"),
        ("bone marrow concentrate", "bone marrow aspirate concentrate"),
        ("minimally manipulated", "minimal manipulation"),
        ("cortisone shot", "corticosteroid injections"),
    ],
)
def test_other_names_lead_to_the_term(name: str, term: str) -> None:
    assert [entry.term for entry in glossary() if name in entry.names] == [term]


def test_a_corpus_without_a_glossary_is_no_error(tmp_path: Path) -> None:
    assert load_glossary(tmp_path, corpus()) == ()


@pytest.mark.parametrize("content", ["", "# nothing yet\n", "[]"])
def test_a_file_without_entries_is_an_empty_glossary(tmp_path: Path, content: str) -> None:
    write(tmp_path, content)
    assert load_glossary(tmp_path, []) == ()


def test_entries_come_in_the_order_of_the_file_with_their_places(tmp_path: Path) -> None:
    document = note("Cells are small.", "SVF is fat.")
    write(
        tmp_path, "- {term: SVF, also: [S.V.F.], lay: [fat], definition: ' SVF is fat. ', source: note}\n- term: MSC\n"
    )
    start = document.text.index("SVF")
    assert load_glossary(tmp_path, [document]) == (
        Entry("SVF", ("S.V.F.",), ("fat",), "SVF is fat.", "note", start, start + len("SVF is fat.")),
        Entry("MSC"),
    )


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("- definition: Cells\n", "entry 2.term: Field required"),
        ("- term: ' '\n", "entry 2.term: String should have at least 1"),
        ("- term: No\n", "entry 2.term: Input should be a valid string"),
        ("- {term: SVF, also: fat}\n", "entry 2.also: Input should be a valid tuple"),
        ("- {term: SVF, lay: [fat, 5]}\n", "entry 2.lay.2: Input should be a valid string"),
        ("- {term: SVF, means: fat}\n", "entry 2.means: Extra inputs are not permitted"),
        ("- SVF\n", "entry 2: Input should be a valid dictionary"),
        ("- {term: SVF, source: note}\n", "entry 2.definition: missing, though 'SVF'"),
        ("- {term: SVF, definition: It is fat}\n", "entry 2.source: there is no document '' for 'SVF'"),
        ("- {term: SVF, definition: It is fat, source: other}\n", "entry 2.source: there is no document 'other'"),
        (
            "- {term: SVF, definition: it is fat, source: note}\n",
            "entry 2.definition: not verbatim in a paragraph of 'note'",
        ),
        ("- {term: SVF, definition: About fat, source: note}\n", "entry 2.definition: not verbatim in a paragraph"),
        (
            '- {term: SVF, definition: "small.\\n\\nIt", source: note}\n',
            "entry 2.definition: not verbatim in a paragraph",
        ),
        ("- {term: SVF, definition: ell, source: note}\n", "entry 2.definition: stands 2 times in 'note'"),
        ("- term: Cells\n", "entry 2.term: entry 1 has the name 'Cells'"),
        ("- {term: SVF, also: [CELLS]}\n", "entry 2.also: entry 1 has the name 'CELLS'"),
        ("- {term: SVF, lay: [fat, Fat]}\n", "entry 2.lay: entry 2 has the name 'Fat'"),
        ("- {term: SVF\n", "can't be read as YAML"),
        ("- {term: 2021-02-30}\n", "can't be read as YAML: day is out of range"),
    ],
)
def test_a_malformed_file_is_an_error_that_names_file_entry_and_field(tmp_path: Path, content: str, named: str) -> None:
    path = write(tmp_path, GOOD + content)
    with pytest.raises(CorpusError) as caught:
        load_glossary(tmp_path, [note("Cells are small.", "It is fat, all well.")])
    assert str(caught.value).startswith(f"{path}: {named}")


@pytest.mark.parametrize("content", [b"term: SVF\n", b"- caf\xe9\n", b"\xff\xfe-\0"])
def test_a_file_that_is_no_list_in_utf_8_is_an_error_that_names_it(tmp_path: Path, content: bytes) -> None:
    path = write(tmp_path, "")
    path.write_bytes(content)
    with pytest.raises(CorpusError) as caught:
        load_glossary(tmp_path, [])
    assert str(caught.value).startswith(f"{path}: ")


@given(st.data())
def test_any_part_of_a_paragraph_is_found_where_it_stands(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    document = data.draw(st.sampled_from(corpus()))
    block = data.draw(st.sampled_from([b for b in document.blocks if b.kind is not BlockKind.HEADING]))
    start = data.draw(st.integers(block.start, block.end - 1))
    quote = document.text[start : data.draw(st.integers(start + 1, block.end))].strip()
    assume(quote and document.text.count(quote) == 1)
    folder = tmp_path_factory.getbasetemp()
    write(folder, yaml.safe_dump([{"term": "it", "definition": quote, "source": document.id}], allow_unicode=True))
    (entry,) = load_glossary(folder, [document])
    assert document.text[entry.start : entry.end] == entry.definition == quote


@pytest.mark.parametrize(
    ("sentence", "term", "also", "defines"),
    [
        ("Adipose tissue, meaning fat tissue, is a source.", "Adipose tissue", [], True),
        ("It involves factors and extracellular vesicles, which are tiny packets.", "extracellular vesicles", [], True),
        ("They are marked as nonbinding, which means little.", "nonbinding", [], True),
        ("Cell therapy means transferring living cells.", "Cell therapy", [], True),
        ("The pericyte is a cell around small vessels.", "pericyte", [], True),
        ("“Homologous use” means the same basic job.", "Homologous use", [], True),
        ('For fat, "minimal manipulation" means little.', "minimal manipulation", [], True),
        ('"HCT/P" is the FDA\'s name for tissue.', "HCT/P", [], True),
        ("A sample from the hip, or pelvic bone, is taken.", "hip", ["pelvic bone"], False),
        ("We use transforming growth factor-beta (TGF-beta).", "transforming growth factor-beta", ["TGF-beta"], False),
        ("Some prostaglandin E2 (PGE2) is released.", "prostaglandin E2", ["PGE2"], False),
        ("No HLA (human leukocyte antigen) matching.", "human leukocyte antigen", ["HLA"], False),
    ],
)
def test_the_draft_finds(sentence: str, term: str, also: list[str], defines: bool) -> None:
    found = {"term": term} | ({"also": also} if also else {})
    said = {"definition": sentence, "source": "note"} if defines else {}
    assert draft([note(sentence)]) == [found | said]


@pytest.mark.parametrize(
    "sentence",
    [
        "This is a long story.",
        "The pain of the knee that never went away is a story.",
        "There were grades of 2 to 4, which means mild to severe.",
        "It came from fat (see above) and from DMSO (a freezing agent).",
        "Pro-inflammatory macrophages (M1) are few.",
        "A knee, or whatever else there is that can hurt, is treated.",
    ],
)
def test_the_draft_leaves_out(sentence: str) -> None:
    assert draft([note(sentence)]) == []


def test_the_draft_gathers_what_is_said_of_a_term_under_any_of_its_names() -> None:
    sentences = [
        "Stromal vascular fraction (SVF) works.",
        "SVF is a mixture.",
        "The SVF is a drug.",
        "SVF, or goo, aids.",
    ]
    assert draft([note(*sentences)]) == [
        {
            "term": "Stromal vascular fraction",
            "also": ["SVF", "goo"],
            "definition": "SVF is a mixture.",
            "source": "note",
        }
    ]


@given(
    st.lists(
        st.sampled_from(
            ["SVF", "fat", "the", ", meaning ", ", or ", " (", ")", " means ", '"', " is a ", " ", "β", "."]
        )
    )
)
def test_the_draft_takes_any_text(pieces: list[str]) -> None:
    text = " ".join("".join(pieces).split())
    assume(text)
    document = note(text)
    for entry in draft([document]):
        assert entry["term"].strip()
        assert entry["term"] in document.text
        assert entry.get("definition", text) in document.text


def test_the_draft_of_the_shipped_corpus_is_a_glossary(tmp_path: Path) -> None:
    drafted = draft(corpus())
    write(tmp_path, yaml.safe_dump(drafted, sort_keys=False, allow_unicode=True))
    assert [entry.term for entry in load_glossary(tmp_path, corpus())] == [entry["term"] for entry in drafted]
    assert {"HCT/P", "Adipose tissue", "stromal vascular fraction"} <= {entry["term"] for entry in drafted}
