"""A Kota that asks who is there: signing in, rights, areas, purposes, on every face."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from kota.access import totp
from kota.access.identity import Grant
from kota.access.right import Role
from kota.api.app import Door, application
from kota.config import Settings
from kota.model.jsonld import kota_context
from kota.runtime import Kota, opened

URL = "http://127.0.0.1:9090"
GOOD = "three grey herons at dawn"
NGSI = "/ngsi-ld/v1"
KOTA_LINK = {
    "Link": '<urn:kota:context:v1>; rel="http://www.w3.org/ns/json-ld#context"; '
    'type="application/ld+json"'
}


@pytest.fixture
async def kota(tmp_path: Path) -> AsyncIterator[Kota]:
    """An open Kota that asks for identity, where pulses tell of persons."""
    settings = Settings(
        data=tmp_path / "data",
        solutions=(),
        protects={"Person": {"pulse": ("care",)}},
    )
    async with opened(settings) as rooms:
        yield rooms


@pytest.fixture
def app(kota: Kota) -> Door:
    """The application on it."""
    return application(kota)


@pytest.fixture
async def http(app: Door) -> AsyncIterator[httpx.AsyncClient]:
    """A browser, or a service without a token."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=URL) as client:
        yield client


async def bearer(kota: Kota, *grants: Grant) -> dict[str, str]:
    """The header of a service that was given this."""
    made = await kota.access.recogniser.tokens.make("service", grants, by="test")
    return {"Authorization": f"Bearer {made.text}"}


def whole(role: Role, **more: Any) -> Grant:
    return Grant(role=role, **more)


def entity(name: str, kind: str, *scope: str, **values: Any) -> dict[str, Any]:
    body: dict[str, Any] = {"id": f"urn:x:{name}", "type": kind}
    if scope:
        body["scope"] = list(scope)
    return body | {key: {"type": "Property", "value": value} for key, value in values.items()}


@pytest.fixture
async def town(kota: Kota, http: httpx.AsyncClient) -> dict[str, dict[str, str]]:
    """Lamps and persons in two areas; headers of those who look at them."""
    everybody = {
        "engineer": await bearer(kota, whole(Role.ENGINEER, purposes=("care",))),
        "viewer": await bearer(kota, whole(Role.VIEWER)),
        "east": await bearer(kota, whole(Role.ENGINEER, areas=("/kl/east",))),
        "carer": await bearer(kota, whole(Role.CARER, purposes=("care",))),
        "citizen": await bearer(kota, whole(Role.CITIZEN)),
        "admin": await bearer(kota, whole(Role.ADMINISTRATOR)),
    }
    made = [
        entity("lamp1", "Lamp", "/kl/east", power=60),
        entity("lamp2", "Lamp", "/kl/west", power=80),
        entity("lamp3", "Lamp", power=100),
        entity("ana", "Person", "/kl/east", pulse=72, room="E1"),
        entity("ben", "Person", "/kl/west", pulse=81, room="W1"),
    ]
    found = await http.post(
        f"{NGSI}/entityOperations/create",
        json=made,
        headers={**everybody["engineer"], "Kota-Purpose": "care", **KOTA_LINK},
    )
    assert found.status_code == 201, found.text
    return everybody


def ids(found: httpx.Response) -> list[str]:
    assert found.status_code == 200, found.text
    return sorted(one["id"].removeprefix("urn:x:") for one in found.json())


async def sign_in(
    http: httpx.AsyncClient, name: str, password: str, code: str | None = None
) -> httpx.Response:
    body = {"name": name, "password": password} | ({"code": code} if code else {})
    return await http.post("/api/v1/session", json=body)


async def test_nobody_gets_in_unasked_and_the_probes_stay_open(http: httpx.AsyncClient) -> None:
    for path in ("/healthz", "/readyz", "/api/v1/session"):
        assert (await http.get(path)).status_code == 200
    for path in (
        "/api/v1/town",
        "/api/v1/map",
        "/api/v1/no-such-thing",
        "/metrics",
        "/openapi.json",
        f"{NGSI}/types",
        f"{NGSI}/entities?type=Lamp",
        f"{NGSI}/subscriptions",
        f"{NGSI}/jsonldContexts",
    ):
        found = await http.get(path)
        assert found.status_code == 401, path
        assert found.headers["www-authenticate"] == 'Bearer realm="Kota"'
    for path in ("/api/v1/backups", "/api/v1/observations", f"{NGSI}/entities"):
        assert (await http.post(path, json={})).status_code == 401, path
    assert (await http.get("/")).status_code in (200, 503)


async def test_first_administrator_signs_in_and_must_change_the_password(
    kota: Kota, http: httpx.AsyncClient
) -> None:
    password = await kota.access.first_start()
    assert password is not None
    assert await kota.access.first_start() is None
    refused = await sign_in(http, "admin", "wrong")
    assert refused.status_code == 401
    assert "set-cookie" not in refused.headers
    found = await sign_in(http, "admin", password)
    assert found.status_code == 200, found.text
    cookie = found.headers["set-cookie"]
    for part in ("HttpOnly", "SameSite=strict", "Path=/"):
        assert part in cookie
    who = found.json()["who"]
    assert who["must_change"]
    assert (await http.get("/api/v1/users")).status_code == 403
    csrf = {"Kota-Csrf": who["csrf"]}
    changed = await http.post(
        "/api/v1/session/password", json={"old": password, "new": GOOD}, headers=csrf
    )
    assert changed.status_code == 200, changed.text
    assert not changed.json()["who"]["must_change"]
    assert (await http.get("/api/v1/users")).status_code == 200
    kept = http.cookies.get("kota")
    http.cookies.clear()
    found = await http.get("/api/v1/users", headers={"Cookie": cookie.split(";")[0]})
    assert found.status_code == 401
    found = await http.get("/api/v1/users", headers={"Cookie": f"kota={kept}"})
    assert found.status_code == 200


async def signed_in(kota: Kota, http: httpx.AsyncClient, name: str, *grants: Grant) -> str:
    """Sign somebody in; returns what a change must repeat."""
    accounts = kota.access.recogniser.accounts
    password = await accounts.add(name, grants)
    await accounts.change_password(name, password, GOOD)
    found = await sign_in(http, name, GOOD)
    assert found.status_code == 200, found.text
    csrf: str = found.json()["who"]["csrf"]
    return csrf


async def test_a_page_of_elsewhere_changes_nothing_in_the_browser_of_somebody_signed_in(
    kota: Kota, http: httpx.AsyncClient
) -> None:
    csrf = await signed_in(kota, http, "ana", whole(Role.ENGINEER))
    body = entity("lamp", "Lamp", power=1)
    for headers in (
        {},
        {"Kota-Csrf": "guess"},
        {"Kota-Csrf": csrf, "Origin": "http://evil.example"},
        {"Origin": "http://evil.example"},
    ):
        found = await http.post(f"{NGSI}/entities", json=body, headers=headers)
        assert found.status_code == 403, headers
        assert (await http.post("/api/v1/letters/1/replay", headers=headers)).status_code == 403
    headers = {"Kota-Csrf": csrf, "Origin": URL}
    assert (await http.post(f"{NGSI}/entities", json=body, headers=headers)).status_code == 201
    assert (await http.delete("/api/v1/session")).status_code == 403
    assert (await http.delete("/api/v1/session", headers=headers)).status_code == 204
    assert (await http.get("/api/v1/town")).status_code == 401


async def test_what_a_person_changes_over_ngsi_ld_is_in_the_audit_and_what_a_program_writes_is_not(
    kota: Kota, http: httpx.AsyncClient
) -> None:
    program = await bearer(kota, whole(Role.ENGINEER))
    body = entity("pole", "Pole", power=1)
    assert (await http.post(f"{NGSI}/entities", json=body, headers=program)).status_code == 201
    csrf = await signed_in(kota, http, "ana", whole(Role.ENGINEER), whole(Role.ADMINISTRATOR))
    headers = {"Kota-Csrf": csrf, "Origin": URL}
    lamp = f"{NGSI}/entities/urn:x:lamp"
    wanted = {"id": "urn:x:lamp", "type": "Lamp"}
    assert (await http.post(f"{NGSI}/entities", json=wanted, headers=headers)).status_code == 201
    assert (await http.post(f"{NGSI}/entities", json=wanted, headers=headers)).status_code == 409
    assert (await http.get(lamp)).status_code == 200
    query = {"type": "Query", "entities": [{"type": "Lamp"}]}
    found = await http.post(f"{NGSI}/entityOperations/query", json=query, headers=headers)
    assert found.status_code == 200
    assert (await http.delete(lamp, headers=headers)).status_code == 204
    lines = (await http.get("/api/v1/audit?what=context.write")).json()
    assert [(one["who"], one["subject"], one["detail"]["method"]) for one in lines] == [
        ("ana", "entities/urn:x:lamp", "DELETE"),
        ("ana", "entities/urn:x:lamp", "POST"),
    ]


async def test_a_session_ends_with_what_it_rests_on(kota: Kota, http: httpx.AsyncClient) -> None:
    await signed_in(kota, http, "ana", whole(Role.VIEWER))
    assert (await http.get("/api/v1/town")).status_code == 200
    await kota.access.recogniser.accounts.set_grants("ana", ())
    assert (await http.get("/api/v1/town")).status_code == 403
    await kota.access.recogniser.accounts.reset("ana")
    assert (await http.get("/api/v1/town")).status_code == 401


async def test_too_many_attempts_wait_and_a_second_factor_is_asked_for(
    kota: Kota, http: httpx.AsyncClient
) -> None:
    csrf = {"Kota-Csrf": await signed_in(kota, http, "ana", whole(Role.VIEWER))}
    offer = (await http.post("/api/v1/session/offer", headers=csrf)).json()
    step = kota.clock.now() // 1_000_000 // 30
    body = {"key": offer["key"], "code": totp.code(offer["key"], step)}
    found = await http.post("/api/v1/session/factor", json=body, headers=csrf)
    assert found.status_code == 200, found.text
    assert found.json()["who"]["second_factor"]
    http.cookies.clear()
    found = await sign_in(http, "ana", GOOD)
    assert (found.status_code, found.headers["kota-code"]) == (401, "wanted")
    for _ in range(5):
        assert (await sign_in(http, "ana", GOOD, "000000")).status_code == 401
    found = await sign_in(http, "ana", GOOD, totp.code(offer["key"], step + 1))
    assert found.status_code == 429
    assert int(found.headers["retry-after"]) >= 1


@pytest.mark.parametrize(
    "header",
    ["Bearer x", "Bearer kota_x", "Bearer ", "Basic !!", "Basic YTpi", "Digest x", "Bearer a.b.c"],
)
async def test_what_does_not_hold_is_refused_even_where_nothing_is_asked_for(
    http: httpx.AsyncClient, header: str
) -> None:
    for path in ("/api/v1/session", f"{NGSI}/types", "/api/v1/map"):
        assert (await http.get(path, headers={"Authorization": header})).status_code == 401


async def test_each_sees_the_entities_of_his_areas(
    http: httpx.AsyncClient, town: dict[str, dict[str, str]]
) -> None:
    query = f"{NGSI}/entities?type=Lamp&count=true"
    for who, expected in (
        ("viewer", ["lamp1", "lamp2", "lamp3"]),
        ("east", ["lamp1"]),
    ):
        found = await http.get(query, headers={**town[who], **KOTA_LINK})
        assert ids(found) == expected
        assert found.headers["ngsild-results-count"] == str(len(expected))
    for who in ("citizen", "admin"):
        assert (await http.get(query, headers=town[who])).status_code == 403
    east = town["east"]
    assert (await http.get(f"{NGSI}/entities/urn:x:lamp2", headers=east)).status_code == 404
    assert (await http.get(f"{NGSI}/entities/urn:x:lamp1", headers=east)).status_code == 200
    found = await http.get(f"{NGSI}/types/Lamp", headers={**east, **KOTA_LINK})
    assert found.json()["entityCount"] == 1
    found = await http.get("/api/v1/types", headers=east)
    assert {one["type"]: one["count"] for one in found.json()} == {"Lamp": 1, "Person": 1}
    found = await http.get("/api/v1/map?types=Lamp", headers=east)
    assert found.json()["types"][0]["ids"] == ["urn:x:lamp1"]
    found = await http.get("/api/v1/search?q=lamp", headers=east)
    assert [one["id"] for one in found.json()["results"]] == ["urn:x:lamp1"]
    assert (await http.get("/api/v1/entities/urn:x:lamp2", headers=east)).status_code == 404


async def test_what_tells_of_persons_is_seen_for_a_stated_purpose_alone(
    http: httpx.AsyncClient, town: dict[str, dict[str, str]]
) -> None:
    pulse = kota_context().compact(kota_context().expand("pulse"))
    for who, purpose, expected in (
        ("carer", "care", True),
        ("carer", "billing", False),
        ("carer", None, False),
        ("viewer", "care", False),
    ):
        headers = {**town[who], **KOTA_LINK} | ({"Kota-Purpose": purpose} if purpose else {})
        found = await http.get(f"{NGSI}/entities/urn:x:ana", headers=headers)
        assert (pulse in found.json()) is expected, (who, purpose)
        found = await http.get(f"{NGSI}/entities?type=Person&q=pulse>80", headers=headers)
        assert ids(found) == (["ben"] if expected else [])
        found = await http.get(f"{NGSI}/entities?type=Person&attrs=pulse", headers=headers)
        assert ids(found) == (["ana", "ben"] if expected else [])
        found = await http.get(
            f"{NGSI}/temporal/entities/urn:x:ana?timeproperty=modifiedAt", headers=headers
        )
        assert ("pulse" in found.json()) is expected, found.text
        found = await http.get(
            f"{NGSI}/temporal/entities?type=Person&q=pulse>80&timeproperty=modifiedAt"
            "&timerel=after&timeAt=2020-01-01T00:00:00Z",
            headers=headers,
        )
        assert ids(found) == (["ben"] if expected else [])
        found = await http.get("/api/v1/map?types=Person", headers=headers)
        assert ("pulse" in found.json()["types"][0]["values"]) is expected
        found = await http.get("/api/v1/entities/urn:x:ana", headers=headers)
        assert any(one["name"] == "pulse" for one in found.json()["attributes"]) is expected
        start = "start=2020-01-01T00:00:00Z"
        found = await http.get(
            f"/api/v1/history?entity=urn:x:ana&attribute=pulse&{start}", headers=headers
        )
        assert bool(found.json()["t"]) is expected


async def test_nobody_changes_what_lies_elsewhere_or_is_hidden(
    kota: Kota, http: httpx.AsyncClient, town: dict[str, dict[str, str]]
) -> None:
    east = {**town["east"], **KOTA_LINK}
    before = await kota.state.get("urn:x:lamp2")
    body = {"power": {"type": "Property", "value": 1}}
    refused = [
        await http.patch(f"{NGSI}/entities/urn:x:lamp2", json=body, headers=east),
        await http.delete(f"{NGSI}/entities/urn:x:lamp2", headers=east),
        await http.post(f"{NGSI}/entities/urn:x:lamp2/attrs", json=body, headers=east),
        await http.delete(f"{NGSI}/entities/urn:x:lamp2/attrs/power", headers=east),
        await http.delete(f"{NGSI}/temporal/entities/urn:x:lamp2", headers=east),
    ]
    assert [one.status_code for one in refused] == [404] * 5
    taken = entity("lamp2", "Lamp", "/kl/east", power=1)
    assert (await http.post(f"{NGSI}/entities", json=taken, headers=east)).status_code == 403
    found = await http.post(f"{NGSI}/entityOperations/upsert", json=[taken], headers=east)
    assert found.status_code == 207
    found = await http.delete(f"{NGSI}/entities?type=Lamp", headers=east)
    assert found.status_code == 204
    assert await kota.state.get("urn:x:lamp1") is None
    assert await kota.state.get("urn:x:lamp2") is before
    elsewhere = entity("lamp9", "Lamp", "/kl/west", power=1)
    assert (await http.post(f"{NGSI}/entities", json=elsewhere, headers=east)).status_code == 403
    unplaced = entity("lamp9", "Lamp", power=1)
    found = await http.post(f"{NGSI}/entities", json=unplaced, headers=east)
    assert found.status_code == 403
    assert "/kl/east" in found.json()["detail"]
    pulse = {"pulse": {"type": "Property", "value": 1}}
    found = await http.patch(f"{NGSI}/entities/urn:x:ana", json=pulse, headers=east)
    assert found.status_code == 403
    assert (await http.delete(f"{NGSI}/entities/urn:x:ana", headers=east)).status_code == 403
    room = {"room": {"type": "Property", "value": "E2"}}
    found = await http.patch(f"{NGSI}/entities/urn:x:ana", json=room, headers=east)
    assert found.status_code == 204
    after = await kota.state.get("urn:x:ana")
    assert after is not None
    pulses = after.default(kota.names.expand("pulse"))
    assert pulses is not None
    assert pulses.value == 72


async def test_a_right_that_is_not_held_is_refused_on_every_face(
    http: httpx.AsyncClient, town: dict[str, dict[str, str]]
) -> None:
    viewer, east = town["viewer"], town["east"]
    for method, path in (
        ("POST", f"{NGSI}/entities"),
        ("POST", f"{NGSI}/subscriptions"),
        ("POST", f"{NGSI}/jsonldContexts"),
        ("POST", "/api/v1/backups"),
        ("POST", "/api/v1/exports"),
        ("POST", "/api/v1/demo"),
        ("POST", "/api/v1/observations"),
        ("POST", "/api/v1/alarms/urn:x/acknowledge"),
        ("GET", "/api/v1/letters"),
        ("GET", "/api/v1/devices"),
        ("GET", "/api/v1/users"),
        ("GET", "/metrics"),
        ("GET", "/api/v1/health"),
        ("GET", "/api/v1/nothing"),
    ):
        body = None if method == "GET" else {}
        found = await http.request(method, path, json=body, headers=viewer)
        assert found.status_code == 403, (method, path)
    # Whoever is given an area has no right to what concerns the whole town.
    for path in ("/metrics", "/api/v1/health", "/api/v1/letters", "/api/v1/devices"):
        assert (await http.get(path, headers=east)).status_code == 403, path
    found = await http.post(f"{NGSI}/jsonldContexts", json={"@context": {}}, headers=east)
    assert found.status_code == 403


async def test_subscriptions_are_their_makers(
    kota: Kota, http: httpx.AsyncClient, town: dict[str, dict[str, str]]
) -> None:
    body = {
        "id": "urn:x:s1",
        "type": "Subscription",
        "entities": [{"type": "Lamp"}],
        "notification": {"endpoint": {"uri": "http://127.0.0.1:9/"}},
    }
    for who in ("east", "engineer"):
        body["id"] = f"urn:x:{who}"
        found = await http.post(f"{NGSI}/subscriptions", json=body, headers=town[who])
        assert found.status_code == 201, found.text
    for who, other in (("east", "engineer"), ("engineer", "east")):
        assert ids(await http.get(f"{NGSI}/subscriptions", headers=town[who])) == [who]
        path = f"{NGSI}/subscriptions/urn:x:{other}"
        assert (await http.get(path, headers=town[who])).status_code == 404
        assert (await http.delete(path, headers=town[who])).status_code == 404
        found = await http.patch(path, json={"isActive": False}, headers=town[who])
        assert found.status_code == 404


async def test_a_device_brings_its_own_observations_and_nothing_else(
    kota: Kota, http: httpx.AsyncClient, town: dict[str, dict[str, str]]
) -> None:
    engineer = town["engineer"]
    order = {"devices": ["d1", "d2"]}
    found = await http.post("/api/v1/devices/keys", json=order, headers=engineer)
    assert found.status_code == 201, found.text
    secret = found.json()[0]["secret"]
    headers = {"Authorization": f"Bearer {secret}"}
    mine = {"entities": [entity("lamp1", "Lamp", power=61)]}
    assert (await http.post("/api/v1/observations", json=mine, headers=headers)).status_code == 403
    table = {"rows": [{"line": 1, "cells": {"id": "d1", "entity": "urn:x:lamp1"}}]}
    found = await http.post("/api/v1/devices", json=table, headers=engineer)
    assert found.json()["new"] == 1, found.text
    assert (await http.post("/api/v1/observations", json=mine, headers=headers)).status_code == 200
    found = await http.post("/api/v1/observations", json=mine, auth=httpx.BasicAuth("d1", secret))
    assert found.status_code == 200
    found = await http.post("/api/v1/observations", json=mine, auth=httpx.BasicAuth("d2", secret))
    assert found.status_code == 401
    theirs = {"entities": [entity("lamp2", "Lamp", power=61)]}
    found = await http.post("/api/v1/observations", json=theirs, headers=headers)
    assert found.status_code == 403
    assert (await http.get("/api/v1/town", headers=headers)).status_code == 403
    assert (await http.get(f"{NGSI}/types", headers=headers)).status_code == 403
    found = await http.request(
        "DELETE", "/api/v1/devices/keys", json={"devices": ["d1"]}, headers=engineer
    )
    assert found.json() == {"revoked": 1}
    assert (await http.post("/api/v1/observations", json=mine, headers=headers)).status_code == 401


async def test_an_export_leaves_out_what_tells_of_persons(
    http: httpx.AsyncClient, town: dict[str, dict[str, str]], tmp_path: Path
) -> None:
    import duckdb

    for number, purpose in enumerate((None, "care")):
        headers = town["engineer"] | ({"Kota-Purpose": purpose} if purpose else {})
        target = tmp_path / str(number)
        found = await http.post("/api/v1/exports", json={"target": str(target)}, headers=headers)
        assert found.status_code == 201, found.text
        rows = duckdb.sql(
            f"SELECT DISTINCT attribute FROM read_parquet('{target}/**/*.parquet')"
        ).fetchall()
        assert any(name.endswith("pulse") for (name,) in rows) is (purpose == "care")
        assert any(name.endswith("room") for (name,) in rows)


async def test_users_are_managed_by_those_who_may(
    http: httpx.AsyncClient, town: dict[str, dict[str, str]]
) -> None:
    admin = town["admin"]
    new = {"name": "eka", "title": "Eka", "grants": [{"role": "viewer", "areas": ["/kl/east"]}]}
    made = await http.post("/api/v1/users", json=new, headers=admin)
    assert made.status_code == 201, made.text
    assert len(made.json()["password"]) == 23
    (eka,) = (await http.get("/api/v1/users", headers=admin)).json()
    assert eka["grants"][0]["areas"] == ["/kl/east"]
    assert "password" not in eka
    for body in (
        {"grants": [{"role": "king"}]},
        {"grants": [{"role": "viewer", "areas": ["east"]}]},
        {"grants": [{"role": "viewer"}] * 51},
        {"grants": [{"role": "viewer", "purposes": ["a\u0000"]}]},
    ):
        found = await http.put("/api/v1/users/eka/grants", json=body, headers=admin)
        assert found.status_code == 400, body
    mall = {"grants": [{"role": "viewer", "tenant": "mall"}]}
    found = await http.put("/api/v1/users/eka/grants", json=mall, headers=admin)
    assert found.status_code == 404
    found = await http.put("/api/v1/users/eka/grants", json={"grants": []}, headers=admin)
    assert found.json()["grants"] == []
    assert (await http.delete("/api/v1/users/eka", headers=admin)).status_code == 204
    token = {"name": "report", "grants": [{"role": "viewer"}]}
    made = await http.post("/api/v1/tokens", json=token, headers=admin)
    text, key = made.json()["text"], made.json()["id"]
    headers = {"Authorization": f"Bearer {text}"}
    assert (await http.get("/api/v1/town", headers=headers)).status_code == 200
    assert (await http.get("/api/v1/users", headers=headers)).status_code == 403
    assert (await http.delete(f"/api/v1/tokens/{key}", headers=admin)).status_code == 204
    assert (await http.get("/api/v1/town", headers=headers)).status_code == 401


async def test_every_route_asks_for_a_right(app: Door, kota: Kota) -> None:
    from kota.api.kota.app import create
    from kota.api.ngsi_ld.rights import right_of
    from kota.api.ngsi_ld.routes import ENDPOINTS
    from kota.api.rights import OPEN, need_of

    bounded: Any = create(kota)
    schema = bounded._app.openapi()
    for path, operations in schema["paths"].items():
        for method in operations:
            need = need_of(method.upper(), path.replace("{", "").replace("}", ""))
            assert need is not None, (method, path)
            assert (need is OPEN) is path.startswith("/api/v1/session"), (method, path)
    for endpoint in ENDPOINTS:
        for method in endpoint.methods:
            assert right_of(endpoint.path, method) is not None, (endpoint.path, method)
