"""Scenarios of the planner over HTTP types: kept, run, compared, deleted."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from tests.solutions.amenities.conftest import PLANE

from kota.city import City
from kota.errors import InputError, NotFoundError
from kota.solution import Asked, Route
from kota.solutions.amenities.api import CompareQuery, Planner, make_routes
from kota.solutions.amenities.scenarios import (
    Candidate,
    Draft,
    Floor,
    Result,
    Scenario,
    Travel,
)


@pytest.fixture(autouse=True)
def here(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Compute in this process, except where a test asks for a worker: processes start slowly."""

    async def compute(_: City, function: Any, *args: Any, timeout_s: float = 60.0) -> Any:
        return function(*args)

    if "worker" not in request.function.__name__:
        monkeypatch.setattr(City, "compute", compute)


def candidate(name: str, x: float, y: float, **more: object) -> Candidate:
    lon, lat = PLANE.to_degrees([(x, y)])[0].tolist()
    return Candidate(name=name, lon=lon, lat=lat, **more)  # type: ignore[arg-type]


FOUR = (
    candidate("east", 1000, 0, cost=3.0),
    candidate("north-east", 1000, 600, cost=5.0),
    candidate("middle", 500, 600, cost=4.0),
    candidate("west-too", 10, 0, cost=1.0),
)


def draft(**changed: object) -> Draft:
    basis = Draft(name="One more clinic", kind="clinic", candidates=FOUR)
    return msgspec.structs.replace(basis, **changed)  # type: ignore[type-var]


async def made(city: City, what: Draft) -> Scenario:
    planner = Planner(city)
    new = await planner.create(Asked(parts={}, body=what))
    return await planner.run(Asked(parts={"scenario": new.id}))


async def tried(city: City, what: Draft) -> Result:
    return await Planner(city).try_(Asked(parts={}, body=what))


async def test_a_scenario_is_kept_run_and_read_again(city: City) -> None:
    done = await made(city, draft())
    assert done.result is not None
    again = await Planner(city).get(Asked(parts={"scenario": done.id}))
    assert again == done
    result = done.result
    assert (result.status, result.gap, result.unit) == ("optimal", 0.0, "person-minutes")
    assert result.objective == pytest.approx(result.bound)
    (new,) = [site for site in result.sites if site.new]
    assert new.name == "middle"
    assert sum(site.people for site in result.sites) == pytest.approx(result.people)
    assert result.after.town.mean < result.before.town.mean
    assert len(result.walk_after) == len(result.buildings) == 20
    assert result.people == 330


async def test_a_worker_process_refuses_what_cannot_be_had_with_the_change_that_helps(
    city: City,
) -> None:
    with pytest.raises(InputError, match="p is 10, but only 5"):
        await tried(city, draft(p=9))


async def test_the_best_of_four_is_what_trying_each_of_them_shows(city: City) -> None:
    best = await tried(city, draft())
    means = []
    for one in FOUR:
        alone = await tried(city, draft(candidates=(one,)))
        means.append(alone.objective)
    assert best.objective == pytest.approx(min(means))


async def test_who_counts_decides_for_whom_it_is_best(city: City) -> None:
    children = await tried(city, draft(who=("0-4",)))
    assert children.people == 90
    shift = children.groups["0-4"]
    assert shift.gain > 0
    assert shift.lose == 0
    assert shift.minutes < 0


async def test_closing_a_place_makes_some_lose(city: City) -> None:
    west = "urn:ngsi-ld:PointOfInterest:west"
    found = await tried(city, draft(p=1, close=(west,), candidates=FOUR[:1]))
    assert found.closed == (west,)
    assert [site.name for site in found.sites] == ["east"]
    assert sum(one.lose for one in found.groups.values()) > 0


async def test_homes_know_their_nearest_place_and_alternatives_where_they_are(
    city: City,
) -> None:
    twins = (*FOUR, candidate("beside the middle", 505, 600, cost=4.0))
    found = await tried(city, draft(candidates=twins))
    served = [0] * len(found.sites)
    for nearest, walk in zip(found.nearest, found.walk_after, strict=True):
        assert (nearest is None) == (walk is None)
        if nearest is not None:
            served[nearest] += 1
    assert all(homes > 0 for homes, site in zip(served, found.sites, strict=True) if site.people)
    where = {one.name: (one.lon, one.lat) for one in twins}
    assert found.others
    for other in found.others:
        assert other.at == tuple(where[name] for name in other.sites)


async def test_a_budget_is_kept(city: City) -> None:
    found = await tried(city, draft(p=2, budget=4.5))
    assert found.spent <= 4.5


async def test_scenarios_are_compared_side_by_side(city: City) -> None:
    one, two = await made(city, draft()), await made(city, draft(p=2, who=("0-4",)))
    found = await Planner(city).compare(Asked(parts={}, query=CompareQuery(f"{one.id},{two.id}")))
    assert [each.brief.id for each in found.scenarios] == [one.id, two.id]
    assert found.notes == ("other people count in one than in another",)
    assert found.scenarios[0].after.town.mean < found.today.town.mean


async def test_a_deleted_scenario_is_gone(city: City) -> None:
    planner = Planner(city)
    new = await planner.create(Asked(parts={}, body=draft()))
    assert [one.id for one in await planner.everything(Asked(parts={}))] == [new.id]
    await planner.delete(Asked(parts={"scenario": new.id}))
    assert await planner.everything(Asked(parts={})) == ()
    with pytest.raises(NotFoundError):
        await planner.get(Asked(parts={"scenario": new.id}))


async def test_a_changed_draft_forgets_its_result(city: City) -> None:
    done = await made(city, draft())
    changed = await Planner(city).change(Asked(parts={"scenario": done.id}, body=draft(p=2)))
    assert changed.id == done.id
    assert changed.result is None
    with pytest.raises(InputError, match="has not been run"):
        await Planner(city).compare(Asked(parts={}, query=CompareQuery(done.id)))


async def test_without_candidates_every_crossing_is_one(city: City) -> None:
    found = await tried(city, draft(candidates=(), p=1))
    assert len([site for site in found.sites if site.new]) == 1


async def test_at_night_the_clinic_does_not_count(city: City) -> None:
    found = await tried(city, draft(open_at="Su 03:00"))
    assert [site.new for site in found.sites] == [True]
    assert found.before.town.without == 1.0
    assert found.before.within == 0.0


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"kind": "casino"}, "no kind of amenity 'casino'"),
        ({"who": ("elderly",)}, "no age group 'elderly'; there are 0-4"),
        ({"where": ("Atlantis",)}, "no neighbourhood 'Atlantis'"),
        ({"close": ("urn:x",)}, "urn:x is to be closed"),
        ({"candidates": (candidate("sea", 9000, 0),)}, "candidate sea (8,"),
        ({"candidates": (Candidate(name="metres", lon=29500, lat=32100),)}, "no longitude"),
        ({"candidates": FOUR[:1] * 2}, "two candidates are called 'east'"),
        ({"candidates": (candidate("x", 0, 0, cost=-1.0),)}, "candidate x costs -1"),
        ({"p": -1}, "p is -1"),
        ({"seconds": 900.0}, "900 s for the proof"),
        ({"open_at": "Friday"}, "no moment of the week"),
        ({"travel": Travel(by="distance", speed=0.0)}, "speed 0 m/s"),
        ({"floors": (Floor(share=1.0, minutes=0.5),)}, "instead of 100.00%"),
    ],
)
async def test_what_cannot_be_planned_is_refused_with_its_reason(
    city: City, changed: dict[str, object], reason: str
) -> None:
    with pytest.raises(InputError) as raised:
        await tried(city, draft(**changed))
    assert reason in str(raised.value)


def test_every_endpoint_says_its_types(city: City) -> None:
    routes = make_routes(city)
    assert all(isinstance(route, Route) for route in routes)
    assert all(route.response or route.status == 204 for route in routes)
    assert all(route.permission for route in routes if route.method != "GET")
