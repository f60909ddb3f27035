"""What a solution offers over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import httpx
import msgspec
import pytest
from tests.api.conftest import patch, reading

from kota.api.app import application
from kota.city import City
from kota.errors import ConflictError, NotFoundError
from kota.runtime import Kota
from kota.solution import Asked, Layer, Panel, Route, Solution


class Lamp(msgspec.Struct, frozen=True):
    name: str
    power: float


class Wanted(msgspec.Struct, frozen=True):
    limit: int = 10


_LAMPS = [Lamp("north", 40.0), Lamp("south", 60.0)]


def routes(_: City) -> Sequence[Route]:
    async def lamps(asked: Asked) -> list[Lamp]:
        return _LAMPS[: asked.query.limit]

    async def lamp(asked: Asked) -> Lamp:
        for one in _LAMPS:
            if one.name == asked.parts["name"]:
                return one
        raise NotFoundError(f"lamp {asked.parts['name']!r}: there is none")

    async def add(asked: Asked) -> bytes:
        if asked.body in _LAMPS:
            raise ConflictError(f"lamp {asked.body.name!r} is there")
        return msgspec.json.encode(asked.body)

    async def forget(_: Asked) -> None:
        return None

    return [
        Route(path="lamps", title="Lamps", handler=lamps, query=Wanted, response=list[Lamp]),
        Route(path="lamps/{name}", title="One lamp", handler=lamp, response=Lamp),
        Route(
            path="lamps",
            method="POST",
            title="Add a lamp",
            handler=add,
            permission="lighting.plan",
            body=Lamp,
            response=Lamp,
            status=201,
        ),
        Route(path="lamps/{name}", method="DELETE", title="Forget", handler=forget),
    ]


def lighting(name: str = "lighting", **changed: object) -> Solution:
    described = Solution(
        name=name,
        title="Lighting",
        alias=name,
        description="Lamps.",
        permissions=("lighting.plan",),
        routes=routes,
    )
    return replace(described, **changed)  # type: ignore[arg-type]


def serving(kota: Kota, *solutions: Solution) -> httpx.AsyncClient:
    cities: dict[str, City] = dict.fromkeys(one.name for one in solutions)  # type: ignore[assignment]
    app = application(replace(kota, solutions=solutions, cities=cities))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(
        transport=transport, base_url="http://127.0.0.1:9090/api/v1/solutions/lighting"
    )


@pytest.fixture
async def lit(kota: Kota) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(kota, lighting()) as client:
        yield client


async def test_a_route_answers_by_its_types(lit: httpx.AsyncClient) -> None:
    assert len((await lit.get("lamps")).json()) == 2
    limited = await lit.get("lamps", params={"limit": 1})
    assert limited.json() == [{"name": "north", "power": 40.0}]
    assert limited.headers["content-type"] == "application/json"
    assert (await lit.get("lamps/south")).json()["power"] == 60.0


async def test_a_route_takes_a_body_and_gives_its_status(lit: httpx.AsyncClient) -> None:
    made = await lit.post("lamps", json={"name": "east", "power": 10})
    assert (made.status_code, made.json()) == (201, {"name": "east", "power": 10.0})
    gone = await lit.delete("lamps/east")
    assert (gone.status_code, gone.content) == (204, b"")


async def test_errors_of_a_route_become_problems(lit: httpx.AsyncClient) -> None:
    missing = await lit.get("lamps/west")
    assert (missing.status_code, missing.json()["detail"]) == (404, "lamp 'west': there is none")
    taken = await lit.post("lamps", json={"name": "north", "power": 40})
    assert taken.status_code == 409


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        (b'{"name": "east", "power": "much"}', "$.power"),
        (b'{"name": "east"}', "power"),
        (b'{"name":, 1}', "line 1, column 9"),
        (b"[" * 100_000, "body"),
        (b"", "body"),
    ],
)
async def test_a_wrong_body_is_refused_with_the_place(
    lit: httpx.AsyncClient, sent: bytes, told: str
) -> None:
    answer = await lit.post("lamps", content=sent)
    assert answer.status_code == 400
    assert told in answer.json()["detail"]


async def test_a_wrong_parameter_is_refused(lit: httpx.AsyncClient) -> None:
    answer = await lit.get("lamps", params={"limit": "few"})
    assert answer.status_code == 400
    assert "limit" in answer.json()["detail"]


async def test_routes_are_in_openapi_with_their_types_and_rights(lit: httpx.AsyncClient) -> None:
    schema = (await lit.get("http://127.0.0.1:9090/openapi.json")).json()
    paths = schema["paths"]
    add = paths["/api/v1/solutions/lighting/lamps"]["post"]
    reference = add["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    assert reference == "#/components/schemas/lighting.Lamp"
    assert schema["components"]["schemas"]["lighting.Lamp"]["required"] == ["name", "power"]
    assert add["x-permission"] == "lighting.plan"
    (part,) = paths["/api/v1/solutions/lighting/lamps/{name}"]["get"]["parameters"]
    assert part["name"] == "name"


@pytest.mark.parametrize("path", ["panel", "/lamps", ""])
async def test_a_path_that_is_taken_stops_only_its_solution(kota: Kota, path: str) -> None:
    bad = Route(path=path, title="Bad", handler=routes(None)[0].handler)  # type: ignore[arg-type]
    broken = lighting("broken", routes=lambda _: [bad])
    async with serving(kota, broken, lighting()) as client:
        refused = await client.get("http://127.0.0.1:9090/api/v1/solutions/broken/lamps")
        assert refused.status_code == 503
        assert "broken" in refused.json()["detail"]
        assert (await client.get("lamps")).status_code == 200


async def test_a_right_that_is_not_declared_is_refused(kota: Kota) -> None:
    async with serving(kota, lighting(permissions=())) as client:
        answer = await client.get("lamps")
        assert "lighting.plan" in answer.json()["detail"]


async def test_a_body_above_the_limit_is_refused(kota: Kota) -> None:
    small = replace(kota, settings=msgspec.structs.replace(kota.settings, body_limit=1000))
    async with serving(small, lighting()) as client:

        async def pieces() -> AsyncIterator[bytes]:
            for _ in range(20):
                yield b" " * 100

        assert (await client.post("lamps", content=b" " * 1001)).status_code == 413
        assert (await client.post("lamps", content=pieces())).status_code == 413
        assert (await client.post("lamps", content=b" " * 900)).status_code == 400


async def test_types_belong_to_the_system_that_shows_them(kota: Kota) -> None:
    await kota.ingest.observe([patch("urn:x:1", "Lamp", power=reading(40.0))])
    await kota.ingest.observe([patch("urn:x:2", "Cable", load=reading(1.0))])
    await kota.ingest.observe([patch("urn:x:3", "Tree", height=reading(9.0))])
    layers = (
        Layer(id="lamps", title="Lamps", type="Lamp", geometry="point"),
        Layer(id="cables", title="Cables", type="Cable", geometry="line", shown=False),
    )
    town = lighting(panel=lambda: Panel(title="Lighting", layers=layers))
    async with serving(kota, town) as client:
        found = (await client.get("http://127.0.0.1:9090/api/v1/types")).json()
    assert [(one["type"], one["system"], one["shown"]) for one in found] == [
        ("Cable", "Lighting", False),
        ("Lamp", "Lighting", True),
        ("Tree", None, True),
    ]
