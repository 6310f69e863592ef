"""Cases, replies and outcomes made by hand, for tests of what is counted on them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.reply import Reply
from evals.outcome import Outcome
from evals.questions import Case
from evals.run import Run

DISCLAIMER = "This is not medical advice."


def case(kind: str, *facts: str | tuple[str, ...], **fields: Any) -> Case:
    """A case of the split `test`; a fact is a quotation, or several of which any one will do."""
    any_of = [(fact,) if isinstance(fact, str) else fact for fact in facts]
    return Case.model_validate({"id": "a", "q": "What?", "split": "test", **fields, "kind": kind, "facts": any_of})


def reply(
    *sentences: str,
    kind: str = "answer",
    found: Sequence[tuple[str, str]] = (),
    relevance: float | None = None,
    **fields: Any,
) -> Reply:
    """A reply whose sentences stand in one quotation.

    Args:
        sentences: Shown.
        kind: Of the reply.
        found: Passage and sentence of each hit, best first.
        relevance: None: the documents were not looked at.
        fields: Of the reply, as they are.
    """
    scores = {"dense": 0.75, "lexical": 0.5, "expected": 0.25, "score": 1.0}
    hits = [{"passage_id": passage, "sentence": sentence, **scores} for passage, sentence in found]
    trace = {"hits": hits, "relevance": relevance, "thresholds": {"min_relevance": 0.5}, "timings_ms": {}}
    made = {
        "kind": kind,
        "question": "What?",
        "understood_as": "What?",
        "sentences": [{"text": text, "citations": [1]} for text in sentences],
        "citations": [_citation(" ".join(sentences))] if sentences else [],
        "notice": None if kind == "answer" else "Please call.",
        "disclaimer": DISCLAIMER,
        "trace": None if relevance is None else trace,
    }
    return Reply.model_validate(made | fields)


def _citation(quote: str) -> dict[str, Any]:
    place = {"source_id": "article", "title": "An Overview", "tier": "article", "section": "", "passage_id": "p"}
    return {"n": 1, **place, "quote": quote, "start": 0, "end": len(quote), "link": "", "coverage": ""}


def outcome(asked: Case, got: Reply, of_set: str = "mine", **fields: Any) -> Outcome:
    """An outcome all of whose citations are exact, unless told otherwise."""
    told = {"relevant": (), "exact_citations": len(got.citations), "right_unless_refused": False, "latency_ms": 1.0}
    return Outcome(set=of_set, case=asked, reply=got, **(told | fields))


def run_of(*outcomes: Outcome, **settings: Any) -> Run:
    """A run that recorded these outcomes."""
    return Run(
        started_at="2026-03-01T09:30:00+00:00",
        revision="0123456789ab",
        settings={"min_relevance": 0.5, **settings},
        corpus_digest="c" * 64,
        model="a-model",
        model_digest="d" * 64,
        recipe="r-100",
        versions={"numpy": "2"},
        outcomes=outcomes,
    )
