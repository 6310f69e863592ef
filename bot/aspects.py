"""What a question asks for besides its subject (a price, a duration, a number of people), and who can supply it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from bot.cues import CueError
from index.lexical import terms

_COUNTED = re.compile(r"\b(?:how many|what number of|the number of)\s+((?:[\w'’-]+\s*){1,4})", re.IGNORECASE)
_NUMBER = (
    r"(?:(?!(?:19|20)\d\d\b)\d[\d,.]*|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|hundred"
    r"|several|no|none|one|an?|single|both|half)"
)
_NUMBERED = re.compile(rf"\b{_NUMBER}\s+((?:[\w'’-]+\s*){{1,4}})", re.IGNORECASE)
_PEOPLE = frozenset(
    terms("people patients participants persons folks adults men women children kids volunteers subjects")
)
_TIME = frozenset(terms("minutes hours days weeks months years decades"))
_VERB = re.compile(
    r"(had|have|get|got|were|are|was|is|did|do|does|can|will|died|came|ended|developed|of)\b", re.IGNORECASE
)

_POINTING = re.compile(r"\b(?:it|that|this|them|they|those|these)\b", re.IGNORECASE)
_HELPS = re.compile(r"\b(?:help|work)(?=\W*$)", re.IGNORECASE)

INSURANCE = "insurance"
"""The aspect that names insurers."""

COUNT = "count"
"""The aspect of "how many …", which is told by what is counted and not by a list."""


@dataclass(frozen=True, slots=True)
class Aspect:
    """Something that a question may ask for; `missing` completes "the documents don't say …".

    `of_an_illness` is one that is asked of an illness only, never of a treatment: its symptoms, its causes.
    """

    name: str
    asked: re.Pattern[str]
    supplied: re.Pattern[str]
    missing: str
    of_an_illness: bool = False


def missing_aspect(question: str, sentences: Iterable[str]) -> str | None:
    """The first aspect that a question asks for and no sentence supplies, by name; None where all are supplied.

    Args:
        question: What is asked.
        sentences: Those that are to answer it.
    """
    said = list(sentences)
    asked = [aspect for aspect in aspects().values() if aspect.asked.search(question)]
    for aspect in asked:
        if not any(aspect.supplied.search(sentence) for sentence in said):
            return aspect.name
    return COUNT if _counted(question) and not _is_counted(question, said) else None


def _counted(question: str) -> set[str]:
    """The stems of what "how many" asks to count."""
    named = [match.group(1) for match in _COUNTED.finditer(question)]
    return {term for name in named if not _VERB.match(name) for term in terms(name)[:2]}


def _is_counted(question: str, sentences: Iterable[str]) -> bool:
    """Whether some sentence has a number before what the question asks to count.

    People are counted by any name, and time by any unit.
    """
    wanted = _counted(question)
    names = wanted.union(*(group for group in (_PEOPLE, _TIME) if wanted & group))
    return any(names & set(terms(match.group(1))) for text in sentences for match in _NUMBERED.finditer(text))


def what_is_missing(name: str) -> str:
    """What completes "the documents don't say …" for an aspect."""
    return aspects()[name].missing if name in aspects() else "how many"


def is_of_an_illness(name: str) -> bool:
    """Whether an aspect is asked of an illness only."""
    return name in aspects() and aspects()[name].of_an_illness


def without_aspects(question: str) -> str:
    """A question without the words that ask for an aspect."""
    for aspect in aspects().values():
        question = aspect.asked.sub(" ", question)
    return question


def asks_an_aspect_of_an_illness(question: str) -> bool:
    """Whether a question asks for an aspect of an illness."""
    return any(aspect.of_an_illness and aspect.asked.search(question) for aspect in aspects().values())


def of_its_illness(question: str, next_one: str) -> str | None:
    """A question that says "it" behind one that asks for an aspect of an illness, with that illness.

    Args:
        question: The one before: "what causes joint pain".
        next_one: "How is it treated?", which is "how is joint pain treated?"; "can stem cells help?" helps with it.

    Returns:
        None where the one before asks for no such aspect, or the next one says no "it".
    """
    illness = question
    for aspect in aspects().values():
        illness = aspect.asked.sub(" ", illness) if aspect.of_an_illness else illness
    named = " ".join(illness.split()).strip(" ?.!,")
    together, count = _POINTING.subn(lambda _: named, _HELPS.sub(r"\g<0> with it", next_one), count=1)
    return together if count and named and illness != question else None


@cache
def aspects() -> dict[str, Aspect]:
    """The aspects of aspects.yaml, by name.

    Raises:
        CueError: The file can't be read, or an expression in it does not compile.
    """
    path = Path(__file__).with_name("aspects.yaml")
    name = "file"
    try:
        found = {}
        for name, entry in yaml.safe_load(path.read_text(encoding="utf-8")).items():
            asked, supplied = (_any_of(entry[key]) for key in ("asked", "supplied"))
            of_an_illness = bool(entry.get("of_an_illness", False))
            found[name] = Aspect(name, asked, supplied, str(entry["missing"]), of_an_illness)
    except (OSError, AttributeError, KeyError, TypeError, yaml.YAMLError, re.error, UnicodeDecodeError) as error:
        raise CueError(f"{path}: '{name}': {error}") from error
    return found


def _any_of(expressions: list[str]) -> re.Pattern[str]:
    if not isinstance(expressions, list) or not expressions:
        raise TypeError(f"{expressions!r} is no list of expressions")
    return re.compile("|".join(f"(?:{expression})" for expression in expressions), re.IGNORECASE)
