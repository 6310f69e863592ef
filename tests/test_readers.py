"""HTML, JATS, Word and PDF files become the same kind of Document as Markdown."""

from __future__ import annotations

from pathlib import Path

import docx
import pytest

from corpus.document import BlockKind, CorpusError, Document
from corpus.load import load, load_corpus
from corpus.split import split

FRONT = "id: page\ntitle: A page\ntier: article\n"

HTML = """<!doctype html><html><head><title>x</title><style>p{}</style></head><body>
<nav><a href="/">Home</a></nav>
<article><h2>Where cells <em>come</em> from</h2><!-- for legal -->
<p>Bone   marrow is <b>one</b> source.<br>Fat is another.</p><div>Loose words. <p>A paragraph.</p> More loose.</div>
<ul><li>First item</li><li><p>Second item</p></li></ul><script>alert(1)</script></article>
<footer>Copyright</footer></body></html>"""

JATS = """<?xml version="1.0"?><article>
<front><article-meta><abstract><p>An abstract.</p></abstract></article-meta></front>
<body><sec><title>Methods</title><p>We did <italic>this</italic> &amp; that.</p><sec><title>Cells</title>
<list><list-item><p>Item one</p></list-item></list><p>Deep.<xref>3</xref></p>
<fig><caption><p>Fig</p></caption></fig></sec></sec></body>
<back><ref-list><ref>A reference</ref></ref-list></back></article>"""


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    path.with_suffix(".yaml").write_text(FRONT)
    return path


def shown(document: Document) -> list[tuple[str, int, str]]:
    return [(block.kind.value, block.level, document.text[block.start : block.end]) for block in document.blocks]


def pdf(*lines: str) -> bytes:
    text = "".join(f"({line}) Tj T* " for line in lines)
    stream = f"BT /F1 12 Tf 14 TL 72 720 Td {text}ET"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
        "/Resources << /Font << /F1 5 0 R >> >> >>",
        f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    body, offsets = "%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(body))
        body += f"{number} 0 obj\n{content}\nendobj\n"
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    size = len(objects) + 1
    return (
        f"{body}xref\n0 {size}\n0000000000 65535 f \n{table}"
        f"trailer << /Size {size} /Root 1 0 R >>\nstartxref\n{len(body)}\n%%EOF"
    ).encode()


def test_a_web_page_gives_its_article_without_navigation_comments_and_scripts(tmp_path: Path) -> None:
    assert shown(load(write(tmp_path, "page.html", HTML))) == [
        ("heading", 2, "Where cells come from"),
        ("paragraph", 0, "Bone marrow is one source. Fat is another."),
        ("paragraph", 0, "Loose words."),
        ("paragraph", 0, "A paragraph."),
        ("paragraph", 0, "More loose."),
        ("item", 0, "First item"),
        ("item", 0, "Second item"),
    ]


def test_a_journal_article_gives_abstract_and_body_with_nested_headings(tmp_path: Path) -> None:
    assert shown(load(write(tmp_path, "page.xml", JATS))) == [
        ("paragraph", 0, "An abstract."),
        ("heading", 2, "Methods"),
        ("paragraph", 0, "We did this & that."),
        ("heading", 3, "Cells"),
        ("item", 0, "Item one"),
        ("paragraph", 0, "Deep.3"),
    ]


def test_a_word_document_gives_headings_lists_and_tables(tmp_path: Path) -> None:
    word = docx.Document()
    word.add_heading("Sources", 2)
    word.add_paragraph("Bone marrow is one source.")
    word.add_paragraph("An item", style="List Bullet")
    table = word.add_table(1, 2)
    table.cell(0, 0).text, table.cell(0, 1).text = "left", "right"
    path = write(tmp_path, "page.docx", b"")
    word.save(str(path))
    assert shown(load(path)) == [
        ("heading", 2, "Sources"),
        ("paragraph", 0, "Bone marrow is one source."),
        ("item", 0, "An item"),
        ("paragraph", 0, "left right"),
    ]


def test_a_pdf_gives_paragraphs_put_together_from_their_lines(tmp_path: Path) -> None:
    page = pdf(
        "Bone marrow is one of the most established of all sour-",
        "ces. It is small.",
        "Fat is another source of cells.",
    )
    assert shown(load(write(tmp_path, "page.pdf", page))) == [
        ("paragraph", 0, "Bone marrow is one of the most established of all sources. It is small."),
        ("paragraph", 0, "Fat is another source of cells."),
    ]


@pytest.mark.parametrize(("name", "content"), [("page.html", HTML), ("page.xml", JATS), ("page.pdf", pdf("One. Two."))])
def test_every_passage_and_sentence_is_where_it_says(tmp_path: Path, name: str, content: str | bytes) -> None:
    document = load(write(tmp_path, name, content))
    passages = split(document)
    assert passages
    for passage in passages:
        assert document.text[passage.start : passage.end] == passage.text
        for sentence in passage.sentences:
            assert document.text[sentence.start : sentence.end] == sentence.text
            assert sentence.kind in {BlockKind.PARAGRAPH, BlockKind.ITEM}


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("page.html", "", "can't be read"),
        ("page.xml", "<article><body>", "not well-formed"),
        ("page.xml", "<html/>", "no JATS article"),
        ("page.docx", "PK nonsense", "not a Word document"),
        ("page.pdf", "nonsense", "not a PDF"),
        ("page.pdf", pdf(), "holds no text"),
    ],
)
def test_a_damaged_file_gives_one_error_that_names_it(
    tmp_path: Path, name: str, content: str | bytes, said: str
) -> None:
    path = write(tmp_path, name, content)
    with pytest.raises(CorpusError, match=said) as caught:
        load(path)
    assert str(path) in str(caught.value)


def test_an_entity_of_a_foreign_file_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret words")
    doctype = f'<!DOCTYPE article [<!ENTITY x SYSTEM "{(tmp_path / "secret.txt").as_uri()}">]>'
    path = write(tmp_path, "page.xml", f"{doctype}<article><body><p>Before &x; after.</p></body></article>")
    assert "secret words" not in load(path).text


def test_front_matter_stands_beside_a_file_that_cannot_hold_it(tmp_path: Path) -> None:
    path = write(tmp_path, "page.html", HTML)
    assert [document.id for document in load_corpus(tmp_path)] == ["page"]
    path.with_suffix(".yaml").unlink()
    with pytest.raises(CorpusError, match=r"page\.yaml"):
        load(path)


def test_a_page_without_a_declared_charset_is_read_as_utf_8(tmp_path: Path) -> None:
    assert shown(load(write(tmp_path, "page.html", "<p>It’s “fine”.</p>")))[0][2] == "It’s “fine”."


def test_an_faq_in_details_keeps_question_and_answer_apart(tmp_path: Path) -> None:
    page = "<body><details><summary>A question?</summary><p>One.</p><p>Two.</p></details></body>"
    assert [text for _, _, text in shown(load(write(tmp_path, "page.html", page)))] == ["A question?", "One.", "Two."]


def test_all_articles_of_a_page_are_read(tmp_path: Path) -> None:
    page = "<body><article><p>One.</p></article><article><p>Two.</p></article></body>"
    assert [text for _, _, text in shown(load(write(tmp_path, "page.html", page)))] == ["One.", "Two."]


@pytest.mark.parametrize("comment", ["<!-- for legal -->", "<!-- two\n\nparagraphs -->"])
def test_a_comment_in_markdown_is_never_text(tmp_path: Path, comment: str) -> None:
    source = f"---\n{FRONT}---\n\nOne. {comment}\n\nTwo.\n"
    path = tmp_path / "page.md"
    path.write_text(source)
    document = load(path)
    assert [text for _, _, text in shown(document)] == ["One.", "Two."]
    assert "legal" not in document.text
    assert "paragraphs" not in document.text
    assert document.text.index("Two.") == source.index("Two.")


def test_the_cells_of_a_markdown_table_are_blocks(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text(f"---\n{FRONT}---\n\n| Source | Use |\n|---|---|\n| Fat | Joints |\n")
    assert [text for _, _, text in shown(load(path))] == ["Source", "Use", "Fat", "Joints"]


def test_a_document_without_text_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, "page.html", "<body><script>1</script></body>")
    with pytest.raises(CorpusError, match="holds no text"):
        load_corpus(tmp_path)
