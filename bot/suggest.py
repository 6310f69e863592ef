"""Questions to offer instead: near what was asked, and answered by the documents."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from bot.aspects import missing_aspect
from index.lexical import terms
from index.retrieve import Hit

MOST = 3
"""Questions offered under one reply."""

LOOKED_AT = 6
"""Questions near enough that are asked of the chain before some are offered."""

NEAR = 0.6
"""Cosine from which on an expected question is near enough to be offered."""

_ALIKE = 0.6
"""Share of words in common from which on two questions would be one suggestion."""

_SAID = 1 / 3
"""Share of a question's words that its sentence must have too, or it is understood, but not offered: "flying blind"."""

_WELL_PUT = re.compile(
    r"^(?:What|Which|Who|Where|When|Why|How|Is|Are|Was|Were|Do|Does|Did|Can|Could|Has|Have)\b"
    r"(?!.*\b(?:my|me|I|I'm|he|she|him|her|you|your|y'all|it|they|them|this|these)\b)"
    r"(?=(?: +[^ ]+){3})[^.!?\n]{11,90}\?$"
)
"""A suggestion is one question of four words or more, of nobody in particular, that leans on no other."""


def suggestions(hits: Iterable[Hit]) -> tuple[str, ...]:
    """The expected questions next to some hits, the nearest first, no two alike.

    The chain asks each of them itself before it offers `MOST`.

    Args:
        hits: Of the question that was asked.

    Returns:
        At most `LOOKED_AT`.
    """
    near = sorted((hit for hit in hits if hit.expected >= NEAR), key=lambda hit: -hit.expected)
    offered: list[str] = []
    for hit in near:
        well_put = _WELL_PUT.match(hit.question) and _says_what_it_asks(hit)
        fits = well_put and not missing_aspect(hit.question, [hit.sentence.text])
        if fits and not _is_like_one_of(hit.question, offered):
            offered.append(hit.question)
    return tuple(offered[:LOOKED_AT])


def _says_what_it_asks(hit: Hit) -> bool:
    words = set(terms(hit.question))
    return len(words & set(terms(hit.sentence.text))) >= _SAID * len(words)


def _is_like_one_of(question: str, others: Sequence[str]) -> bool:
    words = set(terms(question))
    return any(len(words & set(terms(other))) >= _ALIKE * min(len(words), len(set(terms(other)))) for other in others)
