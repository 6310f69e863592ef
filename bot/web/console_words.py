"""Codes in plain words, for staff."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from string import Template
from textwrap import shorten
from typing import Any, NamedTuple

import yaml

from bot.aspects import what_is_missing
from bot.examples import load_examples
from bot.language import languages
from bot.reply import Kind, Reason
from bot.web.console_html import FOLDER
from corpus.document import Tier

_LONGEST_EXAMPLE = 160
_NAMELESS = "words"
"""What patterns are called that say no more than their kind does."""


class KindWords(NamedTuple):
    """How a kind of reply is called, the tone it is shown in, and what it did."""

    name: str
    tone: str
    says: str


@cache
def kind_words() -> Mapping[Kind, KindWords]:
    """The words of every kind."""
    return {Kind(kind): KindWords(**words) for kind, words in _words()["kinds"].items()}


def reason_in_words(reason: str, question: str = "") -> str:
    """A reason of a Reply, such as `uncovered_term:copd`, as a sentence; of examples it names one near the question."""
    code, _, about = reason.partition(":")
    if code == Reason.WRONG_ASPECT:
        about = what_is_missing(about)
    elif code == Reason.MATCHED:
        about = screening_in_words(about, question)
    return Template(_words()["reasons"][code]).substitute(about=about)


def screening_in_words(code: str, question: str = "") -> str:
    """What the screen recognised, such as `emergency.choking`, as a sentence.

    The name of a sort of examples is for who writes them, and is not in it.
    """
    words = _words()["screened"]
    kind, _, sort = code.partition(".")
    if kind == Kind.LANGUAGE and sort in languages():
        return Template(words["language"]).substitute(name=languages()[sort].name)
    examples = next((of.match for of in load_examples() if of.code == code), ())
    if not examples:
        return Template(words["pattern" if sort == _NAMELESS else "named"]).substitute(name=sort.replace("_", " "))
    example = _nearest(question, examples)
    called = kind_words()[Kind(kind)].name.lower()
    return Template(words["example" if example else "sort"]).substitute(kind=called, example=example)


def step_in_words(step: str) -> str:
    """A step of the chain as it is called in the window."""
    return str(_words()["steps"].get(step, step))


def work_in_words(step: str) -> str:
    """A step of a run or a rebuild as it is called in the window; of none, that it begins."""
    return str(_words()["work"].get(step, step))


def drafting_in_words(outcome: str) -> str:
    """How the drafting of a chat model went, as a sentence; empty where none was asked."""
    return _outcome_in_words("drafting", outcome)


def rewriting_in_words(outcome: str) -> str:
    """How the rewriting of a follow-up by a chat model went, likewise."""
    return _outcome_in_words("rewriting", outcome)


def _outcome_in_words(of: str, outcome: str) -> str:
    words = _words()[of]
    about = outcome.replace("_", " ")
    return Template(words.get(outcome, words["other"])).substitute(about=about) if outcome else ""


def fault_in_words(fault: str) -> str:
    """Why a drafted sentence is not shown, as `bot.trace.Dropped` has it."""
    words = _words()["faults"]
    code, _, about = fault.partition(":")
    told = Template(words.get(code, words["other"])).substitute(about=about or code.replace("_", " "))
    return told if about else told.removesuffix(f": {code}")


def set_in_words(name: str) -> str:
    """What the questions of a set that ships are."""
    return str(_words()["sets"].get(name, name))


def in_order(sets: Iterable[str]) -> list[str]:
    """Names of sets as they are listed: the plain questions first; one without words last."""
    places = {name: place for place, name in enumerate(_words()["sets"])}
    return sorted(sets, key=lambda name: (places.get(name, len(places)), name))


def tier_in_words(tier: Tier) -> str:
    """Who speaks in a document, in a word or two."""
    return str(_words()["tiers"][tier])


def _nearest(question: str, examples: Iterable[str]) -> str:
    """The example that shares most of its words with a question; empty where none shares any.

    Source: Jaccard (1912), "The distribution of the flora in the alpine zone".
    """
    asked = _words_of(question)
    shares = {text: len(asked & of) / len(asked | of) for text in examples if (of := _words_of(text)) & asked}
    return shorten(max(shares, key=lambda text: shares[text], default=""), _LONGEST_EXAMPLE, placeholder=" …")


def _words_of(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


@cache
def _words() -> dict[str, Any]:
    words: dict[str, Any] = yaml.safe_load((FOLDER / "words.yaml").read_text(encoding="utf-8"))
    return words
