"""What runs in a process of its own for the staff's window: python -m bot.web.console_job FOLDER."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bot.cli import EXPECTED_ERRORS
from bot.job import STOPPED, JobState, JobStoppedError, Teller
from bot.settings import SECRETS, Settings, load_settings

_NICENESS = 10
"""Patients go first."""

_NONE_IN_COMMON = "These two runs have no question in common. Compare runs of the same sets and the same questions."

EVALUATION, COMPARISON, REBUILD = "evaluation", "comparison", "rebuild"


def settings_for(settings: Settings, **changes: Any) -> dict[str, Any]:
    """The settings of a job, as its request keeps them."""
    return settings.model_copy(update=changes).model_dump(mode="json", exclude=set(SECRETS))


def evaluate(folder: Path, settings: Settings, arguments: Mapping[str, Any], teller: Teller) -> str:
    """Runs question sets; leaves run.json and report.html."""
    from bot.chain import FaqChain
    from evals.measures import by_split
    from evals.questions import Split, load_sets
    from evals.report import write_report
    from evals.run import run

    split = Split(arguments["split"]) if arguments["split"] else None
    sets = {name: cases for name, cases in load_sets(arguments["sets"], split).items() if cases}
    if not sets:
        return "There is no question in what was chosen."
    teller.progress("opening the index", 0, 1)
    recorded = run(FaqChain.open(settings), sets, lambda _, done, total: teller.progress("asking", done, total))
    teller.progress("writing the report", 0, 1)
    recorded.save(folder)
    write_report(recorded, by_split(recorded.outcomes), folder)
    right = sum(outcome.right for outcome in recorded.outcomes)
    return f"{right} of {len(recorded.outcomes)} replies were right."


def compare(folder: Path, _: Settings, arguments: Mapping[str, Any], teller: Teller) -> str:
    """Compares two runs; leaves compare.html."""
    from evals.compare import compare as compared
    from evals.compare import write_comparison
    from evals.errors import EvalError
    from evals.run import Run

    teller.progress("comparing", 0, 1)
    before, after = (Run.load(Path(arguments[which])) for which in ("before", "after"))
    try:
        found = compared(before, after)
    except EvalError as error:
        raise EvalError(_NONE_IN_COMMON) from error
    write_comparison(found, folder)
    return f"{len(found.broken)} now wrong, {len(found.mended)} now right, {len(found.reworded)} worded otherwise."


def rebuild(_: Path, settings: Settings, __: Mapping[str, Any], teller: Teller) -> str:
    """Brings the index up to date; a running server takes it up by itself."""
    from bot.building import build

    built = build(settings, teller.progress)
    manifest = built.manifest
    lost = f" {len(built.orphans)} known questions point to a sentence that is gone." if built.orphans else ""
    return f"{manifest.documents} documents, {manifest.passages} passages; {built.embedded} pieces were new.{lost}"


_WORK: Mapping[str, Callable[[Path, Settings, Mapping[str, Any], Teller], str]] = {
    EVALUATION: evaluate,
    COMPARISON: compare,
    REBUILD: rebuild,
}


def main(folder: Path) -> None:
    """Does what the request in a folder asks for, and tells how it ended."""
    os.nice(_NICENESS)
    teller = Teller(folder)
    request = json.loads((folder / "request.json").read_text(encoding="utf-8"))
    arguments = request["arguments"]
    try:
        message = _WORK[request["kind"]](folder, load_settings(**arguments["settings"]), arguments, teller)
    except JobStoppedError:
        teller.end(JobState.CANCELLED, STOPPED)
    except EXPECTED_ERRORS as error:
        teller.end(JobState.FAILED, " ".join(str(error).split()))
    except BaseException as error:
        teller.end(
            JobState.FAILED, f"A mistake in the program ({type(error).__name__}); {folder / 'log.txt'} has more."
        )
        raise
    else:
        teller.end(JobState.DONE, message)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
