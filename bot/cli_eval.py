"""The command line's `faqbot eval`: run, compare and gate, and what is measured by itself."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from bot.cli_bench import bench
from bot.cli_calibrate import antecedents, calibrate, thresholds
from bot.cli_followups import followups
from bot.cli_privacy import privacy
from bot.cli_retrieval import retrieval
from bot.cli_verify import verify
from bot.progress import progress_bar
from bot.settings import SettingsError, load_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from evals.measures import Figure
    from evals.questions import Split
    from evals.run import Run

app = typer.Typer(no_args_is_help=True, help="Measure answers on question sets.")

app.command("bench")(bench)
app.command("antecedents")(antecedents)
app.command("calibrate")(calibrate)
app.command("followups")(followups)
app.command("privacy")(privacy)
app.command("retrieval")(retrieval)
app.command("thresholds")(thresholds)
app.command("verify")(verify)


class Answerer(StrEnum):
    """Who words the answers."""

    EXTRACTIVE = "extractive"
    MODEL = "model"


Sets = Annotated[
    list[str] | None, typer.Option("--set", help="A set that ships, or a file of your own (.jsonl, .csv); repeat.")
]


@app.command("run")
def run_sets(
    sets: Sets = None,
    split: Annotated[str, typer.Option(help="dev (to tune on), test (to report on), gate, or all.")] = "all",
    out: Annotated[Path | None, typer.Option(help="Folder for run.json and report.html.")] = None,
    answerer: Annotated[
        Answerer | None, typer.Option(help="Who words the answers; the chat model of FAQBOT_MODEL, if one is set.")
    ] = None,
) -> None:
    """Ask question sets, print every measure with its 95 % interval, write run.json and report.html."""
    from evals.measures import by_split
    from evals.report import write_report

    recorded = _run(sets, split, answerer)
    folder = out or load_settings().state / "evals" / datetime.now().strftime("%Y-%m-%d_%H-%M-%S")
    taken = by_split(recorded.outcomes)
    _print_figures(taken)
    recorded.save(folder)
    print(f"report: {write_report(recorded, taken, folder)}")


@app.command("compare")
def compare_runs(
    a: Annotated[Path, typer.Argument(help="Folder of the run before.")],
    b: Annotated[Path, typer.Argument(help="Folder of the run after.")],
    out: Annotated[
        Path | None, typer.Option(help="Folder for compare.html; that of the run after if not given.")
    ] = None,
) -> None:
    """Print which measures and which questions changed between two runs, and write compare.html."""
    from evals.compare import compare, write_comparison
    from evals.run import Run

    comparison = compare(Run.load(a), Run.load(b))
    table = Table("measure", "split", "a", "b", "difference", "p", "", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for change in comparison.changes:
        show = change.measure.show
        values = (show(change.difference.a), show(change.difference.b), change.measure.show_gain(change.gain))
        table.add_row(change.measure.name, change.split, *values, f"{change.difference.p:.3f}", change.verdict)
    Console().print(table)
    for title, pairs in (("now wrong", comparison.broken), ("now right", comparison.mended)):
        for before, after in pairs:
            print(f"{title}: {after.set}/{after.case.id} ({before.reply.kind} → {after.reply.kind}): {after.case.q}")
    print(f"{len(comparison.reworded)} more got another reply, as right or wrong as before")
    print(f"comparison: {write_comparison(comparison, out or (b if b.is_dir() else b.parent))}")


@app.command("gate")
def run_gate(
    split: Annotated[str, typer.Option(help="gate (a minute's guard), dev, test, or all.")] = "all",
    file: Annotated[Path | None, typer.Option(help="Other bounds than those of evals/gate.toml.")] = None,
) -> None:
    """Hold the figures against evals/gate.toml; exit 1 with the names of what fell short."""
    from evals.gate import GATE, load_gate, shortfalls
    from prompts.render import PromptError

    gate = load_gate(file or GATE)
    try:
        short = shortfalls(gate, _run(None, split).outcomes)
    except PromptError as error:  # what a patient must be shown can't be: the gate says so, whatever else is measured
        short = [str(error)]
    for line in short:
        print(f"fell short: {line}")
    if short:
        raise typer.Exit(1)
    print("the gate is passed")


def _run(sets: list[str] | None, split: str, answerer: Answerer | None = None) -> Run:
    from bot.chain import FaqChain
    from evals.errors import EvalError
    from evals.questions import Split, load_sets
    from evals.run import run

    if split != "all" and split not in set(Split):
        raise typer.BadParameter(f"'{split}' is none of: dev, test, gate, all", param_hint="--split")
    loaded = load_sets(sets or (), None if split == "all" else Split(split))
    if not any(loaded.values()):
        asked = ", ".join(loaded)
        raise EvalError(f"{asked}: no question of split '{split}'; one that names no split is in test: --split all.")
    settings = load_settings(**({"model": "", "model_rewrites": False} if answerer is Answerer.EXTRACTIVE else {}))
    if answerer is Answerer.MODEL and not settings.model:
        raise SettingsError("FAQBOT_MODEL: no chat model is set that could word the answers; see: faqbot settings")
    with progress_bar() as report:
        return run(FaqChain.open(settings), loaded, report)


def _print_figures(taken: Mapping[Split, Mapping[str, Figure]]) -> None:
    table = Table("measure", *taken, box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for name in dict.fromkeys(name for figures in taken.values() for name in figures):
        table.add_row(name, *(str(figures.get(name, "–")) for figures in taken.values()))
    Console().print(table)
