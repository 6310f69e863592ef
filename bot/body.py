"""Which part of the body is meant: what was found in knees is no answer about hips."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import yaml

from bot.cues import CueError
from index.retrieve import Found


def fitting(question: str, found: Found) -> Found:
    """What was found, without the sentences about another part of the body than the question's.

    A sentence stays where either names no part, or both name one that is the same.
    """
    asked = _named(question)

    def fits(sentence: str) -> bool:
        return not asked or not (said := _named(sentence)) or bool(asked & said)

    hits = [
        replace(hit, companions=tuple((p, i) for p, i in hit.companions if fits(p.sentences[i].text)))
        for hit in found.hits
        if fits(hit.sentence.text)
    ]
    return found._replace(hits=hits)


def names_a_part(text: str) -> bool:
    """Whether a text names a part of the body that can be treated."""
    return bool(_named(text))


def _named(text: str) -> frozenset[str]:
    """The parts of the body that a text names."""
    return frozenset(name for name, pattern in _parts().items() if pattern.search(text))


@cache
def _parts() -> dict[str, re.Pattern[str]]:
    """The parts of body_parts.yaml, by name.

    Raises:
        CueError: The file can't be read, or an expression in it does not compile.
    """
    path = Path(__file__).with_name("body_parts.yaml")
    try:
        listed = yaml.safe_load(path.read_text(encoding="utf-8"))
        return {name: re.compile("|".join(listed[name]), re.IGNORECASE) for name in listed}
    except (OSError, TypeError, yaml.YAMLError, re.error) as error:
        raise CueError(f"{path}: {error}; mend the file.") from error
