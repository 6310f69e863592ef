"""Passwords as argon2id hashes; to check one costs the same whether there is an account or not."""

from __future__ import annotations

import secrets
import unicodedata
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argon2 import Parameters, PasswordHasher

LEAST_CHARS = 12
MOST_CHARS = 500


class StaffError(ValueError):
    """A name or a password can't be taken; the message says why, and never tells a password."""


def checked(password: str, name: str) -> str:
    """The password of an account, its characters in their normal form (NFC).

    Length is what counts (NIST SP 800-63B): no rule asks for digits or signs.

    Raises:
        StaffError: It is too short or too long, a few characters over and over, or has the name in it.
    """
    chosen = unicodedata.normalize("NFC", password)
    if not LEAST_CHARS <= len(chosen) <= MOST_CHARS:
        raise StaffError(f"the password has {len(chosen)} characters; take {LEAST_CHARS} to {MOST_CHARS}")
    if len(set(chosen)) < LEAST_CHARS // 2:
        raise StaffError("the password is a few characters over and over; take some words that do not go together")
    if name.casefold() in chosen.casefold():
        raise StaffError("the password has the account's name in it; take another")
    return chosen


class Passwords:
    """Hashes with argon2id, and compares in constant time.

    Source: RFC 9106 (2021), the second recommended choice: 64 MiB, three passes; about a tenth of a second.

    Args:
        costs: What a hash costs; None: as recommended.
    """

    def __init__(self, costs: Parameters | None = None) -> None:
        self._costs = costs

    def hash(self, password: str) -> str:
        """What is kept of a password."""
        return self._hasher.hash(unicodedata.normalize("NFC", password))

    def matches(self, kept: str | None, password: str) -> bool:
        """Whether it is the password that a hash was made of.

        Args:
            kept: The hash; None where there is no such account, which costs as much.
            password: As typed.
        """
        from argon2.exceptions import InvalidHashError, VerificationError

        try:
            typed = unicodedata.normalize("NFC", password[: MOST_CHARS + 1])
            return self._hasher.verify(kept or self._nobodys, typed) and kept is not None
        except (VerificationError, InvalidHashError, UnicodeError):
            return False

    def is_outdated(self, kept: str) -> bool:
        """Whether a hash was made with other costs than today's."""
        return self._hasher.check_needs_rehash(kept)

    @cached_property
    def _hasher(self) -> PasswordHasher:
        from argon2 import PasswordHasher, profiles

        return PasswordHasher.from_parameters(self._costs or profiles.RFC_9106_LOW_MEMORY)

    @cached_property
    def _nobodys(self) -> str:
        return self.hash(secrets.token_urlsafe())
