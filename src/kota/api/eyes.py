"""The rooms as one caller sees them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from kota.access.seen_history import SeenHistory
from kota.access.seen_state import SeenState
from kota.api.calling import caller_of
from kota.errors import ForbiddenError, NotFoundError
from kota.model.entity import Entity

if TYPE_CHECKING:
    from kota.access.caller import Caller
    from kota.access.sight import Sight
    from kota.api.rooms import Rooms
    from kota.operate.alarms.alarm import Alarm
    from kota.store.history.protocol import Evolutions
    from kota.store.state.protocol import Entities


class Eyes:
    """What a caller sees and may change.

    Args:
        rooms: everything.
        caller: whose eyes these are; None: everybody's, who see everything.
    """

    def __init__(self, rooms: Rooms, caller: Caller | None) -> None:
        self.caller = caller
        self.state: Entities = rooms.entities
        self.history: Evolutions = rooms.history
        self._rooms = rooms
        self._read: Sight | None = None
        self._write: Sight | None = None
        if caller is None:
            return
        self._read = rooms.access.sight(caller, "entities.read")
        self._write = rooms.access.sight(caller, "entities.write")
        if not (self._read.everything and self._write.everything):
            self.state = SeenState(rooms.entities, self._read, self._write)
            self.history = SeenHistory(rooms.history, rooms.state, self._read, self._write)

    @property
    def everything(self) -> bool:
        """Whether nothing is hidden."""
        return self._read is None or self._read.everything

    @property
    def sight(self) -> Sight | None:
        """What is seen; None: everything."""
        return None if self.everything else self._read

    def sees(self, entity: Entity) -> Entity | None:
        """What of an entity is seen; None: nothing."""
        return entity if self._read is None else self._read.sees(entity)

    def require(self, right: str, *, solution: str | None = None) -> None:
        """Refuse what the caller may not do to the whole town.

        Raises:
            ForbiddenError: says what is missing.
        """
        if self.caller is not None:
            self._rooms.access.require(self.caller, right, solution=solution)

    async def require_writable(self, entity: Entity, right: str) -> None:
        """Refuse observations of an entity that the caller may not make.

        Raises:
            ForbiddenError: it lies elsewhere, or tells of a person.
        """
        if self.caller is None:
            return
        sight = self._rooms.access.sight(self.caller, right)
        present = await self._rooms.state.get(entity.id)
        places = [entity] if present is None else [present]
        if present is not None and entity.scope and entity.scope != present.scope:
            places.append(entity)
        kinds = tuple(dict.fromkeys((*entity.types, *(present.types if present else ()))))
        for one in places:
            hidden = sight.hidden(kinds, one.scope)
            if hidden is None or not hidden.isdisjoint(entity.attrs):
                raise ForbiddenError(f"{entity.id}: {self.caller.who.name} may not observe this")

    async def reaches(self, entity_id: str) -> bool:
        """Whether what belongs to an entity is seen; of one that nobody knows, by whom all is."""
        if self.caller is None:
            return True
        entity = await self._rooms.state.get(entity_id)
        if entity is None:
            return self._read is not None and self._read.areas == ()
        return self.sees(entity) is not None

    async def require_reach(self, entity_id: str, right: str = "entities.read") -> None:
        """Refuse to show or do what belongs to an entity that lies elsewhere.

        Raises:
            NotFoundError: it is not seen.
            ForbiddenError: it is, and the caller has no such right there.
        """
        if self.caller is None:
            return
        if not await self.reaches(entity_id):
            raise NotFoundError(f"{entity_id}: there is none")
        sight = self._rooms.access.sight(self.caller, right)
        entity = await self._rooms.state.get(entity_id)
        kinds, places = ((), ()) if entity is None else (entity.types, entity.scope)
        if sight.hidden(kinds, places) is None:
            raise ForbiddenError(
                f"{entity_id}: {self.caller.who.name} has no right {right!r} there"
            )

    async def sees_alarm(self, alarm: Alarm) -> bool:
        """Whether an alarm is seen: what it is of, and the attribute that raised it."""
        if self.everything:
            return True
        assert self._read is not None
        alert = await self._rooms.state.get(alarm.id)
        source = await self._rooms.state.get(alarm.entity)
        known = [entity for entity in (alert, source) if entity is not None]
        if not known or any(self.sees(entity) is None for entity in known):
            return False
        if source is None or alarm.cause is None or alarm.cause.attribute is None:
            return True
        hidden = self._read.hidden(source.types, source.scope)
        return hidden is not None and self._rooms.names.expand(alarm.cause.attribute) not in hidden


def eyes_of(rooms: Rooms, scope: Mapping[str, Any]) -> Eyes:
    """The eyes of whoever makes a request."""
    return Eyes(rooms, caller_of(scope))
