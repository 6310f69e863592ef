"""The command line's `faqbot eval retrieval`: the parts of the search, on question sets or on a public dataset."""

from __future__ import annotations

from itertools import compress, product
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from bot.progress import progress_bar
from bot.settings import Settings, load_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from evals.datasets import Reading, Search
    from evals.passage_search import Found
    from evals.stats import Difference, Interval
    from index.embed import OnnxEmbeddings

SETS = ("answerable",)


def retrieval(
    sets: Annotated[
        list[str] | None,
        typer.Option("--set", help="A set that ships, or a file of your own (.jsonl, .csv); repeat. [answerable]"),
    ] = None,
    split: Annotated[str, typer.Option(help="dev (to tune on), test (to report on), gate, or all.")] = "dev",
    dataset: Annotated[
        Path | None, typer.Option(help="Instead of sets, a public dataset of JSON lines, in gzip or not.")
    ] = None,
) -> None:
    """Print how well the search finds with parts of it switched off, or how it does on a public dataset."""
    settings = load_settings()
    if dataset is None:
        _ablation(sets or SETS, split, settings)
        return
    from evals.datasets import Search, load_dataset

    data = load_dataset(dataset)
    if isinstance(data, Search):
        _search(data, settings)
    else:
        _read(data, settings)


def _ablation(sets: Sequence[str], split: str, settings: Settings) -> None:
    from bot.chain import FaqChain
    from evals.ablation import CUTOFFS, ablation, answerable, sought
    from evals.questions import Split, load_sets

    if split != "all" and split not in set(Split):
        raise typer.BadParameter(f"'{split}' is none of: dev, test, gate, all", param_hint="--split")
    cases = answerable(load_sets(sets, None if split == "all" else Split(split)).values())
    chain = FaqChain.open(settings)
    with progress_bar() as report:
        taken = ablation(chain.retriever, sought(chain, cases), report)
    table = _table(f"facts of {len(cases)} questions in the first", *map(str, CUTOFFS))
    for name, intervals in taken.items():
        table.add_row(name, *map(_show, intervals))
    Console().print(table)


def _search(data: Search, settings: Settings) -> None:
    from evals.passage_search import BM25, DENSE, PRODUCT, RANKS, TITLE, TITLED, WHOLE, find, fused

    with progress_bar() as report:
        found = find(data, _embeddings(settings), settings.state / "evals", report)
    console, held_back = Console(), ~found.tuned_on
    chosen = [fused(found.best(field), field) for field in (WHOLE, TITLE)]
    for field in (WHOLE, TITLE):
        console.print(_curve(found, field))
    methods = (DENSE, TITLED, BM25, RANKS, fused(PRODUCT), *chosen)
    for name, queries in (("the half held back", held_back), ("all of them", held_back | True)):
        console.print(_methods(f"{int(queries.sum())} queries, {name}", found, methods, queries))
    for method, measure in product(chosen, ("nDCG@10", "hit@1")):
        gain = found.gain(TITLED, method, held_back, measure)
        print(f"{measure}, the half held back, from '{TITLED}' to '{method}': {_show_gain(gain)}")


def _curve(found: Found, field: str) -> Table:
    """What the weight of BM25 was chosen by."""
    from evals.passage_search import LEXICAL, MEASURES, fused

    table = _table(f"{int(found.tuned_on.sum())} queries, the half to tune on", *MEASURES)
    for weight in LEXICAL:
        method, style = fused(weight, field), "bold" if weight == found.best(field) else ""
        means = found.rows[method][found.tuned_on].mean(axis=0)
        table.add_row(method, *(f"{value:.3f}" for value in means), style=style)
    return table


def _methods(title: str, found: Found, methods: Sequence[str], chosen: NDArray[np.bool_]) -> Table:
    from evals.passage_search import MEASURES

    table = _table(title, *MEASURES)
    for method in methods:
        table.add_row(method, *map(_show, found.figures(method, chosen)))
    return table


def _read(items: Sequence[Reading], settings: Settings) -> None:
    from evals.reading import MEASURES, figures, read_all

    with progress_bar() as report:
        reads = read_all(items, settings, _embeddings(settings), report)
    for dataset in dict.fromkeys(item.dataset for item in items):
        of_dataset = [item.dataset == dataset for item in items]
        taken = {name: figures(list(compress(each, of_dataset))) for name, each in reads.items()}
        table = _table(dataset or "dataset", *taken, "questions")
        for measure in MEASURES:
            figures_of = [taken[name].get(measure) for name in taken]
            asked = next((str(figure[1]) for figure in figures_of if figure), "0")
            table.add_row(measure, *(_show(figure[0]) if figure else "–" for figure in figures_of), asked)
        Console().print(table)


def _embeddings(settings: Settings) -> OnnxEmbeddings:
    from index.embed import OnnxEmbeddings
    from index.export import exported_folder
    from index.weights import find_weights

    weights = find_weights(settings.embedding_model)
    return OnnxEmbeddings(exported_folder(settings.state / "models", weights.sha256), settings.threads)


def _table(title: str, *columns: str) -> Table:
    return Table(Column(Text(title)), *columns, box=SIMPLE_HEAD, padding=(0, 1, 0, 0))


def _show(bounds: Interval) -> str:
    return f"{bounds.value:.3f} ({bounds.low:.2f}–{bounds.high:.2f})"


def _show_gain(gain: Difference) -> str:
    return f"{gain.b - gain.a:+.3f} ({gain.low:+.3f} to {gain.high:+.3f}), p {gain.p:.3f}"
