from __future__ import annotations

from datetime import date
from pathlib import Path
from string import ascii_letters
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from corpus.document import CorpusError, Document, Tier
from corpus.load import PACKAGED_CORPUS, document_paths, load, load_corpus

FRONT = "id: note\ntitle: A note\ntier: study\n"
HEAD = f"---\n{FRONT}---\n\n"

MARKUP = st.one_of(
    st.sampled_from(["# ", "## ", "===\n", "---\n", "- ", "1. ", "> ", "```\n", "[a]: /u\n", "\t", "    "]),
    st.sampled_from(["*", "**", "_", "`", "\\", "|", "[a](b)", "![x](y)", "<b>", "<br>", "<!-- x -->"]),
    st.sampled_from(["\n", "\n\n", "  \n", "\r", "\r\n", "\0", "\ufeff", "\x0b", "\x85", "\u2028", "\u200b", "\u3000"]),
    st.sampled_from(["&amp;", "&nbsp;", "e\u0301", "👩‍🔬", "Words. ", "Dr. "]),
    st.text(max_size=4),
)
BODIES = st.one_of(st.text(), st.lists(MARKUP, max_size=15).map("".join))
PARAGRAPHS = st.lists(st.text(alphabet=ascii_letters + " .,;:?!()'\"“”’é–👍").map(str.strip).filter(bool))


def load_bytes(content: bytes) -> Document:
    with TemporaryDirectory() as folder:
        path = Path(folder, "note.md")
        path.write_bytes(content)
        return load(path)


def load_body(body: str) -> Document:
    return load_bytes((HEAD + body).encode())


def blocks(document: Document) -> list[tuple[str, str]]:
    return [
        ("#" * block.level or block.kind.value, document.text[block.start : block.end]) for block in document.blocks
    ]


def write(folder: Path, name: str, document_id: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"---\nid: {document_id}\ntitle: A note\ntier: study\n---\n\nOne sentence.\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("path", document_paths(PACKAGED_CORPUS), ids=lambda path: path.stem)
def test_a_packaged_file_is_loaded_as_it_stands(path: Path) -> None:
    assert load(path).text == path.read_text(encoding="utf-8")


@settings(max_examples=100, deadline=None)
@given(PARAGRAPHS)
def test_a_file_without_markup_keeps_every_character_in_its_place(paragraphs: list[str]) -> None:
    body = "\n\n".join(paragraphs)
    document = load_body(body)
    assert document.text == HEAD + body
    assert blocks(document) == [("paragraph", paragraph) for paragraph in paragraphs]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param("One *two* **three** _four_.", [("paragraph", "One two three four.")], id="emphasis"),
        pytest.param('See [the page](https://a.b "t") now.', [("paragraph", "See the page now.")], id="link"),
        pytest.param("Go to <https://a.b/c>.", [("paragraph", "Go to https://a.b/c.")], id="autolink"),
        pytest.param("[Here][x].\n\n[x]: https://a.b", [("paragraph", "Here.")], id="reference link"),
        pytest.param("Take `2.5 mg` *now*.", [("paragraph", "Take 2.5 mg now.")], id="code"),
        pytest.param("&lt;5&nbsp;mg &amp; more", [("paragraph", "<5\xa0mg & more")], id="entities"),
        pytest.param("5 \\* 2 \\# 1", [("paragraph", "5 * 2 # 1")], id="escapes"),
        pytest.param("The 2<sup>nd</sup> one", [("paragraph", "The 2nd one")], id="inline HTML"),
        pytest.param("One.<br>Two.<BR/>Three.", [("paragraph", "One. Two. Three.")], id="HTML line break"),
        pytest.param("A ![scan](a.png) of it", [("paragraph", "A scan of it")], id="image"),
        pytest.param(
            "One\ntwo\nthree.\n\nFour.", [("paragraph", "One two three."), ("paragraph", "Four.")], id="wrapped"
        ),
        pytest.param("One  \ntwo\\\nthree", [("paragraph", "One two three")], id="hard breaks"),
        pytest.param("> One *two*\n> three\nfour", [("paragraph", "One two three four")], id="block quote"),
        pytest.param("> One\n>\n> Two", [("paragraph", "One"), ("paragraph", "Two")], id="two quoted paragraphs"),
        pytest.param("- One\n- Two\n\nAfter", [("item", "One"), ("item", "Two"), ("paragraph", "After")], id="list"),
        pytest.param("1. One\n2. Two", [("item", "One"), ("item", "Two")], id="numbered list"),
        pytest.param(
            "- One\n  - Two\n- Three", [("item", "One"), ("item", "Two"), ("item", "Three")], id="nested list"
        ),
        pytest.param(
            "- One\n\n  More\n\nAfter", [("item", "One"), ("item", "More"), ("paragraph", "After")], id="loose"
        ),
        pytest.param("- One\n  *two*\n\tthree", [("item", "One two three")], id="item wrapped by spaces and by a tab"),
        pytest.param("# One #\n\n### *Two*", [("#", "One"), ("###", "Two")], id="headings"),
        pytest.param("One\ntwo\n===\n\nThree\n---", [("#", "One two"), ("##", "Three")], id="setext headings"),
        pytest.param("One\n\n***\n\nTwo", [("paragraph", "One"), ("paragraph", "Two")], id="rule"),
        pytest.param("&nbsp;\n\n#\n\n-\n", [], id="nothing to read"),
    ],
)
def test_markup_comes_off(body: str, expected: list[tuple[str, str]]) -> None:
    assert blocks(load_body(body)) == expected


def test_a_wrapped_paragraph_is_joined_to_its_end_even_if_that_reads_like_its_start() -> None:
    assert load_body("One\ntwo\nOne\n\nAfter.\n").text == HEAD + "One two One\n\nAfter.\n"


def test_only_markup_within_blocks_is_taken_off_the_text() -> None:
    assert load_body("## *One*\n\n- [two](https://a.b)\n\nThree\n").text == HEAD + "## One\n\n- two\n\nThree\n"


@settings(max_examples=100, deadline=None)
@given(BODIES)
@example("- One\n\ttwo")
@example("1. Two words. ```\n\th1. &nbsp;1w")
def test_any_body_loads_and_its_blocks_are_spans_of_the_text_in_order(body: str) -> None:
    document = load_body(body)
    ends = [0, *(block.end for block in document.blocks)]
    for block, end_before in zip(document.blocks, ends, strict=False):
        assert end_before <= block.start < block.end <= len(document.text)
        assert document.text[block.start : block.end].strip()


@settings(max_examples=100, deadline=None)
@given(st.binary())
def test_a_file_loads_if_it_is_utf_8_and_else_says_so(content: bytes) -> None:
    if content.decode(errors="ignore").encode() == content:
        assert load_bytes(HEAD.encode() + content).id == "note"
    else:
        with pytest.raises(CorpusError, match="save it as UTF-8"):
            load_bytes(HEAD.encode() + content)


def test_windows_line_ends_and_a_byte_order_mark_change_nothing() -> None:
    unix = HEAD + "# One\n\nTwo *three*\nfour.\n\n- Five\n"
    windows = b"\xef\xbb\xbf" + unix.replace("\n", "\r\n").encode()
    assert load_bytes(windows) == load_bytes(unix.encode())


def test_a_nul_becomes_the_replacement_character() -> None:
    document = load_body("One\0two *three*.")
    assert blocks(document) == [("paragraph", "One\ufffdtwo three.")]
    assert "\0" not in document.text


def test_letters_beyond_ascii_are_kept_as_they_are_written() -> None:
    body = "Wharton’s jelly — “e\u0301tude” 👩‍🔬 عربي\u200f 5\xa0µg."
    assert blocks(load_body(body)) == [("paragraph", body)]


def test_front_matter_becomes_the_document_s_fields() -> None:
    front = (
        "id: li-2021\ntitle: ' Own: and donor '\ntier: cited\nby: Li C\npublished_in: Cell 1:2\nyear: 2021\n"
        "link: https://a.b/c\ncoverage: Abstract.\ntitle_in_article: Own cells\n"
    )
    document = load_bytes(f"---\n{front}---\n".encode())
    assert (document.id, document.title, document.tier) == ("li-2021", "Own: and donor", Tier.CITED)
    assert (document.by, document.published_in, document.year) == ("Li C", "Cell 1:2", 2021)
    assert (document.link, document.coverage, document.title_in_article) == ("https://a.b/c", "Abstract.", "Own cells")


def test_only_id_title_and_tier_are_needed() -> None:
    document = load_body("")
    assert (document.by, document.published_in, document.year, document.link) == ("", "", None, "")
    assert (document.coverage, document.title_in_article) == ("", "")


@pytest.mark.parametrize(
    ("front", "named"),
    [
        ("title: A\ntier: study", "'id'"),
        ("id: a\ntier: study", "'title'"),
        ("id: a\ntitle: A", "'tier'"),
        ("", "'id'"),
        ("id: Two words\ntitle: A\ntier: study", "'id'"),
        ("id: 2021\ntitle: A\ntier: study", "'id'"),
        ("id: a\ntitle: '  '\ntier: study", "'title'"),
        ("id: a\ntitle: A\ntier: blog", "'tier': Input should be 'article', 'cited', 'regulator' or 'study'"),
        ("id: a\ntitle: A\ntier: study\nauthor: B", "'author'"),
        ("id: a\ntitle: A\ntier: study\nyear: soon", "'year'"),
        ("id: a\ntitle: A\ntier: study\nlink: a.b", "'link'"),
        ("id: a\ntitle: A\ntier: study\nlink: javascript:alert(1)", "'link'"),
        ("id: a\ntitle: A\ntier: study\nlink: https://a.b c", "'link'"),
        ("id: a\ntitle: A: B\ntier: study", "not YAML: mapping values are not allowed here"),
        ("id: [", "not YAML"),
        ("id: a\ntitle: A\ntier: study\npublished_in: 2021-02-30", "not YAML: day is out of range"),
        ("- a", "valid dictionary"),
    ],
)
def test_wrong_front_matter_is_an_error_that_names_file_and_field(tmp_path: Path, front: str, named: str) -> None:
    path = tmp_path / "wrong.md"
    path.write_text(f"---\n{front}\n---\n\nOne sentence.\n", encoding="utf-8")
    with pytest.raises(CorpusError) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert named in str(caught.value)


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"", "no front matter"),
        (b"# A note\n\nOne sentence.\n", "no front matter"),
        (b"\n" + HEAD.encode(), "no front matter"),
        (HEAD.encode() + b"caf\xe9", "save it as UTF-8"),
        (HEAD.encode("utf-16"), "save it as UTF-8"),
    ],
)
def test_an_unreadable_file_is_an_error_that_names_it(tmp_path: Path, content: bytes, named: str) -> None:
    path = tmp_path / "wrong.md"
    path.write_bytes(content)
    with pytest.raises(CorpusError) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert named in str(caught.value)


def test_a_folder_named_like_a_document_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "folder.md").mkdir()
    with pytest.raises(CorpusError, match=r"folder\.md"):
        load_corpus(tmp_path)


def test_documents_of_subfolders_are_loaded_in_the_order_of_their_paths(tmp_path: Path) -> None:
    for name, document_id in [("b.md", "x"), ("a/z.MD", "y"), ("c/d/e.md", "w")]:
        write(tmp_path, name, document_id)
    assert [document.id for document in load_corpus(tmp_path)] == ["y", "x", "w"]


@pytest.mark.parametrize("name", ["README.md", "sub/readme.md", ".draft.md", ".git/a.md", "a.txt", "a.md.bak"])
def test_a_file_that_is_not_a_document_is_passed_over(tmp_path: Path, name: str) -> None:
    kept = write(tmp_path, "kept.md", "kept")
    write(tmp_path, name, "passed-over")
    assert document_paths(tmp_path) == [kept]


def test_a_hidden_folder_above_the_corpus_does_not_hide_it(tmp_path: Path) -> None:
    path = write(tmp_path, ".cache/corpus/a.md", "a")
    assert document_paths(tmp_path / ".cache" / "corpus") == [path]


def test_an_id_that_two_documents_share_is_an_error_that_names_the_second(tmp_path: Path) -> None:
    write(tmp_path, "first.md", "same")
    second = write(tmp_path, "second.md", "same")
    with pytest.raises(CorpusError) as caught:
        load_corpus(tmp_path)
    assert str(caught.value).startswith(f"{second}: the id 'same' is taken")


@pytest.mark.parametrize("name", ["empty", "missing"])
def test_a_folder_without_documents_is_an_error_that_names_it_and_the_setting(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(CorpusError, match="FAQBOT_CORPUS") as caught:
        load_corpus(tmp_path / name)
    assert str(tmp_path / name) in str(caught.value)


def test_front_matter_says_who_approved_a_document_and_until_when(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("---\nid: a\ntitle: A\ntier: study\nreviewed_by: Dr. Lee\nreview_by: 2027-01-31\n---\n\nText.\n")
    document = load(path)
    assert (document.reviewed_by, document.review_by) == ("Dr. Lee", date(2027, 1, 31))


def test_a_day_of_review_that_is_none_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("---\nid: a\ntitle: A\ntier: study\nreview_by: next spring\n---\n\nText.\n")
    with pytest.raises(CorpusError, match="front matter field 'review_by'"):
        load(path)
