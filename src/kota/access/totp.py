"""One-time passwords by time (RFC 6238), as phones show them: six digits, every 30 seconds."""

from __future__ import annotations

import base64
import hmac
from secrets import token_bytes
from typing import Final
from urllib.parse import quote

STEP_S: Final = 30
_DIGITS: Final = 6
_WINDOW: Final = 1
"""Steps that a phone's clock may be ahead or behind (RFC 6238, section 5.2)."""


def new_key() -> str:
    """A new shared secret of 160 bits (RFC 4226, section 4), in base 32."""
    return base64.b32encode(token_bytes(20)).decode()


def code(key: str, step: int) -> str:
    """The code of one time step (RFC 4226, section 5.3, with SHA-1).

    >>> code(base64.b32encode(b"12345678901234567890").decode(), 59 // 30)
    '287082'
    """
    mac = hmac.new(base64.b32decode(key), step.to_bytes(8, "big"), "sha1").digest()
    at = mac[-1] & 0xF
    number = int.from_bytes(mac[at : at + 4], "big") & 0x7FFF_FFFF
    return str(number % 10**_DIGITS).zfill(_DIGITS)


def accepted(key: str, given: str, now_s: float, *, after: int = 0) -> int | None:
    """The time step that a code belongs to, or None where it is wrong or was used.

    Args:
        key: the shared secret, base 32.
        given: as typed.
        now_s: seconds since the epoch.
        after: the step of the last code that was accepted; a code holds once.
    """
    present = int(now_s) // STEP_S
    typed = given.replace(" ", "")
    for step in range(present - _WINDOW, present + _WINDOW + 1):
        if step > after and hmac.compare_digest(code(key, step).encode(), typed.encode()):
            return step
    return None


def address(key: str, *, name: str, issuer: str) -> str:
    """What a phone reads from a code on the screen, ``otpauth://``."""
    label = quote(f"{issuer}:{name}")
    return f"otpauth://totp/{label}?secret={key}&issuer={quote(issuer)}&period={STEP_S}"
