"""Alarms of one cause are one incident: they share a place in the network and a stretch of time.

Each alarm names *keys*: its entity, and whatever the attributes of its definition's `cause` hold (a
zone, the ends of a pipe). An alarm that shares a key with an incident which has had an alarm lately
joins it; one that shares keys with two joins them into one. So alarms that spread along a network,
element by element, stay together without anybody having drawn the incident before.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

import msgspec

from kota.model.entity import Entity, Kind
from kota.model.instant import DAY

LONGEST = DAY
"""An incident takes in no alarm later than this after its first [µs]."""


class Incident:
    """Alarms that are taken for one.

    Args:
        id: its name, made of the alarm that opened it.
        first: when that was raised [µs].
    """

    __slots__ = ("first", "id", "keys", "last", "members")

    def __init__(self, name: str, first: int) -> None:
        self.id = name
        self.first = first
        self.last = first
        self.keys: set[str] = set()
        self.members: dict[str, None] = {}


class Joined(msgspec.Struct, frozen=True):
    """Where an alarm belongs.

    Args:
        group: the incident's id.
        moved: alarms that belong to it from now on, since their incident turned out to be this.
    """

    group: str
    moved: tuple[str, ...] = ()


class Incidents:
    """The incidents that may still grow."""

    def __init__(self) -> None:
        self._by_key: dict[str, Incident] = {}

    def join(self, alarm: str, keys: Iterable[str], *, at: int, within: int) -> Joined:
        """Find or open the incident of an alarm that is raised.

        Args:
            alarm: its id.
            keys: what it names.
            at: when it is raised [µs].
            within: how long ago [µs] an incident's last alarm may be.
        """
        named = tuple(dict.fromkeys(keys))
        found: dict[str, Incident] = {}
        for key in named:
            incident = self._by_key.get(key)
            if incident is not None and self._takes(incident, at, within):
                found[incident.id] = incident
        incidents = sorted(found.values(), key=lambda one: (one.first, one.id))
        chosen = incidents[0] if incidents else Incident(incident_id(alarm, at), at)
        moved: list[str] = []
        for other in incidents[1:]:
            moved += other.members
            self._absorb(chosen, other)
        chosen.last = max(chosen.last, at)
        chosen.members[alarm] = None
        for key in named:
            chosen.keys.add(key)
            self._by_key[key] = chosen
        return Joined(chosen.id, tuple(one for one in moved if one != alarm))

    def restore(self, group: str, alarm: str, keys: Iterable[str], *, at: int) -> None:
        """Take over an alarm that was raised before this program began, oldest first."""
        named = tuple(dict.fromkeys(keys))
        known = (self._by_key.get(key) for key in named)
        incident = next((one for one in known if one is not None and one.id == group), None)
        if incident is None:
            incident = Incident(group, at)
        incident.last = max(incident.last, at)
        incident.members[alarm] = None
        for key in named:
            incident.keys.add(key)
            self._by_key[key] = incident

    def _takes(self, incident: Incident, at: int, within: int) -> bool:
        return at - incident.last <= within and at - incident.first <= LONGEST

    def _absorb(self, chosen: Incident, other: Incident) -> None:
        chosen.members |= other.members
        chosen.keys |= other.keys
        chosen.last = max(chosen.last, other.last)
        for key in other.keys:
            if self._by_key.get(key) is other:
                self._by_key[key] = chosen


def incident_id(alarm: str, at: int) -> str:
    """The id of an incident: the same whenever it is worked out again."""
    return blake2b(f"{alarm} {at}".encode(), digest_size=6).hexdigest()


def keys_of(entity: Entity, causes: Iterable[str]) -> list[str]:
    """What an alarm of an entity names: itself, and the values of some attributes.

    Args:
        entity: it is of.
        causes: expanded names of attributes; a relationship names an entity, a text a place.
    """
    keys = [entity.id]
    for name in causes:
        for instance in entity.attrs.get(name, ()):
            values = instance.value if isinstance(instance.value, list) else [instance.value]
            linked = instance.kind in (Kind.RELATIONSHIP, Kind.LIST_RELATIONSHIP)
            keys += [
                str(value) if linked else f"{name} {value}"
                for value in values
                if isinstance(value, str | int | float)
            ]
    return keys
