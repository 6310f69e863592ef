"""The command line's `faqbot eval privacy`: how much personal data is taken out of marked sentences."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Column, Table

if TYPE_CHECKING:
    from evals.privacy import Result


def privacy(
    file: Annotated[
        Path | None,
        typer.Option(help="JSON lines {text, entities: [{type, value, start, end}]}; else the one that ships."),
    ] = None,
    split: Annotated[str, typer.Option(help="dev (to tune on), test (to report on), or all.")] = "all",
    words: Annotated[bool, typer.Option(help="Show what stayed and what was taken out for nothing.")] = False,
) -> None:
    """Print how much personal data is taken out before anything is kept, by kind, and what besides."""
    from evals.privacy import SENTENCES, load_sentences, measure
    from evals.questions import Split

    if split != "all" and split not in {Split.DEV, Split.TEST}:
        raise typer.BadParameter(f"'{split}' is none of: dev, test, all", param_hint="--split")
    sentences = [s for s in load_sentences(file or SENTENCES) if split in ("all", s.split)]
    result = measure(sentences)
    _print(result)
    print(f"{result.unchanged} of {result.unmarked} sentences without personal data came through unchanged")
    if result.left_in:
        print("need not be taken out:", ", ".join(f"{n} {kind}" for kind, n in sorted(result.left_in.items())))
    if words:
        for title, pieces in (("stayed", result.missed), ("taken out for nothing", result.needless)):
            for kind, value in pieces:
                print(f"{title}: {kind}: {' '.join(value.split())}")


def _print(result: Result) -> None:
    titles = ("marked", "taken out", "recall", "removed", "rightly", "precision")
    table = Table(Column("kind", no_wrap=True), *titles, box=SIMPLE_HEAD)
    rows = {kind.value: r for kind, r in result.kinds.items()}
    for kind, r in (rows | {"all": result.all}).items():
        if r.marked or r.removed:
            figures = (r.marked, r.taken_out, _share(r.taken_out, r.marked), r.removed, r.rightly)
            table.add_row(kind, *map(str, figures), _share(r.rightly, r.removed))
    Console().print(table)


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.2f}" if whole else "–"
