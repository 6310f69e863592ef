"""Do the passages answer the question? Late interaction over its words, and what it asks for besides its subject."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bot.aspects import missing_aspect
from bot.health import is_health_term
from bot.reply import Reason
from bot.spell import is_rare
from index.embed import Encoded
from index.interaction import WordSupport, word_support
from index.retrieve import Found, Hit, Likeness
from index.store import Store

TOP = 3
"""Hits of which one must meet the words of the question. See docs/answerable.md for what other numbers give."""

SUPPLYING = 4
"""Hits of which one must supply the aspect that is asked."""

COSINE_WEIGHT = 0.7
"""How much the best cosine counts beside the support of the words."""

LIKENESS_WEIGHT = 0.15
"""How much it counts whether a question is more like those that are answered or those that are not."""

LIKE_MOST = 10
"""Of each sort so many of the nearest questions are weighed."""

TEMPERATURE = 0.05
"""By so much a cosine must be higher to count e times as much."""

SURE_COSINE = 0.65
"""What a question of a single content word must reach; it meets some word of any corpus."""

NAMED_LETTERS = 3
"""A word that is named as uncovered has at least so many."""

UNKNOWN_WEIGHT = 0.3
"""What the score loses where the documents have none of the question's words; in proportion, a rare word counting
more."""

SAME_QUESTION = 0.85
"""From this cosine to an uncovered question on, what that one misses is said to be missing."""

SLOPE, OFFSET = 8.3, 11.5
"""Of the logistic curve that makes a probability of the score (Platt 1999), fitted on the question sets' split dev."""

UNMET = 0.5
"""Below this cosine to anything said at the hits, a word that the documents don't have is named as uncovered."""

NOT_SUPPLIED = 0.3
"""What the score loses where hits don't supply the aspect that is asked, or the documents never name a disease that
is."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether hits answer a question: `relevance` is the probability, in [0, 1], `reasons` are its codes."""

    relevance: float
    answers: bool
    reasons: tuple[str, ...]


def judge(asked: Encoded, question: str, found: Found, store: Store, min_relevance: float) -> Judgement:
    """Whether what was found answers a question.

    Args:
        asked: What is asked, encoded with its words.
        question: The same as text.
        found: For it.
        store: That they come from.
        min_relevance: Probability below which it doesn't.
    """
    hits = found.hits
    words = word_support(asked, [hit.number for hit in hits[:TOP]], store)
    score = relevance(words, hits) - UNKNOWN_WEIGHT * _unknown_share(words)
    if store.manifest.uncovered:
        score += LIKENESS_WEIGHT * lead(found.likeness)
    aspect = missing_aspect(question, [hit.sentence.text for hit in hits[:SUPPLYING]])
    if aspect or any(not word.known and is_health_term(word.word) for word in words) or _says_too_little(words, hits):
        score -= NOT_SUPPLIED
    probability = 1 / (1 + math.exp(OFFSET - SLOPE * score))
    if probability >= min_relevance:
        return Judgement(probability, True, (Reason.RELEVANT,))
    return Judgement(probability, False, _why_not(words, aspect, found.likeness))


def _why_not(words: Sequence[WordSupport], aspect: str | None, likeness: Likeness) -> tuple[str, ...]:
    """The reasons of a refusal, the most telling first."""
    named = [f"{Reason.UNCOVERED_TERM}:{w.word}" for w in words if not w.known and is_health_term(w.word)]
    if aspect:
        named.append(f"{Reason.WRONG_ASPECT}:{aspect}")
    if likeness.missing and likeness.uncovered[0] >= SAME_QUESTION:
        named.append(f"{Reason.UNCOVERED_QUESTION}:{likeness.missing}")
    named += [f"{Reason.UNCOVERED_TERM}:{w.word}" for w in words if _is_unmentioned(w)]
    return tuple(dict.fromkeys(named)) or (Reason.LOW_RELEVANCE,)


def _unknown_share(words: Sequence[WordSupport]) -> float:
    """Which part of a question's words the documents don't have, in [0, 1]."""
    weight = sum(word.rarity for word in words)
    return sum(word.rarity for word in words if not word.known) / weight if weight else 0.0


def _says_too_little(words: Sequence[WordSupport], hits: Sequence[Hit]) -> bool:
    """Whether a single word was asked for, and nothing like that question is known: "is this contagious?"."""
    return len(words) == 1 and _best_cosine(hits) < SURE_COSINE


def _best_cosine(hits: Sequence[Hit]) -> float:
    return max((max(hit.dense, hit.expected) for hit in hits), default=0.0)


def _is_unmentioned(word: WordSupport) -> bool:
    """Whether the documents can be said not to mention a word, and it is worth saying."""
    return not word.known and word.similarity < UNMET and len(word.word) >= NAMED_LETTERS and is_rare(word.word)


def lead(likeness: Likeness) -> float:
    """By how much a question is more like answered questions than like uncovered ones.

    The log of the ratio of their kernel densities around it: a Parzen window classifier (Parzen 1962)
    over the nearest questions of either sort.

    Returns:
        Natural logarithm of the ratio; 0 where it is like both alike.
    """
    floor = min((*likeness.expected, *likeness.uncovered), default=0.0)
    sides = [_density(cosines[:LIKE_MOST] or (floor,)) for cosines in (likeness.expected, likeness.uncovered)]
    return sides[0] - sides[1]


def _density(cosines: Sequence[float]) -> float:
    return math.log(sum(math.exp(cosine / TEMPERATURE) for cosine in cosines))


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
