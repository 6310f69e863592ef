"""Do the passages answer the question? Late interaction over its words, and what it asks for besides its subject."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bot.aspects import missing_aspect
from bot.reply import Reason
from bot.spell import is_rare
from index.embed import Encoded
from index.interaction import WordSupport, word_support
from index.lexical import terms
from index.retrieve import Hit
from index.store import Store

TOP = 3
"""Hits of which one must meet the words of the question. See docs/answerable.md for what other numbers give."""

SUPPLYING = 4
"""Hits of which one must supply the aspect that is asked."""

COSINE_WEIGHT = 0.7
"""How much the best cosine counts beside the support of the words."""

SURE_COSINE = 0.65
"""What a question of a single content word must reach; it meets some word of any corpus."""

UNMET = 0.5
"""Below this cosine to anything said at the hits, a word that the documents don't have is named as uncovered."""

UNCOVERED = 0.5
"""What is left of the relevance where hits don't supply the aspect that is asked, or the documents never name a
disease that is: never enough."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether hits answer a question. `relevance` is at most 1.7; `reasons` say why not, or that they do."""

    relevance: float
    answers: bool
    reasons: tuple[str, ...]


def judge(asked: Encoded, question: str, hits: Sequence[Hit], store: Store, min_relevance: float) -> Judgement:
    """Whether the best hits answer a question.

    Args:
        asked: What is asked, encoded with its words.
        question: The same as text.
        hits: Best first.
        store: That they come from.
        min_relevance: Relevance below which they don't.
    """
    words = word_support(asked, [hit.number for hit in hits[:TOP]], store)
    found = relevance(words, hits)
    aspect = missing_aspect(question, [hit.sentence.text for hit in hits[:SUPPLYING]])
    if aspect or any(not word.known and is_health_term(word.word) for word in words) or _says_too_little(words, hits):
        found *= UNCOVERED
    if found >= min_relevance:
        return Judgement(found, True, (Reason.RELEVANT,))
    lacking = [f"{Reason.UNCOVERED_TERM}:{w.word}" for w in words if _is_uncovered(w)]
    reasons = [f"{Reason.WRONG_ASPECT}:{aspect}"] if aspect else []
    return Judgement(found, False, tuple(dict.fromkeys((*reasons, *lacking))) or (Reason.LOW_RELEVANCE,))


def _says_too_little(words: Sequence[WordSupport], hits: Sequence[Hit]) -> bool:
    """Whether a single word was asked for, and nothing like that question is known: "is this contagious?"."""
    return len(words) == 1 and _best_cosine(hits) < SURE_COSINE


def _best_cosine(hits: Sequence[Hit]) -> float:
    return max((max(hit.dense, hit.expected) for hit in hits), default=0.0)


def _is_uncovered(word: WordSupport) -> bool:
    """Whether the documents can be said not to mention a word, and it is worth saying."""
    unmet = word.similarity < UNMET and is_rare(word.word)
    return not word.known and (unmet or is_health_term(word.word))


def is_health_term(word: str) -> bool:
    """Whether a word, lower case, names a disease, a drug or a treatment, and little else."""
    return not _health_terms().isdisjoint(terms(word))


@cache
def _health_terms() -> frozenset[str]:
    lines = Path(__file__).with_name("health_terms.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(term for line in lines if not line.startswith("#") for term in terms(line))


def relevance(words: Sequence[WordSupport], hits: Sequence[Hit]) -> float:
    """How likely it is that hits answer a question; not a probability.

    The mean similarity of the question's words to what is said at the best hits, a rare word
    counting more, plus 0.7 of the highest cosine to a sentence or to a question that one is known to
    answer. The cosine alone takes all talk of stem cells for alike.

    Returns:
        A number up to 1.7; 0 without hits or words.
    """
    weight = sum(word.rarity for word in words)
    if not hits or not weight:
        return 0.0
    support = sum(word.similarity * word.rarity for word in words) / weight
    return support + COSINE_WEIGHT * _best_cosine(hits)
