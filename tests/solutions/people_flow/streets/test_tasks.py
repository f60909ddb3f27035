"""From entities and counts in the store to stated flows, trips and crowding to come."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kota.city import City, Reading, Statement
from kota.context.ingest import Ingest, Patch
from kota.errors import NotReadyError
from kota.model.entity import Attribute, Kind
from kota.model.instant import HOUR, MINUTE, parse
from kota.model.jsonld import Context, kota_context
from kota.model.quality import Level, Quality, Source
from kota.solutions.people_flow import solution
from kota.solutions.people_flow.streets import tasks
from kota.solutions.people_flow.streets.crowding_tasks import CrowdWatch
from kota.solutions.people_flow.streets.passing_tasks import state_passing
from kota.solutions.people_flow.streets.tasks import StreetWatch
from kota.store.history.drain import Drain
from kota.store.history.duckdb import DuckHistory
from kota.store.state.sqlite import SqliteState

NOW = parse("2026-05-14T12:00:00Z")
SIDE = 5
DEGREES = 90.0 / 111_320.0


class Clock:
    """Stands until it is moved."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> int:
        return self.at


class Here:
    """Computes where it is asked."""

    async def run(self, function: Any, *args: Any, timeout_s: float = 60.0) -> Any:
        return function(*args)


class Town:
    def __init__(self, city: City, ingest: Ingest, names: Context, clock: Clock) -> None:
        self.city, self.clock = city, clock
        self._ingest, self._names = ingest, names

    async def tell(self, kind: str, key: str, **content: Any) -> None:
        await self._ingest.observe([self.patch(kind, key, **content)])

    async def count(self, name: str, times: np.ndarray, values: np.ndarray) -> None:
        patches = [
            self.patch("CrowdFlowObserved", name, at=int(at), peopleCount=float(value))
            for at, value in zip(times, values, strict=True)
        ]
        for k in range(0, len(patches), 5000):
            await self._ingest.observe(patches[k : k + 5000])

    def patch(self, kind: str, which: str, *, at: int | None = None, **content: Any) -> Patch:
        attrs = {}
        for key, value in content.items():
            sort = Kind.PROPERTY
            if key == "location":
                sort = Kind.GEO_PROPERTY
            elif key.startswith("ref"):
                sort = Kind.RELATIONSHIP
            attrs[self._names.expand(key)] = (Attribute(sort, value, observed_at=at),)
        return Patch(f"urn:ngsi-ld:{kind}:{which}", (self._names.expand(kind),), attrs)


def point(x: float, y: float) -> dict[str, Any]:
    return {"type": "Point", "coordinates": [103.4 + x * DEGREES, 3.0 + y * DEGREES]}


def line(*points: tuple[float, float]) -> dict[str, Any]:
    places = [point(*one)["coordinates"] for one in points]
    return {"type": "LineString", "coordinates": places}


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    clock, names = Clock(), kota_context().with_terms(solution.terms)
    async with AsyncExitStack() as stack:
        state, history = SqliteState(tmp_path, clock), DuckHistory(tmp_path)
        await state.open()
        stack.push_async_callback(state.close)
        await history.open()
        stack.push_async_callback(history.close)
        drain = Drain(state.journal, history)
        await drain.start()
        stack.push_async_callback(drain.close)
        ingest = Ingest(state, clock)
        city = City(
            solution.name,
            reads=solution.reads,
            writes=solution.writes,
            context=names,
            store=state,
            intake=ingest,
            past=history,
            clock=clock,
            workers=Here(),  # type: ignore[arg-type]
        )
        yield Town(city, ingest, names, clock)


async def build(town: Town) -> None:
    """Streets on a grid with homes, a market and two counters that have counted for nine days."""
    number = 0
    for y in range(SIDE):
        for x in range(SIDE):
            for ahead in ((x + 1, y), (x, y + 1)):
                if max(ahead) < SIDE:
                    place = line((x, y), ahead)
                    await town.tell("RoadSegment", f"r{number}", location=place, width=7.0)
                    number += 1
            await town.tell(
                "Building",
                f"b{x}{y}",
                location=point(x + 0.1, y + 0.05),
                buildingUse="terrace",
                residents=12,
                floorArea=300.0,
            )
    market = {"location": point(2, 2), "category": ["marketplace"], "capacity": 200}
    await town.tell("PointOfInterest", "market", name="Market", **market)
    times = NOW - np.arange(9 * 288)[::-1] * 5 * MINUTE
    rng = np.random.default_rng(1)
    local = (times // HOUR + 7) % 24
    busy = np.where((local > 6) & (local < 21), 6.0, 0.5)
    for name, street in (("PC-1", "r3"), ("PC-2", "r20")):
        where = f"urn:ngsi-ld:RoadSegment:{street}"
        await town.tell("CrowdFlowObserved", name, refRoadSegment=where, location=point(1, 1))
        await town.count(name, times, rng.poisson(busy))


async def test_without_streets_the_task_waits(town: Town) -> None:
    with pytest.raises(NotReadyError, match="no streets yet"):
        await StreetWatch().learn(town.city)
    with pytest.raises(NotReadyError, match="not learnt yet"):
        await StreetWatch().state(town.city)


async def test_every_street_is_told_its_flow_with_its_doubt(town: Town) -> None:
    await build(town)
    watch = StreetWatch()
    await watch.learn(town.city)
    await watch.state(town.city)
    city = town.city
    roads = await city.entities("RoadSegment")
    assert len(roads) == 2 * SIDE * (SIDE - 1)
    for road in roads:
        flow = city.attribute(road, "peopleFlow")
        assert flow is not None
        assert flow.sub is not None
        assert flow.quality is not None
        assert flow.quality.source is Source.ESTIMATED
        low, high = (flow.sub[city.term(name)][0].value for name in ("low", "high"))
        assert low <= flow.value <= high
        assert city.value(road, "levelOfService") in set("ABCDEF")
    counted = await city.entity("urn:ngsi-ld:RoadSegment:r3")
    assert counted is not None
    assert city.value(counted, "peopleFlow") == pytest.approx(72, rel=0.3)
    trips = await city.entities("OriginDestinationFlow")
    assert all(city.value(one, "peopleCount") >= 10 for one in trips)


async def test_a_street_is_foreseen_from_the_forecasts_of_the_counters(town: Town) -> None:
    await build(town)
    watch = StreetWatch()
    await watch.learn(town.city)
    await watch.state(town.city)
    roads = await town.city.entities("RoadSegment")
    assert all(town.city.attribute(road, "peopleFlowForecast") is None for road in roads)
    hour = NOW // HOUR * HOUR
    for counter in ("PC-1", "PC-2"):
        around = {"horizon": 3600, "lower": 110.0, "upper": 130.0}
        told = Reading(120.0, "C62", hour, Quality(Level.GOOD, Source.FORECAST), sub=around)
        entity = f"urn:ngsi-ld:CrowdFlowObserved:{counter}"
        await town.city.state(
            [Statement(entity, "CrowdFlowObserved", {"peopleCountForecast": told})]
        )
    await watch.state(town.city)
    for road in await town.city.entities("RoadSegment"):
        flow = town.city.attribute(road, "peopleFlowForecast")
        assert flow is not None
        assert flow.sub is not None
        assert flow.observed_at == hour
        low, high = (flow.sub[town.city.term(name)][0].value for name in ("low", "high"))
        assert low <= flow.value <= high
    counted = await town.city.entity("urn:ngsi-ld:RoadSegment:r3")
    assert counted is not None
    assert town.city.value(counted, "peopleFlowForecast") == pytest.approx(120, rel=0.25)
    assert town.city.value(counted, "peopleFlow") == pytest.approx(72, rel=0.3)


async def test_a_day_that_begins_again_is_not_learnt_again(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    await build(town)
    await StreetWatch().learn(town.city)

    def refuse(*_: object) -> None:
        raise AssertionError("learnt again")

    monkeypatch.setattr(tasks, "learn_streets", refuse)
    watch = StreetWatch()
    await watch.learn(town.city)
    await watch.state(town.city)
    await town.count("PC-1", np.array([NOW + HOUR]), np.array([9]))
    with pytest.raises(AssertionError, match="learnt again"):
        await watch.learn(town.city)


async def test_counters_tell_which_way_and_how_fast_people_go(town: Town) -> None:
    with pytest.raises(NotReadyError, match="no counter tells both ways"):
        await state_passing(town.city)
    await build(town)
    for k in range(3):
        ways = {"peopleCountTowards": 30 - 10 * k, "peopleCountAway": 10}
        at = NOW + (k - 2) * 5 * MINUTE
        await town.tell("CrowdFlowObserved", "PC-1", at=at, peopleCount=40, **ways)
    await state_passing(town.city)
    counter = await town.city.entity("urn:ngsi-ld:CrowdFlowObserved:PC-1")
    assert counter is not None
    way = town.city.attribute(counter, "direction")
    assert way is not None
    assert way.value == "inbound"
    assert way.sub is not None
    assert way.sub[town.city.term("share")][0].value == pytest.approx(1 / 3, abs=0.01)
    assert town.city.value(counter, "averageCrowdSpeed") == pytest.approx(4.8, abs=0.1)
    assert town.city.value(counter, "congested") is False


RECEIVER = "urn:ngsi-ld:CrowdFlowObserved:RX-1"


async def watched(town: Town, **more: Any) -> None:
    """A receiver by the market that has heard about twenty for nine days."""
    await build(town)
    await town.tell("CrowdFlowObserved", "RX-1", location=point(2.1, 2.1), name="Phones", **more)
    times = NOW - np.arange(9 * 288)[::-1] * 5 * MINUTE
    await town.count("RX-1", times, np.random.default_rng(2).poisson(20.0, len(times)))


async def of_receiver(town: Town, name: str) -> Attribute:
    entity = await town.city.entity(RECEIVER)
    assert entity is not None
    found = town.city.attribute(entity, name)
    assert found is not None
    return found


async def gather(town: Town, watch: CrowdWatch, steps: int) -> list[tuple[float, bool, bool]]:
    """Let a crowd grow; who is there, whether crowding is expected and whether it is there."""
    told = []
    for k in range(1, steps + 1):
        town.clock.at = NOW + k * 5 * MINUTE
        crowd = round(20 + 400 * (k / 24) ** 2)
        await town.count("RX-1", np.array([town.clock.at]), np.array([crowd]))
        await watch.run(town.city)
        told.append(
            (
                crowd,
                (await of_receiver(town, "crowdingExpected")).value,
                (await of_receiver(town, "congested")).value,
            )
        )
    return told


async def test_crowding_is_expected_well_before_it_is_there(town: Town) -> None:
    await watched(town)
    watch = CrowdWatch()
    await watch.run(town.city)
    assert (await of_receiver(town, "crowdingExpected")).value is False
    told = await gather(town, watch, 24)
    expected = next(k for k, one in enumerate(told) if one[1])
    full = next(k for k, one in enumerate(told) if one[2])
    assert told[expected][0] < 140
    assert full - expected >= 4
    assert told[full][0] == pytest.approx(200, abs=40)
    assert await town.city.entities("CrowdFlowObserved")
    load = await of_receiver(town, "crowdLoad")
    assert load.value == pytest.approx(210, abs=15)
    assert load.unit_code == "P1"


async def test_what_is_to_come_is_said_in_words_with_its_source(town: Town) -> None:
    await watched(town)
    watch = CrowdWatch()
    told = await gather(town, watch, 13)
    assert told[-1][1:] == (True, False)
    outlook = await of_receiver(town, "crowdLoadForecast")
    assert outlook.value > 100
    assert outlook.quality is not None
    assert outlook.quality.source is Source.FORECAST
    assert outlook.quality.reason is not None
    assert outlook.quality.reason.startswith("Market holds 200 people: ")
    assert "full in about" in outlook.quality.reason
    assert outlook.sub is not None
    passes = outlook.sub[town.city.term("passesIn")][0].value
    assert 0 < passes <= 3000


async def test_who_hears_a_share_of_people_is_taken_for_the_whole(town: Town) -> None:
    await watched(town, detectionShare=0.25)
    await CrowdWatch().run(town.city)
    assert (await of_receiver(town, "crowdLoad")).value == pytest.approx(40, abs=25)


async def test_a_receiver_that_claims_an_impossible_share_is_left_out(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    await watched(town, detectionShare=3)
    with pytest.raises(NotReadyError, match="no place of known size"):
        await CrowdWatch().run(town.city)
    assert "detectionShare is 3; expected above 0 and up to 1" in caplog.text


async def test_a_reading_that_comes_late_is_waited_for(town: Town) -> None:
    await watched(town)
    watch = CrowdWatch()
    await watch.run(town.city)
    town.clock.at = NOW + 5 * MINUTE
    await watch.run(town.city)
    assert (await of_receiver(town, "crowdLoad")).observed_at == NOW
    await town.count("RX-1", np.array([town.clock.at]), np.array([90]))
    await watch.run(town.city)
    assert (await of_receiver(town, "crowdLoad")).observed_at == town.clock.at


async def test_without_a_place_of_known_size_the_watch_waits(town: Town) -> None:
    with pytest.raises(NotReadyError, match="no place of known size"):
        await CrowdWatch().run(town.city)
