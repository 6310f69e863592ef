"""The cue lists of cues.yaml, compiled."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import yaml


class CueError(ValueError):
    """cues.yaml is malformed; names the list and the expression."""


def matches(cue: str, text: str) -> bool:
    """Whether any expression of a cue list is found in a text.

    Raises:
        CueError: There is no such list, or an expression in it does not compile.
    """
    return bool(_compiled(cue).search(text))


def without(cue: str, text: str) -> str:
    """A text without what the expressions of a cue list find in it.

    Raises:
        CueError: There is no such list, or an expression in it does not compile.
    """
    return _compiled(cue).sub("", text)


@cache
def _compiled(cue: str) -> re.Pattern[str]:
    path = Path(__file__).with_name("cues.yaml")
    try:
        expressions = yaml.safe_load(path.read_text(encoding="utf-8"))[cue]
        return re.compile("|".join(f"(?:{expression})" for expression in expressions), re.IGNORECASE)
    except (OSError, KeyError, TypeError, yaml.YAMLError, re.error) as error:
        raise CueError(f"{path}: list '{cue}': {error}") from error
