"""Personal data taken out of a patient's words before they are kept."""

from __future__ import annotations

import re

_PATTERNS = {
    "e-mail": re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+"),
    "link": re.compile(r"\b(https?://|www\.)\S+", re.IGNORECASE),
    "SSN": re.compile(r"\b\d{3}-\d{2}-\d{4}\b"),
    "phone": re.compile(r"(?<!\d)(\+?1[ .-]?)?(\(\d{3}\)|\d{3})[ .-]?\d{3}[ .-]?\d{4}(?!\d)"),
}


def without_personal_data(text: str) -> str:
    """The text with each piece of personal data replaced by its kind in brackets: "call me at [phone]"."""
    for kind, pattern in _PATTERNS.items():
        text = pattern.sub(f"[{kind}]", text)
    return text


def removed_from(text: str) -> list[str]:
    """The pieces of personal data of a text."""
    return [found.group() for pattern in _PATTERNS.values() for found in pattern.finditer(text)]
