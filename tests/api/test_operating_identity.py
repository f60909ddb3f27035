"""Rules, work orders and notices ask who is there, and show each what lies in his areas."""

from __future__ import annotations

import httpx
from tests.api.test_identity import app, bearer, http, kota, whole

from kota.access.right import Role
from kota.context.ingest import Patch
from kota.model.entity import Attribute, Kind
from kota.model.jsonld import kota_context
from kota.runtime import Kota

__all__ = ["app", "http", "kota"]
EXPAND = kota_context().expand
RULE = """\
[[rule]]
id = "fast"
title = "Pulse is fast"
type = "Person"
[[rule.when]]
if = { is = "high", attribute = "pulse", limit = 100 }
[[rule.then]]
do = "work"
title = "Look after them"
"""


async def person(kota: Kota, name: str, area: str, pulse: float) -> None:
    """Let somebody's pulse be told, and the rules judge it."""
    attrs = {EXPAND("pulse"): (Attribute(Kind.PROPERTY, pulse, kota.clock.now()),)}
    await kota.ingest.observe([Patch(name, (EXPAND("Person"),), attrs, (area,))])
    await kota.operation.rules.settle()


async def test_firings_and_orders_when_they_lie_elsewhere_then_not_seen(
    kota: Kota, http: httpx.AsyncClient
) -> None:
    engineer = await bearer(kota, whole(Role.ENGINEER))
    files = {"files": {"town.toml": RULE}}
    answer = await http.post("/api/v1/rules/load", json=files, headers=engineer)
    assert answer.status_code == 200, answer.text
    await person(kota, "urn:ngsi-ld:Person:A", "/north", 120.0)
    await person(kota, "urn:ngsi-ld:Person:B", "/south", 120.0)
    north = await bearer(kota, whole(Role.OPERATOR, areas=("/north",)))
    care = await bearer(kota, whole(Role.CARER, areas=("/north",), purposes=("care",)))
    with_purpose = {**care, "Kota-Purpose": "care"}
    orders = (await http.get("/api/v1/work", headers=north)).json()["orders"]
    assert [one["subject"] for one in orders] == ["urn:ngsi-ld:Person:A"]
    assert (await http.get("/api/v1/work/2", headers=north)).status_code == 404
    body = {"comment": "x"}
    assert (await http.post("/api/v1/work/2/comment", json=body, headers=north)).status_code == 404
    # What a rule judged tells of a person: it is seen for the purpose alone.
    assert (await http.get("/api/v1/rules/firings", headers=north)).json() == []
    (firing,) = (await http.get("/api/v1/rules/firings", headers=with_purpose)).json()
    assert firing["subject"] == "urn:ngsi-ld:Person:A"
    assert firing["evidence"][0]["value"] is None
    entity = await kota.state.get("urn:ngsi-ld:RuleFiring:fast:Person:A")
    assert "120" not in str(entity)
    audited = b"".join(link.body for link in await kota.state.audit.read(0, 1000))
    assert b"120" not in audited.split(b'"rule.fired"')[1][:400]


async def test_viewer_when_he_looks_then_may_when_he_acts_then_not(
    kota: Kota, http: httpx.AsyncClient
) -> None:
    viewer = await bearer(kota, whole(Role.VIEWER))
    operator = await bearer(kota, whole(Role.OPERATOR))
    part = await bearer(kota, whole(Role.ENGINEER, areas=("/north",)))
    for path in ("rules", "work", "rules/firings"):
        assert (await http.get(f"/api/v1/{path}", headers=viewer)).status_code == 200
        assert (await http.get(f"/api/v1/{path}")).status_code == 401
    acts = {
        "work": {"title": "x"},
        "rules/load": {},
        "rules/test": {},
        "notices": {"to": "x", "title": "x"},
        "notices/reload": {},
        "work/1/begin": {},
    }
    for path, body in acts.items():
        answer = await http.post(f"/api/v1/{path}", json=body, headers=viewer)
        assert answer.status_code == 403, path
    for who in (operator, part):  # rules are of the whole town
        for path in ("rules/load", "rules/test", "notices/reload"):
            assert (await http.post(f"/api/v1/{path}", json={}, headers=who)).status_code == 403, (
                path
            )
    assert (await http.get("/api/v1/notices", headers=viewer)).status_code == 403
    assert (
        await http.post("/api/v1/work", json={"title": "x"}, headers=operator)
    ).status_code == 201
    # An order that lies nowhere belongs to the whole town.
    assert (await http.post("/api/v1/work", json={"title": "x"}, headers=part)).status_code == 403
