"""The command line's `faqbot eval followups`: follow-ups unaided, and with a chat model's rewriting."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from bot.progress import progress_bar
from bot.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evals.followups import Row


def followups(
    sets: Annotated[
        list[str] | None, typer.Option("--set", help="A set that ships, or a file of your own (.jsonl, .csv); repeat.")
    ] = None,
    split: Annotated[str, typer.Option(help="dev (to tune on), test (to report on), gate, or all.")] = "all",
) -> None:
    """Print how many follow-ups get the right reply, unaided and as FAQBOT_MODEL rewrites them."""
    from bot.chain import FaqChain
    from evals.followups import ask, follow_ups, table
    from evals.questions import Split, load_sets

    if split != "all" and split not in set(Split):
        raise typer.BadParameter(f"'{split}' is none of: dev, test, gate, all", param_hint="--split")
    cases = follow_ups(load_sets(sets or (), None if split == "all" else Split(split)))
    if not cases:
        raise typer.BadParameter("no case of these sets has earlier questions", param_hint="--set")
    has_model = bool(load_settings().model)
    chain = FaqChain.open(load_settings(model_rewrites=has_model))
    with progress_bar() as report:
        asked = ask(chain, cases, report)
    chain.close()
    _print(table(asked))
    if not has_model:
        print("with rewriting: skipped, FAQBOT_MODEL names no chat model")
        return
    outcomes = Counter(each.outcome for each in asked if each.outcome)
    print(
        "rewriting:", ", ".join(f"{outcome} {count}" for outcome, count in outcomes.most_common()) or "never asked for"
    )


def _print(rows: Sequence[Row]) -> None:
    columns = ("split", "kind", "n", "right unaided", "95 %", "with rewriting", "gained", "lost", "p", "sent", "used")
    table = Table(*columns, box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for row in rows:
        value, low, high = row.unaided
        changed = ["–"] * 6
        if row.rewriting:
            share, p = f"{row.rewriting.b:.1%}", f"{row.rewriting.p:.3f}"
            changed = [share, str(row.gained), str(row.lost), p, str(row.sent), str(row.used)]
        table.add_row(row.split, row.kind, str(row.total), f"{value:.1%}", f"{low:.0%} to {high:.0%}", *changed)
    Console().print(table)
