"""What is written of a reply and of a rating, and what of a patient's words may be."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from rapidfuzz.distance import OSA
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.journal_tables import Base, Exchange, Feedback
from bot.private import removed_from, without_personal_data
from bot.reply import DANGER, Kind, Reason, Reply

_NEAREST = 3
"""Passages named of a reply without an answer."""

_OF_RULES = frozenset({Reason.MATCHED, Reason.UNSCREENED, Reason.WRONG_ASPECT, Reason.UNCOVERED_QUESTION})
"""Reasons whose detail is a rule's or the corpus's; that of others is words of the question as understood."""
_CORRECTED = 2
"""Edits by which a word as understood may differ from the word as typed."""


def keeps_text(kind: Kind, keep_text: str) -> bool:
    """Whether the question of such a reply may be kept, by FAQBOT_KEEP_TEXT."""
    return keep_text == "all" or (keep_text == "gaps" and kind is Kind.NO_ANSWER)


def exchange_of(reply: Reply, latency_ms: float, keeps: bool) -> Exchange:
    """The entry of a reply, not yet cleaned.

    Args:
        reply: With its trace.
        latency_ms: Milliseconds that it took.
        keeps: Whether its question may be kept.
    """
    hits = reply.trace.hits if reply.trace else ()
    cited = dict.fromkeys(citation.passage_id for citation in reply.citations)
    nearest = dict.fromkeys(hit.passage_id for hit in hits)
    scores = {"dense": hits[0].dense, "lexical": hits[0].lexical, "score": hits[0].score} if hits else {}
    return Exchange(
        time=datetime.now(UTC),
        reply_id=reply.reply_id,
        kind=reply.kind,
        reasons=list(reply.reasons),
        passage_ids=list(nearest)[:_NEAREST] if reply.kind is Kind.NO_ANSWER else list(cited),
        scores=scores | ({"relevance": reply.trace.relevance} if reply.trace and hits else {}),
        latency_ms=latency_ms,
        answerer=reply.answerer,
        text=reply.question if keeps else None,
    )


def clean(entry: Base, session: Session, keep_text: str) -> None:
    """Takes out of an entry what may not be kept: personal data, and the words of a person in danger."""
    if isinstance(entry, Exchange):
        entry.reasons = [_reason(reason, entry.text) for reason in entry.reasons]
        entry.text = _cleaned(entry.text)
    if isinstance(entry, Feedback):
        kind = session.scalar(select(Exchange.kind).where(Exchange.reply_id == entry.reply_id))
        is_of_danger = keep_text != "all" and kind in DANGER
        if is_of_danger or kind is None:  # a reply that isn't known may have been to one in danger
            entry.question = None
        if is_of_danger:
            entry.comment = None
        entry.question, entry.comment = _cleaned(entry.question), _cleaned(entry.comment)


def _cleaned(text: str | None) -> str | None:
    if text is None:
        return None
    storable = text.encode("utf-8", "replace").decode().replace("\0", "")  # half a character can't be stored, nor NUL
    return without_personal_data(storable)


def _reason(reason: str, text: str | None) -> str:
    """A reason with its detail only where that says nothing but what of the question is kept.

    A word as understood has its spelling put right, and may come from an earlier question.
    """
    code, _, detail = reason.partition(":")
    if not detail or code in _OF_RULES:
        return reason
    if text is None:
        return code
    from index.lexical import words  # here: the command line's accounts need none of what it brings along

    personal = {word for piece in removed_from(text) for word in words(piece)}
    kept = set(words(without_personal_data(text)))
    is_kept = all(_is_near(word, kept) and not _is_near(word, personal) for word in words(detail))
    return reason if is_kept else code


def _is_near(word: str, words: Iterable[str]) -> bool:
    """Whether a word is, but for its spelling, one of some."""
    return any(OSA.distance(word, other, score_cutoff=_CORRECTED) <= _CORRECTED for other in words)
