"""What other brokers hold is shown, and changed, by the same rights as what is held here."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiohttp import web

from kota.access.identity import Grant
from kota.access.right import Role
from kota.api.app import application
from kota.config import Settings
from kota.model.jsonld import kota_context
from kota.runtime import Kota, opened

NGSI = "/ngsi-ld/v1"
LINK = {
    "Link": '<urn:kota:context:v1>; rel="http://www.w3.org/ns/json-ld#context"; '
    'type="application/ld+json"'
}


class Source:
    """A broker that holds two persons and counts what it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.endpoint = ""
        self.answer: list[dict[str, Any]] = []

    async def take(self, request: web.Request) -> web.Response:
        self.asked.append(f"{request.method} {request.path}")
        return web.json_response(self.answer if request.method == "GET" else None)


@pytest.fixture
async def source() -> AsyncIterator[Source]:
    source = Source()
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", source.take)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    source.endpoint = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield source
    await runner.cleanup()


@pytest.fixture
async def kota(tmp_path: Path) -> AsyncIterator[Kota]:
    settings = Settings(
        data=tmp_path / "data", solutions=(), protects={"Person": {"pulse": ("care",)}}
    )
    async with opened(settings) as rooms:
        yield rooms


@pytest.fixture
async def http(kota: Kota) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(application(kota), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:9090") as client:
        yield client


async def bearer(kota: Kota, *grants: Grant) -> dict[str, str]:
    made = await kota.access.recogniser.tokens.make("service", grants, by="test")
    return {"Authorization": f"Bearer {made.text}", **LINK}


async def test_registrations_are_for_those_who_may_manage_them(
    kota: Kota, http: httpx.AsyncClient, source: Source
) -> None:
    engineer = await bearer(kota, Grant(role=Role.ENGINEER))
    confined = await bearer(kota, Grant(role=Role.ENGINEER, areas=("/east",)))
    viewer = await bearer(kota, Grant(role=Role.VIEWER))
    body = {
        "id": "urn:r:1",
        "type": "ContextSourceRegistration",
        "endpoint": source.endpoint,
        "information": [{"entities": [{"type": "Person"}]}],
        "contextSourceInfo": [{"key": "Authorization", "value": "Bearer secret"}],
    }
    path = f"{NGSI}/csourceRegistrations"
    for who in (viewer, confined):
        assert (await http.post(path, json=body, headers=who)).status_code == 403
    assert (await http.post(path, json=body, headers=engineer)).status_code == 201
    for who in (viewer, confined):
        answer = await http.get(f"{path}/urn:r:1", headers=who)
        assert answer.status_code == 403
        assert "secret" not in answer.text


async def test_what_is_protected_here_is_protected_of_others_too(
    kota: Kota, http: httpx.AsyncClient, source: Source
) -> None:
    expand = kota_context().expand
    source.answer = [
        {
            "id": f"urn:x:{area}",
            "type": expand("Person"),
            "scope": f"/{area}",
            expand("pulse"): {"type": "Property", "value": 61},
            expand("name"): {"type": "Property", "value": area},
        }
        for area in ("east", "west")
    ]
    engineer = await bearer(kota, Grant(role=Role.ENGINEER))
    body = {
        "type": "ContextSourceRegistration",
        "endpoint": source.endpoint,
        "information": [{"entities": [{"type": "Person"}]}],
        "operations": ["federationOps", "redirectionOps"],
    }
    made = await http.post(f"{NGSI}/csourceRegistrations", json=body, headers=engineer)
    assert made.status_code == 201
    viewer = await bearer(kota, Grant(role=Role.VIEWER))
    confined = await bearer(kota, Grant(role=Role.VIEWER, areas=("/east",)))
    path = f"{NGSI}/entities?type=Person"
    seen = (await http.get(path, headers=viewer)).json()
    assert [one["name"]["value"] for one in seen] == ["east", "west"]
    assert not any("pulse" in one for one in seen)
    seen = (await http.get(path, headers=confined)).json()
    assert [one["id"] for one in seen] == ["urn:x:east"]


async def test_whose_rights_end_within_the_town_writes_nothing_elsewhere(
    kota: Kota, http: httpx.AsyncClient, source: Source
) -> None:
    engineer = await bearer(kota, Grant(role=Role.ENGINEER, purposes=("care",)))
    confined = await bearer(kota, Grant(role=Role.ENGINEER, areas=("/east",)))
    body = {
        "type": "ContextSourceRegistration",
        "endpoint": source.endpoint,
        "information": [{"entities": [{"type": "Lamp"}]}],
        "operations": ["redirectionOps", "deleteBatch"],
    }
    await http.post(f"{NGSI}/csourceRegistrations", json=body, headers=engineer)
    lamp = {"id": "urn:x:1", "type": "Lamp", "scope": "/east", "on": {"value": True}}
    kept = {**lamp, "id": "urn:x:2"}
    await http.post(f"{NGSI}/entities?local=true", json=kept, headers=confined)
    refused = await http.post(f"{NGSI}/entities", json=lamp, headers=confined)
    assert refused.status_code == 403
    batch = await http.post(f"{NGSI}/entityOperations/delete", json=["urn:x:1"], headers=confined)
    purge = await http.delete(f"{NGSI}/entities?type=Lamp", headers=confined)
    assert (batch.status_code, purge.status_code) == (403, 403)
    assert source.asked == []
    here = f"{NGSI}/entities/urn:x:2"
    assert (await http.get(f"{here}?local=true", headers=confined)).status_code == 200
    own = await http.post(f"{NGSI}/entities?local=true", json=lamp, headers=confined)
    assert own.status_code == 201
    assert source.asked == []
