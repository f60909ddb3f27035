"""The demonstration: which chapter plays, how fast, and how to go elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter
from pydantic import Field

from kota.api.kota.answers import Model, problems
from kota.api.town_clock import TownClock
from kota.errors import NotFoundError

if TYPE_CHECKING:
    from kota.api.rooms import Demo, Rooms


class ChapterView(Model):
    """One part of the day."""

    id: str
    title: str
    time: str
    description: str
    current: bool


class DemoView(Model):
    """What plays."""

    title: str
    chapters: list[ChapterView]
    now: str
    speed: float
    paused: bool


class Steering(Model):
    """What to change; what is missing stays."""

    speed: float | None = Field(None, ge=0, le=3600, allow_inf_nan=False)
    chapter: str | None = None


def router(rooms: Rooms) -> APIRouter:
    """The endpoints of this topic."""
    routes = APIRouter(tags=["demo"])
    clock = TownClock(rooms.clocks)

    def playing() -> Demo:
        if rooms.demo is None:
            raise NotFoundError("demo: this is no demonstration", hint="start one with kota demo")
        return rooms.demo

    def view(demo: Demo) -> DemoView:
        return DemoView(
            title=demo.title,
            chapters=[
                ChapterView(
                    id=chapter.id,
                    title=chapter.title,
                    time=chapter.time,
                    description=chapter.description,
                    current=chapter.id == demo.current,
                )
                for chapter in demo.chapters
            ],
            now=clock.iso(),
            speed=clock.speed,
            paused=clock.speed == 0,
        )

    @routes.get("/demo", responses=problems(404))
    async def demo() -> DemoView:
        """The chapters and the time."""
        return view(playing())

    @routes.post("/demo", responses=problems(404))
    async def steer(steering: Steering) -> DemoView:
        """Change the speed, or jump to a chapter."""
        demo = playing()
        if steering.chapter is not None:
            await demo.jump(steering.chapter)
        if steering.speed is not None:
            await demo.set_speed(steering.speed)
        return view(demo)

    return routes
