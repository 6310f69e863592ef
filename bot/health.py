"""Names of diseases, drugs and treatments."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from bot.english import is_rare
from index.lexical import terms, words


def is_health_term(word: str) -> bool:
    """Whether a word, lower case, names a disease, a drug or a treatment, and little else."""
    return names_health(word)


def names_health(text: str) -> bool:
    """Whether some word of a text is such a name.

    An everyday word is one only as it stands in the list, or in its plural: "raining" is not Raine's syndrome.
    """
    names = _names()
    return any(
        (word in names or word.removesuffix("s") in names or is_rare(word)) and not _stems().isdisjoint(terms(word))
        for word in words(text)
    )


@cache
def _stems() -> frozenset[str]:
    return frozenset(stem for name in _names() for stem in terms(name))


@cache
def _names() -> frozenset[str]:
    lines = Path(__file__).with_name("health_terms.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if not line.startswith("#"))
