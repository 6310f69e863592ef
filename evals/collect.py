"""A clinic's own question set, to which staff add one question at a time."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

import filelock

from bot.private import without_personal_data
from bot.reply import Kind
from evals.errors import EvalError
from evals.questions import Case, load_cases

_PATIENCE_S = 10
_CHANGING = (Kind.ANSWER, Kind.BOUNDARY)
"""Kinds of replies that may show facts."""


def own_sets(state: Path) -> dict[str, Path]:
    """The clinic's sets of a state folder, by name."""
    folder = state / "questions"
    return {path.stem: path for path in sorted(folder.glob("*.jsonl"))} if folder.is_dir() else {}


def add_case(path: Path, q: str, kind: Kind, facts: Sequence[str] = (), history: Sequence[str] = ()) -> Case:
    """Adds a question without personal data to a set, which is made if there is none. Two at once are both kept.

    Args:
        path: Of the set, JSON lines.
        q: The question.
        kind: Of the reply that it must get.
        facts: Sentences that the reply must show, each of them.
        history: The questions before it.

    Returns:
        The question as kept: with its id, and its words and those before it without personal data.

    Raises:
        EvalError: The set has the question already, or is malformed, or can't be written.
    """
    if facts and kind not in _CHANGING:
        raise EvalError(f"a reply of the kind '{kind}' shows no sentences; leave the sentences out.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(path.with_suffix(".lock"), timeout=_PATIENCE_S):
            return _add(path, without_personal_data(q), kind, facts, [*map(without_personal_data, history)])
    except filelock.Timeout as error:
        raise EvalError(f"{path}: somebody else is adding to it; try again.") from error
    except OSError as error:
        raise EvalError(f"{path}: can't be written ({error.strerror}); look at the state folder.") from error


def _add(path: Path, q: str, kind: Kind, facts: Sequence[str], history: Sequence[str]) -> Case:
    cases = load_cases(path) if path.exists() else []
    if any(case.q == q and case.history == tuple(history) for case in cases):
        raise EvalError(f"the set '{path.stem}' has this question already.")
    ours = (re.fullmatch(rf"{re.escape(path.stem)}-([0-9]+)", case.id) for case in cases)
    number = 1 + max((int(numbered[1]) for numbered in ours if numbered), default=0)
    case = Case(id=f"{path.stem}-{number:04d}", q=q, history=tuple(history), kind=kind, facts=[[f] for f in facts])
    line = case.model_dump_json(exclude_defaults=True) + "\n"
    aside = path.with_suffix(".new")
    with aside.open("w", encoding="utf-8") as stream:
        os.fchmod(stream.fileno(), 0o600)  # what patients asked is for the clinic's eyes
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        stream.write(before + ("" if not before or before.endswith("\n") else "\n") + line)
        stream.flush()
        os.fsync(stream.fileno())
    aside.replace(path)
    return case
