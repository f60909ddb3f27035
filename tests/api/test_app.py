import gzip
import sys
from pathlib import Path

import httpx
import pytest

from kota.api.app import Lazy, application
from kota.api.dashboard import Dashboard
from kota.errors import StoreError
from kota.runtime import Kota


async def test_starting_does_not_import_fastapi(kota: Kota, repository: Path) -> None:
    import subprocess

    code = "import kota.api.app, kota.runtime, sys; print('fastapi' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"


async def test_lazy_application_is_built_once() -> None:
    built: list[int] = []

    async def app(scope: object, receive: object, send: object) -> None:
        return None

    def build() -> object:
        built.append(1)
        return app

    lazy = Lazy(build)  # type: ignore[arg-type]
    for _ in range(3):
        await lazy({}, None, None)  # type: ignore[arg-type]
    assert built == [1]


async def test_ngsi_ld_is_reached(client: httpx.AsyncClient, junction: str) -> None:
    answer = await client.get(f"/ngsi-ld/v1/entities/{junction}")
    assert answer.status_code == 200
    assert answer.json()["id"] == junction


@pytest.mark.parametrize("path", ["/ngsi-ld", "/ngsi-ld/v1", "/ngsi-ld/v2/entities"])
async def test_path_beside_ngsi_ld_is_a_problem(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


async def test_pages_carry_their_headers(client: httpx.AsyncClient) -> None:
    for path in ("/", "/api/v1/town", "/api/v1/nothing", "/healthz"):
        headers = (await client.get(path)).headers
        assert "default-src 'self'" in headers["content-security-policy"]
        assert "worker-src 'self' blob:" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        (None, 404),
        ("http://127.0.0.1:9090", 404),
        ("http://evil.example", 403),
        ("http://127.0.0.1:8000", 403),
        ("null", 403),
        ("http://[", 403),
    ],
)
async def test_change_that_a_foreign_page_asks_for_is_refused(
    client: httpx.AsyncClient, origin: str | None, status: int
) -> None:
    headers = {} if origin is None else {"origin": origin}
    answer = await client.delete("/api/v1/letters/1", headers=headers)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


async def test_large_answers_are_compressed(client: httpx.AsyncClient) -> None:
    answer = await client.get("/openapi.json")
    assert answer.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in (await client.get("/healthz")).headers


async def test_probes_answer(client: httpx.AsyncClient, junction: str) -> None:
    assert (await client.get("/healthz")).json() == {"status": "ok"}
    ready = await client.get("/readyz")
    assert (ready.status_code, ready.json()) == (200, {"status": "ready", "troubles": []})
    figures = (await client.get("/metrics")).text
    assert "kota_observations_total 4.0" in figures
    assert "kota_entities 1.0" in figures
    assert "kota_actuators 0.0" in figures
    assert "process_resident_memory_bytes" in figures


async def test_server_that_cannot_commit_is_not_ready(
    client: httpx.AsyncClient, kota: Kota
) -> None:
    kota.intake.trouble = "the disk is full"
    answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["troubles"] == ["ingest: the disk is full"]


async def test_server_whose_history_fails_is_not_ready(
    client: httpx.AsyncClient, kota: Kota
) -> None:
    kota.drain.failure = StoreError("history: no room")
    answer = await client.get("/readyz")
    kota.drain.failure = None
    assert answer.status_code == 503


async def test_wrong_method_at_a_probe_is_a_problem(client: httpx.AsyncClient) -> None:
    answer = await client.post("/healthz")
    assert answer.status_code == 405
    assert answer.headers["content-type"] == "application/problem+json"


async def test_application_counts_requests(kota: Kota) -> None:
    app = application(kota)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:9090"
    ) as client:
        await client.get("/ngsi-ld/v1/types")
        figures = (await client.get("/metrics")).text
    assert "kota_requests_ngsi_ld_total 1.0" in figures


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    web = tmp_path / "web"
    (web / "assets").mkdir(parents=True)
    (web / "index.html").write_text("<title>Kota</title>")
    (web / "assets" / "main-abc.js").write_text("1;")
    (tmp_path / "secret.txt").write_text("secret")
    return web


def _pages(folder: Path) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(Dashboard(folder))  # type: ignore[arg-type]
    return httpx.AsyncClient(transport=transport, base_url="http://kota")


@pytest.mark.parametrize("path", ["/", "/index.html", "/entities/urn:x:a.b", "/map"])
async def test_paths_of_the_page_get_the_first_page(folder: Path, path: str) -> None:
    async with _pages(folder) as client:
        answer = await client.get(path)
    assert answer.text == "<title>Kota</title>"
    assert answer.headers["cache-control"] == "no-cache"


async def test_assets_are_kept_for_ever(folder: Path) -> None:
    async with _pages(folder) as client:
        answer = await client.get("/assets/main-abc.js")
        missing = await client.get("/assets/main-old.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "immutable" in answer.headers["cache-control"]
    assert missing.status_code == 404


@pytest.mark.parametrize("asked", ["gzip, br", "identity"])
async def test_an_asset_kept_by_gzip_is_read_by_everybody(folder: Path, asked: str) -> None:
    (folder / "assets" / "page-abc.js.gz").write_bytes(gzip.compress(b"2;"))
    async with _pages(folder) as client:
        answer = await client.get("/assets/page-abc.js", headers={"accept-encoding": asked})
    assert answer.text == "2;"
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers.get("content-encoding") == ("gzip" if "gzip" in asked else None)
    assert "immutable" in answer.headers["cache-control"]


@pytest.mark.parametrize(
    "path", ["/../secret.txt", "/%2e%2e/secret.txt", "/assets/..%2f..%2fsecret.txt", "/%00.txt"]
)
async def test_files_outside_are_not_served(folder: Path, path: str) -> None:
    async with _pages(folder) as client:
        assert (await client.get(path)).status_code == 404


async def test_dashboard_that_was_not_built_says_so(tmp_path: Path) -> None:
    async with _pages(tmp_path) as client:
        answer = await client.get("/")
        refused = await client.post("/")
    assert answer.status_code == 503
    assert "make web" in answer.text
    assert refused.status_code == 405
