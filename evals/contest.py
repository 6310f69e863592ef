"""The same work for every contender: each builds its index from nothing, then all are asked in turns."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.settings import Settings
from corpus.load import load_corpus
from evals.peers import Answered, BenchError, Contender, Indexed, answer, environment, index, installed_mb
from evals.questions import Case
from index.weights import find_weights

TOP_K = 4
"""Passages that a contender shows."""

_TURNS = 3

Progress = Callable[[str, int, int], None]
"""Told what is being done, how many are done and how many there are."""


def job(settings: Settings, cases: Sequence[Case]) -> dict[str, Any]:
    """The work that every contender gets: the documents without their front matter, the weights, the questions.

    Raises:
        CorpusError: A document is malformed.
        ModelError: The model is missing.
    """
    documents = [document for document in load_corpus(settings.corpus) if document.blocks]
    return {
        "model": str(find_weights(settings.embedding_model).folder.absolute()),
        "documents": [{"id": d.id, "title": d.title, "text": d.text[d.blocks[0].start :]} for d in documents],
        "questions": [{"id": case.id, "q": case.q, "history": case.history} for case in cases],
        "top_k": TOP_K,
        "settings": settings.model_copy(update={"corpus": settings.corpus.absolute()}).model_dump(mode="json"),
    }


@dataclass(frozen=True, slots=True)
class Entry:
    """A contender, or a variant of one, over its built index; `answered` grows by one each time it is asked."""

    name: str
    contender: Contender
    python: Path
    work: dict[str, Any]
    built: Indexed
    install_mb: float
    answered: list[Answered] = field(default_factory=list)

    def ask(self) -> None:
        """Asks all questions once, in a fresh process.

        Raises:
            BenchError: The contender fails.
        """
        self.answered.append(answer(self.contender, self.python, self.work))


def enter(contender: Contender, folder: Path, work: dict[str, Any]) -> list[Entry]:
    """Builds a contender's index from nothing.

    Args:
        contender: See `Contender`.
        folder: Where its environment is, or will be.
        work: See `job`; with `index`, a folder for what is built.

    Returns:
        Its entry, and one for each of its variants.

    Raises:
        BenchError: The contender can't be made, or fails.
    """
    python = environment(contender, folder)
    built, install_mb = index(contender, python, work), installed_mb(contender, python)
    jobs = {contender.name: work}
    jobs |= {f"{contender.name}, {v.replace('_', ' ')}": {**work, v: True} for v in contender.variants}
    return [Entry(name, contender, python, each, built, install_mb) for name, each in jobs.items()]


def measure(
    contenders: Sequence[Contender], folder: Path, work: dict[str, Any], progress: Progress = lambda *_: None
) -> tuple[list[Entry], dict[str, str]]:
    """Builds each contender's index, then asks all of them in turns, three times over.

    Args:
        contenders: Of different names.
        folder: Holds a folder for each, with its environment.
        work: See `job`.
        progress: Told of each step.

    Returns:
        The entries that were asked; and, by name, in one line why a contender couldn't be had.
    """
    entries: list[Entry] = []
    absent: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="faqbot-bench-") as aside:
        for number, contender in enumerate(contenders):
            progress("building", number, len(contenders))
            with _or_absent(contender, absent):
                place = Path(aside, contender.name)
                place.mkdir()
                entries += enter(contender, folder / contender.name, {**work, "index": str(place)})
        for turn in range(_TURNS):
            progress("asking", turn, _TURNS)
            for entry in entries:
                if entry.contender.name not in absent:
                    with _or_absent(entry.contender, absent):
                        entry.ask()
        progress("asking", _TURNS, _TURNS)
    return [entry for entry in entries if entry.contender.name not in absent], absent


@contextmanager
def _or_absent(contender: Contender, absent: dict[str, str]) -> Iterator[None]:
    try:
        yield
    except BenchError as error:
        absent[contender.name] = str(error)
