"""A job for the tests of bot/jobs.py, run as a process of its own: does what its kind says."""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path

from bot.job import STOPPED, JobState, JobStoppedError, Teller

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    kind = json.loads((folder / "request.json").read_text(encoding="utf-8"))["kind"]
    teller = Teller(folder)
    teller.progress("counting", 3, 3)
    if kind == "endless":
        threading.Event().wait()
    if kind == "telling":
        try:
            while True:
                teller.progress("counting", 3, 3)
        except JobStoppedError:
            teller.end(JobState.CANCELLED, STOPPED)
            sys.exit()
    if kind == "broken":
        raise RuntimeError("meant to")
    teller.end(JobState.DONE, "counted to three")
