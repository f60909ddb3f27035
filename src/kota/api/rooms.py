"""What the application stands on: the rooms below it, as the runtime wires them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from kota.access.access import Access
    from kota.access.audit_seals import Sealer
    from kota.access.oidc import Provider
    from kota.access.tenancy import Tenancy
    from kota.city import City
    from kota.clock import Clock
    from kota.config import Settings
    from kota.connect.devices import Devices
    from kota.connect.intake import Intake
    from kota.connect.modbus import ModbusConnector
    from kota.connect.mqtt import MqttConnector
    from kota.connect.opcua import OpcuaConnector
    from kota.connect.plant_clocks import PlantClocks
    from kota.context.broker import Broker
    from kota.context.contexts import Contexts
    from kota.context.ingest import Ingest
    from kota.context.notifications import Notifier
    from kota.context.sources.room import Sources
    from kota.context.staleness import Staleness
    from kota.context.stream import Stream
    from kota.context.subscriptions import Subscriptions
    from kota.context.temporal import Temporal
    from kota.model.jsonld import Context
    from kota.operate.alarms.desk import Desk
    from kota.operate.alarms.room import Alarms
    from kota.operate.commands.room import Commands
    from kota.operate.notices.browsers import Browsers
    from kota.operate.notices.room import Notices
    from kota.operate.retention import Keeper
    from kota.operate.rules.room import Rules
    from kota.operate.subjects import Subjects
    from kota.operate.work.room import Work
    from kota.solution import Solution
    from kota.store.history.drain import Drain
    from kota.store.history.protocol import HistoryStore
    from kota.store.state import StateStore
    from kota.store.state.meter import Meter
    from kota.store.state.protocol import Entities
    from kota.supervisor import SolutionHealth


class Chapter(Protocol):
    """One part of the day that a demonstration plays."""

    @property
    def id(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def time(self) -> str:
        """When it begins, ``HH:MM`` in the town's time."""
        ...

    @property
    def description(self) -> str: ...


class Demo(Protocol):
    """A demonstration that can be steered."""

    @property
    def title(self) -> str: ...
    @property
    def phrases(self) -> Path:
        """The folder with what it says in other languages."""
        ...

    @property
    def chapters(self) -> Sequence[Chapter]: ...
    @property
    def current(self) -> str | None:
        """The id of the chapter that plays."""
        ...

    async def set_speed(self, speed: float) -> None:
        """Let plant time run so many times as fast as wall time; 0 stops it."""
        ...

    async def jump(self, chapter: str) -> None:
        """Go on at the beginning of a chapter.

        Raises:
            NotFoundError: there is no such chapter.
        """
        ...


class DeviceBroker(Protocol):
    """Lets devices in at the MQTT broker."""

    async def admit(self, secrets: Mapping[str, str]) -> None:
        """Let devices in with these secrets, in the place of those they had.

        Raises:
            ConnectError: the broker could not be told.
        """
        ...

    async def expel(self, devices: Sequence[str]) -> None:
        """Let devices in no more, and end their connections.

        Raises:
            ConnectError: the broker could not be told.
        """
        ...


class Supervision(Protocol):
    """Knows how the solutions do."""

    def health(self) -> list[SolutionHealth]:
        """How each solution does."""
        ...


class Operation(Protocol):
    """Rules, work orders and notices."""

    @property
    def work(self) -> Work: ...
    @property
    def notices(self) -> Notices: ...
    @property
    def browsers(self) -> Browsers: ...
    @property
    def rules(self) -> Rules: ...
    @property
    def subjects(self) -> Subjects: ...
    @property
    def keeper(self) -> Keeper: ...


class Rooms(Protocol):
    """Everything that is open."""

    @property
    def settings(self) -> Settings: ...
    @property
    def names(self) -> Context:
        """The Kota context with the terms of the solutions."""
        ...

    @property
    def clock(self) -> Clock: ...
    @property
    def clocks(self) -> PlantClocks: ...
    @property
    def state(self) -> StateStore: ...
    @property
    def entities(self) -> Entities:
        """The same, as far as a quota lets it be changed from outside."""
        ...

    @property
    def meter(self) -> Meter | None:
        """Counts what comes in, for a tenant; the default one has no quota."""
        ...

    @property
    def tenants(self) -> Tenancy[Rooms]:
        """The tenants beside the default one."""
        ...

    @property
    def sealer(self) -> Sealer: ...
    @property
    def history(self) -> HistoryStore: ...
    @property
    def drain(self) -> Drain: ...
    @property
    def stream(self) -> Stream: ...
    @property
    def staleness(self) -> Staleness: ...
    @property
    def contexts(self) -> Contexts: ...
    @property
    def broker(self) -> Broker: ...
    @property
    def ingest(self) -> Ingest: ...
    @property
    def subscriptions(self) -> Subscriptions: ...
    @property
    def sources(self) -> Sources:
        """Other brokers."""
        ...

    @property
    def notifier(self) -> Notifier: ...
    @property
    def temporal(self) -> Temporal: ...
    @property
    def alarms(self) -> Alarms: ...
    @property
    def desk(self) -> Desk: ...
    @property
    def commands(self) -> Commands: ...
    @property
    def operation(self) -> Operation: ...
    @property
    def devices(self) -> Devices: ...
    @property
    def intake(self) -> Intake: ...
    @property
    def mqtt(self) -> MqttConnector | None: ...
    @property
    def modbus(self) -> Sequence[ModbusConnector]: ...
    @property
    def opcua(self) -> Sequence[OpcuaConnector]: ...
    @property
    def solutions(self) -> Sequence[Solution]: ...
    @property
    def cities(self) -> Mapping[str, City]:
        """What each solution sees of the city, by its name."""
        ...

    @property
    def access(self) -> Access:
        """Who may do what."""
        ...

    @property
    def provider(self) -> Provider | None:
        """Who vouches for people besides the town itself."""
        ...

    @property
    def device_broker(self) -> DeviceBroker | None:
        """Where devices sign in by MQTT, where Kota manages that."""
        ...

    @property
    def supervisor(self) -> Supervision: ...
    @property
    def demo(self) -> Demo | None: ...
