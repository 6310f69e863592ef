"""Names of diseases, drugs and treatments."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from index.lexical import terms


def is_health_term(word: str) -> bool:
    """Whether a word, lower case, names a disease, a drug or a treatment, and little else."""
    return names_health(word)


def names_health(text: str) -> bool:
    """Whether some word of a text is such a name."""
    return not _health_terms().isdisjoint(terms(text))


@cache
def _health_terms() -> frozenset[str]:
    lines = Path(__file__).with_name("health_terms.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(term for line in lines if not line.startswith("#") for term in terms(line))
