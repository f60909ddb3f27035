"""The tables of a solution's panel."""

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest
from tests.api.conftest import patch, reading

from kota.api.app import application
from kota.clock import WallClock
from kota.model.entity import Kind
from kota.model.quality import Level, Quality, Source
from kota.runtime import Kota
from kota.solution import Column, Panel, Solution, Table

COLUMNS = (
    Column(attribute="pressure", title="Pressure"),
    Column(attribute="isPartOf", title="Network", unit="C62"),
)
TABLES = (
    Table(id="low", title="Low", type="Junction", columns=COLUMNS, where="pressure<40"),
    Table(
        id="worst",
        title="Worst",
        type="Junction",
        columns=COLUMNS,
        sort_by="pressure",
        descending=False,
        limit=2,
    ),
    Table(id="newest", title="Newest", type="Junction", columns=COLUMNS, sort_by="createdAt"),
)


@pytest.fixture
async def town(kota: Kota) -> AsyncIterator[httpx.AsyncClient]:
    """Three junctions, one of which has no pressure, and a solution with tables of them."""
    now = WallClock().now()
    guess = Quality(Level.UNCERTAIN, Source.ESTIMATED, "guessed")
    network = reading("urn:n:1", kind=Kind.RELATIONSHIP)
    await kota.ingest.observe([patch("urn:n:1", "WaterNetwork", name=reading("Hill zone"))])
    for patches in (
        patch(
            "urn:j:1",
            "Junction",
            name=reading("North"),
            pressure=reading(41.5, unit="MTR", at=now),
            isPartOf=network,
        ),
        patch("urn:j:2", "Junction", pressure=reading(30.0, unit="MTR", at=now, quality=guess)),
        patch("urn:j:3", "Junction", name=reading("East")),
    ):
        await kota.ingest.observe([patches])
    toy = Solution(
        name="toy",
        title="Toy",
        alias="toy",
        description="Plays.",
        panel=lambda: Panel(title="Toy", tables=TABLES),
    )
    bare = Solution(name="bare", title="Bare", alias="bare", description="Has none.")
    rooms = replace(kota, solutions=(bare, toy))
    transport = httpx.ASGITransport(application(rooms), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:9090") as http:
        yield http


async def test_rows_are_filtered_and_carry_unit_quality_and_time(town: httpx.AsyncClient) -> None:
    body = (await town.get("/api/v1/solutions/toy/tables/low")).json()
    assert body["total"] == 1
    (row,) = body["rows"]
    assert (row["id"], row["title"]) == ("urn:j:2", "Junction 2")
    pressure, network = row["cells"]
    assert (pressure["value"], pressure["unit"], pressure["quality"]) == (30.0, "MTR", 1)
    assert pressure["observedAt"] is not None
    assert pressure["stale"] is False
    assert network is None


async def test_rows_are_sorted_and_cut_with_the_count_of_all(town: httpx.AsyncClient) -> None:
    body = (await town.get("/api/v1/solutions/toy/tables/worst")).json()
    assert body["total"] == 3
    assert [row["id"] for row in body["rows"]] == ["urn:j:2", "urn:j:1"]


async def test_a_relationship_shows_the_name_of_its_target(town: httpx.AsyncClient) -> None:
    body = (await town.get("/api/v1/solutions/toy/tables/worst")).json()
    network = body["rows"][1]["cells"][1]
    assert (network["value"], network["link"]) == ("Hill zone", "urn:n:1")


async def test_the_latest_come_first(town: httpx.AsyncClient) -> None:
    body = (await town.get("/api/v1/solutions/toy/tables/newest")).json()
    assert [row["id"] for row in body["rows"]] == ["urn:j:3", "urn:j:2", "urn:j:1"]


@pytest.mark.parametrize("path", ["toy/tables/none", "bare/tables/low", "none/tables/low"])
async def test_what_is_not_there_is_not_found(town: httpx.AsyncClient, path: str) -> None:
    assert (await town.get(f"/api/v1/solutions/{path}")).status_code == 404


async def test_the_panel_tells_its_tables(town: httpx.AsyncClient) -> None:
    panel = (await town.get("/api/v1/solutions/toy/panel")).json()
    assert [table["id"] for table in panel["tables"]] == ["low", "worst", "newest"]
    assert panel["tables"][1]["descending"] is False
