"""A piece of long work: what it is, and how it tells from within how far it is."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import BaseModel

_TOLD_EVERY_S = 0.25
CANCELLED = "cancelled"
"""Name of the file that asks a job to stop."""
STOPPED = "Stopped by staff."


class JobState(StrEnum):
    """How a job stands."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class JobStoppedError(Exception):
    """Raised inside a job that was asked to stop."""


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


class _Request(BaseModel):
    """What stands in request.json; what another version wrote besides is left alone."""

    kind: str
    who: str
    started_at: datetime
    arguments: dict[str, Any]


class _Told(BaseModel):
    """What stands in state.json, likewise."""

    state: JobState = JobState.RUNNING
    step: str = ""
    done: int = 0
    total: int = 0
    message: str = ""


class Teller:
    """Says from within a job how far it is."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._told_s = 0.0

    def progress(self, step: str, done: int, total: int) -> None:
        """Tells it, but not more often than anybody looks.

        Raises:
            JobStoppedError: Somebody has asked the job to stop, on whatever computer.
        """
        if done >= total or time.monotonic() >= self._told_s + _TOLD_EVERY_S:
            self._told_s = time.monotonic()
            if (self._folder / CANCELLED).exists():
                raise JobStoppedError
            self._tell(state=JobState.RUNNING, step=step, done=done, total=total)

    def end(self, state: JobState, message: str) -> None:
        """Tells how it ended."""
        self._tell(state=state, message=message)

    def _tell(self, **told: Any) -> None:
        write(self._folder / "state.json", told)


def write(path: Path, content: Mapping[str, Any]) -> None:
    """Writes a file that nobody sees half written, also after a crash of the computer."""
    aside = path.with_suffix(".new")
    with aside.open("w", encoding="utf-8") as stream:
        json.dump(content, stream)
        stream.flush()
        os.fsync(stream.fileno())
    aside.replace(path)


def read_job(folder: Path, *, is_worked_on: bool) -> Job:
    """The job of a folder.

    Args:
        folder: Its name is the job's id.
        is_worked_on: Whether the job's process lives.

    Raises:
        OSError: A file can't be read, or the folder is gone.
        ValueError: A file is not one of a job.
    """
    request = _Request.model_validate_json((folder / "request.json").read_bytes())
    try:
        told = _Told.model_validate_json((folder / "state.json").read_bytes())
    except FileNotFoundError:
        told = _Told()
    if told.state is JobState.RUNNING and not is_worked_on:
        stopped = (folder / CANCELLED).exists()
        told.state = JobState.CANCELLED if stopped else JobState.FAILED
        told.message = (
            STOPPED
            if stopped
            else (
                "It was ended before it was done, for example by a restart of the computer. "
                "Nothing that answers patients has changed; start it again."
            )
        )
    return Job(
        id=folder.name,
        folder=folder,
        kind=request.kind,
        who=request.who,
        started_at=request.started_at,
        arguments=request.arguments,
        state=told.state,
        step=told.step,
        done=told.done,
        total=told.total,
        message=told.message,
    )
