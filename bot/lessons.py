"""What an adapter is trained on: every question that people wrote down beside the documents and the screen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from bot.examples import Examples, load_examples
from corpus.expected import Expected, load_expected
from corpus.load import load_corpus
from corpus.split import split
from corpus.uncovered import Uncovered, load_uncovered
from index.sampling import Group
from index.units import sentence_context

COVERED = "covered"
UNCOVERED = "uncovered"


def lessons(corpus: Path) -> list[Group]:
    """The groups that an adapter learns for a corpus: questions by what answers them or is missing, and by kind."""
    contexts = {
        sentence.text: sentence_context(passage, position)
        for document in load_corpus(corpus)
        for passage in split(document)
        for position, sentence in enumerate(passage.sentences)
    }
    uncovered = load_uncovered(corpus)
    near: dict[str, tuple[str, ...]] = {}
    for entry in uncovered:
        if entry.near:
            near[entry.near] = (*near.get(entry.near, ()), *entry.questions)
    groups = [_answered(entry, contexts, near) for entry in load_expected(corpus)]
    return [*groups, *_unanswered(uncovered), *_kinds(load_examples())]


def _answered(entry: Expected, contexts: dict[str, str], near: dict[str, tuple[str, ...]]) -> Group:
    texts = (*entry.questions, *(contexts[sentence] for sentence in entry.sentences if sentence in contexts))
    misses = tuple(question for sentence in entry.sentences for question in near.get(sentence, ()))
    return Group(COVERED, frozenset(entry.sentences), texts, misses)


def _unanswered(entries: Sequence[Uncovered]) -> Iterator[Group]:
    """Each entry with its like; near misses of one sentence have nothing in common but that."""
    for number, entry in enumerate(entries):
        if entry.near:
            yield from (Group(UNCOVERED, frozenset({question}), (question,)) for question in entry.questions)
        else:
            yield Group(UNCOVERED, frozenset({f"{UNCOVERED} {number}"}), entry.questions)


def _kinds(examples: Sequence[Examples]) -> Iterator[Group]:
    for sort in examples:
        if sort.match:
            yield Group(sort.kind, frozenset({str(sort.kind)}), sort.match, sort.near_misses)
