"""A piece of long work: what it is, and how it tells from within how far it is."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

_TOLD_EVERY_S = 0.25


class JobState(StrEnum):
    """How a job stands."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Job:
    """A piece of work: `done` of `total` parts of `step` are done; `message` says how it ended."""

    id: str
    folder: Path
    kind: str
    who: str
    started_at: datetime
    state: JobState
    step: str = ""
    done: int = 0
    total: int = 0
    message: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)


class Teller:
    """Says from within a job how far it is."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._told_s = 0.0

    def progress(self, step: str, done: int, total: int) -> None:
        """Tells it, but not more often than anybody looks."""
        if done >= total or time.monotonic() >= self._told_s + _TOLD_EVERY_S:
            self._told_s = time.monotonic()
            self._tell(state=JobState.RUNNING, step=step, done=done, total=total)

    def end(self, state: JobState, message: str) -> None:
        """Tells how it ended."""
        self._tell(state=state, message=message)

    def _tell(self, **told: Any) -> None:
        write(self._folder / "state.json", told)


def write(path: Path, content: Mapping[str, Any]) -> None:
    """Writes a file that nobody sees half written."""
    aside = path.with_suffix(".new")
    aside.write_text(json.dumps(content), encoding="utf-8")
    aside.replace(path)


def read(path: Path) -> dict[str, Any]:
    """What a file holds; nothing where there is none."""
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return content
