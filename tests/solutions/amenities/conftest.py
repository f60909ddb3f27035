"""A small town of four streets, its homes and its clinics, in a city of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from kota.city import City
from kota.clock import WallClock
from kota.context.ingest import Ingest, Patch
from kota.model.entity import Attribute, Kind
from kota.model.jsonld import kota_context
from kota.network import Plane
from kota.solutions.amenities import solution
from kota.store.history.drain import Drain
from kota.store.history.duckdb import DuckHistory
from kota.store.state.sqlite import SqliteState
from kota.workers import Workers

PLANE = Plane(103.45, 3.07)
CONTEXT = kota_context().with_terms(solution.terms)


def point(x: float, y: float) -> dict[str, Any]:
    """A GeoJSON point at metres of `PLANE`."""
    return {"type": "Point", "coordinates": PLANE.to_degrees([(x, y)])[0].tolist()}


def patch(kind: str, name: str, at: int | None = None, /, **content: Any) -> Patch:
    """An entity of a short type; `location` is a geometry."""
    attrs: Mapping[str, tuple[Attribute, ...]] = {
        CONTEXT.expand(key): (
            Attribute(
                Kind.GEO_PROPERTY if key == "location" else Kind.PROPERTY, value, observed_at=at
            ),
        )
        for key, value in content.items()
    }
    return Patch(f"urn:ngsi-ld:{kind}:{name}", (CONTEXT.expand(kind),), dict(attrs))


def small_town() -> list[Patch]:
    """Streets of 1 km along and across, ten homes along each, a clinic at the west end."""
    patches = []
    for k in range(2):
        for name, ends in (
            (f"along-{k}", [(0, 600 * k), (1000, 600 * k)]),
            (f"across-{k}", [(1000 * k, 0), (1000 * k, 600)]),
        ):
            line = {"type": "LineString", "coordinates": PLANE.to_degrees(ends).tolist()}
            patches.append(patch("RoadSegment", name, location=line, name=name))
        for n in range(10):
            people = {"0-4": n, "5-14": 2, "15-64": 10}
            patches.append(
                patch(
                    "Building",
                    f"h{k}{n}",
                    location=point(50 + 100 * n, 600 * k + 8),
                    residents=sum(people.values()),
                    residentsByAge=people,
                )
            )
    clinic = {"category": ["clinic"], "capacity": 40, "openingHours": "Mo-Fr 08:00-17:00"}
    patches.append(
        patch("PointOfInterest", "west", location=point(0, 5), name="Klinik Barat", **clinic)
    )
    return patches


@pytest.fixture
async def ingest_and_city(tmp_path: Path) -> AsyncIterator[tuple[Ingest, City]]:
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
            context=CONTEXT,
            store=state,
            intake=ingest,
            past=history,
            clock=clock,
            workers=workers,
        )
        yield ingest, city


@pytest.fixture
async def city(ingest_and_city: tuple[Ingest, City]) -> City:
    """The city with the small town in it."""
    ingest, city = ingest_and_city
    await ingest.observe(small_town())
    return city
