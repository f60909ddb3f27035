"""Monsoon Friday's storm: the weather, its forecast, the sewers, and Kota between them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import shapely

from kota.city import City
from kota.config import SOLUTIONS
from kota.connect.devices import Devices
from kota.connect.profile import load_profiles
from kota.connect.router import Accepted, Router
from kota.context.ingest import Ingest
from kota.demo.district import District, make_district
from kota.demo.district.place import TIME_ZONE
from kota.demo.prepare import PROFILES
from kota.demo.sewers import PLANT, Sewerworks
from kota.demo.storm import AHEAD_STEPS, forecast, storm
from kota.demo.story import CHAPTERS, midnight
from kota.demo.weather import TownModel, rain_forecast, station, weather
from kota.model.entity import Attribute, Kind
from kota.model.instant import SECOND
from kota.model.jsonld import Context, kota_context
from kota.model.terms import CLOCK
from kota.operate.commands.life import State
from kota.plant import Report
from kota.solutions.sewage import solution
from kota.solutions.sewage.foreseeing import state_outlook
from kota.solutions.sewage.model import Model
from kota.solutions.sewage.operating import control
from kota.solutions.sewage.site import NETWORK
from kota.solutions.sewage.watching import state_flows, state_stores
from kota.store.history.drain import Drain
from kota.store.history.duckdb import DuckHistory
from kota.store.state.sqlite import SqliteState
from kota.workers import Workers

WARNING, STORM = (
    next(one for one in CHAPTERS if one.id == name).instant // SECOND
    for name in ("warning", "storm")
)


@pytest.fixture(scope="module")
def district() -> District:
    return make_district(7)


@pytest.fixture(scope="module")
def works(district: District) -> Sewerworks:
    return Sewerworks(district, seed=7)


@pytest.mark.parametrize("seed", range(6))
def test_the_storm_falls_between_four_and_six_and_the_station_measures_it(seed: int) -> None:
    day = midnight() // SECOND + np.arange(0, 86_400, 600)
    rain = weather(day, seed=seed)[:, 4]
    local = (day - midnight() // SECOND) / 3600
    assert rain[(local < 15) | (local > 19)].sum() == 0
    assert rain.sum() == pytest.approx(storm(seed).total, abs=1.5)
    assert 16.2 < local[rain.argmax()] < 17.2


def test_the_forecast_is_right_on_average_and_surer_the_nearer_the_storm() -> None:
    def totals(at: int) -> np.ndarray:
        rest = np.zeros(AHEAD_STEPS)
        return np.array(
            [
                sum(map(float, forecast(at, seed=seed, rest=rest)["rain"])) / 6 / storm(seed).total
                for seed in range(200)
            ]
        )

    early, late = totals(WARNING), totals(STORM + 1800)
    assert early.mean() == pytest.approx(1.0, abs=0.08)
    assert late.std() < early.std()


def test_sewers_lie_under_streets_and_all_land_drains_to_the_works(
    works: Sewerworks, district: District
) -> None:
    streets = shapely.union_all([s.line.buffer(6.0) for s in district.streets.streets])
    lines = [
        district.streets.nodes[[a, b]] for a, b in enumerate(works.sewerage.laid.down) if b >= 0
    ]
    assert len(lines) > 300
    ways = list(works.sewerage.laid.way.values())
    outside = sum(way.difference(streets).length for way in ways)
    assert outside < 0.01 * sum(way.length for way in ways)
    assert works.sewers.area == pytest.approx(works.sewerage.laid.area.sum(), rel=1e-3)
    assert len(works.sewers.of_kind("storage")) == len(works.sewerage.laid.tanks) + 1
    falls = [link.drop for link in works.sewers.links_of("conduit")]
    assert min(falls) >= 0


class Hand:
    """Takes commands to the plant, in the place of the commands room."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self.done: list[tuple[str, float]] = []

    async def request(self, entity_id: str, value: float, *_: Any, **__: Any) -> SimpleNamespace:
        key = "sewer-gate"
        device = entity_id.rpartition(":")[2]
        assert self._model.obey(key, device, {"opening": value}).fault is None
        self.done.append((device, value))
        return SimpleNamespace(state=State.SENT)


@dataclass(slots=True)
class Clock:
    """Plant time, set by hand."""

    at: int
    plant: str = PLANT

    def now(self) -> int:
        return self.at * SECOND


@dataclass(slots=True)
class Afternoon:
    """The plant, the weather and a city with the solution's tasks."""

    city: City
    model: Model
    town: TownModel
    clock: Clock
    hand: Hand
    router: Router
    ingest: Ingest

    async def until(self, end: int, *, controlled: bool) -> float:
        """Play on, tasks in between; returns what flooded and overflowed meanwhile [m³]."""
        lost = 0.0
        while self.model.now < end:
            target = self.model.now // 300 * 300 + 300
            reports: list[Report] = [*self.town.advance(target), *self.model.advance(target)]
            await self._hear(reports)
            self.clock.at = target
            engine = self.model.engine
            grounds = [n.id for n in self.model.sewers.nodes.values() if n.kind == "junction"]
            lost += 300 * sum(engine.flooding(name) for name in grounds)
            spilling = [link.end for link in self.model.sewers.links_of("weir")]
            lost += 300 * sum(max(engine.inflow(name), 0.0) for name in spilling)
            await state_stores(self.city)
            if controlled:
                await control(self.city)
        return lost

    async def value(self, entity_id: str, name: str) -> Any:
        entity = await self.city.entity(entity_id)
        assert entity is not None
        return self.city.value(entity, name)

    async def _hear(self, reports: list[Report]) -> None:
        patches = []
        for report in reports:
            route = self.router.route(report.topic)
            assert isinstance(route, Accepted)
            decoded = route.decoder.decode(report.payload, report.at * SECOND)
            assert decoded.faults == []
            patches += decoded.patches
        await self.ingest.observe(patches)


@pytest.fixture
async def afternoon(tmp_path: Path, works: Sewerworks) -> AsyncIterator[Afternoon]:
    names: Context = kota_context().with_terms(solution.terms)
    begin = WARNING - 3600
    clock = Clock(begin)
    folder = tmp_path / SOLUTIONS / "sewage"
    works.write_site(folder)
    async with AsyncExitStack() as stack:
        state, history = SqliteState(tmp_path, clock), DuckHistory(tmp_path)
        await state.open()
        stack.push_async_callback(state.close)
        await history.open()
        stack.push_async_callback(history.close)
        drain = Drain(state.journal, history)
        await drain.start()
        stack.push_async_callback(drain.close)
        workers = Workers()
        stack.callback(workers.close)
        model = Model(works.setting(begin, None, last=begin + 8 * 3600))
        stack.callback(model.close)
        hand = Hand(model)
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
            workers=workers,
            folder=folder,
            commands=hand,  # type: ignore[arg-type]
            zone=ZoneInfo(TIME_ZONE),
        )
        profiles = [*solution.profiles, *sorted(PROFILES.glob("town-*.toml"))]
        router = Router(load_profiles(profiles, names), Devices(state, clock))
        patches = works.assets(names, heard=frozenset())
        for patch in patches:
            patch.attrs.pop(CLOCK, None)
            if patch.types == (names.expand("WasteWaterGate"),):
                automatic = names.expand("controlMode")
                patch.attrs[automatic] = (_said("automatic"),)
        await ingest.observe([*patches, station(names), rain_forecast(names)])
        yield Afternoon(city, model, TownModel(begin, 7), clock, hand, router, ingest)


def _said(value: str) -> Any:
    return Attribute(Kind.PROPERTY, value)


@pytest.mark.timeout(180)
async def test_the_forecast_warns_an_hour_ahead_and_gates_act_in_the_storm(
    afternoon: Afternoon,
) -> None:
    await afternoon.until(WARNING, controlled=True)
    await state_flows(afternoon.city)
    await state_outlook(afternoon.city)
    assert await afternoon.value(NETWORK, "overflowProbability") > 60
    assert 60 <= await afternoon.value(NETWORK, "overflowLeadTime") <= 150
    outlook = await afternoon.value(NETWORK, "overflowOutlook")
    assert len(outlook["at"]) == len(outlook["overflow"]) == AHEAD_STEPS
    assert (await afternoon.value(NETWORK, "infiltration")) > 0

    await afternoon.until(STORM + 5400, controlled=True)
    assert len(afternoon.hand.done) > 20
    assert await afternoon.value(NETWORK, "filling") > 0.4
    assert await afternoon.value(NETWORK, "overflowedVolume") > 0
    assert "fullest" in await afternoon.value(NETWORK, "controlReason")


@pytest.fixture(scope="module")
def lost_without_control(works: Sewerworks) -> float:
    """What floods and overflows until seven with gates open [m³]; alone in this process."""
    begin = WARNING - 3600
    bare = Model(works.setting(begin, None, last=begin + 8 * 3600))
    grounds = [node.id for node in bare.sewers.nodes.values() if node.kind == "junction"]
    spilling = [link.end for link in bare.sewers.links_of("weir")]
    lost = 0.0
    for at in bare.instants(STORM + 3 * 3600):
        if at % 300 == 0:
            lost += 300 * sum(bare.engine.flooding(name) for name in grounds)
            lost += 300 * sum(max(bare.engine.inflow(name), 0.0) for name in spilling)
    bare.close()
    return lost


@pytest.mark.timeout(180)
async def test_less_water_is_lost_with_control_than_without(
    lost_without_control: float, afternoon: Afternoon
) -> None:
    held = await afternoon.until(STORM + 3 * 3600, controlled=True)
    assert lost_without_control > 5_000
    assert held < 0.8 * lost_without_control
