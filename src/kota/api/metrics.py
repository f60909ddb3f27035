"""What Prometheus reads at ``/metrics``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

    from prometheus_client.core import Metric

    from kota.api.live.hub import Hub
    from kota.api.rooms import Rooms


class Figure(msgspec.Struct, frozen=True):
    """One figure: counters only grow while the server runs."""

    name: str
    help: str
    value: float
    counter: bool = False


async def figures(rooms: Rooms, hub: Hub, requests: dict[str, int]) -> list[Figure]:
    """All figures, as they are now.

    Args:
        rooms: what is measured.
        hub: the live stream.
        requests: answered, by face of the application.
    """
    counts = rooms.intake.counts
    entities = sum((await rooms.state.type_counts()).values())
    dead = [await rooms.state.count_letters(box) for box in ("ingest", "notification")]
    found = [
        Figure("kota_messages", "Messages received from devices", counts.received, True),
        Figure(
            "kota_messages_rejected", "Messages that became dead letters", counts.rejected, True
        ),
        Figure("kota_messages_duplicate", "Messages delivered again", counts.duplicates, True),
        Figure("kota_messages_held", "Messages of unknown devices", counts.held, True),
        Figure("kota_observations", "Observations committed", rooms.ingest.observations, True),
        Figure("kota_entities", "Entities, counted once for each type", entities),
        Figure("kota_journal_lag", "Observations not yet in history", rooms.drain.lag),
        Figure("kota_notifications_waiting", "In the outbox", await rooms.state.outbox.waiting()),
        Figure("kota_letters_ingest", "Dead letters of ingest", dead[0]),
        Figure("kota_letters_notification", "Dead letters of notifications", dead[1]),
        Figure("kota_live_clients", "Clients of the live stream", hub.clients),
        Figure("kota_devices_pending", "Wait for approval", len(rooms.devices.listed("pending"))),
    ]
    found += [
        Figure(f"kota_requests_{face}", f"Requests to {face}", count, True)
        for face, count in sorted(requests.items())
    ]
    return found


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
                family = CounterMetricFamily if one.counter else GaugeMetricFamily
                yield family(one.name, one.help, value=one.value)

    registry = CollectorRegistry()
    registry.register(Figures())
    ProcessCollector(registry=registry)
    return generate_latest(registry), CONTENT_TYPE_LATEST
