"""Question sets through the chain: every reply kept, with what it was made from."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from bot.chain import FaqChain
from bot.reply import Kind, Reply
from bot.settings import SECRETS
from bot.understand import Question, QuestionError
from corpus.load import load_corpus
from evals.errors import EvalError
from evals.outcome import Outcome, exact_citations, is_right, relevant
from evals.questions import Case

_LIBRARIES = ("faqbot-clinic", "chromadb", "bm25s", "onnxruntime", "langchain-core", "numpy")
_WARM_UP = "What do these documents say?"


def _without_secrets(settings: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if name not in SECRETS}


class Run(BaseModel):
    """A run as recorded: what was asked, what came, and what it was made from.

    Digests are SHA-256 in hex; times are ISO 8601 in UTC; `revision` is git's, empty outside a
    repository, with a `+` where files had been changed; `settings` are without those that may hold a password.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    started_at: str
    revision: str
    settings: Annotated[dict[str, Any], AfterValidator(_without_secrets)]
    corpus_digest: str
    model: str
    model_digest: str
    recipe: str
    versions: dict[str, str]
    outcomes: tuple[Outcome, ...]

    def save(self, folder: Path) -> Path:
        """Writes `run.json` into a folder, which is made."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "run.json"
        path.write_text(self.model_dump_json(), encoding="utf-8")
        return path

    @classmethod
    def load(cls, path: Path) -> Self:
        """A run from its folder or its `run.json`.

        Raises:
            EvalError: There is none, or it is not one of this version.
        """
        file = path / "run.json" if path.is_dir() else path
        try:
            return cls.model_validate_json(file.read_bytes())
        except OSError as error:
            raise EvalError(
                f"{file}: can't be read ({error.strerror}); make one by: faqbot eval run --out DIR"
            ) from error
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(map(str, first["loc"]))
            raise EvalError(f"{file}: '{field}': {first['msg']}; make it anew by: faqbot eval run --out DIR") from error


def run(
    chain: FaqChain, sets: Mapping[str, Sequence[Case]], progress: Callable[[str, int, int], None] = lambda *_: None
) -> Run:
    """Asks every case of every set, in order.

    Args:
        chain: With the settings to measure.
        sets: Cases by name of their set.
        progress: Told the set, how many questions are done and how many there are.
    """
    manifest = chain.retriever.store.manifest
    asking = _Asking(chain)
    started = datetime.now(UTC).isoformat(timespec="seconds")
    chain.invoke(_WARM_UP)  # the first question loads what later ones share
    total, done = sum(map(len, sets.values())), 0
    outcomes: list[Outcome] = []
    for name, cases in sets.items():
        for case in cases:
            try:
                outcomes.append(asking.outcome(name, case))
            except QuestionError as error:
                raise EvalError(f"{name}: question '{case.id}': {error}") from error
            done += 1
            progress(name, done, total)
    return Run(
        started_at=started,
        revision=_revision(),
        settings=chain.settings.model_dump(mode="json"),
        corpus_digest=manifest.corpus_digest,
        model=manifest.model,
        model_digest=manifest.model_digest,
        recipe=manifest.recipe,
        versions={library: version(library) for library in _LIBRARIES},
        outcomes=tuple(outcomes),
    )


class _Asking:
    def __init__(self, chain: FaqChain) -> None:
        self._chain = chain
        self._always = chain.with_settings(min_relevance=0.0, model="")
        self._documents = {document.id: document for document in load_corpus(chain.settings.corpus)}

    def outcome(self, name: str, case: Case) -> Outcome:
        question = Question(case.q, case.history)
        began = time.perf_counter()
        reply = self._chain.invoke(question)
        latency_ms = (time.perf_counter() - began) * 1000
        return Outcome(
            set=name,
            case=case,
            reply=reply,
            relevant=tuple(relevant(case, self._chain.retriever.store.passages)),
            exact_citations=exact_citations(reply, self._documents),
            right_unless_refused=self._right_unless_refused(case, question, reply),
            latency_ms=round(latency_ms, 3),
        )

    def _right_unless_refused(self, case: Case, question: Question, reply: Reply) -> bool:
        if case.kind is not Kind.ANSWER:
            return False
        return is_right(case, reply if reply.kind is Kind.ANSWER else self._always.invoke(question))


def _revision() -> str:
    """Of the code that ran; empty where it is not in a repository or git is not installed."""
    command = ("git", "describe", "--always", "--abbrev=12", "--exclude=*", "--dirty=+")
    try:
        done = subprocess.run(  # noqa: S603 (no words but these)
            command, cwd=Path(__file__).parent, capture_output=True, text=True, check=False
        )
    except OSError:
        return ""
    return done.stdout.strip()
