"""The chain that makes the audit append-only, and the seals that make it somebody's.

The digest of a line covers the one before, so a line that is changed, dropped, added or moved
breaks every digest behind it. Whoever can write the file can compute a chain anew; a seal signs the
digest at a number with a key (Ed25519, RFC 8032), so that only the holder of the key can, and a
seal that was handed out earlier betrays even him.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import Final

import msgspec

GENESIS: Final = sha256(b"kota audit 1").digest()
"""What the first line stands on."""


class Entry(msgspec.Struct, frozen=True):
    """A line in its place.

    Args:
        number: from 1 without a gap.
        body: the encoded line.
        digest: of the one before, the number and the body.
    """

    number: int
    body: bytes
    digest: bytes


class Seal(msgspec.Struct, frozen=True):
    """A signature over the chain up to a line.

    Args:
        number: of that line.
        at: when it was made [µs].
        digest: of that line.
        signature: Ed25519, 64 bytes, of `message`.
    """

    number: int
    at: int
    digest: bytes
    signature: bytes


class Fault(msgspec.Struct, frozen=True):
    """Where the audit was tampered with.

    Args:
        number: of the first line that is not as it was written.
        words: what is wrong with it.
    """

    number: int
    words: str


def digest_of(before: bytes, number: int, body: bytes) -> bytes:
    """The digest of a line: SHA-256 over the digest before, the number in 8 bytes, and the body."""
    return sha256(before + number.to_bytes(8, "big") + body).digest()


def chained(last: Entry | None, bodies: Iterable[bytes]) -> list[Entry]:
    """New lines, each upon the one before.

    >>> first, second = chained(None, [b"a", b"b"])
    >>> second.digest == digest_of(first.digest, 2, b"b")
    True
    """
    number, digest = (0, GENESIS) if last is None else (last.number, last.digest)
    entries = []
    for body in bodies:
        number += 1
        digest = digest_of(digest, number, body)
        entries.append(Entry(number, body, digest))
    return entries


def message(number: int, at: int, digest: bytes) -> bytes:
    """What a seal signs."""
    return b"kota audit seal" + number.to_bytes(8, "big") + at.to_bytes(8, "big") + digest


class Verifier:
    """Reads the chain from its beginning and finds the first fault.

    Args:
        seals: as they were kept, or handed out earlier; by number.
    """

    def __init__(self, seals: Iterable[Seal] = ()) -> None:
        self._seals = {seal.number: seal for seal in seals}
        self._number = 0
        self._digest = GENESIS

    @property
    def lines(self) -> int:
        """How many were found whole."""
        return self._number

    def feed(self, entries: Iterable[Entry]) -> Fault | None:
        """Check the lines that follow; None where they are whole."""
        for entry in entries:
            expected = self._number + 1
            if entry.number != expected:
                return Fault(expected, f"line {expected} is missing; {entry.number} follows")
            if entry.digest != digest_of(self._digest, entry.number, entry.body):
                return Fault(expected, "it is not what its digest was made of, or the one before")
            seal = self._seals.pop(expected, None)
            if seal is not None and seal.digest != entry.digest:
                return Fault(expected, "the seal on it was made over other lines")
            self._number, self._digest = entry.number, entry.digest
        return None

    def finish(self, last: int | None = None) -> Fault | None:
        """After the last line: whether any was cut off.

        Args:
            last: how many lines there have been, where that is known from elsewhere.
        """
        beyond = max(self._seals, default=0)
        told = max(beyond, last or 0)
        if told > self._number:
            return Fault(self._number + 1, f"the lines up to {told} were cut off")
        return None
