"""The planner's endpoints as its page reaches them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.solutions.amenities.conftest import PLANE, small_town

from kota.api.app import application
from kota.city import City
from kota.config import Settings
from kota.runtime import opened

BASE = "http://127.0.0.1:9090/api/v1/"


@pytest.fixture
async def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[httpx.AsyncClient]:
    async def compute(_: City, function: Any, *args: Any, timeout_s: float = 60.0) -> Any:
        return function(*args)

    monkeypatch.setattr(City, "compute", compute)
    settings = Settings(
        data=tmp_path / "data", title="Kota Baru", auth="none", solutions=("amenities",)
    )
    async with opened(settings) as kota:
        await kota.ingest.observe(small_town())
        transport = httpx.ASGITransport(application(kota), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
            yield client


async def test_a_planner_makes_runs_compares_and_deletes(page: httpx.AsyncClient) -> None:
    means = (await page.get("solutions/amenities/means")).json()
    assert means["groups"] == {"0-4": 90.0, "5-14": 40.0, "15-64": 200.0}
    assert [kind["name"] for kind in means["kinds"] if kind["places"]] == ["clinic"]
    lon, lat = PLANE.to_degrees([(1000, 0)])[0].tolist()
    draft = {
        "name": "East",
        "kind": "clinic",
        "candidates": [{"name": "east", "lon": lon, "lat": lat}],
    }
    made = await page.post("solutions/amenities/scenarios", json=draft)
    assert made.status_code == 201
    one = f"solutions/amenities/scenarios/{made.json()['id']}"
    ran = (await page.post(f"{one}/run")).json()["result"]
    assert ran["gap"] == 0
    assert ran["after"]["town"]["mean"] < ran["before"]["town"]["mean"]
    query = {"ids": made.json()["id"]}
    compared = (await page.get("solutions/amenities/compare", params=query)).json()
    assert compared["scenarios"][0]["brief"]["new"] == 1
    assert (await page.delete(one)).status_code == 204
    assert (await page.get(one)).status_code == 404


@pytest.mark.parametrize(
    ("draft", "detail"),
    [
        ({"name": "x", "kind": "casino"}, "no kind of amenity"),
        ({"name": "x", "kind": "clinic", "modle": "mclp"}, "modle"),
        (
            {"name": "x", "kind": "clinic", "candidates": [{"name": "a", "lon": 3, "lat": 103}]},
            "candidate a: (3, 103)",
        ),
    ],
)
async def test_a_wrong_draft_is_refused_with_its_reason(
    page: httpx.AsyncClient, draft: dict[str, Any], detail: str
) -> None:
    answer = await page.post("solutions/amenities/try", json=draft)
    assert answer.status_code == 400
    assert detail in answer.json()["detail"]


async def test_openapi_knows_every_type(page: httpx.AsyncClient) -> None:
    document = (await page.get("http://127.0.0.1:9090/openapi.json")).json()
    paths = [path for path in document["paths"] if "/solutions/amenities/" in path]
    assert len(paths) == 6
    schemas = " ".join(document["components"]["schemas"])
    for name in ("Draft", "Scenario", "Result", "Standing", "Comparison", "Means", "Site"):
        assert name in schemas
