"""Personal data taken out of a patient's words before they are kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address

from bot.private_names import names
from bot.private_patterns import (
    AGES,
    BIRTH,
    CARD,
    CARD_WORD,
    DATE,
    EMAIL,
    HANDLE,
    INSURANCE,
    IP,
    LINK,
    LONG,
    MBI,
    OTHER,
    PHONE_MARKED,
    PHONE_WORD,
    PUBLIC,
    RECORD,
    REGISTERED,
    SELF,
    SSN,
    digits,
    is_card,
    spans,
)
from bot.private_places import STREETS

Span = tuple[int, int]
Finder = Callable[[str], Iterator[Span]]

_COUNTRY = "US"
_NEAR_CHARS = 40
"""How far before a number a word may stand that tells what it is."""


class Personal(StrEnum):
    """The kinds of personal data that are taken out; as they are named in what is left."""

    EMAIL = "e-mail"
    LINK = "link"
    HANDLE = "handle"
    IP = "IP address"
    BIRTH = "date of birth"
    DATE = "date"
    SSN = "social security number"
    INSURANCE = "insurance number"
    RECORD = "record number"
    NUMBER = "number"
    CARD = "card number"
    PHONE = "phone"
    ADDRESS = "address"
    AGE = "age over 89"
    NAME = "name"


@dataclass(frozen=True)
class Found:
    """A piece of personal data in a text: `text[start:end]`."""

    kind: Personal
    start: int
    end: int


def find_personal_data(text: str) -> list[Found]:
    """The personal data of a text, in its order; no two overlap.

    Only what a pattern or a mark tells: a name that stands by itself is not found (docs/staff.md).
    """
    found: list[Found] = []
    left = text.replace("\0", " ")
    for kind, find in _FINDERS.items():
        for start, end in list(find(left)):
            if start < end and "\0" not in left[start:end]:
                found.append(Found(kind, start, end))
                left = left[:start] + "\0" * (end - start) + left[end:]
    return sorted(found, key=lambda piece: piece.start)


def without_personal_data(text: str) -> str:
    """The text with each piece of personal data replaced by its kind in brackets: "call me at [phone]"."""
    kept, end = [], 0
    for piece in find_personal_data(text):
        kept += [text[end : piece.start], f"[{piece.kind}]"]
        end = piece.end
    return "".join([*kept, text[end:]])


def import_what_it_takes() -> None:
    """Imports what finds phone numbers: 50 ms that a question would wait for."""
    import phonenumbers  # noqa: F401


def removed_from(text: str) -> list[str]:
    """The pieces of personal data of a text, as they stand in it."""
    return [text[piece.start : piece.end] for piece in find_personal_data(text)]


def _addresses_of_machines(text: str) -> Iterator[Span]:
    for start, end in spans(IP, text):
        try:
            ip_address(text[start:end])
        except ValueError:
            continue
        yield start, end


def _dates(text: str) -> Iterator[Span]:
    """Full dates, but not those of what is public, in a text without a first person."""
    if SELF.search(text) or not PUBLIC.search(text):
        yield from spans(DATE, text)


def _numbered(pattern: re.Pattern[str], least: int) -> Finder:
    """Numbers that the pattern marks, where they have so many digits."""

    def find(text: str) -> Iterator[Span]:
        return (span for span in spans(pattern, text) if digits(text[slice(*span)]) >= least)

    return find


def _insurance(text: str) -> Iterator[Span]:
    yield from spans(MBI, text)
    yield from _numbered(INSURANCE, 4)(text)


def _cards(text: str) -> Iterator[Span]:
    for start, end in spans(CARD, text):
        if is_card(text[start:end]) or _stands_near(CARD_WORD, text, start):
            yield start, end


def _phones(text: str) -> Iterator[Span]:
    from phonenumbers import Leniency, PhoneNumberMatcher, is_valid_number

    yield from spans(PHONE_MARKED, text)
    for match in PhoneNumberMatcher(text, _COUNTRY, leniency=Leniency.POSSIBLE):
        if is_valid_number(match.number) or _stands_near(PHONE_WORD, text, match.start):
            yield match.start, match.end


def _long_numbers(text: str) -> Iterator[Span]:
    yield from _numbered(OTHER, 3)(text)
    for start, end in spans(LONG, text):
        if not REGISTERED.search(text, max(0, start - _NEAR_CHARS), start):
            yield start, end


def _stands_near(word: re.Pattern[str], text: str, start: int) -> bool:
    return word.search(text, max(0, start - _NEAR_CHARS), start) is not None


def _by(*found_by: re.Pattern[str]) -> Finder:
    """What any of the patterns finds."""

    def find(text: str) -> Iterator[Span]:
        return (span for pattern in found_by for span in spans(pattern, text))

    return find


_FINDERS: dict[Personal, Finder] = {
    Personal.EMAIL: _by(EMAIL),
    Personal.LINK: _by(LINK),
    Personal.HANDLE: _by(HANDLE),
    Personal.IP: _addresses_of_machines,
    Personal.BIRTH: _by(BIRTH),
    Personal.DATE: _dates,
    Personal.SSN: _by(SSN),
    Personal.INSURANCE: _insurance,
    Personal.RECORD: _numbered(RECORD, 4),
    Personal.CARD: _cards,
    Personal.PHONE: _phones,
    Personal.NUMBER: _long_numbers,
    Personal.ADDRESS: _by(*STREETS),
    Personal.AGE: _by(*AGES),
    Personal.NAME: names,
}
"""In the order in which they are looked for: what one has found, the next doesn't see."""
