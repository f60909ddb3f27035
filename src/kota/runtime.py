"""Wires the rooms together, and starts and stops every resource in order."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from secrets import token_hex
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from kota.access.access import Access
from kota.access.audit_key import load_key
from kota.access.audit_seals import Sealer
from kota.access.tenancy import Tenancy
from kota.api.rooms import Demo, DeviceBroker
from kota.city import City, CityClock
from kota.clock import Clock, WallClock
from kota.config import SOLUTIONS, Settings
from kota.connect.broker_url import parse_url
from kota.connect.device_broker import DynamicSecurity
from kota.connect.devices import Devices
from kota.connect.fleeting import Fleeting
from kota.connect.intake import Intake
from kota.connect.modbus import ModbusConnector
from kota.connect.modbus_map import ModbusMap
from kota.connect.modbus_map import read_map as read_modbus_map
from kota.connect.mqtt import MqttConnector
from kota.connect.mqtt_commands import MqttCommands
from kota.connect.mqtt_publisher import MqttPublisher
from kota.connect.opcua import OpcuaConnector
from kota.connect.opcua_map import OpcuaMap
from kota.connect.opcua_map import read_map as read_opcua_map
from kota.connect.plant_clocks import PlantClocks
from kota.connect.polling import PollingConnector
from kota.connect.profile import Profile, load_profiles
from kota.connect.router import Router
from kota.context.broker import Broker
from kota.context.contexts import Contexts
from kota.context.ingest import Ingest
from kota.context.notifications import Notifier
from kota.context.outgoing import Outgoing
from kota.context.sources.opening import open_sources
from kota.context.sources.room import Sources
from kota.context.staleness import Staleness
from kota.context.stream import Stream
from kota.context.subscription import Subscription
from kota.context.subscriptions import Subscriptions
from kota.context.temporal import Temporal
from kota.errors import ConnectError, StoreError
from kota.model.jsonld import Compiler, Context
from kota.model.jsonld.bundled import extended_document
from kota.model.query import Lens
from kota.model.terms import KOTA_CONTEXT
from kota.operate.alarms.definition import AlarmDefinition
from kota.operate.alarms.definition_file import merged, read_definitions
from kota.operate.alarms.desk import Desk
from kota.operate.alarms.room import Alarms
from kota.operate.commands import definition_file as actuator_file
from kota.operate.commands.actuator import ActuatorDefinition
from kota.operate.commands.over_mqtt import MqttTransmitter
from kota.operate.commands.over_writing import WritingTransmitter, Written
from kota.operate.commands.room import Commands
from kota.operate.commands.transmitter import Transmitter
from kota.operation import Operation, open_operation, rule_alarms, running
from kota.solution import Solution, load_solutions
from kota.store.history import HistoryStore
from kota.store.history.drain import Drain
from kota.store.opening import stores_of
from kota.store.ownership import Ownership
from kota.store.state import Document, StateStore
from kota.store.state.meter import Meter
from kota.store.state.protocol import Entities
from kota.supervisor import Supervisor
from kota.tenancy import Member, stand
from kota.workers import Workers

if TYPE_CHECKING:
    from kota.access.oidc import Provider

log = logging.getLogger(__name__)

EXPIRE_S = 1.0
WORKERS = 2
"""Processes that compute for solutions: a long study of one does not hold up the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kota:
    """One running Kota: its rooms, open."""

    settings: Settings
    names: Context
    clock: Clock
    clocks: PlantClocks
    state: StateStore
    sealer: Sealer
    history: HistoryStore
    drain: Drain
    stream: Stream
    staleness: Staleness
    contexts: Contexts
    subscriptions: Subscriptions
    sources: Sources
    notifier: Notifier
    broker: Broker
    temporal: Temporal
    ingest: Ingest
    alarms: Alarms
    desk: Desk
    commands: Commands
    operation: Operation
    devices: Devices
    intake: Intake
    mqtt: MqttConnector | None
    modbus: tuple[ModbusConnector, ...]
    opcua: tuple[OpcuaConnector, ...]
    solutions: tuple[Solution, ...]
    cities: Mapping[str, City]
    supervisor: Supervisor
    access: Access
    tenants: Tenancy[Any]
    meter: Meter | None = None
    provider: Provider | None = None
    device_broker: DeviceBroker | None = None
    demo: Demo | None = None

    @property
    def entities(self) -> Entities:
        """The state, as far as a quota lets it be changed from outside."""
        return self.state if self.meter is None else self.meter


@asynccontextmanager
async def opened(settings: Settings, member: Member | None = None) -> AsyncIterator[Kota]:
    """Open every room on a data folder; they are closed in the opposite order.

    Args:
        settings: how it is to run.
        member: the tenant whose rooms they are; None: the default one.

    Raises:
        StoreError: another process holds the folder, or a file is damaged.
        ConfigurationError: a device profile, an alarm or an actuator is wrong; names its file and
            line.
        SolutionError: a solution cannot be loaded.
    """
    clock = WallClock()
    scheme = "http" if settings.tls_cert is None else "https"
    url = f"{scheme}://{settings.host}:{settings.port}"
    solutions = tuple(load_solutions(settings.solutions))
    known = solutions if member is None else member.town.known
    names = naming(known)
    profiles = load_profiles(_profile_paths(settings, solutions), names)
    actuators = _actuators(settings, solutions)
    registers = [read_modbus_map(path) for path in settings.modbus]
    nodes = [read_opcua_map(path) for path in settings.opcua]
    async with AsyncExitStack() as stack:
        state, history, drain = await _open_stores(stack, settings, clock, url)
        sealer = await _open_audit(stack, settings, state, clock)
        clocks = PlantClocks(clock)
        stream, staleness = await _open_stream(stack, state, clocks)
        rule = Outgoing(settings.allow_hosts)
        contexts = Contexts(
            state,
            clock,
            base=url,
            rule=rule,
            context_map=settings.context_map,
            kota=_kota_document(known),
        )
        await contexts.open()
        stack.push_async_callback(contexts.close)
        if member is None:
            standing = await stand(
                stack, settings, state, clock, solutions=solutions, names=names, opened=opened
            )
        else:
            standing = await member.stand(state, clock)
        access, meter = standing.access, standing.meter
        subscriptions = Subscriptions(state, contexts, clock)
        if settings.auth != "none":
            subscriptions.narrow(lambda one: _lens(access, one))
        await subscriptions.open()
        stack.push_async_callback(subscriptions.close)
        notifier = Notifier(
            state,
            subscriptions,
            contexts,
            clock,
            rule=rule,
            publisher=MqttPublisher(),
            headers=standing.headers,
        )
        await stack.enter_async_context(running(notifier.run(), "kota-notifier"))
        sources, telling = await open_sources(state, contexts, clock, rule, MqttPublisher())
        stack.push_async_callback(sources.federation.peers.close)
        await stack.enter_async_context(running(telling.run(), "kota-source-notifier"))
        broker = Broker(state if meter is None else meter, clock)
        await broker.open()
        await stack.enter_async_context(running(_expire(broker), "kota-expire"))
        ingest = Ingest(state, clock, None if meter is None else meter.admit)
        alarms = Alarms(
            lambda: _definitions(settings, solutions, names),
            names.expand,
            store=state,
            history=history,
            clock=clock,
            clocks=clocks,
            staleness=staleness,
            plain=access.sight_of(None).sees if access.sights.protection else None,
        )
        await alarms.start()
        stack.push_async_callback(alarms.close)
        await stack.enter_async_context(running(alarms.run(), "kota-alarms"))
        field = await _open_field(
            stack,
            settings,
            profiles,
            names,
            registers,
            nodes,
            state=state,
            ingest=ingest,
            clock=clock,
            clocks=clocks,
        )
        commands = Commands(
            actuators,
            names.expand,
            store=state,
            clock=clock,
            clocks=clocks,
            transmitters=_transmitters(
                field.intake.router, field.mqtt, [*field.modbus, *field.opcua]
            ),
        )
        await commands.start()
        stack.push_async_callback(commands.close)
        await stack.enter_async_context(running(commands.run(), "kota-commands"))
        await field.connect(stack)
        operation = await open_operation(
            stack,
            settings,
            names,
            state=state,
            history=history,
            clock=clock,
            clocks=clocks,
            staleness=staleness,
            alarms=alarms,
            commands=commands,
            mqtt=field.mqtt,
            rule=rule,
            plain=access.sight_of(None).sees if access.sights.protection else None,
            url=settings.public_url or url,
        )
        operation.rules.on_reload(alarms.reload)
        cities, supervisor = _start_solutions(
            stack,
            settings,
            solutions,
            names,
            state=state,
            ingest=ingest,
            history=history,
            clocks=clocks,
            fleeting=field.intake.fleeting,
            commands=commands,
            stream=stream,
        )
        yield Kota(
            settings=settings,
            names=names,
            clock=clock,
            clocks=clocks,
            state=state,
            sealer=sealer,
            history=history,
            drain=drain,
            stream=stream,
            staleness=staleness,
            contexts=contexts,
            subscriptions=subscriptions,
            sources=sources,
            notifier=notifier,
            broker=broker,
            temporal=Temporal(
                history,
                clock,
                page=settings.temporal_page,
                allow=None if meter is None else meter.take,
            ),
            ingest=ingest,
            alarms=alarms,
            desk=Desk(alarms, history),
            commands=commands,
            operation=operation,
            devices=field.devices,
            intake=field.intake,
            mqtt=field.mqtt,
            modbus=field.modbus,
            opcua=field.opcua,
            solutions=solutions,
            cities=cities,
            supervisor=supervisor,
            access=access,
            tenants=standing.tenants,
            meter=meter,
            provider=standing.provider,
            device_broker=await _device_broker(settings, field.intake.router, field.devices),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Field:
    """What leads to devices."""

    devices: Devices
    intake: Intake
    mqtt: MqttConnector | None
    modbus: tuple[ModbusConnector, ...]
    opcua: tuple[OpcuaConnector, ...]

    async def connect(self, stack: AsyncExitStack) -> None:
        """Begin to listen and to ask: whoever takes commands is there by now."""
        if self.mqtt is not None:
            await stack.enter_async_context(running(self.mqtt.run(), "kota-mqtt"))
        polled: list[PollingConnector[Any, Any]] = [*self.modbus, *self.opcua]
        for device in polled:
            await stack.enter_async_context(running(device.run(), device.health.name))


async def _open_field(
    stack: AsyncExitStack,
    settings: Settings,
    profiles: Sequence[Profile],
    names: Context,
    registers: Sequence[ModbusMap],
    nodes: Sequence[OpcuaMap],
    *,
    state: StateStore,
    ingest: Ingest,
    clock: Clock,
    clocks: PlantClocks,
) -> _Field:
    """Devices, what takes their messages in, and the links to them, not connected yet."""
    devices = Devices(state, clock)
    await devices.load()
    intake = Intake(Router(profiles, devices), ingest, received=state.received, clocks=clocks)
    stack.push_async_callback(devices.save)
    await stack.enter_async_context(running(intake.run(), "kota-intake"))
    stack.push_async_callback(intake.drain)
    mqtt = None
    if settings.mqtt is not None:
        mqtt = MqttConnector(settings.mqtt, client_id=await _client_id(state), intake=intake)
    return _Field(
        devices=devices,
        intake=intake,
        mqtt=mqtt,
        modbus=tuple(ModbusConnector(one, ingest, names.expand, clock) for one in registers),
        opcua=tuple(OpcuaConnector(one, ingest, names.expand, clock) for one in nodes),
    )


def _start_solutions(
    stack: AsyncExitStack,
    settings: Settings,
    solutions: tuple[Solution, ...],
    names: Context,
    *,
    state: StateStore,
    ingest: Ingest,
    history: HistoryStore,
    clocks: PlantClocks,
    fleeting: Fleeting,
    commands: Commands,
    stream: Stream,
) -> tuple[dict[str, City], Supervisor]:
    """What each solution sees of the city, and what runs their tasks."""
    workers = Workers(WORKERS)
    zone = None if settings.timezone is None else ZoneInfo(settings.timezone)
    stack.callback(workers.close)
    cities = {
        solution.name: City(
            solution.name,
            reads=solution.reads,
            writes=solution.writes,
            context=names,
            store=state,
            intake=ingest,
            past=history,
            clock=CityClock(clocks, solution.name),
            workers=workers,
            fleeting=fleeting,
            commands=commands,
            folder=settings.data / SOLUTIONS / solution.name,
            zone=zone,
        )
        for solution in solutions
    }
    supervisor = Supervisor(stream)
    stack.push_async_callback(supervisor.stop)
    for solution in solutions:
        supervisor.start(solution, cities[solution.name])
    return cities, supervisor


async def _open_stores(
    stack: AsyncExitStack, settings: Settings, clock: Clock, url: str
) -> tuple[StateStore, HistoryStore, Drain]:
    """The present and the past, and what carries one to the other."""
    ownership = Ownership(settings.data, url)
    stack.callback(ownership.release)
    state, history = stores_of(
        settings.data, settings.store, clock, history_memory=settings.history_memory
    )
    await state.open()
    stack.push_async_callback(state.close)
    await history.open()
    stack.push_async_callback(history.close)
    drain = Drain(state.journal, history)
    await drain.start()
    stack.push_async_callback(drain.close)
    return state, history, drain


async def _device_broker(
    settings: Settings, router: Router, devices: Devices
) -> DynamicSecurity | None:
    """Where devices sign in by MQTT, where Kota manages that."""
    if settings.mqtt_control is None:
        return None

    def patterns(device: str) -> list[str]:
        known = devices.find(device)
        named = None if known is None else known.profile
        profiles = router.profiles
        chosen = [profiles[named]] if named in profiles else profiles.values()
        return [pattern.text for profile in chosen for pattern in profile.patterns]

    own = None if settings.mqtt is None else parse_url(settings.mqtt)
    broker = DynamicSecurity(parse_url(settings.mqtt_control), patterns, own)
    try:
        await broker.prepare()
    except ConnectError as error:
        log.error("devices cannot be let in at the broker: %s", error)
    return broker


def _lens(access: Access, subscription: Subscription) -> Lens:
    """What a subscriber sees, by what he is given at the time."""
    owner, purpose = subscription.owner, subscription.purpose
    return lambda entity: access.sight_of(owner, purpose).sees(entity)


async def _open_audit(
    stack: AsyncExitStack, settings: Settings, state: StateStore, clock: Clock
) -> Sealer:
    """What seals the audit; the last seal is made when everybody else has ended."""
    sealer = Sealer(state, load_key(settings.data), clock)
    await sealer.open()
    stack.push_async_callback(sealer.seal)
    await stack.enter_async_context(running(sealer.run(), "kota-audit-seals"))
    return sealer


async def _open_stream(
    stack: AsyncExitStack, state: StateStore, clocks: PlantClocks
) -> tuple[Stream, Staleness]:
    """Who is told of every commit: what watches for silence, and everybody else."""
    stream = Stream()
    staleness = Staleness(clocks.of)
    staleness.adopt([entity async for entity in state.scan()])
    state.on_commit(staleness.learn)
    state.on_commit(stream.publish)
    stack.callback(stream.close)
    return stream, staleness


async def _expire(broker: Broker) -> None:
    """Remove what has expired even while nobody asks, so that whoever watches is told."""
    while True:
        await asyncio.sleep(EXPIRE_S)
        try:
            await broker.forget_expired()
        except StoreError as error:
            log.error("what has expired is still there, trying again: %s", error)


async def _client_id(state: StateStore) -> str:
    """The name of this town's session at its MQTT broker, the same after every restart."""
    kept = await state.get_document("mqtt", "client")
    if kept is None:
        kept = f"kota-{token_hex(6)}".encode()
        await state.put_documents([Document("mqtt", "client", kept)])
    return kept.decode()


def naming(solutions: tuple[Solution, ...]) -> Context:
    """The Kota context with the terms that solutions add."""
    return Compiler().compile(KOTA_CONTEXT, {KOTA_CONTEXT: _kota_document(solutions)})


def _kota_document(solutions: tuple[Solution, ...]) -> dict[str, Any]:
    return extended_document(
        {term: iri for solution in solutions for term, iri in solution.terms.items()}
    )


def _profile_paths(settings: Settings, solutions: tuple[Solution, ...]) -> list[Any]:
    return [*settings.profiles, *(path for solution in solutions for path in solution.profiles)]


def _definitions(
    settings: Settings, solutions: tuple[Solution, ...], names: Context
) -> tuple[AlarmDefinition, ...]:
    """The alarms of solutions and rules, and those of the city's files before them."""
    stated = [(one.name, one.alarms()) for one in solutions if one.alarms is not None]
    written = read_definitions(settings.alarms, names.expand)
    return merged(stated, (*rule_alarms(settings, names), *written), names.expand)


def _actuators(
    settings: Settings, solutions: tuple[Solution, ...]
) -> tuple[ActuatorDefinition, ...]:
    """What can be commanded, by the solutions, and by the city's files before them."""
    stated = [(one.name, one.actuators()) for one in solutions if one.actuators is not None]
    return actuator_file.merged(stated, actuator_file.read_actuators(settings.actuators))


def _transmitters(
    router: Router, mqtt: MqttConnector | None, written: Sequence[Written]
) -> list[Transmitter]:
    """The ways to devices: what a map of a device names goes there, all else by MQTT."""
    ways: list[Transmitter] = [WritingTransmitter(written)] if written else []
    if mqtt is not None:
        ways.append(MqttTransmitter(MqttCommands(router, mqtt)))
    return ways
