"""Endpoints of the planner: what there is to plan with, and scenarios."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from kota.city import City, Reading, Statement
from kota.errors import InputError, NotFoundError
from kota.model.entity import Entity, Kind
from kota.model.instant import render
from kota.solution import Asked, Route
from kota.solutions.amenities.kinds import KINDS
from kota.solutions.amenities.scenarios import (
    Brief,
    Compared,
    Comparison,
    Draft,
    Result,
    Scenario,
    brief,
)
from kota.solutions.amenities.terms import urn

PLAN: Final = "amenities.plan"
"""The right to make, run and delete scenarios."""

_TYPE: Final = "AmenityScenario"
_MOST: Final = 8


class KindAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of amenity.

    Args:
        name, title: of the kind.
        goal: minutes on foot within which everybody should have one.
        serves: age groups whom it is for; empty: everybody.
        places: those that exist.
    """

    name: str
    title: str
    goal: float
    serves: tuple[str, ...]
    places: tuple[PlaceAnswer, ...]


class PlaceAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A place that exists.

    Args:
        id, name: of its entity.
        lon, lat: where it is [degrees].
        capacity: people it has room for, or None.
    """

    id: str
    name: str
    lon: float
    lat: float
    capacity: float | None


class Means(msgspec.Struct, frozen=True, kw_only=True):
    """What there is to plan with.

    Args:
        kinds: of amenities, with their places.
        groups: people of each age group.
        neighbourhoods: people of each.
        models: names of siting models.
        pieces: of the street network that hang together, longest first, each by name.
    """

    kinds: tuple[KindAnswer, ...]
    groups: dict[str, float]
    neighbourhoods: dict[str, float]
    models: tuple[str, ...]
    pieces: tuple[str, ...]


class CompareQuery(msgspec.Struct, frozen=True):
    """Which scenarios to compare: their ids, joined by commas."""

    ids: str


class Planner:
    """Answers for one city.

    Args:
        city: that of the solution.
    """

    def __init__(self, city: City) -> None:
        self._city = city

    async def means(self, _: Asked) -> Means:
        """What there is to plan with."""
        from kota.network import describe_pieces
        from kota.solutions.amenities.town import read_town

        town = await read_town(self._city)
        homes = town.homes
        people = homes.counting(())
        by_quarter: dict[str, float] = {}
        for name, count in zip(homes.neighbourhood, people.tolist(), strict=True):
            by_quarter[name] = by_quarter.get(name, 0.0) + count
        return Means(
            kinds=tuple(
                KindAnswer(
                    name=kind.name,
                    title=kind.title,
                    goal=kind.goal,
                    serves=kind.serves,
                    places=tuple(_place(place) for place in town.of(kind)),
                )
                for kind in KINDS
            ),
            groups=dict(zip(homes.groups, homes.people.sum(axis=0).tolist(), strict=True)),
            neighbourhoods=dict(sorted(by_quarter.items())),
            models=("p-median", "p-center", "lscp", "mclp", "backup"),
            pieces=tuple(
                f"{piece.name}: {piece.edges} streets, {piece.length / 1000:.1f} km"
                for piece in describe_pieces(town.network)
            ),
        )

    async def everything(self, _: Asked) -> tuple[Brief, ...]:
        """All scenarios, oldest first."""
        found = [self._read(entity) for entity in await self._city.entities(_TYPE)]
        return tuple(brief(one) for one in sorted(found, key=lambda one: (one.created, one.id)))

    async def create(self, asked: Asked) -> Scenario:
        """Keep a draft."""
        _check(asked.body)
        new = Scenario(id=secrets.token_hex(6), created=render(self._city.now()), draft=asked.body)
        await self._keep(new)
        return new

    async def get(self, asked: Asked) -> Scenario:
        """One scenario."""
        return await self._find(asked.parts["scenario"])

    async def change(self, asked: Asked) -> Scenario:
        """Put another draft in its place; what came of the last one is forgotten."""
        _check(asked.body)
        old = await self._find(asked.parts["scenario"])
        new = Scenario(id=old.id, created=old.created, draft=asked.body)
        await self._keep(new)
        return new

    async def run(self, asked: Asked) -> Scenario:
        """Run a scenario on the town as it is now."""
        old = await self._find(asked.parts["scenario"])
        result = await self._run(old.draft)
        done = Scenario(id=old.id, created=old.created, draft=old.draft, result=result)
        await self._keep(done)
        return done

    async def try_(self, asked: Asked) -> Result:
        """Run a draft without keeping it: what if?"""
        _check(asked.body)
        return await self._run(asked.body)

    async def delete(self, asked: Asked) -> None:
        """Forget a scenario."""
        await self._find(asked.parts["scenario"])
        await self._city.remove(_TYPE, urn(_TYPE, asked.parts["scenario"]))

    async def compare(self, asked: Asked) -> Comparison:
        """Scenarios side by side."""
        ids = [name for name in asked.query.ids.split(",") if name]
        if not 1 <= len(ids) <= _MOST:
            raise InputError(f"{len(ids)} scenarios to compare", hint=f"name 1 to {_MOST}")
        found = [await self._find(name) for name in ids]
        results = [_result(one) for one in found]
        kinds = {one.draft.kind for one in found}
        people = {(one.draft.who, one.draft.where) for one in found}
        notes = [
            text
            for wrong, text in (
                (len(kinds) > 1, "they are about different kinds of amenities"),
                (len(people) > 1, "other people count in one than in another"),
                (len({one.draft.travel for one in found}) > 1, "people travel differently"),
            )
            if wrong
        ]
        return Comparison(
            today=results[0].before,
            scenarios=tuple(
                Compared(
                    brief=brief(one),
                    spent=result.spent,
                    after=result.after,
                    neighbourhoods=result.neighbourhoods,
                    groups=result.groups,
                    sites=tuple(site for site in result.sites if site.new),
                )
                for one, result in zip(found, results, strict=True)
            ),
            notes=tuple(notes),
        )

    async def _run(self, draft: Draft) -> Result:
        from kota.solutions.amenities.planning import run_scenario
        from kota.solutions.amenities.town import read_town

        town = await read_town(self._city, perceive=draft.travel.shade)
        now = render(self._city.now())
        return await self._city.compute(
            run_scenario, town, draft, now, timeout_s=30.0 + 10 * draft.seconds
        )

    async def _keep(self, scenario: Scenario) -> None:
        name = Reading(scenario.draft.name)
        whole = Reading(msgspec.to_builtins(scenario), kind=Kind.JSON_PROPERTY)
        readings = {"name": name, "scenario": whole}
        await self._city.state([Statement(urn(_TYPE, scenario.id), _TYPE, readings)])

    async def _find(self, name: str) -> Scenario:
        entity = await self._city.entity(urn(_TYPE, name))
        if entity is None or self._city.value(entity, "scenario") is None:
            raise NotFoundError(f"there is no scenario {name!r}")
        return self._read(entity)

    def _read(self, entity: Entity) -> Scenario:
        value: Any = self._city.value(entity, "scenario")
        return msgspec.convert(value, Scenario)


def _place(place: Any) -> PlaceAnswer:
    lon = sum(x for x, _ in place.at) / len(place.at)
    lat = sum(y for _, y in place.at) / len(place.at)
    return PlaceAnswer(id=place.id, name=place.name, lon=lon, lat=lat, capacity=place.capacity)


def _check(draft: Draft) -> None:
    from kota.solutions.amenities.hours import read_moment
    from kota.solutions.amenities.kinds import kind_named

    kind_named(draft.kind)
    if not draft.name.strip():
        raise InputError("a scenario needs a name")
    if not 0 < draft.seconds <= 60:
        raise InputError(f"{draft.seconds:g} s for the proof", hint="give up to 60 s")
    if draft.open_at is not None:
        read_moment(draft.open_at)


def _result(scenario: Scenario) -> Result:
    if scenario.result is None:
        raise InputError(
            f"scenario {scenario.draft.name!r} has not been run", hint="run it before comparing"
        )
    return scenario.result


def make_routes(city: City) -> Sequence[Route]:
    """The endpoints, below ``/api/v1/solutions/amenities/``."""
    planner = Planner(city)
    one = "scenarios/{scenario}"
    return (
        Route(path="means", title="What to plan with", handler=planner.means, response=Means),
        Route(
            path="scenarios",
            title="List scenarios",
            handler=planner.everything,
            response=tuple[Brief, ...],
        ),
        Route(
            path="scenarios",
            method="POST",
            title="Create a scenario",
            handler=planner.create,
            permission=PLAN,
            body=Draft,
            response=Scenario,
            status=201,
        ),
        Route(
            path="compare",
            title="Compare scenarios",
            handler=planner.compare,
            query=CompareQuery,
            response=Comparison,
        ),
        Route(
            path="try",
            method="POST",
            title="Run a draft without keeping it",
            handler=planner.try_,
            permission=PLAN,
            body=Draft,
            response=Result,
        ),
        Route(path=one, title="Show a scenario", handler=planner.get, response=Scenario),
        Route(
            path=one,
            method="PUT",
            title="Change a scenario",
            handler=planner.change,
            permission=PLAN,
            body=Draft,
            response=Scenario,
        ),
        Route(
            path=one,
            method="DELETE",
            title="Delete a scenario",
            handler=planner.delete,
            permission=PLAN,
            status=204,
        ),
        Route(
            path=one + "/run",
            method="POST",
            title="Run a scenario",
            handler=planner.run,
            permission=PLAN,
            response=Scenario,
        ),
    )
