"""The fixed words in other languages than English."""

from __future__ import annotations

from functools import cache
from string import Template
from typing import NamedTuple

import yaml

from prompts.render import FOLDER as PROMPTS
from prompts.render import PromptError


class Language(NamedTuple):
    """The fixed words in a language: `reply` for any message in it, the others behind the English text."""

    name: str
    reply: str
    emergency: str
    crisis: str

    def fill(self, text: str, **blanks: str) -> str:
        """One of the texts with its blanks filled.

        Raises:
            PromptError: It has another blank.
        """
        try:
            return Template(text).substitute(blanks)
        except (KeyError, ValueError) as error:
            raise PromptError(f"prompts/languages.yaml: {self.name}: no value for {error}; mend the text.") from error


@cache
def languages() -> dict[str, Language]:
    """The languages of prompts/languages.yaml, by code.

    Raises:
        PromptError: The file can't be read or lacks a text; names the language.
    """
    path, code = PROMPTS / "languages.yaml", "file"
    found = {}
    try:
        for code, entry in yaml.safe_load(path.read_text(encoding="utf-8")).items():
            found[str(code)] = Language(**entry)
    except (OSError, AttributeError, TypeError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise PromptError(f"{path}: '{code}': {error}; put the text back.") from error
    return found
