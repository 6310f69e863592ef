"""Fills the blanks of a fixed text: all of them, and no others."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from string import Template

FOLDER = Path(__file__).parent


class PromptError(ValueError):
    """A fixed text is missing or empty, or its blanks are not the ones given; names both."""


def render(name: str, /, *, folder: Path = FOLDER, **blanks: str) -> str:
    """The text of `prompts/<name>.md` with its `$blanks` filled.

    Args:
        name: File name without its ending.
        folder: Where the text lies.
        blanks: One value for each blank of the text.

    Raises:
        PromptError: There is no such text, it is empty, or a blank is missing or surplus.
    """
    template = _template(folder / f"{name}.md")
    wanted = set(template.get_identifiers())
    if missing := sorted(wanted - blanks.keys()):
        raise PromptError(f"prompts/{name}.md: no value for ${', $'.join(missing)}")
    if surplus := sorted(blanks.keys() - wanted):
        raise PromptError(f"prompts/{name}.md: has no blank ${', $'.join(surplus)}")
    return template.substitute(blanks)


@cache
def _template(path: Path) -> Template:
    try:
        text = " ".join(path.read_text(encoding="utf-8").split())
    except (OSError, UnicodeDecodeError) as error:
        raise PromptError(f"{path}: the fixed text can't be read as UTF-8; put the file back.") from error
    template = Template(text)
    if not text or not template.is_valid():
        raise PromptError(f"{path}: empty, or a $ that begins no blank; write $$ for a dollar sign.")
    return template
