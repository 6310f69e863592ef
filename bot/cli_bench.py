"""The command line's `faqbot eval bench`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.progress import progress_bar
from bot.settings import load_settings

if TYPE_CHECKING:
    from evals.bench import Bench

SETS = ("answerable", "uncovered")


def bench(
    out: Annotated[Path | None, typer.Option(help="Folder for bench.json.")] = None,
    peers: Annotated[
        bool, typer.Option(help="Measure peers too; the first time this installs each in an environment of its own.")
    ] = True,
) -> None:
    """Measure speed and size, also against peers on the same machine, documents, weights and questions."""
    from evals.bench import bench as measure
    from evals.peers import PEERS
    from evals.questions import Split, load_sets

    cases = [case for cases in load_sets(SETS, Split.DEV).values() for case in cases]
    with progress_bar() as report:
        measured = measure(load_settings(), cases, PEERS if peers else (), report)
    show(measured, Console())
    if out:
        out.mkdir(parents=True, exist_ok=True)
        file = out / "bench.json"
        file.write_text(measured.model_dump_json(indent=2), encoding="utf-8")
        print(file)


def show(measured: Bench, console: Console) -> None:
    """Prints a run: this bot by itself, then beside its peers."""
    console.print(Text(measured.machine))
    console.print(_own(measured))
    console.print(_beside(measured))
    for name, reason in measured.absent.items():
        console.print(Text(f"{name}: absent: {reason}"))


def _own(measured: Bench) -> Table:
    speed, build = measured.speed, measured.build
    table = Table("this bot", "", box=SIMPLE_HEAD)
    rows = {
        "bare embedding of a question, p50 / p95": f"{speed.embedding_p50_ms:.1f} / {speed.embedding_p95_ms:.1f} ms",
        "question end to end, p50 / p95": f"{speed.answer_p50_ms:.1f} / {speed.answer_p95_ms:.1f} ms",
        "end to end by bare embedding, p50": f"{speed.ratio:.2f} ×",
        **{f"questions a second, callers: {n}": f"{rate:.0f}" for n, rate in speed.per_second.items()},
        "a whole `faqbot ask`, median": f"{speed.ask_s:.2f} s",
        "peak memory of a process that has answered": f"{measured.rows[0].peak_mb:.0f} MB",
        f"build from nothing: {build.passages} passages, {build.vectors} vectors": f"{build.build_s:.1f} s",
        "build by 1,000 passages": f"{measured.build_s_per_1000:.0f} s",
        "export of the model, once": f"{build.export_s:.1f} s",
    }
    for name, figure in rows.items():
        table.add_row(name, figure)
    return table


def _beside(measured: Bench) -> Table:
    rows = measured.rows
    table = Table(f"{measured.questions} questions", *(row.name for row in rows), box=SIMPLE_HEAD)
    table.add_row("answerable: every fact shown", *(_percent(row.facts) for row in rows))
    table.add_row("words shown, median", *("–" if row.words is None else f"{row.words:.0f}" for row in rows))
    table.add_row("no answer, near: shows text all the same", *(_percent(row.near) for row in rows))
    table.add_row("no answer, far: shows text all the same", *(_percent(row.far) for row in rows))
    table.add_row("latency p50 / p95, ms", *(f"{row.p50_ms:.1f} / {row.p95_ms:.1f}" for row in rows))
    table.add_row("questions a second, one caller", *(f"{row.per_second:.0f}" for row in rows))
    table.add_row("this bot's by theirs", *(f"{measured.ours_by_theirs(row):.2f} ×" for row in rows))
    table.add_row("start to first answer, s", *(f"{row.first_answer_s:.2f}" for row in rows))
    table.add_row("peak memory, MB", *(f"{row.peak_mb:.0f}" for row in rows))
    table.add_row("installed packages, MB", *(f"{row.install_mb:.0f}" for row in rows))
    table.add_row("build from nothing, s", *(f"{row.build_s:.1f}" for row in rows))
    table.add_row("passages", *(str(row.passages) for row in rows))
    return table


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f} %"
