"""A device that is asked again and again: what any protocol of that kind does alike."""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, Protocol, TypeVar

from kota.clock import Clock
from kota.connect.health import Health
from kota.context.ingest import Patch
from kota.errors import ConnectError, StoreError
from kota.model.entity import Attribute, Kind
from kota.model.quality import Level, Quality, Source

_log = logging.getLogger(__name__)

RETRY_S: Final = 2.0


class Observes(Protocol):
    """Takes observations in."""

    async def observe(self, patches: Sequence[Patch]) -> object:
        """Commit observations; returns when they are durable."""
        ...


class RefusedError(Exception):
    """The device answered that it does not; says why in words."""


class Named(Protocol):
    """A row of a map: an attribute, or a command, of an entity."""

    @property
    def entity(self) -> str:
        """Id of the entity."""
        ...

    @property
    def name(self) -> str:
        """Short name of the attribute, or the command's."""
        ...


class Point(Named, Protocol):
    """A row that is read."""

    @property
    def type(self) -> str:
        """Short type of a new entity."""
        ...

    @property
    def unit(self) -> str | None:
        """UN/CEFACT code."""
        ...


P = TypeVar("P", bound=Point)
C = TypeVar("C", bound=Named)


@dataclass(frozen=True, slots=True)
class Said:
    """What a device says of one point.

    Args:
        value: of the entity's attribute; None: it gives none, and the last one stands.
        quality: None where it is good.
        at: when it was so [µs]; None: now.
    """

    value: Any = None
    quality: Quality | None = None
    at: int | None = None


def bad(reason: str) -> Said:
    """It cannot give the value, for a reason in words."""
    return Said(quality=Quality(Level.BAD, Source.MEASURED, reason))


class PollingConnector(ABC, Generic[P, C]):
    """One device, whose points are read with a period and whose settings are written.

    What the device says it cannot give is stated as bad, with its reason; what it does not answer
    grows stale by itself.

    Args:
        name: where it is, for people.
        map_title: what its map is called in errors.
        points: what is read.
        commands: what can be written.
        period: from one reading to the next [s].
        ingest: takes what it says.
        expand: turns a short name into its IRI.
        clock: stamps what is not stamped.
    """

    def __init__(
        self,
        *,
        name: str,
        map_title: str,
        points: Sequence[P],
        commands: Sequence[C],
        period: float,
        ingest: Observes,
        expand: Callable[[str], str],
        clock: Clock,
    ) -> None:
        self._map_title = map_title
        self._points = points
        self._commands = commands
        self._period = period
        self._ingest = ingest
        self._expand = expand
        self._clock = clock
        self._held: dict[tuple[str, str], Any] = {}
        self.health = Health(name, since=clock.now())

    @abstractmethod
    async def ask(self) -> Iterable[Said]:
        """Ask for every point, in their order.

        Raises:
            ConnectError: the device does not answer.
        """

    @abstractmethod
    async def write(self, entity_id: str, name: str, value: str | float | bool) -> None:
        """Write a setting; returns when the device has it.

        Raises:
            ConnectError: the device does not answer; it may have it.
            RefusedError: the device, or its map, does not take it; says why.
        """

    @abstractmethod
    async def close(self) -> None:
        """Leave the device."""

    async def run(self) -> None:
        """Read until cancelled."""
        try:
            while True:
                try:
                    await self.read()
                except (ConnectError, StoreError) as error:
                    self._become_waiting(str(error))
                    await asyncio.sleep(RETRY_S)
                else:
                    self.health.become("connected", at=self._clock.now())
                    await asyncio.sleep(self._period)
        finally:
            await self.close()
            self.health.become("stopped", at=self._clock.now())

    async def read(self) -> None:
        """Read every point once, and state what they say.

        Raises:
            ConnectError: the device does not answer.
        """
        patches = []
        for point, said in zip(self._points, await self.ask(), strict=True):
            attribute = self._attribute(point, said)
            if attribute is not None:
                attrs: dict[str, tuple[Attribute, ...]] = {self._expand(point.name): (attribute,)}
                patches.append(Patch(point.entity, (self._expand(point.type),), attrs))
        if patches:
            await self._ingest.observe(patches)

    def commands(self, entity_id: str) -> list[C]:
        """What can be written for an entity."""
        return [one for one in self._commands if one.entity == entity_id]

    def command(self, entity_id: str, name: str) -> C:
        """The row of a command.

        Raises:
            RefusedError: there is none.
        """
        for one in self.commands(entity_id):
            if one.name == name:
                return one
        raise RefusedError(f"its {self._map_title} has no command {name!r}")

    def _attribute(self, point: P, said: Said) -> Attribute | None:
        """What a point says, as an attribute; None where it has never said anything."""
        key = (point.entity, point.name)
        if said.value is not None:
            self._held[key] = said.value
        if key not in self._held:
            return None
        at = self._clock.now() if said.at is None else said.at
        return Attribute(Kind.PROPERTY, self._held[key], at, point.unit, quality=said.quality)

    def _become_waiting(self, detail: str) -> None:
        if detail != self.health.detail:
            _log.warning("%s", detail)
        self.health.become("waiting", detail, at=self._clock.now())
