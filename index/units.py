"""What gets a vector and what BM25 reads, made from passages and expected questions. Pure."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from corpus.document import Passage
from corpus.expected import Expected
from corpus.uncovered import Uncovered

Place = tuple[int, int]
"""A sentence: (passage number, sentence number within the passage), both from 0."""


class UnitKind(StrEnum):
    """What was embedded: a sentence, a passage, a question that sentences answer, or one that none does."""

    SENTENCE = "sentence"
    PASSAGE = "passage"
    QUESTION = "question"
    UNCOVERED = "uncovered"


@dataclass(frozen=True, slots=True)
class Unit:
    """One embedded text and the sentences it stands for.

    The target of a passage is its first sentence; an uncovered question has none, and may say what
    of it is `missing`, and whether it `is_of_another` subject than the documents.
    """

    kind: UnitKind
    text: str
    targets: tuple[Place, ...]
    missing: str = ""
    is_of_another: bool = False

    @property
    def id(self) -> str:
        """Made of the content, so that an unchanged unit is not embedded again."""
        return sha256(f"{self.kind}\0{self.text}".encode()).hexdigest()[:24]


def sentence_context(passage: Passage, number: int) -> str:
    """What is embedded for a sentence: its heading path, then the sentence."""
    return "\n".join(filter(None, (" > ".join(passage.section), passage.sentences[number].text)))


def passage_context(passage: Passage) -> str:
    """What is embedded for a passage: its document's title, its heading path, then the passage."""
    return "\n".join(filter(None, (passage.title, " > ".join(passage.section), passage.text)))


def make_units(
    passages: Sequence[Passage], expected: Sequence[Expected], uncovered: Sequence[Uncovered] = ()
) -> tuple[list[Unit], tuple[str, ...]]:
    """Everything that gets a vector, each text once, and the sentences that no passage holds.

    A question that is both expected and uncovered is expected.

    Returns:
        The units, in a fixed order, and the sentences of `expected` that are not in the corpus;
        the questions of such an entry are left out.
    """
    targets: dict[tuple[UnitKind, str], list[Place]] = {}
    by_text: dict[str, list[Place]] = {}
    for number, passage in enumerate(passages):
        targets.setdefault((UnitKind.PASSAGE, passage_context(passage)), []).append((number, 0))
        for position, sentence in enumerate(passage.sentences):
            place = (number, position)
            targets.setdefault((UnitKind.SENTENCE, sentence_context(passage, position)), []).append(place)
            by_text.setdefault(sentence.text, []).append(place)
    spelled: dict[str, str] = {}  # the model doesn't tell capitals: one question, one vector
    orphans: list[str] = []
    for entry in expected:
        missing = [sentence for sentence in entry.sentences if sentence not in by_text]
        orphans += missing
        if not missing:
            places = [place for sentence in entry.sentences for place in by_text[sentence]]
            for question in entry.questions:
                same = spelled.setdefault(question.casefold(), question)
                targets.setdefault((UnitKind.QUESTION, same), []).extend(places)
    units = [Unit(kind, text, tuple(dict.fromkeys(t))) for (kind, text), t in targets.items()]
    return units + _unanswered(uncovered, spelled), tuple(orphans)


def _unanswered(uncovered: Sequence[Uncovered], expected: Container[str]) -> list[Unit]:
    entries = {question: entry for entry in uncovered for question in entry.questions}
    once = {question.casefold(): question for question in entries if question.casefold() not in expected}
    of = ((question, entries[question]) for question in once.values())
    return [Unit(UnitKind.UNCOVERED, question, (), entry.missing, entry.is_of_another) for question, entry in of]


def lexical_texts(passages: Sequence[Passage], units: Sequence[Unit]) -> list[str]:
    """One text for each sentence, in corpus order, for BM25: heading path, sentence, and its expected questions."""
    questions: dict[Place, list[str]] = {}
    for unit in units:
        if unit.kind is UnitKind.QUESTION:
            for place in unit.targets:
                questions.setdefault(place, []).append(unit.text)
    return [
        "\n".join((sentence_context(passage, position), *questions.get((number, position), ())))
        for number, passage in enumerate(passages)
        for position in range(len(passage.sentences))
    ]
