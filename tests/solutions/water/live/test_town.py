"""The network read back from its entities, and what is told of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import numpy as np
import pytest

from kota.city import City
from kota.clock import WallClock
from kota.context.ingest import Ingest, Patch
from kota.errors import NotFoundError, NotReadyError, SolutionError
from kota.model.entity import Attribute, Kind
from kota.model.jsonld import Context, kota_context
from kota.operate.alarms.definition_check import faults
from kota.solutions.water import solution
from kota.solutions.water.alarms import ALARMS
from kota.solutions.water.assets import Assets
from kota.solutions.water.inp import net3, read_network
from kota.solutions.water.isolation import isolate
from kota.solutions.water.live.closing import best_closing
from kota.solutions.water.live.explain import Leak, Lie
from kota.solutions.water.live.routes import isolation_of
from kota.solutions.water.live.supplied import Supplied, read_supplied
from kota.solutions.water.live.telling import closing_reason, leak_statement, suspects
from kota.solutions.water.live.watch import Ongoing
from kota.solutions.water.sections import place_valves
from kota.store.history.duckdb import DuckHistory
from kota.store.state.sqlite import SqliteState
from kota.workers import Workers

NETWORK = read_network(net3())
VALVES = place_valves(NETWORK)
POINT = {"type": "Point", "coordinates": [0.0, 0.0]}
LINE = {"type": "LineString", "coordinates": [[0.0, 0.0], [0.0, 1.0]]}
AT = 1_764_285_000_000_000


@pytest.fixture
def names() -> Context:
    return kota_context().with_terms(solution.terms)


@pytest.fixture
async def city(tmp_path: Path, names: Context) -> AsyncIterator[City]:
    clock = WallClock()
    async with AsyncExitStack() as stack:
        state, history = SqliteState(tmp_path, clock), DuckHistory(tmp_path)
        await state.open()
        stack.push_async_callback(state.close)
        await history.open()
        stack.push_async_callback(history.close)
        yield City(
            solution.name,
            reads=solution.reads,
            writes=solution.writes,
            context=names,
            store=state,
            intake=Ingest(state, clock),
            past=history,
            clock=clock,
            workers=Workers(),
        )


def patches(names: Context) -> list[Patch]:
    """Net3 with valves, three homes at junction 209 and one that nobody feeds."""
    assets = Assets(
        NETWORK,
        names,
        name="main",
        title="Net3",
        nodes=dict.fromkeys(NETWORK.positions, POINT),
        links={link.id: LINE for link in NETWORK.links},
        valves=VALVES,
        streets={"241": "Market Street"},
    )
    fed = "urn:ngsi-ld:Junction:J-209"
    homes = [(k, fed if k < 3 else None) for k in range(4)]
    buildings = [
        Patch(
            f"urn:ngsi-ld:Building:{k}",
            (names.expand("Building"),),
            {
                names.expand("residents"): (Attribute(Kind.PROPERTY, 4),),
                **(
                    {names.expand("suppliedBy"): (Attribute(Kind.RELATIONSHIP, junction),)}
                    if junction is not None
                    else {}
                ),
            },
        )
        for k, junction in homes
    ]
    return [*assets.patches(), *buildings]


@pytest.fixture
async def town(city: City, names: Context) -> Supplied:
    await city._intake.observe(patches(names))
    return await read_supplied(city)


async def test_network_when_written_as_entities_then_it_reads_back_as_it_was(
    town: Supplied,
) -> None:
    assert set(town.network.junctions) == {f"J-{name}" for name in NETWORK.junctions}
    for name, pipe in NETWORK.pipes.items():
        read = town.network.pipes[f"P-{name}"]
        assert (read.length, read.diameter) == pytest.approx((pipe.length, pipe.diameter), abs=1e-3)
        assert read.is_open == pipe.is_open
        assert read.end.partition("-")[2] == pipe.end
    assert len(town.valves) == len(VALVES)
    assert town.titles["P-241"] == "Pipe 241, Market Street"
    assert town.people == {"J-209": (3, 12)}
    ours = isolate(NETWORK, VALVES, "241")
    theirs = isolate(town.network, town.valves, "P-241")
    assert theirs.shut == ours.shut
    assert theirs.dry == tuple(f"J-{name}" for name in ours.dry)


async def test_network_when_there_is_none_or_a_number_is_missing_then_it_says_so(
    city: City, names: Context
) -> None:
    with pytest.raises(NotReadyError, match="no water network yet"):
        await read_supplied(city)
    broken = [
        Patch(one.entity_id, one.types, {k: v for k, v in one.attrs.items() if "length" not in k})
        for one in patches(names)
    ]
    await city._intake.observe(broken)
    with pytest.raises(NotReadyError, match=r"Pipe:P-\w+: length is None; expected a number"):
        await read_supplied(city)


async def test_isolation_when_asked_for_then_it_names_entities_and_people(town: Supplied) -> None:
    found = isolation_of(town, "urn:ngsi-ld:Pipe:P-241", [], {"J-209": 2.5})
    assert found.pipe == "urn:ngsi-ld:Pipe:P-241"
    assert all(one.startswith("urn:ngsi-ld:SectionValve:") for one in found.shut)
    assert "urn:ngsi-ld:Junction:J-209" in found.junctions
    assert (found.buildings, found.residents, found.demand) == (3, 12, 2.5)
    stuck = found.shut[0]
    try:
        other = isolation_of(town, "P-241", [stuck], {})
    except SolutionError as error:
        assert "no valve that works" in str(error)  # noqa: PT017
    else:
        assert stuck not in other.shut
    with pytest.raises(NotFoundError, match="pipe 'P-0'"):
        isolation_of(town, "P-0", [], {})
    with pytest.raises(NotFoundError, match="valve 'SV-0'"):
        isolation_of(town, "P-241", ["SV-0"], {})


def ongoing(town: Supplied) -> Ongoing:
    mass = np.zeros(len(town.network.pipes))
    mass[list(town.network.pipes).index("P-241")] = 0.9
    mass[list(town.network.pipes).index("P-243")] = 0.1
    return Ongoing(AT, AT, Leak(80.0, 6.0, 300.0, mass), np.zeros(len(town.loggers)), 12.0)


async def test_leak_when_told_then_it_says_where_how_much_and_who_loses_water(
    city: City, town: Supplied
) -> None:
    found = ongoing(town)
    closing = best_closing(town, found.leak.mass)
    assert closing is not None
    await city.state([leak_statement(town, found, closing)])
    (leak,) = await city.entities("WaterLeak")
    assert leak.id == "urn:ngsi-ld:WaterLeak:20251127T2310"
    told = {
        name: city.value(leak, name)
        for name in ("status", "leakFlow", "lostVolume", "likeliestPipe", "residentsWithoutWater")
    }
    assert told == {
        "status": "open",
        "leakFlow": 80.0,
        "lostVolume": 12.0,
        "likeliestPipe": "urn:ngsi-ld:Pipe:P-241",
        "residentsWithoutWater": 12,
    }
    assert "urn:ngsi-ld:WaterNetwork:main" in city.value(leak, "affects")
    reason = closing_reason(town, found, closing)
    assert "Market Street" in reason
    assert "3 buildings with 12 residents" in reason


async def test_signals_when_they_lie_and_no_longer_do_then_both_is_told(town: Supplied) -> None:
    told = Supplied(
        **{
            **{name: getattr(town, name) for name in town.__slots__},
            "pumps": ("PU-10", "PU-335"),
            "tanks": ("T-1", "T-2", "T-3"),
        }
    )
    lies = (Lie("pump", 1, -200.0, 99.0), Lie("tank", 0, 1.5, 50.0))
    said, suspect = suspects(told, lies, frozenset(), AT)
    assert {(one.entity_id, one.readings["suspect"].value) for one in said} == {
        ("urn:ngsi-ld:Pump:PU-335", "flow tells 200.0 m³/h less than the rest allows"),
        ("urn:ngsi-ld:Tank:T-1", "level tells 1.5 m more than the rest allows"),
    }
    later, none = suspects(told, lies[:1], suspect, AT)
    assert ("urn:ngsi-ld:Tank:T-1", "") in {
        (one.entity_id, one.readings["suspect"].value) for one in later
    }
    assert none == {("Pump", "urn:ngsi-ld:Pump:PU-335")}


def test_alarms_of_water_are_right(names: Context) -> None:
    assert [fault for one in ALARMS for fault in faults(one, names.expand)] == []
