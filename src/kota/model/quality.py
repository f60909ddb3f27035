"""How far an observation can be trusted, carried from the connector to the screen."""

from __future__ import annotations

from enum import IntEnum
from typing import Any

import msgspec

from kota.errors import BadRequestDataError


class Level(IntEnum):
    """Can it be used: the three levels of OPC UA's status codes."""

    GOOD = 0
    UNCERTAIN = 1
    BAD = 2


class Source(IntEnum):
    """Where it came from."""

    MEASURED = 0
    ESTIMATED = 1
    FORECAST = 2
    ENTERED = 3


class Quality(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Level, source and reason of one observation.

    An attribute without a quality is taken as good and measured.
    """

    level: Level = Level.GOOD
    source: Source = Source.MEASURED
    reason: str | None = None

    @property
    def code(self) -> int:
        """Both enumerations in one small number [0..11], as history keeps it."""
        return self.level * 4 + self.source

    def to_json(self) -> dict[str, str]:
        """As it stands in an NGSI-LD sub-attribute ``quality``."""
        body = {"level": self.level.name.lower(), "source": self.source.name.lower()}
        if self.reason is not None:
            body["reason"] = self.reason
        return body


def from_code(code: int, reason: str | None = None) -> Quality:
    """Undo `Quality.code`.

    >>> from_code(5).level.name
    'UNCERTAIN'
    """
    return Quality(Level(code // 4), Source(code % 4), reason)


def from_json(body: Any) -> Quality:
    """Read the value of a ``quality`` sub-attribute.

    Raises:
        BadRequestDataError: a level or source that does not exist.
    """
    if not isinstance(body, dict):
        raise BadRequestDataError(f"quality: {body!r} is not an object with level and source")
    reason = body.get("reason")
    try:
        return Quality(
            Level[str(body.get("level", "good")).upper()],
            Source[str(body.get("source", "measured")).upper()],
            None if reason is None else str(reason),
        )
    except KeyError as error:
        raise BadRequestDataError(
            f"quality: {error.args[0].lower()!r} is neither a level (good, uncertain, bad) "
            "nor a source (measured, estimated, forecast, entered)"
        ) from None
