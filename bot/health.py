"""Names of diseases, drugs and treatments."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from index.lexical import terms


def is_health_term(word: str) -> bool:
    """Whether a word, lower case, names a disease, a drug or a treatment, and little else."""
    return not _health_terms().isdisjoint(terms(word))


@cache
def _health_terms() -> frozenset[str]:
    lines = Path(__file__).with_name("health_terms.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(term for line in lines if not line.startswith("#") for term in terms(line))
