"""One process of one contender: it builds an index, or opens the one built and answers every question.

    python -P contend.py SCRIPT index|answer JOB RESULT STARTED_AT

JOB is JSON: {model, documents: [{id, title, text}], questions: [{id, q, history}], top_k, index}, where `index` is
the contender's own folder. A SCRIPT has PACKAGES, index(job) and opened(job); see any beside this file. It runs in
an environment that holds none of our packages, and so imports the standard library alone.
"""

from __future__ import annotations

import json
import resource
import runpy
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

_PROCESS = Path("/proc/self/status")


def main(script: str, step: str, job_file: str, result_file: str, started_at: str) -> None:
    """Takes one step and writes what it took.

    Args:
        script: Of the contender.
        step: `index` or `answer`.
        job_file: JSON, as above.
        result_file: JSON, written.
        started_at: Seconds since the epoch when this process was started: imports count.
    """
    job = json.loads(Path(job_file).read_text(encoding="utf-8"))
    contender = runpy.run_path(script)
    took = {"index": _index, "answer": _answer}[step](contender, job, float(started_at))
    versions = {name: version(name) for name in contender["PACKAGES"]}
    result = {**took, "peak_mb": _peak_mb(), "versions": versions}
    Path(result_file).write_text(json.dumps(result), encoding="utf-8")


def _index(contender: dict[str, Any], job: dict[str, Any], started_at: float) -> dict[str, Any]:
    told = contender["index"](job)
    return {**told, "total_s": time.time() - started_at}


def _answer(contender: dict[str, Any], job: dict[str, Any], started_at: float) -> dict[str, Any]:
    answer = contender["opened"](job)
    ready_s = time.time() - started_at
    answer(job["questions"][0])
    first_answer_s = time.time() - started_at
    replies = []
    for question in job["questions"]:
        began = time.perf_counter()
        passages = answer(question)
        latency_ms = (time.perf_counter() - began) * 1000
        replies.append({"id": question["id"], "passages": passages, "latency_ms": round(latency_ms, 3)})
    return {"ready_s": ready_s, "first_answer_s": first_answer_s, "replies": replies}


def _peak_mb() -> float:
    """The most memory that this process held, in MB; Linux's ru_maxrss counts its parent's before the exec, too."""
    if _PROCESS.is_file():
        line = next(line for line in _PROCESS.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024 / 1e6
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak * (1 if sys.platform == "darwin" else 1024) / 1e6


if __name__ == "__main__":
    main(*sys.argv[1:])
