"""Do the passages answer the question? Late interaction over its words, and what it asks for besides its subject."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

import yaml

from bot.aspects import missing_aspect
from bot.english import is_rare
from bot.health import is_health_term
from bot.reply import Reason
from index.embed import Encoded
from index.interaction import WordSupport, word_support
from index.retrieve import Found, Hit, Likeness
from index.store import Store

FILE = Path(__file__).with_suffix(".yaml")
KNOWN, PLAIN = "known", "plain"
"""Corpora that list uncovered questions too, and others."""

TOP = 3
"""Hits of which one must meet the words of the question. See docs/answerable.md for what other numbers give."""

SUPPLYING = 4
"""Hits of which one must supply the aspect that is asked."""

LIKE_MOST = 10
"""Of each sort so many of the nearest questions are weighed."""

TEMPERATURE = 0.05
"""By so much a cosine must be higher to count e times as much."""

SURE_COSINE = 0.65
"""What a question of a single content word must reach; it meets some word of any corpus."""

NAMED_LETTERS = 3
"""A word that is named as uncovered has at least so many."""

SAME_QUESTION = 0.85
"""From this cosine to an uncovered question on, what that one misses is said to be missing."""

UNMET = 0.5
"""Below this cosine to anything said at the hits, a word that the documents don't have is named as uncovered."""


class Evidence(NamedTuple):
    """What speaks for and against hits that are to answer a question.

    `support` is the mean similarity of the question's words to what is said at the best hit, a rare word counting more,
    and `weakest` the least of them; `words` is the natural logarithm of one more than how many they are. `best` is the
    highest cosine to a sentence or to a question that one is known to answer. `unknown` is the part of the words that
    the documents don't have, a rare one counting more. `missing` is 1 where an aspect that is asked for is not
    supplied, a disease is named that the documents never name, or too little is said to tell; else 0. `lead` says by
    how much the question is more like answered ones than like uncovered ones, `share` which part of the known questions
    nearest to it are answered, and `uncovered` is the cosine to the nearest uncovered one.
    """

    support: float = 0.0
    weakest: float = 0.0
    words: float = 0.0
    best: float = 0.0
    unknown: float = 0.0
    missing: float = 0.0
    lead: float = 0.0
    share: float = 0.0
    uncovered: float = 0.0


class Weights(NamedTuple):
    """Of a logistic regression: what each piece of evidence counts, and the intercept."""

    evidence: Evidence
    intercept: float

    def probability(self, evidence: Evidence) -> float:
        """How likely it is that hits with this evidence answer the question, in [0, 1]."""
        logit = self.intercept + sum(weight * value for weight, value in zip(self.evidence, evidence, strict=True))
        return 1 / (1 + math.exp(-logit))


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether hits answer a question: `relevance` is the probability, in [0, 1], `reasons` are its codes."""

    relevance: float
    answers: bool
    reasons: tuple[str, ...]
    evidence: Evidence


def judge(asked: Encoded, question: str, found: Found, store: Store, min_relevance: float) -> Judgement:
    """Whether what was found answers a question.

    Args:
        asked: What is asked, encoded with its words.
        question: The same as text.
        found: For it.
        store: That they come from.
        min_relevance: Probability below which it doesn't.
    """
    words = word_support(asked, [hit.number for hit in found.hits[:TOP]], store)
    aspect = missing_aspect(question, [hit.sentence.text for hit in found.hits[:SUPPLYING]])
    found_of = evidence(words, found, missing=bool(aspect))
    probability = weights()[KNOWN if store.manifest.uncovered else PLAIN].probability(found_of)
    if probability >= min_relevance:
        return Judgement(probability, True, (Reason.RELEVANT,), found_of)
    return Judgement(probability, False, _why_not(words, aspect, found.likeness), found_of)


def evidence(words: Sequence[WordSupport], found: Found, *, missing: bool) -> Evidence:
    """What speaks for and against the hits of a question.

    Args:
        words: How its words are met by them.
        found: For it.
        missing: Whether it asks for an aspect that they don't supply.
    """
    hits, likeness, weight = found.hits, found.likeness, sum(word.rarity for word in words)
    return Evidence(
        support=sum(word.similarity * word.rarity for word in words) / weight if weight else 0.0,
        weakest=min((word.similarity for word in words), default=0.0),
        words=math.log1p(len(words)),
        best=_best_cosine(hits) if hits else 0.0,
        unknown=sum(word.rarity for word in words if not word.known) / weight if weight else 0.0,
        missing=float(missing or _names_unknown_disease(words) or _says_too_little(words, hits)),
        lead=lead(likeness),
        share=answered_share(likeness),
        uncovered=max(likeness.uncovered, default=0.0),
    )


@cache
def weights() -> Mapping[str, Weights]:
    """What each piece of evidence counts (bot/answerable.yaml), by what the corpus lists: `KNOWN` and `PLAIN`.

    `faqbot eval calibrate` fits those of `KNOWN`.
    """
    read = yaml.safe_load(FILE.read_text("utf-8"))
    return {
        name: Weights(Evidence(**row), intercept) for name, row in read.items() for intercept in [row.pop("intercept")]
    }


def _why_not(words: Sequence[WordSupport], aspect: str | None, likeness: Likeness) -> tuple[str, ...]:
    """The reasons of a refusal, the most telling first."""
    named = [f"{Reason.UNCOVERED_TERM}:{w.word}" for w in words if not w.known and is_health_term(w.word)]
    if aspect:
        named.append(f"{Reason.WRONG_ASPECT}:{aspect}")
    if likeness.missing and likeness.uncovered[0] >= SAME_QUESTION:
        named.append(f"{Reason.UNCOVERED_QUESTION}:{likeness.missing}")
    named += [f"{Reason.UNCOVERED_TERM}:{w.word}" for w in words if _is_unmentioned(w)]
    return tuple(dict.fromkeys(named)) or (Reason.LOW_RELEVANCE,)


def _names_unknown_disease(words: Sequence[WordSupport]) -> bool:
    return any(not word.known and is_health_term(word.word) for word in words)


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


def answered_share(likeness: Likeness) -> float:
    """Which part of the ten known questions nearest to a question are answered, in [0, 1]; 0.5 where none is known.

    Source: k nearest neighbours, Cover & Hart (1967).
    """
    nearest = sorted(
        [*((cosine, 1) for cosine in likeness.expected), *((cosine, 0) for cosine in likeness.uncovered)], reverse=True
    )[:LIKE_MOST]
    return sum(answered for _, answered in nearest) / len(nearest) if nearest else 0.5


def _density(cosines: Sequence[float]) -> float:
    return math.log(sum(math.exp(cosine / TEMPERATURE) for cosine in cosines))
