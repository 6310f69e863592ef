"""What the README says is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.settings import Settings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_first_command_stands_on_the_first_screen() -> None:
    assert "make serve" in "\n".join(README.splitlines()[:20])


def test_the_settings_table_is_the_settings() -> None:
    rows = re.findall(r"^\| `(FAQBOT_\w+)` \| (.+?) \| (.+?) \|$", README, flags=re.MULTILINE)
    described = {name: (default, meaning) for name, default, meaning in rows}
    expected = {}
    for name, field in Settings.model_fields.items():
        default = field.default
        is_packaged = isinstance(default, Path) and default.is_absolute()
        shown = "packaged" if is_packaged else f"`{default}`" if default != () else "none"
        expected[f"FAQBOT_{name.upper()}"] = (shown, field.description)
    assert described == expected


@pytest.mark.parametrize("target", re.findall(r"\]\(((?!https?://|#)[^)]+)\)", README))
def test_a_link_leads_somewhere(target: str) -> None:
    assert (ROOT / target.partition("#")[0]).is_file()


def test_the_tree_names_every_module() -> None:
    missing = [
        path.name
        for room in ("bot", "corpus", "evals", "index", "prompts")
        for path in (ROOT / room).rglob("*.py")
        if path.stem != "__init__" and path.name not in README
    ]
    assert missing == []
