"""The command line's `faqbot eval verify`: what the check of drafted sentences lets through, by kind of fault."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from bot.settings import Settings, load_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evals.entailment import Agreement
    from evals.stats import Interval
    from evals.verification import Row
    from index.embed import OnnxEmbeddings, Vectors

PHYSICIANS = Path("../shared/data/verify_dev.jsonl")
"""Physicians' judgements, which only the project's makers have."""


def verify(
    file: Annotated[Path | None, typer.Option(help="Drafts of your own as JSON lines; else those that ship.")] = None,
    split: Annotated[str, typer.Option(help="dev (to tune on), test (to report on), or all.")] = "all",
    physicians: Annotated[Path, typer.Option(help="K-QA's statements as JSON lines.")] = PHYSICIANS,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of tables.")] = False,
) -> None:
    """Print how many drafted sentences the check lets through, faithful ones and each kind of unfaithful ones."""
    from evals.entailment import agreement, judge_claims, load_claims
    from evals.questions import Split
    from evals.verification import DRAFTS, baseline_threshold, judge_drafts, load_drafts, table
    from index.entailment import Entailment

    if split != "all" and split not in {Split.DEV, Split.TEST}:
        raise typer.BadParameter(f"'{split}' is none of: dev, test, all", param_hint="--split")
    drafts = [
        draft for draft in load_drafts(file or DRAFTS) if split in ("all", draft.split) or draft.split == Split.DEV
    ]
    claims = load_claims(physicians) if physicians.is_file() else []
    settings = load_settings()
    embeddings, entails = _embeddings(settings), Entailment(threads=settings.threads).log_odds

    def embed(texts: Sequence[str]) -> list[Vectors]:
        return list(embeddings.encode(texts))

    verdicts = judge_drafts(drafts, embed, entails)
    threshold = baseline_threshold(verdicts)
    rows = [row for row in table(verdicts, threshold) if split in ("all", row.split)]
    judged = judge_claims(claims, embed, entails)
    agreed = agreement(judged, lambda v: v.fault is None) if judged else None
    similar = agreement(judged, lambda v: v.similarity >= threshold) if judged else None
    if as_json:
        print(json.dumps(_record(rows, threshold, agreed, similar), allow_nan=False))
        return
    _print(rows)
    print(f"baseline: cosine of {threshold:.3f} and more, which keeps as many faithful ones of dev")
    if agreed and similar:
        _print_agreement({"check": agreed, "baseline": similar})
    else:
        print(f"physicians' statements: skipped, there is no {physicians}")


def _embeddings(settings: Settings) -> OnnxEmbeddings:
    """The model as answers use it."""
    from index.current import check_current
    from index.embed import OnnxEmbeddings
    from index.export import exported_folder
    from index.store import Store

    folder = check_current(settings.corpus, settings.state, settings.embedding_model, settings.passage_words)
    with Store(folder) as store:
        return OnnxEmbeddings(exported_folder(settings.state / "models", store.manifest.model_digest), settings.threads)


def _print(rows: Sequence[Row]) -> None:
    table = Table(
        "split", "kind", "n", "let through", "95 %", "baseline", "95 %", box=SIMPLE_HEAD, padding=(0, 1, 0, 0)
    )
    for row in rows:
        ours, baseline = row.share, row.baseline_share
        through = (f"{row.passed} ({ours.value:.0%})", _bounds(ours), f"{row.baseline} ({baseline.value:.0%})")
        table.add_row(row.split, row.kind, str(row.total), *through, _bounds(baseline))
    Console().print(table)


def _bounds(share: Interval) -> str:
    return f"{share.low:.0%} to {share.high:.0%}"


def _print_agreement(agreements: dict[str, Agreement]) -> None:
    first = next(iter(agreements.values()))
    table = Table("physicians' statements", "accuracy", "kappa", *first.passed, box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for name, agreed in agreements.items():
        through = (f"{passed} of {total}" for passed, total in agreed.passed.values())
        table.add_row(name, f"{agreed.accuracy:.2f}", f"{agreed.kappa:.2f}", *through)
    Console().print(table)


def _record(
    rows: Sequence[Row], threshold: float, agreed: Agreement | None, similar: Agreement | None
) -> dict[str, Any]:
    kinds = [row._asdict() | {"share": row.share, "baseline_share": row.baseline_share} for row in rows]
    physicians = {"check": agreed._asdict(), "baseline": similar._asdict()} if agreed and similar else None
    return {"kinds": kinds, "baseline_threshold": threshold, "physicians": physicians}
