"""Names of diseases, drugs and treatments."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from bot.english import is_rare
from index.lexical import terms


def is_health_term(word: str) -> bool:
    """Whether a word, lower case, names a disease, a drug or a treatment, and little else.

    An everyday word does only as it stands in the list, or in its other number: "raining" is not Raine's syndrome.
    """
    listed = not health_terms().isdisjoint((word, word.removesuffix("s"), f"{word}s"))
    return (listed or is_rare(word)) and names_health(word)


def names_health(text: str) -> bool:
    """Whether a text may name an illness or what is done for one: some word of it shares the stem of such a name."""
    return not _stems().isdisjoint(terms(text))


@cache
def _stems() -> frozenset[str]:
    return frozenset(stem for name in health_terms() for stem in terms(name))


@cache
def health_terms() -> frozenset[str]:
    """The names, lower case."""
    lines = Path(__file__).with_name("health_terms.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if not line.startswith("#"))
