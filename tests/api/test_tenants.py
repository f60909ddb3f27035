"""Tenants on every face: kept apart, inherited where granted, limited, removed."""

from __future__ import annotations

import asyncio
import gc
import json
import weakref
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiohttp import web
from benchmarks.processes import free_port

from kota.access.identity import Grant
from kota.access.right import Role
from kota.access.tenant import Tenant
from kota.api.app import Door, application
from kota.config import Settings
from kota.runtime import Kota, opened
from kota.store.backup import restore

from .conftest import served

URL = "http://127.0.0.1:9090"
NGSI = "/ngsi-ld/v1"
HEADER = "NGSILD-Tenant"
Headers = dict[str, str]


@pytest.fixture
async def kota(tmp_path: Path) -> AsyncIterator[Kota]:
    """A Kota that asks for identity."""
    settings = Settings(
        data=tmp_path / "data", solutions=(), protects={"Person": {"pulse": ("care",)}}
    )
    async with opened(settings) as rooms:
        yield rooms


@pytest.fixture
def app(kota: Kota) -> Door:
    """The application on it."""
    return application(kota)


@pytest.fixture
async def http(app: Door) -> AsyncIterator[httpx.AsyncClient]:
    """A client of it."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=URL) as client:
        yield client


async def bearer(kota: Kota, *grants: Grant) -> Headers:
    """The header of a service that was given this."""
    made = await kota.access.recogniser.tokens.make("service", grants, by="test")
    return {"Authorization": f"Bearer {made.text}"}


def lamp(name: str, **values: Any) -> dict[str, Any]:
    attrs = {key: {"type": "Property", "value": value} for key, value in values.items()}
    return {"id": f"urn:x:{name}", "type": "Lamp", **attrs}


@pytest.fixture
async def owner(kota: Kota) -> Headers:
    """Whoever owns the data folder."""
    return {"Authorization": f"Bearer {(kota.settings.data / 'owner.token').read_text()}"}


@pytest.fixture
async def tree(http: httpx.AsyncClient, owner: Headers) -> Headers:
    """A developer's township and a contractor of it, each with a lamp; returns the owner."""
    for name, parent in (("township", None), ("contractor", "township"), ("other", None)):
        body = {"name": name, "parent": parent}
        reply = await http.post("/api/v1/tenants", json=body, headers=owner)
        assert reply.status_code == 201, reply.text
        made = await http.post(
            f"{NGSI}/entities", json=lamp("L", of=name), headers={**owner, HEADER: name}
        )
        assert made.status_code == 201, made.text
        assert made.headers[HEADER] == name
    return owner


async def test_the_same_id_is_another_entity_in_each_tenant(
    http: httpx.AsyncClient, tree: Headers
) -> None:
    path = f"{NGSI}/entities/urn:x:L?format=simplified"
    for name in ("township", "contractor", "other"):
        reply = await http.get(path, headers={**tree, HEADER: name})
        assert reply.json()["of"] == name
        assert reply.headers[HEADER] == name
    assert (await http.get(path, headers=tree)).status_code == 404
    reply = await http.get(path, headers={**tree, HEADER: "city"})
    assert reply.status_code == 404
    assert reply.headers[HEADER] == "city"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", f"{NGSI}/entities?type=Lamp"),
        ("PATCH", f"{NGSI}/entities/urn:x:L"),
        ("POST", f"{NGSI}/entities"),
        ("POST", f"{NGSI}/entityOperations/query"),
        ("GET", f"{NGSI}/temporal/entities?type=Lamp"),
        ("GET", f"{NGSI}/subscriptions"),
        ("GET", f"{NGSI}/jsonldContexts"),
        ("GET", "/api/v1/map"),
        ("GET", "/api/v1/tenants"),
        ("POST", "/api/v1/backups"),
    ],
)
async def test_a_tenant_where_nothing_was_given_is_none(
    http: httpx.AsyncClient, kota: Kota, tree: Headers, method: str, path: str
) -> None:
    """Whoever has all rights elsewhere hears the same of it as of one that is not there."""
    rights = [Grant(role=role, tenant="other", below=True) for role in Role]
    there = await bearer(kota, *rights)
    for name in ("township", "nowhere", "../other", "Other"):
        headers = {**there, HEADER: name}
        reply = await http.request(method, path, headers=headers, json={})
        assert reply.status_code == 404, reply.text
        assert reply.json()["type"].endswith("/NonexistentTenant")
        assert "L" not in json.dumps(reply.json()["detail"].replace("list", ""))
    reply = await http.request(method, path, headers={HEADER: "township"}, json={})
    assert reply.status_code == 401


async def test_a_grant_holds_below_where_that_was_granted_and_never_above_or_beside(
    http: httpx.AsyncClient, kota: Kota, tree: Headers
) -> None:
    path = f"{NGSI}/entities/urn:x:L"
    for below, seen in ((False, {"township"}), (True, {"township", "contractor"})):
        headers = await bearer(kota, Grant(role=Role.VIEWER, tenant="township", below=below))
        for name in ("city", "township", "contractor", "other"):
            status = (await http.get(path, headers={**headers, HEADER: name})).status_code
            expected = 200 if name in seen else 403 if name == "city" else 404
            assert status == expected, name


async def test_notifications_name_their_tenant_and_tell_of_no_other(
    http: httpx.AsyncClient, tree: Headers
) -> None:
    got: list[tuple[str | None, str]] = []
    done = asyncio.Event()

    async def take(request: web.Request) -> web.Response:
        got.append((request.headers.get(HEADER), await request.text()))
        done.set()
        return web.Response(status=204)

    port = free_port()
    receiver = web.Application()
    receiver.router.add_post("/", take)
    runner = web.AppRunner(receiver)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    body = {
        "type": "Subscription",
        "entities": [{"type": "Lamp"}],
        "notification": {"endpoint": {"uri": f"http://127.0.0.1:{port}/"}},
    }
    reply = await http.post(
        f"{NGSI}/subscriptions", json=body, headers={**tree, HEADER: "township"}
    )
    assert reply.status_code == 201
    assert (await http.get(f"{NGSI}/subscriptions", headers=tree)).json() == []
    for name in ("other", "contractor", "township"):
        change = {"of": {"type": "Property", "value": f"new {name}"}}
        path = f"{NGSI}/entities/urn:x:L/attrs"
        changed = await http.patch(path, json=change, headers={**tree, HEADER: name})
        assert changed.status_code == 204, changed.text
    await asyncio.wait_for(done.wait(), 10)
    await asyncio.sleep(0.3)
    await runner.cleanup()
    ((tenant, text),) = got
    assert tenant == "township"
    assert "new township" in text


async def test_contexts_and_history_and_batches_are_the_tenants_own(
    http: httpx.AsyncClient, tree: Headers
) -> None:
    there = {**tree, HEADER: "township"}
    made = await http.post(
        f"{NGSI}/jsonldContexts", json={"@context": {"glow": "urn:y:glow"}}, headers=there
    )
    address = made.headers["location"]
    assert (await http.get(address, headers=there)).status_code == 200
    assert (await http.get(address, headers=tree)).status_code == 404
    batch = await http.post(
        f"{NGSI}/entityOperations/upsert", json=[lamp("B", on=True)], headers=there
    )
    assert batch.status_code == 201
    asked = f"{NGSI}/temporal/entities/urn:x:B"
    assert (await http.get(asked, headers=there)).status_code == 200
    assert (await http.get(asked, headers=tree)).status_code == 404
    rows = (await http.get("/api/v1/search?q=urn:x:B", headers=there)).json()
    assert "urn:x:B" in json.dumps(rows)
    assert "urn:x:B" not in (await http.get("/api/v1/search?q=urn:x:B", headers=tree)).text


async def test_the_live_stream_takes_its_tenant_from_the_address(
    app: Door, http: httpx.AsyncClient, tree: Headers
) -> None:
    import websockets

    port = free_port()
    async with served(app, port) as where:
        uri = f"ws://{where}/api/v1/live?tenant=township"
        async with websockets.connect(uri, additional_headers=tree) as socket:
            await socket.recv()
            await socket.send(json.dumps({"op": "watch", "all": True, "interval_ms": 50}))
            await asyncio.sleep(0.2)
            for name in ("other", "township"):
                change = {"of": {"type": "Property", "value": f"live {name}"}}
                await http.patch(
                    f"{NGSI}/entities/urn:x:L/attrs", json=change, headers={**tree, HEADER: name}
                )
            frames = ""
            async with asyncio.timeout(10):
                while "live township" not in frames:
                    frames += str(await socket.recv())
        assert "live other" not in frames
        stranger = f"ws://{where}/api/v1/live?tenant=nowhere"
        with pytest.raises(websockets.exceptions.InvalidStatus):
            await websockets.connect(stranger, additional_headers=tree)


async def test_a_name_in_the_address_breaks_out_of_no_header(
    http: httpx.AsyncClient, tree: Headers
) -> None:
    reply = await http.get("/api/v1/town?tenant=x%0D%0AX-Evil:%201", headers=tree)
    assert reply.status_code == 404
    assert HEADER not in reply.headers
    assert "x-evil" not in reply.headers


async def test_quotas_refuse_what_goes_beyond_and_let_the_rest_stand(
    http: httpx.AsyncClient, tree: Headers, kota: Kota
) -> None:
    there = {**tree, HEADER: "township"}
    quota = {"entities": 2, "observations": None}
    reply = await http.put("/api/v1/tenants/township/quota", json=quota, headers=tree)
    assert reply.status_code == 200, reply.text
    batch = [lamp("A", on=1), lamp("B", on=1), lamp("C", on=1)]
    reply = await http.post(f"{NGSI}/entityOperations/create", json=batch, headers=there)
    assert reply.status_code == 207
    assert reply.json()["success"] == ["urn:x:A"]
    assert {one["error"]["status"] for one in reply.json()["errors"]} == {429}
    refused = await http.post(f"{NGSI}/entities", json=lamp("D"), headers=there)
    assert refused.status_code == 429
    assert "quota: 2 entities, and there are 2" in refused.json()["detail"]
    recording = {"entities": [lamp("E", on=1)]}
    refused = await http.post("/api/v1/observations", json=recording, headers=there)
    assert refused.status_code == 429
    assert (await http.delete(f"{NGSI}/entities/urn:x:A", headers=there)).status_code == 204
    made = await http.post(f"{NGSI}/entities", json=lamp("D"), headers=there)
    assert made.status_code == 201

    async with kota.tenants.lease("township") as rooms:
        assert rooms.meter is not None
        used = rooms.meter.observed()
    quota = {"entities": None, "observations": used + 2}
    await http.put("/api/v1/tenants/township/quota", json=quota, headers=tree)
    change = {"on": {"type": "Property", "value": 2}}
    path = f"{NGSI}/entities/urn:x:D/attrs"
    statuses = [(await http.post(path, json=change, headers=there)).status_code for _ in range(3)]
    assert statuses == [204, 204, 429]
    refused = await http.post(path, json=change, headers=there)
    assert 0 < int(refused.headers["retry-after"]) <= 86_401
    evolution = lamp("T", on=5) | {"on": [{"type": "Property", "value": 5}]}
    refused = await http.post(f"{NGSI}/temporal/entities", json=evolution, headers=there)
    assert refused.status_code == 429
    assert (await http.post(path, json=change, headers=tree | {HEADER: "other"})).status_code == 404


async def test_tenants_are_managed_from_above_alone(
    http: httpx.AsyncClient, kota: Kota, tree: Headers
) -> None:
    inside = await bearer(kota, Grant(role=Role.ADMINISTRATOR, tenant="township", below=True))
    there = {**inside, HEADER: "township"}
    listed = await http.get("/api/v1/tenants", headers=there)
    assert [one["name"] for one in listed.json()] == ["contractor"]
    wide = {"entities": None, "observations": None}
    assert (
        await http.put("/api/v1/tenants/township/quota", json=wide, headers=there)
    ).status_code == 404
    assert (
        await http.put("/api/v1/tenants/contractor/quota", json=wide, headers=there)
    ).status_code == 200
    assert (await http.delete("/api/v1/tenants/other", headers=there)).status_code == 404
    made = await http.post("/api/v1/tenants", json={"name": "plumber"}, headers=there)
    assert made.json()["parent"] == "township"
    beside = {"name": "cheat", "parent": "other"}
    assert (await http.post("/api/v1/tenants", json=beside, headers=there)).status_code == 404
    above = {"name": "cheat", "parent": "city"}
    assert (await http.post("/api/v1/tenants", json=above, headers=there)).status_code == 404
    again = {"name": "other"}
    assert (await http.post("/api/v1/tenants", json=again, headers=there)).status_code == 409
    bad = {"name": "../x"}
    assert (await http.post("/api/v1/tenants", json=bad, headers=there)).status_code == 400
    assert (await http.delete("/api/v1/tenants/township", headers=tree)).status_code == 409


async def test_an_administrator_of_a_tenant_gives_no_more_than_he_manages(
    http: httpx.AsyncClient, kota: Kota, tree: Headers
) -> None:
    inside = await bearer(kota, Grant(role=Role.ADMINISTRATOR, tenant="township"))
    there = {**inside, HEADER: "township"}

    async def add(name: str, **grant: Any) -> int:
        body = {"name": name, "grants": [{"role": "operator", **grant}]}
        return (await http.post("/api/v1/users", json=body, headers=there)).status_code

    assert await add("own") == 201
    assert await add("up", tenant="city") == 404
    assert await add("aside", tenant="other") == 404
    assert await add("down", tenant="contractor") == 403
    assert await add("deep", below=True) == 403
    users = (await http.get("/api/v1/users", headers=there)).json()
    assert [(one["name"], one["grants"][0]["tenant"]) for one in users] == [("own", "township")]
    assert (await http.get("/api/v1/users", headers=tree)).json() == []

    own = kota.access.recogniser.accounts
    more = (*own.get("own").grants, Grant(role=Role.ADMINISTRATOR))
    await own.set_grants("own", more)
    taken = await http.post("/api/v1/users/own/reset", headers=there)
    assert taken.status_code == 403
    replaced = {"grants": [{"role": "viewer"}]}
    reply = await http.put("/api/v1/users/own/grants", json=replaced, headers=there)
    assert [one["tenant"] for one in reply.json()["grants"]] == ["township"]
    assert Grant(role=Role.ADMINISTRATOR) in own.get("own").grants
    made = await http.post(
        "/api/v1/tokens",
        json={"name": "t", "grants": [{"role": "viewer", "tenant": "other"}]},
        headers=there,
    )
    assert made.status_code == 404


async def test_a_device_belongs_to_the_tenant_of_its_credential(
    http: httpx.AsyncClient, tree: Headers
) -> None:
    there = {**tree, HEADER: "township"}
    rows = {"rows": [{"line": 1, "cells": {"id": "p7", "entity": "urn:x:P7", "type": "Pump"}}]}
    enrolled = await http.post("/api/v1/devices", json=rows, headers=there)
    assert enrolled.status_code == 200, enrolled.text
    keys = await http.post("/api/v1/devices/keys", json={"devices": ["p7"]}, headers=there)
    secret = keys.json()[0]["secret"]
    body = {
        "entities": [{"id": "urn:x:P7", "type": "Pump", "flow": {"type": "Property", "value": 3}}]
    }
    sent = await http.post("/api/v1/observations", json=body, auth=httpx.BasicAuth("p7", secret))
    assert sent.status_code == 200, sent.text
    assert (await http.get(f"{NGSI}/entities/urn:x:P7", headers=there)).status_code == 200
    assert (await http.get(f"{NGSI}/entities/urn:x:P7", headers=tree)).status_code == 404
    elsewhere = await http.post(
        "/api/v1/observations",
        json=body,
        auth=httpx.BasicAuth("p7", secret),
        headers={HEADER: "other"},
    )
    assert elsewhere.status_code == 404
    assert (await http.get("/api/v1/devices/keys", headers=tree)).json() == []


async def test_a_removed_tenant_leaves_nothing_and_its_name_gives_nothing_back(
    http: httpx.AsyncClient, kota: Kota, tree: Headers
) -> None:
    guest = await bearer(kota, Grant(role=Role.VIEWER, tenant="other"), Grant(role=Role.VIEWER))
    there = {**tree, HEADER: "other"}
    made = await http.post("/api/v1/users", json={"name": "ana"}, headers=there)
    assert made.status_code == 201
    folder = kota.tenants.folder("other")
    assert folder.is_dir()
    gone = await http.delete("/api/v1/tenants/other", headers=tree)
    assert gone.status_code == 200, gone.text
    assert gone.json()["entities"] == 1
    assert not folder.exists()
    assert kota.access.recogniser.accounts.find("ana") is None
    path = f"{NGSI}/entities/urn:x:L"
    assert (await http.get(path, headers=there)).status_code == 404
    again = await http.post("/api/v1/tenants", json={"name": "other"}, headers=tree)
    assert again.status_code == 201
    assert (await http.get(path, headers={**guest, HEADER: "other"})).status_code == 404
    assert (await http.get("/api/v1/town", headers=guest)).status_code == 200
    lines = (await http.get("/api/v1/audit?what=tenant.remove", headers=tree)).text
    assert "tenant.remove" in lines


async def test_the_portfolio_tells_of_each_tenant_what_its_reader_sees(
    http: httpx.AsyncClient, kota: Kota, tree: Headers
) -> None:
    rows = {
        one["tenant"]: one for one in (await http.get("/api/v1/portfolio", headers=tree)).json()
    }
    assert set(rows) == {"city", "township", "contractor", "other"}
    assert rows["township"]["types"] == {"Lamp": 1}
    assert rows["township"]["observations_today"] >= 1
    citizen = await bearer(
        kota,
        Grant(role=Role.CITIZEN, tenant="township"),
        Grant(role=Role.VIEWER, tenant="contractor"),
    )
    reply = await http.get("/api/v1/portfolio", headers={**citizen, HEADER: "township"})
    seen = {one["tenant"]: one for one in reply.json()}
    assert set(seen) == {"township", "contractor"}
    assert seen["township"]["entities"] == 0
    assert seen["township"]["alarms"] is None
    assert seen["contractor"]["entities"] == 1


async def test_a_tenant_outlives_a_restart_and_rests_when_it_has_nothing_to_do(
    tmp_path: Path,
) -> None:
    settings = Settings(data=tmp_path / "data", solutions=(), auth="none")
    path = f"{NGSI}/entities/urn:x:L"
    for restart in (False, True):
        async with opened(settings) as kota:
            transport = httpx.ASGITransport(application(kota))
            async with httpx.AsyncClient(transport=transport, base_url=URL) as http:
                headers = {HEADER: "mall"}
                if not restart:
                    assert (await http.get(path, headers=headers)).status_code == 404
                    made = await http.post(f"{NGSI}/entities", json=lamp("L"), headers=headers)
                    assert made.status_code == 201
                assert (await http.get(path, headers=headers)).status_code == 200
                rested = weakref.ref(kota.tenants.opened()["mall"].broker)
                await kota.tenants.close_idle(0)
                assert kota.tenants.opened() == {}
                gc.collect()
                assert rested() is None, "what is closed is let go of"
                assert (await http.get(path, headers=headers)).status_code == 200
                assert (await http.get(path)).status_code == 404


async def test_a_backup_of_the_whole_brings_every_tenant_back(
    http: httpx.AsyncClient, kota: Kota, tree: Headers, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    made = await http.post("/api/v1/backups", json={"target": str(copy)}, headers=tree)
    assert made.status_code == 201, made.text
    restore(copy, tmp_path / "again")
    async with opened(Settings(data=tmp_path / "again", solutions=(), auth="none")) as second:
        assert second.tenants.names() == ["contractor", "other", "township"]
        assert second.access.sights.policy.tenants.above("contractor")[1] == "township"
        async with second.tenants.lease("contractor") as rooms:
            entity = await rooms.state.get("urn:x:L")
    assert entity is not None


async def test_whoever_is_trusted_with_a_tenant_writes_into_its_folder_alone(
    http: httpx.AsyncClient, kota: Kota, tree: Headers, tmp_path: Path
) -> None:
    roles = (Role.ADMINISTRATOR, Role.ENGINEER)
    inside = await bearer(kota, *(Grant(role=role, tenant="township") for role in roles))
    there = {**inside, HEADER: "township"}
    for way in ("backups", "exports"):
        for bad in (str(tmp_path / "out"), "../out", "a/b", ".x", ""):
            refused = await http.post(f"/api/v1/{way}", json={"target": bad}, headers=there)
            assert refused.status_code == 400, (way, bad)
        made = await http.post(f"/api/v1/{way}", json={"target": "monday"}, headers=there)
        assert made.status_code == 201, made.text
        assert (kota.tenants.folder("township") / way / "monday").is_dir()


async def test_a_removal_that_was_cut_off_is_ended_at_the_next_start(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "data", solutions=(), auth="none")
    async with opened(settings) as kota:
        await kota.tenants.book.add(Tenant(name="mall"))
        async with kota.tenants.lease("mall"):
            pass
        await kota.access.recogniser.tokens.make("t", (), by="test", tenant="mall")
        await kota.tenants.book.change(Tenant(name="mall", removing=True))
    assert (tmp_path / "data" / "tenants" / "mall").is_dir()
    async with opened(settings) as kota:
        assert kota.tenants.names() == []
        assert not kota.tenants.book.is_known("mall")
        assert kota.access.recogniser.tokens.all() == []
    assert not (tmp_path / "data" / "tenants" / "mall").exists()
