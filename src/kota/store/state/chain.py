"""The chain of audit lines: the digest of each covers the one before.

A line that is changed, dropped, added or moved breaks every digest behind it.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import Final

import msgspec

GENESIS: Final = sha256(b"kota audit 1").digest()
"""What the first line stands on."""


class Link(msgspec.Struct, frozen=True):
    """An audit line in its place.

    Args:
        number: from 1 without a gap.
        body: the encoded line.
        digest: of the one before, the number and the body.
    """

    number: int
    body: bytes
    digest: bytes


def digest_of(before: bytes, number: int, body: bytes) -> bytes:
    """The digest of a line: SHA-256 over the digest before, the number in 8 bytes, and the body."""
    return sha256(before + number.to_bytes(8, "big") + body).digest()


def chained(last: Link | None, bodies: Iterable[bytes]) -> list[Link]:
    """New lines, each upon the one before.

    >>> first, second = chained(None, [b"a", b"b"])
    >>> second.digest == digest_of(first.digest, 2, b"b")
    True
    """
    number, digest = (0, GENESIS) if last is None else (last.number, last.digest)
    links = []
    for body in bodies:
        number += 1
        digest = digest_of(digest, number, body)
        links.append(Link(number, body, digest))
    return links
