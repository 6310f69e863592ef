from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.document import Block, BlockKind, Document, Passage, Tier
from corpus.split import MAX_WORDS, split, split_sentences

H1, H2, H3, P, ITEM = (
    (BlockKind.HEADING, 1),
    (BlockKind.HEADING, 2),
    (BlockKind.HEADING, 3),
    (BlockKind.PARAGRAPH, 0),
    (BlockKind.ITEM, 0),
)
FIVE = "One two three four five."

PIECES = st.sampled_from(
    ["Cells signal. ", "Dr. Ma, ", "2.5 mg ", "e.g. ", "(See Fig. 2.) ", "Is it? ", "U.S. ", "👍! "]
)
PROSE = st.one_of(st.text(), st.lists(st.one_of(PIECES, st.text(max_size=5)), max_size=30).map("".join))
TEXTS = PROSE.map(str.strip).filter(bool)
DOCUMENTS = st.lists(st.tuples(st.sampled_from([H1, H2, H3, P, P, P, ITEM]), TEXTS), max_size=12)


def document(*parts: tuple[tuple[BlockKind, int], str]) -> Document:
    text, blocks = "front\n\n", []
    for (kind, level), content in parts:
        blocks.append(Block(kind, len(text), len(text) + len(content), level))
        text += f"{content}\n\n"
    return Document("note", "A note", Tier.STUDY, text, tuple(blocks), link="https://a.b", coverage="Abstract.")


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in split_sentences(text)]


def count_words(passage: Passage) -> int:
    return sum(len(sentence.text.split()) for sentence in passage.sentences)


def heading_paths(whole: Document) -> list[tuple[tuple[str, ...], Block]]:
    path: dict[int, str] = {}
    found = []
    for block in whole.blocks:
        if block.level:
            path = {level: title for level, title in path.items() if level < block.level}
            path[block.level] = whole.text[block.start : block.end]
        else:
            found.append((tuple(title for title in path.values() if title != whole.title), block))
    return found


@settings(max_examples=100, deadline=None)
@given(DOCUMENTS, st.integers(1, 20))
def test_no_character_of_a_paragraph_or_item_is_lost_or_held_twice(parts: list, max_words: int) -> None:
    whole = document(*parts)
    spans = [(s.start, s.end) for passage in split(whole, max_words) for s in passage.sentences]
    held = [place for span in spans for place in range(*span) if not whole.text[place].isspace()]
    expected = [
        place
        for block in whole.blocks
        if block.kind is not BlockKind.HEADING
        for place in range(block.start, block.end)
        if not whole.text[place].isspace()
    ]
    assert held == expected


@settings(max_examples=100, deadline=None)
@given(DOCUMENTS, st.integers(1, 20))
def test_offsets_quote_the_document_exactly(parts: list, max_words: int) -> None:
    whole = document(*parts)
    for passage in split(whole, max_words):
        assert whole.text[passage.start : passage.end] == passage.text
        assert (passage.start, passage.end) == (passage.sentences[0].start, passage.sentences[-1].end)
        for sentence in passage.sentences:
            assert whole.text[sentence.start : sentence.end] == sentence.text
            assert sentence.text == sentence.text.strip() != ""


@settings(max_examples=100, deadline=None)
@given(DOCUMENTS, st.integers(1, 20))
def test_a_passage_keeps_to_the_limit_unless_it_is_one_sentence(parts: list, max_words: int) -> None:
    for passage in split(document(*parts), max_words):
        assert count_words(passage) <= max_words or len(passage.sentences) == 1


@settings(max_examples=100, deadline=None)
@given(DOCUMENTS, st.integers(1, 20))
def test_every_sentence_stands_under_the_heading_path_of_its_block(parts: list, max_words: int) -> None:
    whole = document(*parts)
    paths = heading_paths(whole)
    for passage in split(whole, max_words):
        for sentence in passage.sentences:
            [(section, block)] = [(s, b) for s, b in paths if b.start <= sentence.start and sentence.end <= b.end]
            assert (section, block.kind) == (passage.section, sentence.kind)


@settings(max_examples=100, deadline=None)
@given(PROSE, PROSE, PROSE)
def test_only_the_asked_part_of_a_text_is_split(before: str, text: str, after: str) -> None:
    start, end = len(before), len(before) + len(text)
    moved = split_sentences(before + text + after, start, end)
    assert moved == [(start + a, start + b) for a, b in split_sentences(text)]


@pytest.mark.parametrize(
    "expected",
    [
        ["Take 2.5 mg.", "Then rest for 1.5 hours."],
        ["Use simple fluids, e.g. water.", "Then rest."],
        ["Your own cells, i.e. autologous ones.", "They are yours."],
        ["Dr. Smith came.", "Mr. Li left."],
        ["Own vs. donor cells matter.", "Both are used."],
        ["The U.S. rules apply.", "They bind clinics."],
        ["Li C et al. found it.", "Others did not."],
        ["It is 3 p.m. now.", "We close at 5."],
        ["It signals, rather than “becoming new tissue.”", "The cells create an environment."],
        ['It is called "repair."', "The cells signal."],
        ["“Is it safe?” she asked.", "Nobody knew."],
        ["It works (see Fig. 2).", "It may not last."],
        ["HLA (human leukocyte antigen) must match.", "Not for own cells."],
        ["Does it hurt?", "Yes!", "A little."],
        ["Wait… it may take weeks.", "Ask again."],
        ["Hi 👩‍🔬!", "Fine 👍.", "Bye"],
        ["Write to ocod@fda.hhs.gov with questions.", "See ClinicalTrials.gov too."],
        ["Cell Therapy: Types, Regulation, and Clinical Benefits — PMC"],
        ["no end and no capital"],
        ["It ends with e.g."],
    ],
    ids=lambda expected: expected[0][:30],
)
def test_sentences_end_where_a_reader_ends_them(expected: list[str]) -> None:
    assert sentences(" ".join(expected)) == expected


@pytest.mark.parametrize("space", [" ", "  ", "\n", " \n\t "])
def test_white_space_between_sentences_belongs_to_none(space: str) -> None:
    assert sentences(f"{space}One is here.{space}Two is there.{space}") == ["One is here.", "Two is there."]


@pytest.mark.parametrize("text", ["", " ", "\n\n"])
def test_white_space_alone_has_no_sentence(text: str) -> None:
    assert split_sentences(text) == []


def test_a_document_of_headings_alone_has_no_passages() -> None:
    assert split(document((H1, "One"), (H2, "Two"))) == []


def test_paragraphs_under_one_heading_share_a_passage_up_to_the_limit() -> None:
    whole = document((H2, "Title"), (P, FIVE), (P, FIVE), (P, FIVE))
    assert [count_words(passage) for passage in split(whole, 14)] == [10, 5]
    assert [count_words(passage) for passage in split(whole, 15)] == [15]


def test_a_paragraph_within_the_limit_is_never_cut() -> None:
    whole = document((P, FIVE), (P, f"{FIVE} {FIVE}"))
    assert [count_words(passage) for passage in split(whole, 10)] == [5, 10]


def test_a_paragraph_longer_than_the_limit_is_cut_between_sentences() -> None:
    whole = document((P, f"{FIVE} {FIVE} {FIVE}"))
    assert [passage.text for passage in split(whole, 12)] == [f"{FIVE} {FIVE}", FIVE]


def test_a_sentence_longer_than_the_limit_is_not_cut() -> None:
    assert [passage.text for passage in split(document((P, f"Short one. {FIVE}")), 3)] == ["Short one.", FIVE]


def test_the_limit_is_max_words_unless_another_is_given() -> None:
    whole = document((P, f"{FIVE} " * (MAX_WORDS // 5)), (P, "More."))
    assert [count_words(passage) for passage in split(whole)] == [MAX_WORDS, 1]


def test_a_heading_ends_the_passage_and_deeper_headings_add_to_the_path() -> None:
    whole = document(
        (P, "Zero."), (H2, "A"), (P, "One."), (H3, "B"), (P, "Two."), (H2, "C"), (P, "Three."), (H2, "D"), (H3, "E")
    )
    found = [(passage.section, passage.text) for passage in split(whole)]
    assert found == [((), "Zero."), (("A",), "One."), (("A", "B"), "Two."), (("C",), "Three.")]


def test_a_heading_of_the_document_s_own_title_adds_nothing_to_the_path() -> None:
    assert split(document((H1, "A note"), (H2, "A"), (P, "One.")))[0].section == ("A",)


def test_sentences_of_one_block_share_its_number_and_kind() -> None:
    [passage] = split(document((P, "One is here. Two is there."), (ITEM, "Three"), (ITEM, "Four")))
    assert [(s.text, s.block, s.kind.value) for s in passage.sentences] == [
        ("One is here.", 0, "paragraph"),
        ("Two is there.", 0, "paragraph"),
        ("Three", 1, "item"),
        ("Four", 2, "item"),
    ]


def test_a_passage_carries_what_a_citation_shows_of_its_document() -> None:
    [passage] = split(document((P, "One.")))
    assert (passage.source_id, passage.title, passage.tier) == ("note", "A note", Tier.STUDY)
    assert (passage.link, passage.coverage) == ("https://a.b", "Abstract.")


def test_the_id_stays_when_the_passage_only_moves_in_its_document() -> None:
    [alone] = split(document((H2, "A"), (P, "One.")))
    [_, moved] = split(document((H2, "New"), (P, "Before."), (H2, "A"), (P, "One.")))
    assert (alone.id, alone.text) == (moved.id, moved.text)
    assert alone.start != moved.start


@pytest.mark.parametrize(
    "changed",
    [
        document((H2, "A"), (P, "One!")),
        document((H2, "B"), (P, "One.")),
        document((H2, "A"), (H3, "A"), (P, "One.")),
        replace(document((H2, "A"), (P, "One.")), id="other"),
    ],
    ids=["text", "heading", "path", "document"],
)
def test_the_id_changes_with_the_content(changed: Document) -> None:
    assert split(changed)[0].id != split(document((H2, "A"), (P, "One.")))[0].id


def test_the_id_does_not_depend_on_the_run() -> None:
    assert split(document((H2, "A"), (P, "One.")))[0].id == "e052397f58a9462d"
