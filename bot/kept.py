"""What a patient is told first: who answers, where the question goes, and what is kept."""

from __future__ import annotations

from string import Template

from bot.settings import Settings
from prompts.render import labels, render


def what_is_kept(settings: Settings) -> str:
    """One sentence for patients: which of their words are kept, how long, and what to leave out of them."""
    return Template(labels("kept")[settings.keep_text]).substitute(days=settings.keep_days)


def greeting(settings: Settings) -> str:
    """Who answers; where a chat model words the answers, that the question is sent to it."""
    clinic = settings.clinic.name
    return render("greeting_model", clinic=clinic) if settings.model else render("greeting", clinic=clinic)
