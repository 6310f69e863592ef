"""Documents by their authors and journals, as citations name them: "what did Mautner et al. find?"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from bot.english import is_english, is_rare
from bot.extract import Quote
from bot.understand import Question
from corpus.document import Document
from index.lexical import words

_AUTHOR = re.compile(r"^(?P<name>[^\W\d_][\w'’-]+) (?!UK|USA?|EU|NZ)[A-Z]{1,3}$")
"""A surname with initials, as bibliographies have it."""
_JOURNAL = re.compile(r"^[^\d(,;]*[^\W\d_]")
"""What stands before the volume."""
_TITLE_WORDS = 5
"""A shorter title may be what is asked about: "Bone marrow"."""
_SHORT = 3
"""Letters of a name that is likely a word."""

_SORTS = r"(?i:meta-analysis|paper|study|trial|review|article|analysis)\b"
_ET_AL = r" (?i:et al\b\.?|and (?:colleagues|co-?workers))"
_FOUND = r"(?i:find|conclude|report|show)\b"
_SOMEBODY = re.compile(r"\b(?:dr|doctor|prof|professor|nurse|mr|mrs|ms|miss|judge)\.? (?:[^\W\d_]+ )?$", re.IGNORECASE)
"""Stands before the name of somebody who is met, not cited."""
_OF_SOMEBODY = r"(?i:[^.?!]*\b(?:my|me|our|us|his|her|up)\b)"
"""Behind "find": what was found is not what a paper found."""
_THE = r"(?:\b[Tt]he )?"


class Titles:
    """Reads authors and journals as what a document is called in its own sentences (`Document.known_as`).

    Args:
        documents: Of the corpus.
    """

    def __init__(self, documents: Iterable[Document]) -> None:
        every = list(documents)
        self._known = {d.known_as: d.id for d in every if d.known_as}
        forms = [("|".join(_forms(d)), d.known_as) for d in every if d.known_as]
        self._forms = [(re.compile(form), known_as) for form, known_as in forms if form]
        self.words = frozenset(word for d in every for word in words(f"{d.title} {d.by} {d.published_in}"))
        """The words of titles, authors and publishers, lower case: citations show them."""

    def named(self, question: Question) -> Question:
        """A question and those before it with the documents' own names for what citations name otherwise, each once."""
        return replace(
            question, text=self._named(question.text), history=tuple(self._named(text) for text in question.history)
        )

    def of_meant(self, text: str, quotes: Iterable[Quote]) -> list[Quote]:
        """The quotes; none where a text speaks of a document by its own name and none of them is from it.

        What others say would be taken for what that one says.
        """
        found = list(quotes)
        meant = {source_id for known_as, source_id in self._known.items() if known_as in text}
        return [] if meant and meant.isdisjoint(quote.passage.source_id for quote in found) else found

    def _named(self, text: str) -> str:
        for form, known_as in self._forms:
            found = form.search(text)
            if found and not _SOMEBODY.search(text[: found.start()]):
                text = f"{text[: found.start()]}{known_as}{text[found.end() :]}"
        return text


def _forms(document: Document) -> Iterator[str]:
    """The ways in which citations name a document.

    An author's name alone may be that of a doctor or a neighbour: it counts beside a year, "et al.", a paper, or where
    it is asked what was found. One that is a word as well must be written as a name.
    """
    year = rf",? \(?{document.year}\b\)?" if document.year else "(?!)"
    for title in (document.title, document.title_in_article):
        if len(title.split()) >= _TITLE_WORDS:
            yield rf"(?i:(?<!\w){re.escape(title)}(?!\w))"
    first, *others = [
        author["name"] for part in document.by.removesuffix(" et al.").split(", ") if (author := _AUTHOR.match(part))
    ] or [""]
    if first:
        is_word = len(first) <= _SHORT or is_english(first.lower())
        name = re.escape(first) if is_word else rf"(?i:{re.escape(first)})"
        with_another = rf"(?:,? (?:and|&) (?:{'|'.join(map(re.escape, others))}))?" if others else ""
        beside = rf"(?:{_ET_AL}(?:{year})?|{with_another}{year})(?: {_SORTS})?|(?:['’]s)? {_SORTS}"
        yield rf"{_THE}\b{name}(?:{beside})"
        if not is_word:
            yield rf"(?i:(?<=\bdid ))(?:[Tt]he )?{name}(?= {_FOUND}(?!{_OF_SOMEBODY}))"
    if (journal := _JOURNAL.match(document.published_in)) and (" " in journal[0] or is_rare(journal[0].lower())):
        named = rf"\b{re.escape(journal[0])}(?:{year})?"
        dated = rf"{_THE}(?:\b{document.year} )?"
        yield rf"{dated}{named} {_SORTS}"
        yield rf"{dated}\b{_SORTS} (?:in|from) (?:the )?{named}"
