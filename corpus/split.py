"""Document to passages to sentences. Pure: no file is read, nothing is kept."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from sentencex import get_sentence_boundaries

from corpus.document import Block, BlockKind, Document, Passage, Sentence

MAX_WORDS = 160
"""Words of a passage at most: with title and headings, what all-MiniLM-L6-v2 reads at once (256 word pieces)."""


def split(document: Document, max_words: int = MAX_WORDS) -> list[Passage]:
    """The passages of a document, in its order.

    A passage stands under one heading path and holds whole paragraphs. A paragraph longer than
    `max_words` is cut between sentences; a sentence is never cut.

    Args:
        document: Read by `corpus.load`.
        max_words: Size of a passage at most, in words; at least 1.

    Returns:
        Passages that together hold every sentence of the document once.
    """
    passages = [
        _passage(document, section, sentences)
        for section, blocks in _sections(document)
        for sentences in _pack(document, blocks, max_words)
    ]
    return list(_told_apart(passages))


def split_sentences(text: str, start: int = 0, end: int | None = None) -> list[tuple[int, int]]:
    """Offsets of the sentences of `text[start:end]`, white space around them left out.

    Returns:
        Pairs (start, end) into `text`, in order, that cover all of it but white space.
    """
    spans: list[tuple[int, int]] = []
    cursor = start
    for boundary in get_sentence_boundaries("en", text[start:end].replace("\u00a0", " ")):
        raw: str = boundary["text"]
        lead = len(raw) - len(raw.lstrip())
        if raw.strip():
            spans.append((cursor + lead, cursor + len(raw.rstrip())))
        cursor += len(raw)
    return spans


def _sections(document: Document) -> Iterator[tuple[tuple[str, ...], list[Block]]]:
    """Runs of blocks under one heading path; a heading of the document's own title adds nothing."""
    path: list[tuple[int, str]] = []
    run: list[Block] = []
    for block in document.blocks:
        if block.kind is not BlockKind.HEADING:
            run.append(block)
            continue
        if run:
            yield _titles(path, document), run
        run = []
        path = [(level, title) for level, title in path if level < block.level]
        path.append((block.level, document.text[block.start : block.end]))
    if run:
        yield _titles(path, document), run


def _titles(path: list[tuple[int, str]], document: Document) -> tuple[str, ...]:
    return tuple(title for _, title in path if title != document.title)


def _pack(document: Document, blocks: list[Block], max_words: int) -> Iterator[list[Sentence]]:
    pack: list[Sentence] = []
    words = 0
    for piece in _pieces(document, blocks, max_words):
        size = _count_words(piece)
        if pack and words + size > max_words:
            yield pack
            pack, words = [], 0
        pack += piece
        words += size
    if pack:
        yield pack


def _pieces(document: Document, blocks: Iterable[Block], max_words: int) -> Iterator[list[Sentence]]:
    """Each block's sentences together, or one by one where the block is longer than a passage."""
    for number, block in enumerate(blocks):
        sentences = [
            Sentence(document.text[start:end], start, end, number, block.kind)
            for start, end in split_sentences(document.text, block.start, block.end)
        ]
        if _count_words(sentences) <= max_words:
            yield sentences
        else:
            yield from ([sentence] for sentence in sentences)


def _count_words(sentences: Iterable[Sentence]) -> int:
    return sum(len(sentence.text.split()) for sentence in sentences)


def _passage(document: Document, section: tuple[str, ...], sentences: list[Sentence]) -> Passage:
    start, end = sentences[0].start, sentences[-1].end
    text = document.text[start:end]
    content = "\0".join((document.id, *section, text))
    return Passage(
        id=hashlib.sha256(content.encode()).hexdigest()[:16],
        source_id=document.id,
        title=document.title,
        tier=document.tier,
        section=section,
        text=text,
        start=start,
        end=end,
        sentences=tuple(sentences),
        link=document.link,
        coverage=document.coverage,
    )


def _told_apart(passages: Iterable[Passage]) -> Iterator[Passage]:
    """The passages, those with the same words under the same headings with different ids."""
    seen: Counter[str] = Counter()
    for passage in passages:
        again = seen[passage.id]
        seen[passage.id] += 1
        yield replace(passage, id=f"{passage.id}-{again + 1}") if again else passage
