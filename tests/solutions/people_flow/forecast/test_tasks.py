"""From counts of five minutes in the city to stated forecasts and marks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import numpy as np
import pytest
from tests.solutions.people_flow.forecast.made_up_counts import usual

from kota.city import City
from kota.clock import WallClock
from kota.context.ingest import Ingest, Patch
from kota.errors import NotReadyError
from kota.model.entity import Attribute, Kind
from kota.model.instant import DAY, HOUR, MINUTE
from kota.model.jsonld import kota_context
from kota.model.quality import Source
from kota.solutions.people_flow import solution
from kota.solutions.people_flow.forecast.tasks import state_forecast
from kota.solutions.people_flow.forecast.terms import NETWORK
from kota.store.history.drain import Drain
from kota.store.history.duckdb import DuckHistory
from kota.store.state.sqlite import SqliteState
from kota.workers import Workers

BEGIN = 1_764_259_200_000_000 - 8 * HOUR
"""Midnight in Kuala Lumpur."""
IDS = [f"urn:ngsi-ld:CrowdFlowObserved:PC-{k}" for k in range(3)]
POINT = {"type": "Point", "coordinates": [101.7, 3.1]}


class Town:
    def __init__(self, city: City, ingest: Ingest) -> None:
        self.city = city
        self._ingest = ingest

    async def count(self, days: float, *, surge: float = 1.0, minutes: int = 15) -> int:
        """Let counters tell for some days; returns when they last did."""
        steps = np.arange(1, round(days * DAY / (minutes * MINUTE)) + 1)
        mean = usual(24 * 400, 3)[((steps - 1) * minutes // 60)] * minutes / 60
        mean[-60 // minutes :] *= surge
        people = np.random.default_rng(4).poisson(mean)
        term = self.city.term
        at = BEGIN + steps * minutes * MINUTE
        patches = [
            Patch(
                entity_id,
                (term("CrowdFlowObserved"),),
                {
                    term("peopleCount"): (
                        Attribute(Kind.PROPERTY, int(people[i, k]), observed_at=int(at[i])),
                    ),
                    term("location"): (Attribute(Kind.GEO_PROPERTY, POINT),),
                },
            )
            for i in range(len(steps))
            for k, entity_id in enumerate(IDS)
        ]
        await self._ingest.observe(patches)
        return int(at[-1])


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
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
            context=kota_context().with_terms(solution.terms),
            store=state,
            intake=ingest,
            past=history,
            clock=clock,
            workers=workers,
        )
        yield Town(city, ingest)


async def test_without_counters_or_with_a_day_of_counts_it_waits(town: Town) -> None:
    with pytest.raises(NotReadyError, match="no counter has told"):
        await state_forecast(town.city)
    await town.count(1)
    with pytest.raises(NotReadyError, match="two days are needed"):
        await state_forecast(town.city)


async def test_forecasts_are_stated_with_quantiles_and_their_source(town: Town) -> None:
    last = await town.count(10.5)
    await state_forecast(town.city)
    city = town.city
    counter = await city.entity(IDS[2])
    assert counter is not None
    forecast = city.attribute(counter, "peopleCountForecast")
    outlook = city.attribute(counter, "peopleCountOutlook")
    mark = city.attribute(counter, "peopleCountAnomaly")
    assert forecast is not None
    assert outlook is not None
    assert mark is not None
    assert forecast.quality is not None
    assert forecast.quality.source is Source.FORECAST
    assert outlook.kind is Kind.JSON_PROPERTY
    assert forecast.observed_at == last
    due = float(usual(24 * 12, 3)[10 * 24 + 12, 2])
    assert forecast.value == pytest.approx(due, rel=0.3)
    value = outlook.value
    assert len(value["at"]) == len(value["people"]) == 168
    assert all(len(row) == 168 for row in value["quantiles"].values())
    assert value["quantiles"]["0.1"][0] <= forecast.value <= value["quantiles"]["0.9"][0]
    assert mark.value == "usual"
    network = await city.entity(NETWORK)
    assert network is not None
    assert city.value(network, "silentCounters") == 0
    assert city.value(network, "unusualCounters") == 0
    assert city.value(network, "peopleTotalForecast") > forecast.value


async def test_a_surge_is_marked(town: Town) -> None:
    await town.count(20.5, surge=6.0)
    await state_forecast(town.city)
    counter = await town.city.entity(IDS[2])
    assert counter is not None
    assert town.city.value(counter, "peopleCountAnomaly") == "more"


async def test_an_hour_is_stated_once(town: Town) -> None:
    await town.count(3)
    await state_forecast(town.city)
    await state_forecast(town.city)
    table = await town.city.history([NETWORK], ["peopleTotal"], start=0, end=2**60)
    assert table.num_rows == 1
