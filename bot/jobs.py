"""Long work in a process of its own: it goes on when the browser is closed or the server restarts.

    <state>/jobs/.lock             held by the process that works; says which job that is
    <state>/jobs/<id>/request.json what is to be done, and for whom
    <state>/jobs/<id>/state.json   how far it is, and how it ended
    <state>/jobs/<id>/cancelled    somebody has asked it to stop

The lock is taken before the process starts and handed down to it, so the system lets it go however the process ends.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from bot.job import Job, JobState, read, write

KEPT = 40
"""Jobs whose folders are kept, the newest."""

_ID = re.compile(r"\d{8}T\d{6}-[0-9a-f]{4}")
_PATIENCE_S = 10.0
_TRIED_AGAIN_S = 0.05


class JobError(RuntimeError):
    """A job can't be started; the message says why."""


class Jobs:
    """The jobs of a state folder; of several processes that look at it, each sees the same.

    Args:
        state: The state folder.
        module: What is run, as `python -m`, with the job's folder as its argument; it calls `work`.
    """

    def __init__(self, state: Path, module: str) -> None:
        self._root = state / "jobs"
        self._module = module
        self._children: list[subprocess.Popen[bytes]] = []

    def start(self, kind: str, who: str, arguments: Mapping[str, Any]) -> Job:
        """Starts a job.

        Raises:
            JobError: Another one is running, or the state folder can't be written.
        """
        try:
            self._root.mkdir(parents=True, exist_ok=True)
            with (self._root / ".lock").open("a+") as lock:
                return self._start(lock, kind, who, arguments)
        except BlockingIOError as error:
            raise JobError("Something else is running. Wait for it to end, or cancel it.") from error
        except OSError as error:
            raise JobError(f"{self._root}: can't be written ({error.strerror}); look at the state folder.") from error

    def _start(self, lock: TextIO, kind: str, who: str, arguments: Mapping[str, Any]) -> Job:
        self._take(lock)
        self._sweep()
        now = datetime.now(UTC)
        folder = self._root / f"{now:%Y%m%dT%H%M%S}-{os.urandom(2).hex()}"
        folder.mkdir(mode=0o700)  # questions and replies are for the clinic's eyes
        request = {"kind": kind, "who": who, "started_at": now.isoformat(), "arguments": dict(arguments)}
        write(folder / "request.json", request)
        command = [sys.executable, "-P", "-m", self._module, str(folder)]
        with (folder / "log.txt").open("wb") as log:
            child = subprocess.Popen(  # noqa: S603 (ourselves)
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=[lock.fileno()],
            )
        self._children.append(child)
        lock.truncate(0)
        lock.write(f"{folder.name} {child.pid}")
        lock.flush()
        return self._read(folder, working=folder.name)

    def _take(self, lock: TextIO) -> None:
        """Takes the lock; one that has told its end is waited for, and so is whoever just looks who works."""
        end = time.monotonic() + _PATIENCE_S
        while True:
            try:
                return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if self.running() or time.monotonic() > end:
                    raise
                time.sleep(_TRIED_AGAIN_S)

    def all(self, *kinds: str) -> list[Job]:
        """The jobs of these kinds, or of all, the newest first."""
        self._children = [child for child in self._children if child.poll() is None]
        working = self._working()[0]
        jobs = [self._read(folder, working) for folder in self._folders()]
        return [job for job in jobs if not kinds or job.kind in kinds]

    def find(self, job_id: str) -> Job | None:
        """The job with this id, or None."""
        folder = self._root / job_id
        if not _ID.fullmatch(job_id) or not (folder / "request.json").is_file():
            return None
        return self._read(folder, self._working()[0])

    def running(self) -> Job | None:
        """The job that is being worked on, or None."""
        return next((job for job in self.all() if job.state is JobState.RUNNING), None)

    def cancel(self, job_id: str) -> None:
        """Stops a job, where it is running."""
        working, pid = self._working()
        if working == job_id and pid:
            (self._root / job_id / "cancelled").touch()
            os.killpg(pid, signal.SIGTERM)

    def _folders(self) -> list[Path]:
        if not self._root.is_dir():
            return []
        found = (path for path in self._root.iterdir() if _ID.fullmatch(path.name))
        return sorted((path for path in found if (path / "request.json").is_file()), reverse=True)

    def _sweep(self) -> None:
        for folder in self._folders()[KEPT - 1 :]:
            shutil.rmtree(folder, ignore_errors=True)

    def _working(self) -> tuple[str, int]:
        """Id of the job whose process lives, and that process; empty and 0 where there is none."""
        try:
            with (self._root / ".lock").open("r+") as lock:
                try:
                    fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
                except BlockingIOError:
                    job_id, _, pid = lock.read().partition(" ")
                    return job_id, int(pid or 0)
        except FileNotFoundError:
            pass
        return "", 0

    def _read(self, folder: Path, working: str) -> Job:
        request, told = read(folder / "request.json"), read(folder / "state.json")
        state = JobState(told.pop("state", JobState.RUNNING))
        if state is JobState.RUNNING and folder.name != working:
            state = JobState.CANCELLED if (folder / "cancelled").exists() else JobState.FAILED
            told["message"] = "Stopped by staff." if state is JobState.CANCELLED else "It ended before it was done."
        return Job(
            id=folder.name,
            folder=folder,
            kind=request["kind"],
            who=request["who"],
            started_at=datetime.fromisoformat(request["started_at"]),
            state=state,
            arguments=request["arguments"],
            **told,
        )
