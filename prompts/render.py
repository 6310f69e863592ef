"""Fixed words: a text with its blanks filled, all of them and no others; a list of labels as it is."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from string import Template

import yaml

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
def labels(name: str, /, *, folder: Path = FOLDER) -> dict[str, str]:
    """The short texts of `prompts/<name>.yaml` by their names; their `$blanks` are for the one who shows them.

    Raises:
        PromptError: There is no such list, or something in it is not a name with its text.
    """
    path = folder / f"{name}.yaml"
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise PromptError(f"{path}: the labels can't be read as YAML; put the file back.") from error
    if not isinstance(found, dict) or not found:
        raise PromptError(f"{path}: holds no labels, one `name: text` a line.")
    for label, text in found.items():
        if not isinstance(label, str) or not isinstance(text, str) or not Template(text).is_valid():
            raise PromptError(f"{path}: {label} is no name with a text, or has a $ that begins no blank.")
    return found


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
