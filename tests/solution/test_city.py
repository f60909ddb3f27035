"""What a solution may do to the city."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kota.city import City, CityClock, Reading, Statement
from kota.clock import WallClock
from kota.config import Settings
from kota.connect.plant_clocks import PlantClocks
from kota.context.staleness import clock_name
from kota.errors import NotFoundError, SolutionError
from kota.model.terms import KOTA_CONTEXT
from kota.runtime import opened
from kota.workers import Workers

PLAN = "urn:ngsi-ld:Plan:1"


@pytest.fixture
async def city(tmp_path: Path) -> AsyncIterator[City]:
    async with opened(Settings(data=tmp_path, auth="none", solutions=())) as kota:
        yield City(
            "planning",
            reads={"Building": ["name"]},
            writes={"Plan": ["name"]},
            context=kota.names,
            store=kota.state,
            intake=kota.ingest,
            past=kota.history,
            clock=kota.clock,
            workers=Workers(),
        )


async def test_what_is_stated_can_be_removed(city: City) -> None:
    await city.state([Statement(PLAN, "Plan", {"name": Reading("Park")})])
    assert [city.value(plan, "name") for plan in await city.entities("Plan")] == ["Park"]
    await city.remove("Plan", PLAN)
    assert await city.entities("Plan") == []
    with pytest.raises(NotFoundError, match="Plan:1"):
        await city.remove("Plan", PLAN)


async def test_what_is_made_while_a_plant_speaks_follows_its_clock(city: City) -> None:
    clocks = PlantClocks(WallClock())
    city.clock = CityClock(clocks, "people")
    await city.state([Statement(PLAN, "Plan", {"name": Reading("Park")})])
    clocks.tell("kota/clock/people", b'{"now": "2025-11-28T05:30:00Z", "speed": 0}')
    other = PLAN.replace("1", "2")
    for name in ("Stop", "Shelter"):
        await city.state(
            [
                Statement(PLAN, "Plan", {"name": Reading(name)}),
                Statement(other, "Plan", {"name": Reading(name)}),
            ]
        )
    wall, played = [await city.entity(one) for one in (PLAN, other)]
    assert wall is not None
    assert played is not None
    assert (clock_name(wall), clock_name(played)) == (None, "people")


async def test_an_entity_of_a_type_that_is_not_written_stays(city: City) -> None:
    with pytest.raises(SolutionError, match="`writes`"):
        await city.remove("Building", PLAN)
    await city.state([Statement(PLAN, "Plan", {"name": Reading("Park")})])
    with pytest.raises(SolutionError, match="planning"):
        await city.state([Statement(PLAN, "Plan", {"area": Reading(1)})])
    assert await city.entity(PLAN) is not None


async def test_clients_may_use_the_terms_that_solutions_add(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, auth="none", solutions=("water",))
    async with opened(settings) as kota:
        asked = await kota.contexts.resolve(KOTA_CONTEXT)
        served = kota.contexts.library.serve(KOTA_CONTEXT)
    assert asked.expand("levelOutlook") == kota.names.expand("levelOutlook") != "levelOutlook"
    assert "levelOutlook" in served.body["@context"]
