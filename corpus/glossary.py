"""Jargon explained by the documents themselves: `glossary.yaml` beside them, read and checked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from corpus.document import BlockKind, CorpusError, Document
from corpus.entries import Text, load_entries
from corpus.split import split_sentences

FILE = "glossary.yaml"
"""The file of a corpus folder that holds its glossary."""


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    term: Text
    also: tuple[Text, ...] = ()
    lay: tuple[Text, ...] = ()
    definition: Text | None = None
    source: Text | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A term, what else it is called, and what a document says it is.

    `also` holds names that mean the same, `lay` what patients say for it. With a definition,
    `document.text[start:end] == definition` in the document whose id is `source`; without one the
    entry serves to understand questions only, and these four are empty or 0.
    """

    term: str
    also: tuple[str, ...] = ()
    lay: tuple[str, ...] = ()
    definition: str = ""
    source: str = ""
    start: int = 0
    end: int = 0

    @property
    def names(self) -> tuple[str, ...]:
        """The term and all that it is also called, in the words of documents and of patients."""
        return (self.term, *self.also, *self.lay)


def load_glossary(folder: Path, documents: Sequence[Document]) -> tuple[Entry, ...]:
    """The glossary of a corpus folder, in the order of its file; empty where there is no file.

    Args:
        folder: The corpus, as given to `corpus.load.load_corpus`.
        documents: What stands in it; each definition is looked up there.

    Raises:
        CorpusError: The file is not of the form, a definition does not stand verbatim, once and in
            one paragraph of its source, or a name is taken; names the file, the entry and the field.
    """
    path = folder / FILE
    if not path.exists():
        return ()
    sources = {document.id: document for document in documents}
    taken: dict[str, int] = {}
    entries: list[Entry] = []
    for number, raw in enumerate(load_entries(path, _Entry), 1):
        try:
            entries.append(_placed(raw, sources))
            _take_names(raw, number, taken)
        except CorpusError as error:
            raise CorpusError(f"{path}: entry {number}.{error}; mend the entry.") from None
    return tuple(entries)


def _placed(raw: _Entry, sources: dict[str, Document]) -> Entry:
    if raw.definition is None and raw.source is None:
        return Entry(raw.term, raw.also, raw.lay)
    if raw.definition is None:
        raise CorpusError(f"definition: missing, though '{raw.term}' has a source")
    if raw.source not in sources:
        raise CorpusError(f"source: there is no document '{raw.source or ''}' for '{raw.term}'")
    start = _find(raw.definition, sources[raw.source])
    return Entry(raw.term, raw.also, raw.lay, raw.definition, raw.source, start, start + len(raw.definition))


def _find(quote: str, document: Document) -> int:
    """Where a quotation begins; headings don't count, for a passage that could be cited holds none."""
    found = [
        match.start()
        for block in document.blocks
        if block.kind is not BlockKind.HEADING
        for match in re.compile(re.escape(quote)).finditer(document.text, block.start, block.end)
    ]
    if not found:
        raise CorpusError(f"definition: not verbatim in a paragraph of '{document.id}': {quote[:60]}")
    if len(found) > 1:
        raise CorpusError(f"definition: stands {len(found)} times in '{document.id}', quote more of it: {quote[:60]}")
    return found[0]


def _take_names(raw: _Entry, number: int, taken: dict[str, int]) -> None:
    for field, names in (("term", (raw.term,)), ("also", raw.also), ("lay", raw.lay)):
        for name in names:
            if name.casefold() in taken:
                raise CorpusError(f"{field}: entry {taken[name.casefold()]} has the name '{name}'")
            taken[name.casefold()] = number


_BEFORE_COMMA = re.compile(r"([^,:;()]+), (?:meaning|which (?:is|are|means?)) ")
_OR = re.compile(r"([^,:;()]+), or ([^,.:;()]+),")
_AT_START = re.compile(r"^(?:(?:The|An?) )?([^,:;()\"“”]+?) (?:means|(?:is|are) an?) ")
_IN_QUOTES = re.compile(r"[\"“]([^\"“”]+)[\"”] (?:means|is the) ")
_IN_BRACKETS = re.compile(r"([^()\s][^()]*) \(([^()]+)\)")
_CUT = re.compile(r"^.*\b(?:an?|the|and|or|of|as|for|in|to|by|from|with|including) ", re.IGNORECASE)
_NO_TERM = re.compile(
    r"(?![a-z])|(?:this|that|these|those|it|they|there|what|which|who|each)\b|\S+(?: \S+){4}", re.IGNORECASE
)


def draft(documents: Sequence[Document]) -> list[dict[str, Any]]:
    """A first draft of `glossary.yaml`, for a person to cut and correct.

    It finds, sentence by sentence, headings left out:
    - "X, meaning Y" and "X, which is Y": X, defined by the sentence;
    - "X means Y" and "X is a Y" at the head of a sentence, and "X" in quotation marks that means
      something or is the name of it: X, defined by the sentence;
    - "X, or Y,": X, also called Y;
    - "X (ABC)" and "ABC (X)": X, also called ABC, where the letters of ABC stand in X in order.
      Source: Schwartz and Hearst (2003), "A Simple Algorithm for Identifying Abbreviation
      Definitions in Biomedical Text".

    It knows no grammar: some terms begin or end in the wrong place, and not all that is said of a
    thing is what the thing is. "X, cells that Y" escapes it.

    Returns:
        Entries of the form of the file, in the order of the documents, each name once, of the
        definitions of a term the first; no lay words.
    """
    drafted: list[dict[str, Any]] = []
    named: dict[str, dict[str, Any]] = {}
    for document, sentence in _sentences(documents):
        for term, other in _terms(sentence):
            entry = named.get(term.casefold()) or named.get(other.casefold())
            if entry is None:
                drafted.append(entry := {"term": term})
                named[term.casefold()] = entry
            for name in filter(None, (term, other)):
                if name.casefold() not in named:
                    named[name.casefold()] = entry
                    entry.setdefault("also", []).append(name)
            if not other and "definition" not in entry:
                entry |= {"definition": sentence, "source": document.id}
    return drafted


def _sentences(documents: Sequence[Document]) -> Iterator[tuple[Document, str]]:
    for document in documents:
        for block in document.blocks:
            if block.kind is not BlockKind.HEADING:
                for start, end in split_sentences(document.text, block.start, block.end):
                    yield document, document.text[start:end]


def _terms(sentence: str) -> Iterator[tuple[str, str]]:
    """Each term of a sentence with its other name, which is empty where the sentence defines it."""
    pairs = [(_CUT.sub("", term.strip()), "") for term in _BEFORE_COMMA.findall(sentence)]
    pairs += [(_CUT.sub("", term.strip()), other.strip()) for term, other in _OR.findall(sentence)]
    pairs += [(term, "") for pattern in (_AT_START, _IN_QUOTES) for term in pattern.findall(sentence)]
    yield from (pair for pair in pairs if not any(map(_NO_TERM.match, (pair[0], pair[1] or pair[0]))))
    for before, inside in _IN_BRACKETS.findall(sentence):
        last = before.split()[-1]
        if long := _long_form(inside, before):
            yield long, inside
        elif _long_form(last, inside) == inside:
            yield inside, last


def _long_form(short: str, text: str) -> str:
    """The fewest last words of a text that `short` may stand for; none where it looks like no abbreviation."""
    letters = [letter for letter in short.casefold() if letter.isalnum()]
    if " " in short or not 2 <= len(letters) <= 10 or short.islower():
        return ""
    words = text.split()[-min(len(letters) + 5, 2 * len(letters)) :]
    ends = (" ".join(words[-count:]) for count in range(1, len(words) + 1))
    return next((end for end in ends if _holds(end.casefold(), letters)), "")


def _holds(text: str, letters: Sequence[str]) -> bool:
    remaining = iter(text)
    return text.startswith(letters[0]) and all(letter in remaining for letter in letters)
