"""Secrets that are given out once and kept as digests; passwords that people choose."""

from __future__ import annotations

import asyncio
import hmac
from hashlib import sha256
from secrets import choice, token_urlsafe
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from kota.errors import BadRequestDataError

SHORTEST: Final = 12
LONGEST: Final = 256
_ALPHABET: Final = "abcdefghijkmnpqrstuvwxyz23456789"
_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
"""Argon2id as OWASP's Password Storage Cheat Sheet asks: 19 MiB, two passes, one lane."""
_AT_ONCE: Final = 2
"""So many passwords are hashed side by side: each takes 19 MiB and a core."""
_COMMON: Final = (
    *("1234567890"[:length] for length in range(10, 3, -1)),
    *("password", "passwort", "qwertyuiop", "qwerty", "letmein", "welcome", "kota", "admin"),
)


def new_secret() -> str:
    """256 random bits, to be given out once."""
    return token_urlsafe(32)


def digest(secret: str | bytes) -> str:
    """What is kept of a random secret: its SHA-256; it cannot be guessed, so it needs no salt.

    >>> digest("a") == digest(b"a"), len(digest("a"))
    (True, 64)
    """
    return sha256(secret.encode() if isinstance(secret, str) else secret).hexdigest()


def same(given: str, kept: str) -> bool:
    """Whether two digests are one, in a time that tells nothing."""
    return hmac.compare_digest(given.encode(), kept.encode())


def one_time_password() -> str:
    """A password to be typed once: 20 letters and digits (100 bits), in groups of five."""
    letters = [choice(_ALPHABET) for _ in range(20)]
    return "-".join("".join(letters[at : at + 5]) for at in range(0, 20, 5))


def check_password(password: str, name: str) -> None:
    """Refuse a password that is too short, or among the first that are tried.

    Raises:
        BadRequestDataError: says what to do.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise BadRequestDataError(f"password: use {SHORTEST} to {LONGEST} characters")
    plain = password.lower()
    rest = plain
    for word in (*_COMMON, name.lower()):
        rest = rest.replace(word, "")
    if len(set(plain)) < 5 or len(rest) < 4:
        raise BadRequestDataError(
            "password: too easy to guess", hint="use several words that do not belong together"
        )


class Passwords:
    """Hashes and compares passwords beside the event loop, few at a time."""

    def __init__(self) -> None:
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._dummy: str | None = None

    async def hashed(self, password: str) -> str:
        """The hash of a password, with its salt and costs."""
        async with self._room:
            return await asyncio.to_thread(_HASHER.hash, password)

    async def matches(self, password: str, kept: str | None) -> bool:
        """Whether a password is the one that was hashed.

        Args:
            password: as typed.
            kept: its hash; None: there is none, which takes as long to find out.
        """
        if kept is None:
            if self._dummy is None:
                self._dummy = await self.hashed("nobody has this password")
            await self._verified(password, self._dummy)
            return False
        return await self._verified(password, kept)

    def is_old(self, kept: str) -> bool:
        """Whether a hash was made with other costs than today's."""
        return _HASHER.check_needs_rehash(kept)

    async def _verified(self, password: str, kept: str) -> bool:
        async with self._room:
            return await asyncio.to_thread(_verify, password, kept)


def _verify(password: str, kept: str) -> bool:
    try:
        return _HASHER.verify(kept, password[: LONGEST + 1])
    except (VerificationError, InvalidHashError):
        return False
