"""What is said in other languages."""

from __future__ import annotations

import pytest

from bot.language import languages


@pytest.mark.parametrize("code", languages())
def test_every_language_names_the_clinic_and_the_numbers(code: str) -> None:
    own = languages()[code]
    said = own.fill(own.reply, reach="Elm 555-0100", emergency_number="911")
    assert "Elm 555-0100" in said
    assert "911" in said
    assert "911" in own.fill(own.emergency, emergency_number="911")
    assert "988" in own.fill(own.crisis, emergency_number="911", crisis_line="988")
