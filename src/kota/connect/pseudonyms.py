"""Where an identifier dies: pseudonyms under a key that lives in memory and is soon destroyed."""

from __future__ import annotations

import re
from collections.abc import Callable
from hashlib import blake2b
from secrets import token_bytes
from typing import Any, Final, Literal

import msgspec

from kota.model.instant import HOUR

Identity = Literal["text", "mac"]

_KEY_BYTES: Final = 32
_DIGEST_BYTES: Final = 8
_SEPARATORS: Final = re.compile(r"[:.\-]")
_MAC: Final = re.compile(r"[0-9a-f]{12}")
_LOCALLY_ADMINISTERED: Final = 0x02


class Pseudonyms:
    """Names one profile's identifiers, the same within a rotation and unlike in the next.

    The key is drawn from the operating system and never leaves this object; when a rotation
    begins, it is overwritten by a new one. After a restart there is a new one too, so pseudonyms
    join neither across rotations nor across restarts.

    Args:
        rotate: length of a rotation [h].
        offset: when a rotation begins [h after midnight, UTC].

    >>> names = Pseudonyms(rotate=24)
    >>> names.turn(0)
    >>> first = names.of("aabbccddeeff")
    >>> names.turn(23 * HOUR)
    >>> names.of("aabbccddeeff") == first
    True
    >>> names.turn(24 * HOUR)
    >>> names.of("aabbccddeeff") == first
    False
    """

    __slots__ = ("_key", "_number", "_offset", "_rotate")

    def __init__(self, rotate: float = 24.0, offset: float = 0.0) -> None:
        self._rotate = round(rotate * HOUR)
        self._offset = round(offset * HOUR)
        self._number: int | None = None
        self._key = bytearray(_KEY_BYTES)

    def turn(self, now: int) -> None:
        """Begin a new rotation where `now` [µs] lies in another one, earlier or later."""
        number = (now - self._offset) // self._rotate
        if number != self._number:
            self._number = number
            self._key[:] = token_bytes(_KEY_BYTES)

    def of(self, identity: str) -> str:
        """The pseudonym of an identity: a keyed BLAKE2b (RFC 7693) of 64 bits, in hexadecimal."""
        text = identity.encode("utf-8", "surrogatepass")
        return blake2b(text, key=self._key, digest_size=_DIGEST_BYTES).hexdigest()


def withheld(size: int) -> bytes:
    """What a dead letter keeps of a payload [bytes] that may name a person.

    >>> withheld(412)
    b'{"withheldBytes":412}'
    """
    return msgspec.json.encode({"withheldBytes": size})


def identity_reader(kind: Identity) -> Callable[[Any], tuple[str, bool]]:
    """The function that reads an identifier, so that each has one spelling.

    It returns the identity and whether its owner has drawn it at random (IEEE 802c: the locally
    administered bit of a MAC address), and raises ValueError, without the value, where there is
    none.

    >>> identity_reader("mac")("AA-BB-CC-DD-EE-0F")
    ('aabbccddee0f', True)
    """
    return _mac if kind == "mac" else _text


def _mac(raw: Any) -> tuple[str, bool]:
    text = _SEPARATORS.sub("", raw).lower() if type(raw) is str else ""
    if not _MAC.fullmatch(text):
        raise ValueError("not a MAC address")
    return text, bool(int(text[:2], 16) & _LOCALLY_ADMINISTERED)


def _text(raw: Any) -> tuple[str, bool]:
    text = str(raw).strip() if type(raw) in (str, int) else ""
    if not text:
        raise ValueError("not an identifier")
    return text, False
