"""What Prometheus reads at ``/metrics``."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import msgspec

from kota.supervisor import State, TaskHealth

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from prometheus_client.core import Metric

    from kota.api.live.hub import Hub
    from kota.api.rooms import Rooms
    from kota.operate.alarms.alarm import Alarm
    from kota.operate.work.order import Order


_Values = dict[tuple[str, ...], float]
_FAILING: Final = (State.DEGRADED, State.FAILED)


class Figure(msgspec.Struct, frozen=True):
    """One figure: counters only grow while the server runs.

    Args:
        name, help: as Prometheus shows them.
        values: by labels; a figure without labels has one value, under ``()``.
        labels: their names.
        counter: whether it only grows.
    """

    name: str
    help: str
    values: Mapping[tuple[str, ...], float]
    labels: tuple[str, ...] = ()
    counter: bool = False


async def figures(rooms: Rooms, hub: Hub, requests: dict[str, int]) -> list[Figure]:
    """All figures, as they are now.

    Args:
        rooms: what is measured.
        hub: the live stream.
        requests: answered, by face of the application.
    """
    found = [*await _context(rooms, hub), *_operation(rooms), *_solutions(rooms), _links(rooms)]
    found += [
        _counter(f"kota_requests_{face}", f"Requests to {face}", count)
        for face, count in sorted(requests.items())
    ]
    return found


async def _context(rooms: Rooms, hub: Hub) -> list[Figure]:
    counts, state = rooms.intake.counts, rooms.state
    entities = sum((await state.type_counts()).values())
    dead = [await state.count_letters(box) for box in ("ingest", "notification")]
    waiting = await state.outbox.waiting()
    return [
        _counter("kota_messages", "Messages received from devices", counts.received),
        _counter("kota_messages_rejected", "Messages that became dead letters", counts.rejected),
        _counter("kota_messages_duplicate", "Messages delivered again", counts.duplicates),
        _counter("kota_messages_held", "Messages of unknown devices", counts.held),
        _counter("kota_observations", "Observations committed", rooms.ingest.observations),
        _gauge("kota_entities", "Entities, counted once for each type", entities),
        _gauge("kota_journal_lag", "Observations not yet in history", rooms.drain.lag),
        _gauge("kota_notifications_waiting", "In the outbox", waiting),
        _gauge("kota_letters_ingest", "Dead letters of ingest", dead[0]),
        _gauge("kota_letters_notification", "Dead letters of notifications", dead[1]),
        _gauge("kota_live_clients", "Clients of the live stream", hub.clients),
        _gauge("kota_devices_pending", "Wait for approval", len(rooms.devices.listed("pending"))),
    ]


def _operation(rooms: Rooms) -> list[Figure]:
    notices = rooms.operation.notices.counts()
    seats = rooms.commands.seats.values()
    return [
        _by_state("kota_alarms", "Alarms", rooms.alarms.book.alarms.values()),
        _by_state("kota_work_orders", "Work orders", rooms.operation.work.orders.values()),
        Figure(
            "kota_notice_deliveries",
            "Deliveries of notices",
            {(state,): count for state, count in notices.items()},
            ("state",),
        ),
        _gauge("kota_actuators", "Things that can be commanded", len(seats)),
        _gauge(
            "kota_actuators_unreachable",
            "Actuators that no way leads to now",
            sum(seat.fault is not None for seat in seats),
        ),
    ]


def _by_state(name: str, title: str, found: Iterable[Alarm | Order]) -> Figure:
    counts = Counter(str(one.state) for one in found)
    return Figure(name, title, {(state,): count for state, count in counts.items()}, ("state",))


def _solutions(rooms: Rooms) -> list[Figure]:
    tasks: list[tuple[tuple[str, ...], TaskHealth]] = [
        ((solution.name, task.name), task)
        for solution in rooms.supervisor.health()
        for task in solution.tasks
    ]
    labels = ("solution", "task")
    failing: _Values = {key: float(task.state in _FAILING) for key, task in tasks}
    runs: _Values = {key: task.runs for key, task in tasks}
    failures: _Values = {key: task.failures for key, task in tasks}
    return [
        Figure("kota_task_failing", "1 while its last run failed", failing, labels),
        Figure("kota_task_runs", "Runs that ended well", runs, labels, counter=True),
        Figure("kota_task_failures", "Runs that failed", failures, labels, counter=True),
    ]


def _links(rooms: Rooms) -> Figure:
    links = [one.health for one in (rooms.mqtt, *rooms.modbus, *rooms.opcua) if one is not None]
    up: _Values = {(one.name,): float(one.state == "connected") for one in links}
    return Figure("kota_link_up", "1 while the link to the field is open", up, ("link",))


def _gauge(name: str, title: str, value: float) -> Figure:
    return Figure(name, title, {(): value})


def _counter(name: str, title: str, value: float) -> Figure:
    return Figure(name, title, {(): value}, counter=True)


def exposition(found: Iterable[Figure]) -> tuple[bytes, str]:
    """The figures, with those of the process, in Prometheus' text format.

    Returns:
        The body and its media type.
    """
    from prometheus_client import (
        CONTENT_TYPE_LATEST,
        CollectorRegistry,
        ProcessCollector,
        generate_latest,
    )
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
    from prometheus_client.registry import Collector

    class Figures(Collector):
        def collect(self) -> Iterable[Metric]:
            for one in found:
                kind = CounterMetricFamily if one.counter else GaugeMetricFamily
                family = kind(one.name, one.help, labels=one.labels)
                for labels, value in one.values.items():
                    family.add_metric(labels, value)
                yield family

    registry = CollectorRegistry()
    registry.register(Figures())
    ProcessCollector(registry=registry)
    return generate_latest(registry), CONTENT_TYPE_LATEST
