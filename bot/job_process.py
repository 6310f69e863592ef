"""Which process works on a job: as the lock of the jobs tells it, to whatever computer looks."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Worker:
    """The process that works: its id says little, for it may be another computer's, or somebody else's by now."""

    job: str = ""
    host: str = ""
    pid: int = 0
    began: str = ""
    """When the process began, in the words of its system; empty where that isn't known."""

    @property
    def is_ours(self) -> bool:
        """Whether it is this computer's process with this id, still the same one."""
        return bool(self.began) and self.host == socket.gethostname() and self.began == beginning_of(self.pid)


def beginning_of(pid: int) -> str:
    """When a process of this computer began, in ticks since the computer did; empty where there is none (or no /proc).

    Source: proc_pid_stat(5), field 22; the second, in brackets, may itself hold blanks.
    """
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""
