"""Why a reply is as it is: what the template why.html shows of it."""

from __future__ import annotations

from typing import Any

from bot.reply import Kind, Reply
from bot.web.console_html import show
from bot.web.console_words import (
    drafting_in_words,
    fault_in_words,
    kind_words,
    reason_in_words,
    rewriting_in_words,
    step_in_words,
)
from corpus.document import Passage
from index.retrieve import FusionWeights
from index.store import Store

_HITS_SHOWN = 8
_SHORTEST_SHOWN_MS = 0.05


def chat(turns: list[Reply]) -> str:
    """A conversation as the patient sees it; all but the last turn are folded."""
    return show("chat", turns=turns, names=kind_words())


def why(reply: Reply | None, store: Store | None) -> str:
    """What led to a reply, in plain words; a hint where nothing was asked yet.

    Args:
        reply: With its trace.
        store: That the sentences come from.
    """
    if reply is None or store is None:
        return show("why_none")
    return show(
        "why",
        reply=reply,
        words=kind_words()[reply.kind],
        reasons=[reason_in_words(reason, reply.question) for reason in reply.reasons],
        restated=reply.understood_as.strip() != reply.question.strip(),
        estimate=_estimate(reply),
        hits=_hits(reply, store),
        more=max(0, len(reply.trace.hits) - _HITS_SHOWN) if reply.trace else 0,
        timings=_timings(reply),
        rewriting=rewriting_in_words(reply.trace.rewriting) if reply.trace else "",
        drafting=drafting_in_words(reply.trace.drafting) if reply.trace else "",
        dropped=[(each.text, fault_in_words(each.fault)) for each in (reply.trace.dropped if reply.trace else ())],
    )


def _estimate(reply: Reply) -> dict[str, float] | None:
    """The probability that the documents answer, beside the least that is enough."""
    if reply.trace is None:
        return None
    return {"value": reply.trace.relevance, "threshold": reply.trace.thresholds["min_relevance"]}


def _hits(reply: Reply, store: Store) -> list[dict[str, Any]]:
    trace = reply.trace.hits[:_HITS_SHOWN] if reply.trace else ()
    weights, best = FusionWeights(), max((hit.score for hit in trace), default=1.0) or 1.0
    shown = {citation.quote for citation in reply.citations} | {sentence.text for sentence in reply.sentences}
    hits = []
    for hit in trace:
        passage = store.passage(hit.passage_id)
        parts = {
            "expected": weights.expected * hit.expected,
            "dense": weights.sentence * hit.dense,
            "lexical": weights.lexical * hit.lexical,
        }
        parts["passage"] = hit.score - sum(parts.values())
        hits.append(
            {
                "hit": hit,
                "title": passage.title if passage else "",
                "section": " › ".join(passage.section) if passage else "",
                "bars": [(name, max(0.0, 100 * part / best)) for name, part in parts.items()],
                "chosen": hit.sentence in shown,
                "sentences": _sentences(passage, hit.sentence, shown) if passage else [],
            }
        )
    return hits


def _sentences(passage: Passage, found: str, shown: set[str]) -> list[tuple[str, str]]:
    """The sentences of a passage, each with what it is: `chosen`, `found` or nothing."""
    return [(s.text, "chosen" if s.text in shown else "found" if s.text == found else "") for s in passage.sentences]


def _timings(reply: Reply) -> list[tuple[str, float, float]]:
    """Each step in words, its milliseconds, and its share of them all in percent."""
    timings = reply.trace.timings_ms if reply.trace else {}
    whole = sum(timings.values()) or 1.0
    return [(step_in_words(s), ms, 100 * ms / whole) for s, ms in timings.items() if ms >= _SHORTEST_SHOWN_MS]


def facts_of(reply: Reply | None) -> list[str]:
    """Sentences that staff may expect in a reply: those shown first, then those found."""
    if reply is None:
        return []
    found = [hit.sentence for hit in reply.trace.hits] if reply.trace else []
    return list(dict.fromkeys([*(sentence.text for sentence in reply.sentences), *found]))


def may_show_facts(kind: Kind) -> bool:
    """Whether a reply of a kind may be expected to show sentences."""
    return kind in (Kind.ANSWER, Kind.BOUNDARY)
