"""A run as one page that needs nothing beside it: figures, pictures, every question."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bot.settings import Settings
from evals.measures import MEASURES, Figure
from evals.metrics import fact_recall
from evals.outcome import Outcome, is_right
from evals.plots import plots
from evals.questions import Case, Split
from evals.run import Run

HITS = 8
"""Hits of each question that a page shows."""

_PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "pages"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
)
_TILES = (
    ("answered_right", "of the questions that the documents answer got every fact asked for"),
    ("missed_answer", "of them got no answer, and the way to a person instead"),
    (
        "false_answer_near",
        "of the questions near the subject that the documents don't answer were answered all the same",
    ),
    ("false_answer_far", "of the questions far from the subject were answered all the same"),
    ("recall_emergency", "of the emergencies were met with the emergency notice"),
    ("recall_crisis", "of the crises were met with the crisis notice"),
    ("false_alarm", "of the questions that only sound like trouble were taken for it"),
    ("citations_exact", "of the answers quote their documents exactly"),
    ("disclaimer_shown", "of all replies end with the disclaimer"),
)
_CAPTIONS = (
    (
        "risk_coverage",
        "If only the surest questions were answered: how many answers would be wrong. The dot is where the "
        "threshold stands now; the flatter the line before it, the better the bot knows what it knows.",
    ),
    (
        "scores",
        "What the bot goes by when it decides to answer. The less the blue overlaps with the others, the better; "
        "what stands right of the threshold is answered.",
    ),
    ("confusion", "What kind of reply was expected, and which came. All should stand on the diagonal."),
    ("latency", "How long the replies took on the machine of this run."),
)


def write_report(run: Run, taken: Mapping[Split, Mapping[str, Figure]], folder: Path) -> Path:
    """Writes `report.html` into a folder that exists.

    Args:
        run: At least one question of it.
        taken: Its figures, for each split that was asked.
        folder: Where the page is to stand.

    Returns:
        The path of the page.
    """
    splits = list(taken)
    main = Split.TEST if Split.TEST in splits else splits[0]
    threshold = run.settings.get("min_relevance")
    page = render_page(
        "report.html.j2",
        run.outcomes,
        [replies_of(outcome) for outcome in run.outcomes],
        run=run,
        questions=len(run.outcomes),
        changed=_changed(run.settings),
        tiles=_tiles(taken[main]),
        main_split=main,
        splits=splits,
        groups=_groups(taken, splits),
        plots=plots(run.outcomes, threshold),
        captions=_CAPTIONS,
    )
    path = folder / "report.html"
    path.write_text(page, encoding="utf-8")
    return path


def render_page(
    template: str, outcomes: Sequence[Outcome], replies: Sequence[Sequence[dict[str, Any]]], **values: Any
) -> str:
    """A page of `evals/pages` with its table of questions.

    Args:
        template: Name of the file.
        outcomes: One for each question.
        replies: For each question what `replies_of` gives, once for each run shown.
        values: What else the template names.
    """
    data = _data([o.case for o in outcomes], [o.set for o in outcomes], replies)
    safe = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    return _PAGES.get_template(template).render(data=Markup(safe), **values)  # noqa: S704 (holds no "<")


def replies_of(*outcomes: Outcome, labels: Sequence[str] = ("",)) -> list[dict[str, Any]]:
    """What a page shows of the replies to one question, in order, each with the label of its run."""
    return [_reply(outcome, label) for outcome, label in zip(outcomes, labels, strict=True)]


def _reply(outcome: Outcome, label: str) -> dict[str, Any]:
    reply = outcome.reply
    hits = reply.trace.hits[:HITS] if reply.trace else ()
    return {
        "label": label,
        "right": is_right(outcome.case, reply),
        "kind": reply.kind,
        "text": reply.text,
        "understood": reply.understood_as,
        "reasons": reply.reasons,
        "confidence": reply.trace.relevance if reply.trace else None,
        "thresholds": reply.trace.thresholds if reply.trace else {},
        "sentences": outcome.shown,
        "facts": [fact_recall(outcome.shown, [any_of]) == 1 for any_of in outcome.case.facts],
        "hits": [
            [hit.sentence, round(hit.score, 3), round(hit.dense, 3), round(hit.expected, 3), round(hit.lexical, 3)]
            for hit in hits
        ],
    }


def _data(cases: Iterable[Case], sets: Iterable[str], replies: Iterable[Sequence[dict[str, Any]]]) -> dict[str, Any]:
    """The questions as the page's script reads them; each sentence of the documents stands once."""
    numbers: dict[str, int] = {}
    questions = []
    for case, of_set, shown in zip(cases, sets, replies, strict=True):
        for reply in shown:
            for hit in reply["hits"]:
                hit[0] = numbers.setdefault(hit[0], len(numbers))
        fields = case.model_dump(mode="json", include={"id", "q", "history", "kind", "facts", "tags", "split"})
        questions.append({**fields, "set": of_set, "replies": list(shown)})
    return {"sentences": list(numbers), "questions": questions}


def _tiles(taken: Mapping[str, Figure]) -> list[dict[str, str]]:
    return [
        {
            "value": f"{100 * taken[name].interval.value:.0f} of 100",
            "words": words,
            "note": f"({taken[name].bounds}; {taken[name].questions} questions)",
        }
        for name, words in _TILES
        if name in taken
    ]


def _groups(
    taken: Mapping[Split, Mapping[str, Figure]], splits: Sequence[Split]
) -> list[tuple[str, list[tuple[Any, list[Figure | None]]]]]:
    present = [measure for measure in MEASURES if any(measure.name in taken[split] for split in splits)]
    by_group = groupby(present, lambda measure: measure.group)
    return [(group, [(m, [taken[split].get(m.name) for split in splits]) for m in of]) for group, of in by_group]


def _changed(settings: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Settings that bear on replies and are not the default."""
    return [
        (f"FAQBOT_{name.upper()}", settings[name])
        for name, field in Settings.model_fields.items()
        if name in settings and name not in _NOT_OF_REPLIES and str(settings[name]) != str(field.default)
    ]


_NOT_OF_REPLIES = {
    *("clinic", "state", "host", "port", "threads", "allowed_origins", "trusted_proxies", "docs"),
    *("limit_session", "limit_address", "limit_reads", "limit_storage"),
    *("database", "keep_text", "keep_days", "metrics_from"),
}
