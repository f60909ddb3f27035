"""From entities of a town to statements of access, catchments and use."""

from __future__ import annotations

import pytest
from tests.solutions.amenities.conftest import patch, point

from kota.city import City
from kota.context.ingest import Ingest
from kota.errors import NotReadyError
from kota.model.instant import HOUR
from kota.network import FLAT_SPEED
from kota.solutions.amenities.kinds import KINDS
from kota.solutions.amenities.panel import make_panel
from kota.solutions.amenities.tasks import Access, daily_counts, state_usage


async def value(city: City, entity_id: str, name: str) -> object:
    entity = await city.entity(f"urn:ngsi-ld:{entity_id}")
    return None if entity is None else city.value(entity, name)


async def test_an_empty_town_waits(ingest_and_city: tuple[Ingest, City]) -> None:
    _, city = ingest_and_city
    with pytest.raises(NotReadyError, match="nobody lives here yet"):
        await Access().state(city)


async def test_each_home_is_told_its_walk_and_each_kind_its_spread(city: City) -> None:
    await Access().state(city)
    walk = await value(city, "Building:h03", "clinicWalk")
    assert walk == pytest.approx((350 + 8 + 5) / FLAT_SPEED / 60, abs=0.1)
    assert await value(city, "Building:h03", "schoolWalk") is None
    assert await value(city, "AmenityAccess:clinic", "servedPeople") == 20 * 12 + 2 * 45
    assert await value(city, "AmenityAccess:clinic", "unreached") == 0
    by_group = await value(city, "AmenityAccess:clinic", "byGroup")
    assert set(by_group) == {"0-4", "5-14", "15-64"}  # type: ignore[call-overload]
    assert by_group["0-4"]["mean"] > by_group["15-64"]["mean"]  # type: ignore[index]
    assert await value(city, "PointOfInterest:west", "catchmentLoad") == pytest.approx(
        330 / 40, 0.01
    )
    score = await value(city, "Building:h03", "accessScore")
    assert score == 1.0


async def test_access_is_stated_anew_only_when_the_town_has_changed(
    ingest_and_city: tuple[Ingest, City], city: City
) -> None:
    ingest, _ = ingest_and_city
    access = Access()
    await access.state(city)
    before = await value(city, "Building:h09", "clinicWalk")
    await ingest.observe([patch("Building", "h09", clinicWalk=99.0)])
    await access.state(city)
    assert await value(city, "Building:h09", "clinicWalk") == 99.0
    east = patch("PointOfInterest", "east", location=point(1000, 0), category=["clinic"])
    await ingest.observe([east])
    await access.state(city)
    after = await value(city, "Building:h09", "clinicWalk")
    assert after < before  # type: ignore[operator]


async def test_the_use_of_a_place_is_held_against_its_promise(
    ingest_and_city: tuple[Ingest, City], city: City
) -> None:
    ingest, _ = ingest_and_city
    now = city.now()
    await ingest.observe([patch("PointOfInterest", "west", promisedUse=480)])
    for hours in range(24, -1, -1):
        counted = patch(
            "CrowdFlowObserved", "PC-1", now - hours * HOUR, location=point(20, 5), peopleCount=10
        )
        await ingest.observe([counted])
    await state_usage(city)
    assert await value(city, "PointOfInterest:west", "usage") == 240
    assert await value(city, "PointOfInterest:west", "useRatio") == 0.5


def test_counters_that_have_told_little_say_nothing() -> None:
    times = [0, HOUR, 2 * HOUR, 0, 12 * HOUR, 24 * HOUR]
    found = daily_counts(["a"] * 3 + ["b"] * 3, times, [5, 5, 5, 7, 100, 200])
    assert found == {"b": 300.0}


def test_every_kind_has_its_layer_and_its_cards() -> None:
    panel = make_panel()
    assert {layer.id for layer in panel.layers} >= {kind.name for kind in KINDS}
    assert len(panel.cards) == 2 * len(KINDS)
