"""Reads a text as the things that it says: what plain words and the documents' words have in common."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import Stemmer
import yaml

from index.lexical import is_content, word_spans

_SPELLED_OUT = (
    (re.compile(r"\bcan['’]t\b|\bcannot\b", re.IGNORECASE), "can not"),
    (re.compile(r"\bwon['’]t\b", re.IGNORECASE), "will not"),
    (re.compile(r"(?<=[a-z])n['’]t\b", re.IGNORECASE), " not"),
    (re.compile(r"(?<=\d)\s?%"), " percent"),
)
_CLAUSE_ENDS = re.compile(r"[,;:()–—](?! ?(?:19|20)\d\d\b)|\.\s")
_CLAUSE_OPENS = frozenset("but while whereas although though because which when if unless and so".split())
_OF_THREAD = threading.local()  # a stemmer must not be shared between threads


class PlainWordsError(ValueError):
    """A list of words can't be read; names the file."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text: as written, its stem, what it stands for, and the clause that it stands in, from 0.

    `meanings` holds the stem and a number for each line of plain_words.yaml that the word is found
    on; `free` is one that claims nothing by itself.
    """

    text: str
    stem: str
    meanings: frozenset[str]
    clause: int
    free: bool

    @property
    def lower(self) -> str:
        return self.text.lower()

    @property
    def names(self) -> bool:
        """Whether it can name one of two sides: any word but a function word."""
        return is_content(self.lower)


def read(text: str) -> tuple[Word, ...]:
    """The words of a text in order, with what they stand for."""
    return tuple(_words(text))


@lru_cache(maxsize=1 << 12)
def read_document(sentence: str) -> tuple[Word, ...]:
    """`read`, remembered: for sentences of the documents only."""
    return read(sentence)


def meanings(words: Sequence[Word]) -> frozenset[str]:
    """All that the words of a text stand for."""
    return frozenset(meaning for word in words for meaning in word.meanings)


def is_said(word: Word, said: frozenset[str]) -> bool:
    """Whether a text that says certain things says what a word does, in other words or more narrowly."""
    return not word.meanings.isdisjoint(said) or not _narrower().get(word.stem, frozenset()).isdisjoint(said)


def _words(text: str) -> Iterator[Word]:
    for pattern, whole in _SPELLED_OUT:
        text = pattern.sub(whole, text)
    spans = word_spans(text)
    stems = _stems([word for word, _, _ in spans])
    stand_for = [{stem} for stem in stems]
    for at in range(len(stems)):
        for phrase, lines in _same().get(stems[at], ()):
            if tuple(stems[at : at + len(phrase)]) == phrase and (len(phrase) > 1 or is_content(spans[at][0])):
                for standing in stand_for[at : at + len(phrase)]:
                    standing |= lines
    clause, end_before = 0, 0
    for (word, start, end), stem, standing in zip(spans, stems, stand_for, strict=True):
        clause += _ends_clause(text, end_before, start) or word in _CLAUSE_OPENS
        end_before = end
        yield Word(text[start:end], stem, frozenset(standing), clause, not is_content(word) or stem in _free())


def _stems(words: Sequence[str]) -> list[str]:
    if not hasattr(_OF_THREAD, "stemmer"):
        _OF_THREAD.stemmer = Stemmer.Stemmer("english")
    stems: list[str] = _OF_THREAD.stemmer.stemWords(list(words))
    return stems


def _ends_clause(text: str, start: int, end: int) -> bool:
    """Whether a clause ends between two words; the comma before a year ends none."""
    found = _CLAUSE_ENDS.search(text, start)
    return found is not None and found.start() < end


def load_words(name: str) -> Any:
    """A YAML file of this folder.

    Raises:
        PlainWordsError: It can't be read.
    """
    path = Path(__file__).with_name(name)
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise PlainWordsError(f"{path}: can't be read ({error}); mend the file.") from error


@cache
def _lists() -> Mapping[str, Any]:
    loaded: Mapping[str, Any] = load_words("plain_words.yaml")
    return loaded


@cache
def _same() -> Mapping[str, Sequence[tuple[tuple[str, ...], frozenset[str]]]]:
    """By its first stem each phrase of the lists, as stems, and the lines on which it stands."""
    lines: dict[tuple[str, ...], set[str]] = {}
    for number, line in enumerate(_lists()["same"]):
        for phrase in str(line).split(","):
            if stems := tuple(_stems([word for word, _, _ in word_spans(phrase.lower())])):
                lines.setdefault(stems, set()).add(f"={number}")
    by_first: dict[str, list[tuple[tuple[str, ...], frozenset[str]]]] = {}
    for stems, numbers in lines.items():
        by_first.setdefault(stems[0], []).append((stems, frozenset(numbers)))
    return by_first


@cache
def _narrower() -> Mapping[str, frozenset[str]]:
    """For the stem of a broader word what the narrower ones stand for."""
    return {
        _stems([word])[0]: meanings([w for phrase in narrower for w in read(str(phrase))])
        for word, narrower in _lists()["broader"].items()
    }


@cache
def _free() -> frozenset[str]:
    return frozenset(_stems(_lists()["free"].split())) - {"own"}  # whose cells they are is a claim


def is_light(word: Word) -> bool:
    """Whether a word is one of everyday language that adds next to nothing to a sentence which is else supported."""
    return word.stem in _light()


@cache
def _light() -> frozenset[str]:
    return frozenset(_stems(_lists()["light"].split()))
