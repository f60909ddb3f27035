"""A whole Kota on a fresh folder, reached as its clients reach it."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import uvicorn

from kota.api.app import Door, application
from kota.clock import WallClock
from kota.config import Settings
from kota.context.ingest import Patch
from kota.demo.control import PHRASES
from kota.model.entity import Attribute, Kind
from kota.model.jsonld import kota_context
from kota.model.quality import Quality
from kota.runtime import Kota, opened

HOST = "127.0.0.1"


def reading(
    value: object,
    *,
    unit: str | None = None,
    at: int | None = None,
    quality: Quality | None = None,
    kind: Kind = Kind.PROPERTY,
) -> tuple[Attribute, ...]:
    """One instance of an attribute."""
    return (Attribute(kind, value, at, unit, quality=quality),)


def patch(entity_id: str, kind: str, **attrs: tuple[Attribute, ...]) -> Patch:
    """Observations of one entity, in short names of the Kota context."""
    expand = kota_context().expand
    return Patch(entity_id, (expand(kind),), {expand(name): one for name, one in attrs.items()})


def point(lon: float, lat: float) -> tuple[Attribute, ...]:
    """A location."""
    return reading({"type": "Point", "coordinates": [lon, lat]}, kind=Kind.GEO_PROPERTY)


@pytest.fixture
def store(request: pytest.FixtureRequest) -> str | None:
    """Where the data of `kota` are: embedded, or with ``KOTA_STORE=postgres`` in a database."""
    if os.environ.get("KOTA_STORE") != "postgres":
        return None
    address: str = request.getfixturevalue("database")
    return address


@pytest.fixture
async def kota(tmp_path: Path, store: str | None) -> AsyncIterator[Kota]:
    """An open Kota without solutions."""
    async with opened(
        Settings(
            data=tmp_path / "data",
            store=store,
            title="Kota Baru",
            timezone="Asia/Jakarta",
            auth="none",
            solutions=(),
        )
    ) as rooms:
        yield rooms


@pytest.fixture
async def junction(kota: Kota) -> str:
    """A junction that was observed a moment ago."""
    now = WallClock().now()
    await kota.ingest.observe(
        [
            patch(
                "urn:ngsi-ld:Junction:J1",
                "Junction",
                name=reading("North gate"),
                pressure=reading(41.5, unit="MTR", at=now - 1_000_000),
                location=point(106.8, -6.2),
                isPartOf=reading("urn:ngsi-ld:Network:N1", kind=Kind.RELATIONSHIP),
            )
        ]
    )
    return "urn:ngsi-ld:Junction:J1"


@pytest.fixture
def app(kota: Kota) -> Door:
    """The application on it."""
    return application(kota)


@pytest.fixture
async def client(app: Door) -> AsyncIterator[httpx.AsyncClient]:
    """An HTTP client that calls the application directly."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{HOST}:9090") as http:
        yield http


@contextlib.asynccontextmanager
async def served(app: Door, port: int) -> AsyncIterator[str]:
    """The application behind a real server; yields its address without the scheme."""
    config = uvicorn.Config(
        app, host=HOST, port=port, ws="websockets-sansio", lifespan="off", log_level="critical"
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield f"{HOST}:{port}"
    finally:
        server.should_exit = True
        await task


class FakeChapter:
    """A chapter of a demonstration."""

    def __init__(self, name: str, time: str) -> None:
        self.id = name
        self.title = name.title()
        self.time = time
        self.description = f"{name} begins"


class FakeDemo:
    """Remembers how it was steered."""

    title = "Monsoon Friday"
    phrases = PHRASES

    def __init__(self) -> None:
        self.chapters = [FakeChapter("dawn", "05:30"), FakeChapter("peak", "07:00")]
        self.current: str | None = "dawn"
        self.speed = 1.0

    async def set_speed(self, speed: float) -> None:
        """Remember the speed."""
        self.speed = speed

    async def jump(self, chapter: str) -> None:
        """Remember the chapter."""
        self.current = chapter


@pytest.fixture
def demo(kota: Kota) -> tuple[Kota, FakeDemo]:
    """The same Kota, as a demonstration."""
    playing = FakeDemo()
    return replace(kota, demo=playing), playing
