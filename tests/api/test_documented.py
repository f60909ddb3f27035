"""The page on HTTP says what there is, and nothing else."""

import re
from pathlib import Path

import httpx

from kota.api.ngsi_ld.routes import ENDPOINTS


async def test_every_path_of_the_own_api_is_documented(
    client: httpx.AsyncClient, repository: Path
) -> None:
    page = (repository / "docs" / "api.md").read_text()
    said = set(re.findall(r"`(GET|POST|PUT|PATCH|DELETE) (/[^`]*)`", page))
    schema = (await client.get("/openapi.json")).json()
    offered = {
        (method.upper(), path.removeprefix("/api/v1").replace(":path", ""))
        for path, operations in schema["paths"].items()
        for method in operations
    }
    assert said == offered


def test_every_path_of_ngsi_ld_is_documented(repository: Path) -> None:
    page = (repository / "docs" / "api.md").read_text()
    for endpoint in ENDPOINTS:
        first = endpoint.path.split("/")[0]
        assert f"`{first}" in page, endpoint.path


async def test_every_metric_is_documented(client: httpx.AsyncClient, repository: Path) -> None:
    page = (repository / "docs" / "metrics.md").read_text()
    figures = (await client.get("/metrics")).text
    offered = set(re.findall(r"^# TYPE (kota_[a-z_]+)", figures, re.MULTILINE))
    offered = {name for name in offered if not name.startswith("kota_requests_")}
    assert len(offered) > 15
    for name in offered:
        assert f"`{name}`" in page, name
