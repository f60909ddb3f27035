"""One line of the audit: who, what, when, from where, why, what was the cause, what followed."""

from __future__ import annotations

from typing import Any, Final

import msgspec

ENCODING: Final = 1
"""Version of how a line is written; a reader knows all that ever were."""


class Line(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What somebody did.

    Args:
        at: when [µs], by wall time.
        who: name of the person or part of Kota.
        role: in which duty.
        what: ``command.sent``, ``alarm.acknowledge``, ``session.begin``.
        subject: id of what it was done to.
        where: address it came from, or the part of Kota.
        why: in words.
        cause: id of what led to it: an alarm, a rule, a forecast, a command.
        tenant: whose it is.
        plant_at: when [µs] by the clock of the plant, where that is another.
        detail: further facts.
    """

    at: int
    who: str
    role: str
    what: str
    subject: str
    where: str = ""
    why: str = ""
    cause: str | None = None
    tenant: str | None = None
    plant_at: int | None = None
    detail: dict[str, Any] = {}


_encoder = msgspec.json.Encoder(order="sorted")
_decoder = msgspec.json.Decoder(Line)


def encode(line: Line) -> bytes:
    """The bytes that are chained: JSON with sorted keys, so that anybody can write them again.

    >>> encode(Line(at=1, who="Ana", role="operator", what="x", subject="urn:y"))
    b'{"at":1,"role":"operator","subject":"urn:y","what":"x","who":"Ana"}'
    """
    return _encoder.encode(line)


def decode(body: bytes) -> Line:
    """Read a line.

    Raises:
        msgspec.ValidationError: these bytes are none.
    """
    return _decoder.decode(body)
