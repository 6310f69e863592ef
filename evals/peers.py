"""Contenders: this bot and its peers, each a process of its own environment, given the same work.

<state>/bench/<peer>/venv            made from evals/peer_scripts/<peer>.txt, kept for the next run
<state>/bench/<peer>/installed.txt   the list that it was made from, written last
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from evals.errors import EvalError

FOLDER = Path(__file__).parent / "peer_scripts"

_CONTEND = FOLDER / "contend.py"
_LIMIT_S = 1800
_OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "ANONYMIZED_TELEMETRY": "False",
    "HAYSTACK_TELEMETRY_ENABLED": "False",
    "LANGSMITH_TRACING": "false",
    "PATH": os.defpath,
}
"""All that a contender gets of an environment: what is set outside changes no figure."""


class BenchError(EvalError):
    """A contender can't be made, or fails; the message is one line."""


@dataclass(frozen=True, slots=True)
class Contender:
    """What is measured: a script with `index` and `opened`, and the packages it runs on (None: this environment).

    `variants` are keys of a job that switch one on.
    """

    name: str
    script: Path
    requirements: Path | None = None
    variants: tuple[str, ...] = ()


OURS = Contender("faqbot", FOLDER / "faqbot_chain.py", variants=("search_only",))
PEERS = tuple(
    Contender(name, FOLDER / f"{name}.py", FOLDER / f"{name}.txt")
    for name in ("langchain_rag", "txtai_rag", "haystack_rag")
)


class Shown(BaseModel):
    """What a contender showed for a question; no passages: it said that it has no answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    passages: tuple[str, ...]
    latency_ms: float


class Indexed(BaseModel):
    """A build from nothing, in a process of its own: imports and model count, the one-time export stands apart.

    `vectors` is 0 where the contender doesn't tell.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    passages: int
    vectors: int = 0
    total_s: float
    export_s: float = 0.0
    peak_mb: float
    versions: dict[str, str]

    @property
    def build_s(self) -> float:
        """Seconds of the build without the export."""
        return self.total_s - self.export_s


class Answered(BaseModel):
    """Every question through a process that opens a built index; seconds count from the start of the process."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ready_s: float
    first_answer_s: float
    replies: tuple[Shown, ...]
    peak_mb: float
    versions: dict[str, str]


def environment(contender: Contender, folder: Path) -> Path:
    """The Python that runs a contender; its environment is made where there is none of the same list.

    Args:
        contender: See `Contender`.
        folder: Of this contender; created.

    Raises:
        BenchError: The packages can't be had.
    """
    if contender.requirements is None:
        return Path(sys.executable)
    venv, installed = folder.absolute() / "venv", folder / "installed.txt"
    python, wanted = venv / "bin" / "python", contender.requirements.read_bytes()
    if python.exists() and installed.is_file() and installed.read_bytes() == wanted:
        return python
    folder.mkdir(parents=True, exist_ok=True)
    installed.unlink(missing_ok=True)
    run([sys.executable, "-m", "venv", "--clear", "--without-pip", str(venv)])
    pip = (sys.executable, "-m", "pip", "--python", str(python), "--quiet", "--no-input", "--disable-pip-version-check")
    run([*pip, "install", "--requirement", str(contender.requirements)])
    installed.write_bytes(wanted)
    return python


def index(contender: Contender, python: Path, job: dict[str, Any]) -> Indexed:
    """Builds a contender's index in the folder `job["index"]`.

    Raises:
        BenchError: It fails.
    """
    return Indexed.model_validate(_contend(contender, python, "index", job))


def answer(contender: Contender, python: Path, job: dict[str, Any]) -> Answered:
    """Asks a contender every question of the job, over the index in `job["index"]`.

    Raises:
        BenchError: It fails.
    """
    return Answered.model_validate(_contend(contender, python, "answer", job))


def _contend(contender: Contender, python: Path, step: str, job: dict[str, Any]) -> Any:
    with tempfile.TemporaryDirectory() as name:
        job_file, result_file = Path(name) / "job.json", Path(name) / "result.json"
        job_file.write_text(json.dumps(job), encoding="utf-8")
        files = (str(_CONTEND), str(contender.script), step, str(job_file), str(result_file))
        run([str(python), "-P", *files, repr(time.time())], {**_OFFLINE, "HOME": name})
        return json.loads(result_file.read_bytes())


def run(command: Sequence[str], env: dict[str, str] | None = None) -> None:
    """Runs a command to its end, its output aside.

    Args:
        command: The program and its arguments.
        env: All of its environment; None: that of this process.

    Raises:
        BenchError: It fails, can't be started or takes too long; says so in its own last words.
    """
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=env, timeout=_LIMIT_S)  # noqa: S603 (ours)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BenchError(str(error)) from error
    if done.returncode:
        lines = [line for line in (done.stderr.strip() or done.stdout).splitlines() if line.strip()]
        errors = [line for line in lines if line.startswith("ERROR: ")]  # pip's, among what it asks next
        raise BenchError((errors or lines or [f"exit status {done.returncode}"])[-1].strip())


def installed_mb(contender: Contender, python: Path) -> float:
    """What the packages of a contender's environment take on disk, in MB (10⁶ bytes)."""
    base = {} if contender.requirements is None else {"base": str(python.parents[1])}
    site = Path(sysconfig.get_path("purelib", "venv" if base else sysconfig.get_default_scheme(), vars=base))
    return sum(file.lstat().st_size for file in site.rglob("*") if file.is_file()) / 1e6
