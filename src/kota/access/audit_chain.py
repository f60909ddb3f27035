"""Whether the audit is as it was written, and the seals that make it somebody's.

Whoever can write the file can compute the whole chain anew. A seal signs the digest at a number
with a key (Ed25519, RFC 8032), so that only the holder of the key can; and a seal that was handed
out earlier betrays even him.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from kota.store.state.chain import GENESIS, Link, digest_of


class Seal(msgspec.Struct, frozen=True):
    """A signature over the chain up to a line.

    Args:
        number: of that line.
        at: when it was made [µs].
        digest: of that line.
        signature: Ed25519, 64 bytes, of `message`.
        key: the public key that it was made with, 32 bytes.
    """

    number: int
    at: int
    digest: bytes
    signature: bytes
    key: bytes = b""


class Fault(msgspec.Struct, frozen=True):
    """Where the audit was tampered with.

    Args:
        number: of the first line that is not as it was written.
        words: what is wrong with it.
        at: when that line says it was written, else the last one before it that is whole [µs].
    """

    number: int
    words: str
    at: int | None = None


def message(number: int, at: int, digest: bytes) -> bytes:
    """What a seal signs."""
    return b"kota audit seal" + number.to_bytes(8, "big") + at.to_bytes(8, "big") + digest


class Verifier:
    """Reads the chain from its beginning and finds the first fault.

    Args:
        seals: as they were kept, or handed out earlier.
    """

    def __init__(self, seals: Iterable[Seal] = ()) -> None:
        self._seals: dict[int, list[Seal]] = {}
        for seal in seals:
            self._seals.setdefault(seal.number, []).append(seal)
        self._number = 0
        self._digest = GENESIS

    @property
    def lines(self) -> int:
        """How many were found whole."""
        return self._number

    def feed(self, entries: Iterable[Link]) -> Fault | None:
        """Check the lines that follow; None where they are whole."""
        for entry in entries:
            expected = self._number + 1
            if entry.number != expected:
                return Fault(expected, f"line {expected} is missing; {entry.number} follows")
            if entry.digest != digest_of(self._digest, entry.number, entry.body):
                return Fault(expected, "it is not what its digest was made of, or the one before")
            seals = self._seals.pop(expected, ())
            if any(seal.digest != entry.digest for seal in seals):
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
