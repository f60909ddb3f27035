"""``/subscriptions`` and ``/jsonldContexts`` over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.routing import Mount

from kota.api.ngsi_ld import contexts as context_endpoints
from kota.api.ngsi_ld import subscriptions as subscription_endpoints
from kota.api.ngsi_ld.binding import PREFIX, Binding
from kota.api.ngsi_ld.services import Services
from kota.clock import WallClock
from kota.context.broker import Broker
from kota.context.contexts import Contexts
from kota.context.subscriptions import Subscriptions
from kota.model.terms import CORE_CONTEXT, KOTA_CONTEXT
from kota.store.state.sqlite import SqliteState

BODY: dict[str, Any] = {
    "id": "urn:s:1",
    "type": "Subscription",
    "entities": [{"type": "Tank"}],
    "notification": {"endpoint": {"uri": "http://localhost:9/notify"}},
}
LD = {"content-type": "application/ld+json"}


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    clock = WallClock()
    store = SqliteState(tmp_path, clock)
    await store.open()
    contexts = Contexts(store, clock, base="http://kota")
    await contexts.open()
    subscriptions = Subscriptions(store, contexts, clock)
    await subscriptions.open()
    services = Services(
        broker=Broker(store, clock),
        contexts=contexts,
        subscriptions=subscriptions,
        temporal=cast(Any, None),
        clock=clock,
    )
    endpoints = (*subscription_endpoints.ENDPOINTS, *context_endpoints.ENDPOINTS)
    application = Starlette(routes=[Mount(PREFIX, app=Binding(services, endpoints))])
    transport = httpx.ASGITransport(application)
    async with httpx.AsyncClient(transport=transport, base_url=f"http://kota{PREFIX}") as client:
        yield client
    await contexts.close()
    await store.close()


async def test_a_subscription_is_created_read_changed_and_deleted(
    client: httpx.AsyncClient,
) -> None:
    made = await client.post("/subscriptions", json=BODY)
    assert (made.status_code, made.headers["location"]) == (
        201,
        "/ngsi-ld/v1/subscriptions/urn:s:1",
    )
    assert (await client.post("/subscriptions", json=BODY)).status_code == 409
    changed = await client.patch("/subscriptions/urn:s:1", json={"isActive": False})
    assert (changed.status_code, changed.content) == (204, b"")
    read = (await client.get("/subscriptions/urn:s:1")).json()
    assert read == BODY | {
        "isActive": False,
        "status": "paused",
        "notificationTrigger": ["attributeCreated", "attributeUpdated"],
        "jsonldContext": CORE_CONTEXT,
    }
    assert (await client.delete("/subscriptions/urn:s:1")).status_code == 204
    assert (await client.get("/subscriptions/urn:s:1")).status_code == 404
    assert (await client.delete("/subscriptions/urn:s:1")).status_code == 404


async def test_without_an_id_one_is_made(client: httpx.AsyncClient) -> None:
    body = {name: value for name, value in BODY.items() if name != "id"}
    location = (await client.post("/subscriptions", json=body)).headers["location"]
    found = await client.get(f"/subscriptions/{location.rsplit('/', 1)[1]}")
    assert found.status_code == 200


async def test_pages_count_and_links(client: httpx.AsyncClient) -> None:
    for number in range(3):
        await client.post("/subscriptions", json=BODY | {"id": f"urn:s:{number}"})
    page = await client.get("/subscriptions?limit=1&offset=1&count=true")
    assert [one["id"] for one in page.json()] == ["urn:s:1"]
    assert page.headers["ngsild-results-count"] == "3"
    links = page.headers["link"]
    assert 'offset=0>; rel="prev"' in links
    assert 'offset=2>; rel="next"' in links


async def test_names_come_back_in_the_context_asked_for(client: httpx.AsyncClient) -> None:
    context = {"Tank": "https://x.org/Tank"}
    made = await client.post("/subscriptions", json=BODY | {"@context": context}, headers=LD)
    assert made.status_code == 201
    plain = (await client.get("/subscriptions/urn:s:1")).json()
    assert plain["entities"] == [{"type": "https://x.org/Tank"}]
    address = plain["jsonldContext"]
    assert address.startswith("http://kota/ngsi-ld/v1/jsonldContexts/")
    link = f'<{address}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'
    short = (await client.get("/subscriptions/urn:s:1", headers={"link": link})).json()
    assert short["entities"] == [{"type": "Tank"}]
    implicit = await client.get("/jsonldContexts?kind=ImplicitlyCreated")
    assert implicit.json() == [address]


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        (b"{", 400, "InvalidRequest"),
        (b"{}", 400, "BadRequestData"),
        (b"[]", 400, "InvalidRequest"),
    ],
)
async def test_a_body_that_is_no_subscription_is_refused(
    client: httpx.AsyncClient, body: bytes, status: int, kind: str
) -> None:
    headers = {"content-type": "application/json"}
    answer = await client.post("/subscriptions", content=body, headers=headers)
    assert answer.status_code == status
    assert answer.json()["type"].endswith(kind)
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_context_that_cannot_be_had_is_answered_504(client: httpx.AsyncClient) -> None:
    wanted = {"jsonldContext": "http://far.invalid/c.jsonld"}
    answer = await client.post("/subscriptions", json=BODY | wanted)
    assert answer.status_code == 504
    assert answer.json()["type"].endswith("LdContextNotAvailable")
    assert (await client.get("/subscriptions")).json() == []


async def test_an_endpoint_of_a_strange_kind_is_refused_in_so_many_words(
    client: httpx.AsyncClient,
) -> None:
    body = BODY | {"notification": {"endpoint": {"uri": "amqp://localhost/t"}}}
    answer = await client.post("/subscriptions", json=body)
    assert answer.status_code == 422
    assert "amqp are not offered" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("endpoint", "said"),
    [
        ({"uri": "mqtt://localhost"}, "topic"),
        ({"uri": "mqtt://localhost/a/+"}, "topic"),
        (
            {
                "uri": "mqtt://localhost/a",
                "notifierInfo": [{"key": "MQTT-QoS", "value": "7"}],
            },
            "MQTT-QoS",
        ),
        (
            {
                "uri": "mqtt://localhost/a",
                "notifierInfo": [{"key": "MQTT-Version", "value": "mqtt9"}],
            },
            "MQTT-Version",
        ),
    ],
)
async def test_an_mqtt_endpoint_that_cannot_be_is_refused(
    client: httpx.AsyncClient, endpoint: dict[str, Any], said: str
) -> None:
    body = BODY | {"notification": {"endpoint": endpoint}}
    answer = await client.post("/subscriptions", json=body)
    assert answer.status_code == 400
    assert said in answer.json()["detail"]


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
async def test_an_id_that_is_no_uri_is_bad_data(client: httpx.AsyncClient, method: str) -> None:
    answer = await client.request(method, "/subscriptions/nothing", json={"type": "Subscription"})
    assert answer.status_code == 400


async def test_a_version_preference_is_applied(client: httpx.AsyncClient) -> None:
    await client.post("/subscriptions", json=BODY)
    for prefer in ("NGSI-LD=1.0", 'ngsi-ld="1.0"', "respond-async, ngsi-ld=1.0;q=0.1"):
        answer = await client.get("/subscriptions/urn:s:1", headers={"prefer": prefer})
        assert answer.headers["preference-applied"] == "ngsi-ld=1.0"
    plain = await client.get("/subscriptions/urn:s:1", headers={"prefer": "respond-async"})
    assert "preference-applied" not in plain.headers


async def test_a_context_is_hosted_served_and_deleted(client: httpx.AsyncClient) -> None:
    document = {"@context": {"Tank": "https://x.org/Tank"}}
    made = await client.post("/jsonldContexts", json=document)
    assert (made.status_code, made.content) == (201, b"")
    path = made.headers["location"].removeprefix(PREFIX)
    assert (await client.get(path)).json() == document
    details = (await client.get(f"{path}?details=true")).json()
    assert details["kind"] == "Hosted"
    assert details["URL"].endswith(path)
    assert details["numberOfHits"] == 1
    assert (await client.delete(f"{path}?reload=true")).status_code == 400
    assert (await client.delete(path)).status_code == 204
    assert (await client.get(path)).status_code == 404


async def test_bundled_contexts_are_listed_served_and_stay(client: httpx.AsyncClient) -> None:
    listed = (await client.get("/jsonldContexts?kind=Cached")).json()
    assert listed == [CORE_CONTEXT, KOTA_CONTEXT]
    path = "/jsonldContexts/" + CORE_CONTEXT.replace("/", "%2F").replace(":", "%3A")
    assert (await client.get(path)).status_code == 200
    assert (await client.delete(path)).status_code == 400
    assert (await client.delete(f"{path}?reload=true")).status_code == 204


@pytest.mark.parametrize("query", ["details=other", "kind=other", "details=true&kind=other"])
async def test_a_list_of_contexts_takes_known_words_only(
    client: httpx.AsyncClient, query: str
) -> None:
    assert (await client.get(f"/jsonldContexts?{query}")).status_code == 400


@pytest.mark.parametrize(
    ("document", "kind"),
    [
        ({"Tank": "https://x.org/Tank"}, "InvalidRequest"),
        ({"@context": 42}, "BadRequestData"),
        ({"@context": True}, "BadRequestData"),
        ({"@context": None}, "BadRequestData"),
        ({"@context": ["https://x.org/c", 7]}, "BadRequestData"),
        ({"@context": {"Tank": 5}}, "BadRequestData"),
    ],
)
async def test_what_is_no_context_is_not_hosted(
    client: httpx.AsyncClient, document: dict[str, Any], kind: str
) -> None:
    answer = await client.post("/jsonldContexts", json=document)
    assert answer.status_code == 400
    assert answer.json()["type"].endswith(kind)


scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
values = st.recursive(
    scalars | st.sampled_from(["@none", "urn:a:b", "urn:ngsi-ld:null", "*", "a>1", "/a"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
members = st.sampled_from(
    [
        *("id", "type", "entities", "watchedAttributes", "notificationTrigger", "timeInterval"),
        *("q", "scopeQ", "geoQ", "csf", "throttling", "isActive", "expiresAt", "lang"),
        *("datasetId", "notification", "jsonldContext", "subscriptionName", "@context"),
    ]
)


@settings(max_examples=150)
@given(odd=st.dictionaries(members, values, max_size=4), patch=st.booleans(), ld=st.booleans())
async def test_no_document_makes_the_server_fail(
    client: httpx.AsyncClient, odd: dict[str, Any], patch: bool, ld: bool
) -> None:
    await client.post("/subscriptions", json=BODY)
    body = odd if patch else {name: v for name, v in (BODY | odd).items() if v != "drop"}
    headers = LD if ld else {}
    try:
        if patch:
            answer = await client.patch("/subscriptions/urn:s:1", json=body, headers=headers)
        else:
            answer = await client.post("/subscriptions", json=body, headers=headers)
    except (UnicodeEncodeError, ValueError):
        return
    assert answer.status_code < 500 or answer.status_code == 504, answer.text
    assert (await client.get("/subscriptions?limit=1000")).status_code == 200


@settings(max_examples=100)
@given(odd=values)
async def test_no_context_makes_the_server_fail(client: httpx.AsyncClient, odd: Any) -> None:
    try:
        answer = await client.post("/jsonldContexts", json={"@context": odd})
    except (UnicodeEncodeError, ValueError):
        return
    assert answer.status_code in (201, 400, 504), answer.text
    if answer.status_code == 201:
        path = answer.headers["location"].removeprefix(PREFIX)
        assert (await client.get(path)).status_code == 200
