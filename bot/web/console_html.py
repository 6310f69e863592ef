"""What the staff's window shows, as HTML: from templates that escape whatever is put into them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

FOLDER = Path(__file__).parent / "console"

_TEMPLATES = Environment(
    loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
_TEMPLATES.filters["percent"] = lambda share: f"{100 * share:.0f} %"


def show(template: str, **values: Any) -> str:
    """A template of bot/web/console, filled.

    In one line: an empty line inside a block of HTML would make Markdown of what follows, and that may be what a
    patient typed.

    Args:
        template: Name of the file without its ending.
        values: What it names; each is text, whatever it looks like.
    """
    html = _TEMPLATES.get_template(f"{template}.html").render(**values)
    return " ".join(html.split())
