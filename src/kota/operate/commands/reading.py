"""What a check sees of the city: the newest reading of an attribute, and how old it is."""

from __future__ import annotations

from typing import Any, Final, Protocol

import msgspec

from kota.model.quality import Level

UNTIMED: Final = -(2**62)
"""The time of what was not observed, such as a nameplate's figures."""


class Reading(msgspec.Struct, frozen=True):
    """What is known of an attribute.

    Args:
        value: as observed.
        at: when it was observed [µs]; `UNTIMED` where it was not.
        level: how far it can be trusted.
    """

    value: Any
    at: int
    level: Level = Level.GOOD


class World(Protocol):
    """The city as it is known at one moment."""

    def reading(self, entity: str, attribute: str) -> Reading | None:
        """The newest reading of a short attribute name of an entity; None where there is none."""
        ...

    def pending(self, entity: str) -> float | str | bool | None:
        """The setting that another actuator was sent and has not confirmed; None where none is."""
        ...

    def target(self, entity: str, relationship: str) -> str | None:
        """The id of the entity that a relationship points to; None where it points nowhere."""
        ...
