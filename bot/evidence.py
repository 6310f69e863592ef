"""What speaks for and against passages that are to answer a question, and what each piece of it counts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import yaml

from bot.health import is_health_term
from index.interaction import WordSupport
from index.retrieve import Found, Hit, Likeness

FILE = Path(__file__).with_suffix(".yaml")
KNOWN, PLAIN = "known", "plain"
"""Corpora that list uncovered questions too, and others."""

LIKE_MOST = 10
"""Of each sort so many of the nearest questions are weighed."""

TEMPERATURE = 0.05
"""By so much a cosine must be higher to count e times as much."""

SURE_COSINE = 0.65
"""What a question of a single content word must reach; it meets some word of any corpus."""


class Evidence(NamedTuple):
    """What speaks for and against hits that are to answer a question.

    `support` is the mean similarity of the question's words to what is said at the best hit, a rare word counting more,
    and `weakest` the least of them; `words` is the natural logarithm of one more than how many they are. `best` is the
    highest cosine to a sentence or to a question that one is known to answer. `unknown` is the part of the words that
    the documents don't have, a rare one counting more. `missing` is 1 where an aspect that is asked for is not
    supplied, a disease is named that the documents never name, or too little is said to tell; else 0. `lead` says by
    how much the question is more like answered ones than like uncovered ones, `share` which part of the known questions
    nearest to it are answered, and `uncovered` is the cosine to the nearest uncovered one. `covered` is what small
    networks make of its vector: the logarithm of the odds that it is one of the answered.
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
    covered: float = 0.0


class Weights(NamedTuple):
    """Of a logistic regression: what each piece of evidence counts, and the intercept."""

    evidence: Evidence
    intercept: float

    def probability(self, evidence: Evidence) -> float:
        """How likely it is that hits with this evidence answer the question, in [0, 1]."""
        logit = self.intercept + sum(weight * value for weight, value in zip(self.evidence, evidence, strict=True))
        return 1 / (1 + math.exp(-logit))


def evidence(words: Sequence[WordSupport], found: Found, covered: float, *, missing: bool) -> Evidence:
    """What speaks for and against the hits of a question.

    Args:
        words: How its words are met by them.
        found: For it.
        covered: How like an answered question it is, see `bot.coverage`.
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
        covered=covered,
    )


@cache
def weights() -> Mapping[str, Weights]:
    """What each piece of evidence counts (bot/evidence.yaml), by what the corpus lists: `KNOWN` and `PLAIN`.

    `faqbot eval calibrate` fits those of `KNOWN`.
    """
    read = yaml.safe_load(FILE.read_text("utf-8"))
    return {
        name: Weights(Evidence(**row), intercept) for name, row in read.items() for intercept in [row.pop("intercept")]
    }


def _names_unknown_disease(words: Sequence[WordSupport]) -> bool:
    return any(not word.known and is_health_term(word.word) for word in words)


def _says_too_little(words: Sequence[WordSupport], hits: Sequence[Hit]) -> bool:
    """Whether a single word was asked for, and nothing like that question is known: "is this contagious?"."""
    return len(words) == 1 and _best_cosine(hits) < SURE_COSINE


def _best_cosine(hits: Sequence[Hit]) -> float:
    return max((max(hit.dense, hit.expected) for hit in hits), default=0.0)


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
