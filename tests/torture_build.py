"""Kills builds of an index with SIGKILL, at any moment, and looks whether the index before still answers.

Run from the repository's root: python tests/torture_build.py --kills 100
The last line says at which stages the builds were killed; exit status 1 with the facts when an
index was lost, answered from two versions of the documents at once, or was not mended.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from corpus.digest import corpus_digest
from index.build import build
from index.current import current_store
from index.embed import OnnxEmbeddings, TorchEmbeddings
from index.export import export, exported_folder
from index.retrieve import HybridRetriever
from index.store import Store
from index.weights import find_weights

FINISH_EVERY = 10
AT_RENAME_EVERY = 5
RENAME_SHARE = 0.002
"""Of the time that a build takes, about what is left of it when the new store has got its name."""
PATIENCE_S = 120

VERSIONS = ("eight", "nine")
SENTENCES = (
    "The clinic opens at {} in the morning.",
    "Parking costs {} dollars a day.",
    "A first visit takes {} minutes.",
    "The letter with your results comes after {} days.",
    "Visitors are welcome on every day of the week.",
)
QUESTIONS = ("When does the clinic open?", "What does parking cost?", "How long do my results take?")
ANSWERED_BY = (0, 1, 3)

_FORKSERVER = multiprocessing.get_context("forkserver")
_FORKSERVER.set_forkserver_preload(["chromadb", "onnxruntime", "index.build", "index.retrieve"])


class TornError(Exception):
    """An index did not outlive a kill; the message has the facts."""


@dataclass(frozen=True)
class Seen:
    """What a fresh process reads in the index that answers."""

    corpus_digest: str
    sentences: tuple[str, ...]
    answers: tuple[str, ...]


@dataclass
class Torture:
    """A small corpus of two versions, its index, and what happened to it so far.

    `answering` is the version in the index, `build_s` how long the last undisturbed build took.
    """

    folder: Path
    models: Path
    seed: int = 0
    stages: Counter[str] = field(default_factory=Counter)
    answering: str = VERSIONS[0]
    build_s: float = 0.0

    def __post_init__(self) -> None:
        self.corpus, self.state = self.folder / "corpus", self.folder / "state"
        self.root = self.state / "index"
        self.corpus.mkdir()
        self.state.mkdir()
        (self.state / "models").symlink_to(self.models.absolute())
        self._random = random.Random(self.seed)
        self._expected = {self._write(version): version for version in VERSIONS}
        self._finish(VERSIONS[0])

    def run(self, kills: int) -> None:
        """Kills so many builds, and lets one finish after every tenth and after the last one.

        Raises:
            TornError: An index was lost, mixed or not mended.
        """
        for number in range(1, kills + 1):
            self._kill(number)
            if number % FINISH_EVERY == 0 or number == kills:
                self._finish(self._other)

    def _kill(self, number: int) -> None:
        old, new = self.answering, self._other
        self._write(new)
        before = {path.name for path in self.root.iterdir()}
        delay_s = self._random.uniform(0, self.build_s)
        process, _ = _start(_build, self.corpus, self.state)
        if number % AT_RENAME_EVERY == 0:
            _wait_for_rename(self.root, process, before)
            time.sleep(delay_s * RENAME_SHARE)
        else:
            process.join(delay_s)
        stage = "done" if _end(process) else _stage(self.root, before)
        self.stages[stage] += 1
        where = f"kill {number}, after {delay_s:.2f} s, while {stage}"
        try:
            self.answering = self._look()
        except TornError as error:
            raise TornError(f"{where}: {error}") from error
        if self.answering != (new if stage in {"switched", "done"} else old):
            raise TornError(f"{where}: version {self.answering} answers; {new} was to replace {old}")

    def _finish(self, version: str) -> None:
        """Lets a build end and proves that it mended everything."""
        self._write(version)
        process, _ = _start(_build, self.corpus, self.state)
        start = time.monotonic()
        process.join(PATIENCE_S)
        self.build_s = time.monotonic() - start
        if not _end(process):
            raise TornError(f"a build that nobody disturbed did not end within {PATIENCE_S} s")
        left = sorted(path.name for path in self.root.glob(".building-*"))
        self.answering = self._look()
        if left or self.answering != version:
            raise TornError(f"a finished build of version {version} left {left}; {self.answering} answers")

    def _look(self) -> str:
        """The version that answers; nothing of the other one may be in it."""
        process, answer = _start(_read, self.state)
        seen = answer.recv() if answer.poll(PATIENCE_S) else None
        if not isinstance(seen, Seen):
            process.kill()
            raise TornError(f"the index does not answer: {seen!r}")
        if seen not in self._expected:
            raise TornError(f"a mixture answers: {seen}")
        process.join()
        return self._expected[seen]

    def _write(self, version: str) -> Seen:
        filled = tuple(sentence.format(version) for sentence in SENTENCES)
        for name, part in (("hours", filled[:2]), ("visits", filled[2:])):
            front = f"---\nid: {name}\ntitle: Your {name}\ntier: article\n---\n\n"
            (self.corpus / f"{name}.md").write_text(front + " ".join(part) + "\n", encoding="utf-8")
        return Seen(corpus_digest(self.corpus), filled, tuple(filled[number] for number in ANSWERED_BY))

    @property
    def _other(self) -> str:
        return VERSIONS[1 - VERSIONS.index(self.answering)]


def _start(target: Callable[..., None], *arguments: Path) -> tuple[ForkServerProcess, Connection]:
    """Runs a function in a fresh process that leads a group of its own; with the pipe that it may answer by."""
    ours, theirs = _FORKSERVER.Pipe()
    process = _FORKSERVER.Process(target=_run, args=(target, arguments, theirs))
    process.start()
    ours.recv()
    return process, ours


def _run(target: Callable[..., None], arguments: tuple[Path, ...], pipe: Connection) -> None:
    os.setsid()  # the process that checks a new store dies with the one that builds it
    multiprocessing.set_start_method("fork", force=True)  # tqdm's lock has no name then that a kill could leave
    pipe.send("ready")
    target(*arguments, pipe)


def _build(corpus: Path, state: Path, _: Connection) -> None:
    build(corpus, state)


def _read(state: Path, pipe: Connection) -> None:
    try:
        pipe.send(_see(state))
    except Exception as error:  # noqa: BLE001 (whatever it is, it is what the index answered)
        pipe.send(repr(error))


def _see(state: Path) -> Seen:
    with Store(current_store(state)) as store:
        embeddings = OnnxEmbeddings(exported_folder(state / "models", store.manifest.model_digest), threads=1)
        retriever = HybridRetriever(store=store, embeddings=embeddings)
        answers = tuple(retriever.hits(question)[0].sentence.text for question in QUESTIONS)
        sentences = tuple(sentence.text for passage in store.passages for sentence in passage.sentences)
        return Seen(store.manifest.corpus_digest, sentences, answers)


def _wait_for_rename(root: Path, process: ForkServerProcess, before: set[str]) -> None:
    while process.is_alive():
        if any(not path.name.startswith(".") and path.name not in before for path in root.iterdir()):
            return


def _end(process: ForkServerProcess) -> bool:
    """Kills a build and its children; whether it was done by then."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid or 0, signal.SIGKILL)
    process.join()
    if process.exitcode not in {0, -signal.SIGKILL}:
        raise TornError(f"a build failed by itself, exit status {process.exitcode}")
    return process.exitcode == 0


def _stage(root: Path, before: set[str]) -> str:
    """How far a killed build had come, by what it left."""
    new = [path for path in root.iterdir() if path.is_dir() and path.name not in before]
    if current_store(root.parent).name not in before:
        return "switched"
    if any(not path.name.startswith(".") for path in new):
        return "renamed"
    if any((path / "manifest.json").is_file() for path in new):
        return "checking"
    return "writing" if new else "preparing"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        models = export(TorchEmbeddings(find_weights()), Path(name) / "models").parent
        try:
            torture = Torture(Path(name), models, arguments.seed)
            torture.run(arguments.kills)
        except TornError as error:
            print(error, file=sys.stderr)
            return 1
    stages = ", ".join(f"{stage} {count}" for stage, count in torture.stages.most_common())
    print(f"{arguments.kills} kills: no index lost, none mixed, all mended. Killed while {stages}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
