"""A toy solution: counts the doors that stand open."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from kota.city import City, Reading, Statement
from kota.model.quality import Quality, Source
from kota.solution import Asked, Card, Panel, Reactive, Route, Solution
from kota.store.state import Change

BUILDING = "urn:ngsi-ld:Building:toy"
_COUNTED = Quality(source=Source.ESTIMATED, reason="counted")


async def count(city: City, changes: Sequence[Change]) -> None:
    doors = await city.entities("Door")
    opened = sum(1 for door in doors if city.value(door, "open"))
    reading = Reading(opened, quality=_COUNTED, sub={"doors": len(doors)})
    await city.state([Statement(BUILDING, "Building", {"doorsOpen": reading})])


class Standing(msgspec.Struct, frozen=True):
    """How many doors there are, and stand open."""

    doors: int
    opened: int


def routes(city: City) -> Sequence[Route]:
    async def standing(_: Asked) -> Standing:
        doors = await city.entities("Door")
        return Standing(len(doors), sum(1 for door in doors if city.value(door, "open")))

    return [Route(path="standing", title="Count doors", handler=standing, response=Standing)]


solution = Solution(
    name="toy",
    title="Doors",
    alias="doors",
    description="Counts the doors that stand open.",
    reads={"Door": ["open"]},
    writes={"Building": ["doorsOpen"]},
    terms={"Door": "urn:toy:Door", "open": "urn:toy:open", "doorsOpen": "urn:toy:doorsOpen"},
    tasks=lambda city: [
        Reactive(name="count", title="Count open doors", types=("Door",), run=count)
    ],
    routes=routes,
    panel=lambda: Panel(
        title="Doors",
        cards=(
            Card(
                id="open",
                title="Open doors",
                entity=BUILDING,
                attribute="doorsOpen",
                unit="C62",
                min=0,
                max=10,
            ),
        ),
    ),
)
