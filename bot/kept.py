"""What a patient is told of what is kept."""

from __future__ import annotations

from string import Template

from bot.settings import Settings
from prompts.render import labels


def what_is_kept(settings: Settings) -> str:
    """One sentence for patients: which of their words are kept, how long, and what to leave out of them."""
    return Template(labels("kept")[settings.keep_text]).substitute(days=settings.keep_days)
