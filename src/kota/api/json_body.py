"""JSON that was sent to us, and where in it the fault is."""

from __future__ import annotations

from typing import Any

import msgspec

from kota.errors import InvalidRequestError


def decode(body: bytes) -> Any:
    """Read JSON.

    Raises:
        InvalidRequestError: it is not; says at which line and column.

    >>> decode(b'{"a": 1}')
    {'a': 1}
    """
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise InvalidRequestError(f"body: not JSON: {_fault(body, str(error))}") from error


def _fault(body: bytes, message: str) -> str:
    reason, _, place = message.rpartition("(byte ")
    number = place.rstrip(")")
    if not number.isdigit():
        return message
    before = body[: int(number)]
    line = before.count(b"\n") + 1
    column = len(before) - (before.rfind(b"\n") + 1) + 1
    return f"{reason.removeprefix('JSON is malformed: ').strip()} at line {line}, column {column}"
