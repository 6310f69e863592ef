"""Documents by their authors and journals, as citations name them: "what did Mautner et al. find?"."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from bot.english import is_english, is_rare
from bot.understand import Question
from corpus.document import Document
from index.lexical import words

_AUTHOR = re.compile(r"^(?P<name>[^\W\d_][\w'’-]+) [A-Z]{1,3}(?:,| et al\.|$)")
"""The first author's surname, with initials, as bibliographies have it."""
_JOURNAL = re.compile(r"^[^\d(,;]*[^\W\d_]")
"""What stands before the volume."""

_SORTS = r"(?:meta-analysis|paper|study|trial|review|article|analysis)"
_ET_AL = r"(?: et al\b\.?)"
_AND_OTHERS = r"(?: et al\b\.?| and (?:colleagues|others|co-?workers)|['’]s team)"
_AND_ANOTHER = r",? (?:and|&) [^\W\d_]+"
_SHORT = 3
"""Letters of a name that is likely a word."""
_DID = r"(?:do|does|did|has|have)"
_TELLS = (
    r"(?:find|found|say|said|says|show|showed|shown|conclude|concluded|report|reported|write|wrote|written"
    r"|mean|see|saw|seen|compare|compared|look|looked|think|discuss|describe|argue|recommend|claim)"
)


class Titles:
    """Reads authors and journals as what a document is called in its own sentences (`Document.known_as`).

    Args:
        documents: Of the corpus.
    """

    def __init__(self, documents: Iterable[Document]) -> None:
        every = list(documents)
        self._forms = [form for document in every if document.known_as for form in _forms(document)]
        self.words = frozenset(word for d in every for word in words(f"{d.title} {d.by} {d.published_in}"))
        """The words of titles, authors and publishers, lower case: citations show them."""

    def named(self, question: Question) -> Question:
        """A question and those before it with the documents' own names for what citations name otherwise."""
        return replace(
            question, text=self._named(question.text), history=tuple(self._named(text) for text in question.history)
        )

    def _named(self, text: str) -> str:
        for form, known_as in self._forms:
            text = form.sub(known_as, text)
        return text


def _forms(document: Document) -> list[tuple[re.Pattern[str], str]]:
    """The ways in which citations name a document, each with what to say instead.

    An author's name alone may be that of a doctor or a neighbour: it counts beside a year, a paper or what one found;
    one that is a word as well, as Ma is, not beside the last.
    """
    known_as, year = document.known_as, rf",? \(?{document.year}\b\)?"
    found = [(re.escape(title), known_as) for title in {document.title, document.title_in_article} - {""}]
    if author := _AUTHOR.match(document.by):
        name = re.escape(author["name"])
        is_word = len(name) <= _SHORT or is_english(name.lower())
        others = _ET_AL if is_word else _AND_OTHERS
        dated = rf"(?:{_AND_ANOTHER})?{year}"
        beside = rf"(?:{others}(?:{year})?|{dated}|['’]s)?(?: {_SORTS})\b|{others}(?:{year})?|{dated}"
        found.append((rf"(?:\bthe )?\b{name}(?:{beside})", known_as))
        if not is_word:
            found.append((rf"\b({_DID}) {name}(?= (?:\w+ )?{_TELLS}\b)", rf"\1 {known_as}"))
    if (journal := _JOURNAL.match(document.published_in)) and _is_telling(journal[0]):
        named = rf"\b{re.escape(journal[0])}(?:{year})?"
        found.append((rf"(?:\bthe )?(?:\b{document.year} )?{named} {_SORTS}\b", known_as))
        found.append((rf"(?:\bthe )?(?:\b{document.year} )?\b{_SORTS} (?:in|from) (?:the )?{named}", known_as))
    return [(re.compile(form, re.IGNORECASE), name) for form, name in found]


def _is_telling(journal: str) -> bool:
    """Whether a journal's name is nothing else: "Medicine" is."""
    return " " in journal or is_rare(journal.lower())
