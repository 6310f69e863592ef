"""Which language a message is in, and what is said in it."""

from __future__ import annotations

import pytest

from bot.language import language_of, languages
from bot.spell import correct

WORDS = frozenset({"stem", "cells", "svf", "arthritis", "exosome"})


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("cuánto cuesta la inyección de células madre en la rodilla?", "es"),
        ("¿es seguro?", "es"),
        ("my husband won¿t wake up", None),
        ("help my wife has chest pain ¿que hago?", None),
        ("打一针多少钱", "zh"),
        ("masakit ba yung injection tsaka ilang araw bago makalakad", "tl"),
        ("có an toàn không?", "vi"),
        ("est ce que c'est remboursé par l'assurance", "fr"),
        ("هل هي آمنة", "ar"),
        ("부작용 있나요", "ko"),
        ("Подскажите, пожалуйста, откуда берут клетки", "ru"),
        ("esse tal de stem cell dói muito na hora de tirar da bacia?", "pt"),
        ("घुटने में स्टेम सेल का इंजेक्शन कितने का लगता है?", "hi"),
        ("Woher kommen die Zellen eigentlich, aus dem eigenen Fett", "de"),
        ("What is SVF?", None),
        ("wat is parcrine signalling", None),
        ("exosomes nebraska", None),
        ("hi", None),
        ("PRP", None),
        ("M1 vs M2", None),
        ("", None),
        ("🙂 123", None),
    ],
)
def test_a_language_is_told(text: str, language: str | None) -> None:
    assert language_of(text, correct(text, WORDS), WORDS) == language


@pytest.mark.parametrize("code", languages())
def test_every_language_names_the_clinic_and_the_numbers(code: str) -> None:
    own = languages()[code]
    said = own.fill(own.reply, reach="Elm 555-0100", emergency_number="911")
    assert "Elm 555-0100" in said
    assert "911" in said
    assert "911" in own.fill(own.emergency, emergency_number="911")
    assert "988" in own.fill(own.crisis, emergency_number="911", crisis_line="988")
