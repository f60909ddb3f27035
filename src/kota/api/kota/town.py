"""The town: what it is called, where it lies, what time it is there."""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from typing import TYPE_CHECKING

from fastapi import APIRouter

from kota import __version__
from kota.api.kota import basemap
from kota.api.kota.answers import Model
from kota.api.town_clock import TownClock
from kota.errors import NotFoundError, StoreError
from kota.model import geometry
from kota.model.geometry import Box
from kota.model.terms import LOCATION
from kota.store.state import StateStore

if TYPE_CHECKING:
    from kota.api.rooms import Rooms

_KEEP_S = 60.0
_BREATH = 500
"""Entities between two looks at what else the server has to do."""


class ClockView(Model):
    """The time of the town, its speed, and whether a plant tells it."""

    now: str
    speed: float
    plant: bool


class SolutionView(Model):
    """A solution and how it does."""

    name: str
    title: str
    alias: str
    state: str


class Town(Model):
    """What a page needs to know before it draws anything."""

    name: str
    title: str
    bounds: tuple[float, float, float, float] | None
    center: tuple[float, float] | None
    zoom: float | None
    basemap: str | None
    timezone: str | None
    clock: ClockView
    version: str
    auth: str
    solutions: list[SolutionView]
    demo: bool


class Extent:
    """The box around the base map, else around the entities, measured again after a minute."""

    def __init__(self, store: StateStore, file: basemap.Basemap) -> None:
        self._store = store
        self._file = file
        self._known: Box | None = None
        self._until = 0.0

    async def box(self) -> Box | None:
        """The box; None where there is neither a base map nor a place."""
        with contextlib.suppress(NotFoundError, StoreError):
            return (await self._file.load()).box
        if time.monotonic() >= self._until:
            self._known = await self._measure()
            self._until = time.monotonic() + _KEEP_S
        return self._known

    async def _measure(self) -> Box | None:
        box: Box | None = None
        seen = 0
        async for entity in self._store.scan():
            seen += 1
            if seen % _BREATH == 0:
                await asyncio.sleep(0)
            place = entity.default(LOCATION)
            if place is not None:
                here = geometry.bounds(place.value)
                box = here if box is None else box.united(here)
        return box


def zoom_of(box: Box, *, pixels: int = 900) -> float:
    """The zoom level at which a box fills a map of that width (Web Mercator, tiles of 512).

    >>> round(zoom_of(Box(-180, -85, 180, 85), pixels=512))
    0
    """
    middle = math.radians((box.south + box.north) / 2)
    across = max(box.east - box.west, (box.north - box.south) / max(math.cos(middle), 0.1), 1e-4)
    return min(max(math.log2(360 * pixels / 512 / across), 0.0), 18.0)


def router(rooms: Rooms) -> APIRouter:
    """The endpoints of this topic."""
    routes = APIRouter(tags=["town"])
    clock = TownClock(rooms.clocks)
    extent = Extent(rooms.state, basemap.at(basemap.path(rooms)))

    @routes.get("/town")
    async def town() -> Town:
        """Name, place, time and solutions of the town."""
        box = await extent.box()
        has_basemap = basemap.path(rooms).is_file()
        states = {health.name: str(health.state) for health in rooms.supervisor.health()}
        return Town(
            name=rooms.settings.title,
            title=rooms.settings.title,
            bounds=None if box is None else (box.west, box.south, box.east, box.north),
            center=None
            if box is None
            else (_middle(box.west, box.east), _middle(box.south, box.north)),
            zoom=None if box is None else round(zoom_of(box), 2),
            basemap=basemap.ADDRESS if has_basemap else None,
            timezone=rooms.settings.timezone,
            clock=ClockView(now=clock.iso(), speed=clock.speed, plant=clock.plant),
            version=__version__,
            auth=rooms.settings.auth,
            solutions=[
                SolutionView(
                    name=solution.name,
                    title=solution.title,
                    alias=solution.alias,
                    state=states.get(solution.name, "starting"),
                )
                for solution in rooms.solutions
            ],
            demo=rooms.demo is not None,
        )

    return routes


def _middle(low: float, high: float) -> float:
    return (low + high) / 2
