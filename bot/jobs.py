"""Long work in a process of its own: it goes on when the browser is closed or the server restarts.

    <state>/jobs/.lock             held by the process that works; says which job and process that is
    <state>/jobs/<id>/request.json what is to be done, and for whom
    <state>/jobs/<id>/state.json   how far it is, and how it ended
    <state>/jobs/<id>/cancelled    somebody has asked it to stop

The lock is taken before the process starts and handed down to it, so the system lets it go however the process ends.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TextIO

from bot.job import CANCELLED, Job, JobState, read_job, write
from bot.job_process import Worker, beginning_of

KEPT = 40
"""Jobs whose folders are kept at most, the newest."""

_ID = re.compile(r"\d{8}T\d{6}-[0-9a-f]{4}")
_BEGAN = "%Y%m%dT%H%M%S"
_PATIENCE_S = 10.0
_TRIED_AGAIN_S = 0.05

log = logging.getLogger("faqbot.jobs")


class JobError(RuntimeError):
    """A job can't be started; the message says why."""


class Jobs:
    """The jobs of a state folder; of several processes that look at it, each sees the same.

    Args:
        state: The state folder.
        module: What is run, as `python -m`, with the job's folder as its argument; it tells by a `Teller`.
        keep_days: Days after which a job's folder is deleted.
    """

    def __init__(self, state: Path, module: str, keep_days: int = 90) -> None:
        self._root = state / "jobs"
        self._module = module
        self._kept_for = timedelta(days=keep_days)
        self._unreadable: set[str] = set()
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
        self.sweep(KEPT - 1)
        now = datetime.now(UTC)
        folder = self._root / f"{now:{_BEGAN}}-{os.urandom(2).hex()}"
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
        json.dump(asdict(Worker(folder.name, socket.gethostname(), child.pid, beginning_of(child.pid))), lock)
        lock.flush()
        return read_job(folder, is_worked_on=True)

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
        working = self._working().job
        jobs = [job for folder in self._folders() if (job := self._read(folder, working))]
        return [job for job in jobs if not kinds or job.kind in kinds]

    def find(self, job_id: str) -> Job | None:
        """The job with this id, or None."""
        return self._read(self._root / job_id, self._working().job) if _ID.fullmatch(job_id) else None

    def running(self) -> Job | None:
        """The job that is being worked on, or None."""
        return next((job for job in self.all() if job.state is JobState.RUNNING), None)

    def cancel(self, job_id: str) -> bool:
        """Stops a job, where it is running; whether it was.

        A process of another computer stops by itself, at the next step that it tells of.
        """
        worker = self._working()
        if worker.job != job_id or not _ID.fullmatch(job_id):
            return False
        with suppress(OSError):  # a full disk, or its folder is gone: a process of ours stops all the same
            (self._root / job_id / CANCELLED).touch()
        if worker.is_ours:
            with suppress(ProcessLookupError):  # it has ended in this moment
                os.killpg(worker.pid, signal.SIGTERM)
        return True

    def sweep(self, most: int = KEPT) -> None:
        """Deletes the folders of jobs that are too old, and of those beyond a number; of none that is running."""
        oldest = f"{datetime.now(UTC) - self._kept_for:{_BEGAN}}"
        working = self._working().job
        for place, folder in enumerate(self._folders()):
            if (place >= most or folder.name < oldest) and folder.name != working:
                shutil.rmtree(folder, ignore_errors=True)

    def _folders(self) -> list[Path]:
        if not self._root.is_dir():
            return []
        return sorted((path for path in self._root.iterdir() if _ID.fullmatch(path.name)), reverse=True)

    def _working(self) -> Worker:
        """The process that works; one without a name where none does."""
        try:
            with (self._root / ".lock").open("r+") as lock:
                try:
                    fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
                except BlockingIOError:
                    return Worker(**json.loads(lock.read()))
        except (FileNotFoundError, ValueError, TypeError):  # of the last two: it is being written
            pass
        return Worker()

    def _read(self, folder: Path, working: str) -> Job | None:
        """The job of a folder; None, and a line in the log, where there is none that can be read."""
        try:
            return read_job(folder, is_worked_on=folder.name == working)
        except FileNotFoundError:  # deleted meanwhile, or not yet begun
            return None
        except (OSError, ValueError) as error:
            if folder.name not in self._unreadable:
                self._unreadable.add(folder.name)
                log.warning("%s: not a job that can be read (%s); it is left out", folder, type(error).__name__)
            return None
