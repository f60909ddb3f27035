"""From the plant's messages through profiles and stores to balances and forecasts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import numpy as np
import pytest

from kota.city import City
from kota.clock import WallClock
from kota.connect.devices import Devices
from kota.connect.profile import load_profiles
from kota.connect.router import Accepted, Router
from kota.context.ingest import Ingest, Patch
from kota.errors import SolutionError
from kota.model.jsonld import Context, kota_context
from kota.model.quality import Level, Source
from kota.solutions.water import solution
from kota.solutions.water.assets import Assets
from kota.solutions.water.demand import HOMES
from kota.solutions.water.forecast import STEP_S
from kota.solutions.water.inp import net3, read_network
from kota.solutions.water.model import LEAKAGE, Model, Setting
from kota.solutions.water.tasks import AHEAD_S, state_balance, state_forecast
from kota.store.history.drain import Drain
from kota.store.history.duckdb import DuckHistory
from kota.store.state.sqlite import SqliteState
from kota.workers import Workers

BEGIN = 1_764_259_200
NETWORK = "urn:ngsi-ld:WaterNetwork:main"
POINT = {"type": "Point", "coordinates": [0.0, 0.0]}


class Town:
    """A city, and the means to let its sensors speak."""

    def __init__(self, city: City, ingest: Ingest, router: Router) -> None:
        self.city = city
        self.faults: list[str] = []
        self._ingest = ingest
        self._router = router

    async def hear(self, model: Model, hours: float, *, every: int = 1) -> None:
        """Let time pass, and take in what the plant publishes."""
        patches: list[Patch] = []
        for report in model.advance(model.now + round(hours * 3600), every=every):
            route = self._router.route(report.topic)
            assert isinstance(route, Accepted)
            decoded = route.decoder.decode(report.payload, report.at * 1_000_000)
            patches += decoded.patches
            self.faults += decoded.faults
        await self._ingest.observe(patches)


@pytest.fixture(scope="module")
def setting() -> Setting:
    network = read_network(net3())
    bases = np.zeros((len(network.junctions), 3))
    bases[:, HOMES] = [junction.demand for junction in network.junctions.values()]
    return Setting(net3(), network, bases, seed=5, begin=BEGIN)


@pytest.fixture
def names() -> Context:
    return kota_context().with_terms(solution.terms)


@pytest.fixture
async def town(tmp_path: Path, names: Context) -> AsyncIterator[Town]:
    clock = WallClock()
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
        )
        router = Router(load_profiles(solution.profiles, names), Devices(state, clock))
        yield Town(city, ingest, router)


@pytest.fixture
async def network(town: Town, setting: Setting, names: Context) -> Town:
    at = dict.fromkeys(setting.network.positions, POINT)
    lines = {link.id: POINT for link in setting.network.links}
    assets = Assets(
        setting.network, names, name="main", title="Net3", nodes=at, links=lines, clock="water"
    )
    await town._ingest.observe(assets.patches())
    return town


async def test_without_a_network_the_tasks_say_so(town: Town) -> None:
    with pytest.raises(SolutionError, match="no water network yet"):
        await state_balance(town.city)


async def test_before_any_telemetry_nothing_is_stated(network: Town) -> None:
    await state_balance(network.city)
    entity = await network.city.entity(NETWORK)
    assert entity is not None
    assert network.city.attribute(entity, "inflow") is None


async def test_the_balance_finds_the_leakage_within_its_own_doubt(
    network: Town, setting: Setting
) -> None:
    model = Model(setting)
    await network.hear(model, 4.1)
    await state_balance(network.city)
    model.close()
    city = network.city
    entity = await city.entity(NETWORK)
    assert entity is not None
    found = {
        name: city.attribute(entity, name)
        for name in ("inflow", "consumption", "storageChange", "unaccounted", "coverage")
    }
    assert all(one is not None and one.quality.source is Source.ESTIMATED for one in found.values())
    value = {name: one.value for name, one in found.items() if one is not None}
    assert value["coverage"] > 0.9
    parts = value["consumption"] + value["storageChange"] + value["unaccounted"]
    assert value["inflow"] == pytest.approx(parts, abs=0.05)
    history = await city.history([NETWORK], ["unaccounted"], start=0, end=2**60)
    unaccounted = np.array(history.column("number").to_pylist())
    assert len(unaccounted) >= 10
    leak = LEAKAGE * setting.network.demand
    doubt = city.attribute(entity, "unaccounted").sub[city.term("uncertainty")][0].value  # type: ignore[union-attr, index]
    assert np.median(unaccounted) == pytest.approx(leak, abs=2 * doubt / np.sqrt(5))
    assert network.faults == []


async def test_a_missed_stretch_is_made_up_for(network: Town, setting: Setting) -> None:
    model = Model(setting)
    await network.hear(model, 1.2)
    await state_balance(network.city)
    await network.hear(model, 2.0, every=300)
    await state_balance(network.city)
    model.close()
    table = await network.city.history([NETWORK], ["inflow"], start=0, end=2**60)
    times = np.unique(np.array(table.column("observed_at").cast("int64").to_pylist()))
    assert np.diff(times).max() == 15 * 60 * 1_000_000


async def test_silent_meters_make_the_balance_uncertain(network: Town, setting: Setting) -> None:
    model = Model(setting)
    await network.hear(model, 1.3)
    city = network.city
    entity = await city.entity(NETWORK)
    junctions = await city.entities("Junction")
    silent = [j for j in junctions if city.value(j, "supply") is not None]
    assert entity is not None
    assert len(silent) > 40
    for report in model.advance(model.now + 1800):
        if report.key == "water-junction":
            continue
        route = network._router.route(report.topic)
        assert isinstance(route, Accepted)
        patches = route.decoder.decode(report.payload, report.at * 1_000_000).patches
        await network._ingest.observe(patches)
    await state_balance(city)
    model.close()
    stated = await city.entity(NETWORK)
    assert stated is not None
    unaccounted = city.attribute(stated, "unaccounted")
    assert unaccounted is not None
    assert unaccounted.quality is not None
    assert unaccounted.quality.level is Level.UNCERTAIN
    assert "of the meters have reported" in (unaccounted.quality.reason or "")


async def test_the_forecast_is_stated_with_its_horizon(network: Town, setting: Setting) -> None:
    model = Model(setting, step=300)
    await network.hear(model, 80, every=900)
    await state_forecast(network.city)
    truth = dict(model.truths(model.now + AHEAD_S + 600))
    model.close()
    city = network.city
    tank = await city.entity("urn:ngsi-ld:Tank:T-1")
    assert tank is not None
    forecast, outlook = city.attribute(tank, "levelForecast"), city.attribute(tank, "levelOutlook")
    assert forecast is not None
    assert outlook is not None
    assert forecast.quality is not None
    assert forecast.quality.source is Source.FORECAST
    assert forecast.sub is not None
    assert forecast.sub[city.term("horizon")][0].value == AHEAD_S
    assert len(outlook.value["level"]) == len(outlook.value["at"]) == 12 * 3600 // STEP_S
    column = [(s.device, s.quantity) for s in model.sensors].index(("T-1", "level"))
    then = (forecast.observed_at or 0) // 1_000_000 + AHEAD_S
    assert forecast.value == pytest.approx(truth[then][column], abs=2.5)


async def test_too_short_a_past_is_said(network: Town, setting: Setting) -> None:
    model = Model(setting)
    await network.hear(model, 2)
    model.close()
    with pytest.raises(SolutionError, match="too few to forecast"):
        await state_forecast(network.city)
