"""Whether alarms of one cause become one group: a seeded plant with 50 incidents.

    python -m benchmarks.alarm_groups [--seeds 1 2 3 4 5]

An incident's groups are those that hold an alarm which it caused; it is without one where there is
none. It is merged where the group with most of its alarms is mostly another's. Whatever no incident
caused (spikes, chatter, lost readings) is in the stream too, and its alarms are not counted.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import numpy as np

from benchmarks.alarm_plant import (
    HIGH_TURBIDITY,
    JUNCTIONS,
    LOW_PRESSURE,
    ORIGIN,
    STEP_S,
    ZONES,
    District,
    Reading,
)
from benchmarks.report import emit, machine
from kota.connect.plant_clocks import PlantClocks
from kota.context.ingest import Ingest, Patch
from kota.context.staleness import Staleness
from kota.model.entity import Attribute, Kind
from kota.model.instant import SECOND
from kota.model.jsonld import kota_context
from kota.model.terms import LOCATION
from kota.operate.alarms import AlarmDefinition, Condition
from kota.operate.alarms.alarm import Alarm
from kota.operate.alarms.desk import Desk
from kota.operate.alarms.incidents import DEGREE
from kota.operate.alarms.report import was_shown
from kota.operate.alarms.room import Alarms
from kota.store.history.drain import Drain
from kota.store.history.duckdb import DuckHistory
from kota.store.state.sqlite import SqliteState

BEGIN = 1_767_225_600_000_000
EXPAND = kota_context().expand
WORDS = {
    "severity": "major",
    "respond_within": 1800.0,
    "consequence": "Customers are without good water.",
    "action": "Find the cause.",
}
ROUNDS = 3
"""Alarms that are further apart than so many rounds of telemetry have not one cause."""
PLACE = {"cause": ("zone",), "cause_near": 500.0, "group_within": float(ROUNDS * STEP_S)}
"""Of what touches a neighbourhood: the zone, and whatever lies near across its border."""
STREAM = {"cause": ("fedBy",), "group_within": 1800.0}
"""Of what travels: the junctions upstream."""

DEFINITIONS = (
    AlarmDefinition(
        id="pressure-low",
        title="Low pressure",
        type="Junction",
        when=Condition("low", "pressure", limit=LOW_PRESSURE, deadband=2.0),
        **PLACE,
        **WORDS,
    ),
    AlarmDefinition(
        id="turbid",
        title="Turbid water",
        type="Junction",
        when=Condition("high", "turbidity", limit=HIGH_TURBIDITY, deadband=0.5),
        cause_kind="quality",
        **STREAM,
        **WORDS,
    ),
    AlarmDefinition(
        id="silent",
        title="No telemetry",
        type="Junction",
        when=Condition("stale", "pressure", limit=3.0 * STEP_S),
        cause_kind="telemetry",
        **PLACE,
        **WORDS,
    ),
    AlarmDefinition(
        id="inflow-high",
        title="High inflow",
        type="WaterNetwork",
        when=Condition("high", "inflow", limit=180.0, deadband=10.0),
        cause=("zone",),
        **WORDS,
    ),
)


CAUSES = {
    "pressure-low": ("burst", "pump"),
    "inflow-high": ("burst",),
    "turbid": ("turbid",),
    "silent": ("gateway",),
}
"""Which kinds of incident can bring forth an alarm."""


class Hand:
    """A clock that is moved."""

    def __init__(self) -> None:
        self.time = BEGIN

    def now(self) -> int:
        """Microseconds since the epoch."""
        return self.time


def patches(district: District, reading: Reading) -> Iterator[Patch]:
    """The observations of one step; in the first, also where everything is."""
    at = BEGIN + reading.at * SECOND
    for j in range(JUNCTIONS):
        attrs = {} if reading.at else _place(district, j)
        if not np.isnan(reading.pressure[j]):
            for name, values in (("pressure", reading.pressure), ("turbidity", reading.turbidity)):
                attrs[name] = (Attribute(Kind.PROPERTY, round(float(values[j]), 2), at),)
        if attrs:
            yield _patch("Junction", f"{j}", attrs)
    for z in range(ZONES):
        inflow = Attribute(Kind.PROPERTY, round(float(reading.inflow[z]), 1), at)
        attrs = {"zone": (Attribute(Kind.PROPERTY, f"Z{z}"),), "inflow": (inflow,)}
        yield _patch("WaterNetwork", f"{z}", attrs)


def _place(district: District, j: int) -> dict[str, tuple[Attribute, ...]]:
    upstream = [f"urn:ngsi-ld:Junction:{k}" for k in district.upstream[j]]
    x, y = district.points[j] / DEGREE
    place = {"type": "Point", "coordinates": [ORIGIN[0] + float(x), ORIGIN[1] + float(y)]}
    return {
        "zone": (Attribute(Kind.PROPERTY, f"Z{district.zone[j]}"),),
        "fedBy": (Attribute(Kind.LIST_RELATIONSHIP, upstream),),
        LOCATION: (Attribute(Kind.GEO_PROPERTY, place),),
    }


def _patch(kind: str, name: str, attrs: dict[str, tuple[Attribute, ...]]) -> Patch:
    named = {EXPAND(short) if ":" not in short else short: one for short, one in attrs.items()}
    return Patch(f"urn:ngsi-ld:{kind}:{name}", (EXPAND(kind),), named)


async def groups(district: District, folder: Path) -> list[tuple[str, int | None]]:
    """Group and true cause of every alarm that was shown."""
    clock = Hand()
    async with AsyncExitStack() as stack:
        state = SqliteState(folder, clock)
        await state.open()
        stack.push_async_callback(state.close)
        history = DuckHistory(folder)
        await history.open()
        stack.push_async_callback(history.close)
        drain = Drain(state.journal, history)
        await drain.start()
        stack.push_async_callback(drain.close)
        clocks = PlantClocks(clock)
        staleness = Staleness(clocks.of)
        alarms = Alarms(
            lambda: DEFINITIONS,
            EXPAND,
            store=state,
            history=history,
            clock=clock,
            clocks=clocks,
            staleness=staleness,
        )
        await alarms.start()
        ingest = Ingest(state, clock)
        for reading in district.readings():
            clock.time = BEGIN + reading.at * SECOND
            await ingest.observe(list(patches(district, reading)))
            await alarms.settle()
        return await _shown(Desk(alarms, history), alarms, district)


async def _shown(desk: Desk, alarms: Alarms, district: District) -> list[tuple[str, int | None]]:
    """Every showing by the group that it has at the end, which a later alarm may have joined."""
    moved = {old: alarm.group for alarm in alarms.book.alarms.values() for old in [alarm.group]}
    found: list[tuple[str, int | None]] = []
    journal = await desk.journal(list(alarms.book.alarms))
    for key, entries in journal.items():
        alarm = alarms.book.alarms[key]
        shown = [one for one in entries if was_shown(one.transition())]
        for number, entry in enumerate(shown):
            last = number == len(shown) - 1
            group = alarm.group if last else entry.group
            at = (entry.transition().at - BEGIN) / SECOND
            found.append((moved.get(group, group) or key, _cause(district, alarm, at)))
    return found


def _cause(district: District, alarm: Alarm, at: float) -> int | None:
    kind, number = alarm.entity.split(":")[2:]
    sorts = CAUSES[alarm.definition]
    if kind == "Junction":
        return district.cause(int(number), None, at, sorts)
    return district.cause(None, int(number), at, sorts)


def score(found: list[tuple[str, int | None]], incidents: int) -> tuple[float, int, int, int]:
    """Groups an incident, incidents without, incidents merged, alarms of incidents."""
    causes: dict[str, Counter[int]] = {}
    groups: dict[int, Counter[str]] = {}
    for group, cause in found:
        if cause is not None:
            causes.setdefault(group, Counter())[cause] += 1
            groups.setdefault(cause, Counter())[group] += 1
    mean = sum(map(len, groups.values())) / max(len(groups), 1)
    merged = 0
    for cause, counts in groups.items():
        main, _ = counts.most_common(1)[0]
        merged += causes[main].most_common(1)[0][0] != cause
    return mean, incidents - len(groups), merged, sum(map(Counter.total, groups.values()))


def main() -> None:
    """Play each seed's plant and score its groups."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5])
    parser.add_argument("--incidents", type=int, default=50)
    parser.add_argument("--days", type=float, default=10)
    given = parser.parse_args()
    print(json.dumps({"machine": machine()}))
    for seed in given.seeds:
        district = District(seed, incidents=given.incidents, days=given.days)
        with tempfile.TemporaryDirectory() as name:
            found = asyncio.run(groups(district, Path(name)))
        mean, without, merged, alarms = score(found, given.incidents)
        emit(f"alarm_groups.seed_{seed}.groups_an_incident", mean, "groups", goal="at most 1.5")
        emit(f"alarm_groups.seed_{seed}.incidents_without", without, "incidents", goal="0")
        emit(f"alarm_groups.seed_{seed}.incidents_merged", merged, "incidents")
        emit(f"alarm_groups.seed_{seed}.alarms", alarms, "alarms of incidents")


if __name__ == "__main__":
    main()
