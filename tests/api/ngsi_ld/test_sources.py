"""``/csourceRegistrations`` and ``/csourceSubscriptions`` over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from aiohttp import web

NGSI_LD = "/ngsi-ld/v1"
REGISTRATIONS, SUBSCRIPTIONS = f"{NGSI_LD}/csourceRegistrations", f"{NGSI_LD}/csourceSubscriptions"


def body(number: int = 1, kind: str = "Tank", **changes: Any) -> dict[str, Any]:
    return {
        "id": f"urn:r:{number}",
        "type": "ContextSourceRegistration",
        "endpoint": "http://township.example",
        "information": [{"entities": [{"type": kind}]}],
        **changes,
    }


@pytest.fixture
async def inbox() -> AsyncIterator[tuple[str, asyncio.Queue[dict[str, Any]]]]:
    """A receiver of notifications: its address, and what came."""
    got: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def take(request: web.Request) -> web.Response:
        got.put_nowait(await request.json())
        return web.Response()

    application = web.Application()
    application.router.add_post("/notify", take)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/notify", got
    await runner.cleanup()


async def test_a_registration_is_made_read_changed_and_deleted(client: httpx.AsyncClient) -> None:
    made = await client.post(REGISTRATIONS, json=body())
    assert (made.status_code, made.headers["location"]) == (201, f"{REGISTRATIONS}/urn:r:1")
    assert (await client.post(REGISTRATIONS, json=body())).status_code == 409
    changed = await client.patch(f"{REGISTRATIONS}/urn:r:1", json={"registrationName": "North"})
    assert (changed.status_code, changed.content) == (204, b"")
    read = (await client.get(f"{REGISTRATIONS}/urn:r:1")).json()
    assert read == body(registrationName="North")
    assert (await client.delete(f"{REGISTRATIONS}/urn:r:1")).status_code == 204
    assert (await client.get(f"{REGISTRATIONS}/urn:r:1")).status_code == 404


async def test_what_is_wrong_is_refused_with_its_place(client: httpx.AsyncClient) -> None:
    answer = await client.post(REGISTRATIONS, json=body(mode="sideways"))
    assert answer.status_code == 400
    assert "mode" in answer.json()["detail"]
    assert (await client.get(f"{REGISTRATIONS}/nothing")).status_code == 400
    assert (await client.get(REGISTRATIONS)).status_code == 400


async def test_registrations_are_found_by_type_page_by_page(client: httpx.AsyncClient) -> None:
    for number in range(3):
        await client.post(REGISTRATIONS, json=body(number))
    await client.post(REGISTRATIONS, json=body(9, "Pump"))
    page = await client.get(
        REGISTRATIONS, params={"type": "Tank", "limit": "2", "offset": "1", "count": "true"}
    )
    assert [one["id"] for one in page.json()] == ["urn:r:1", "urn:r:2"]
    assert page.headers["ngsild-results-count"] == "3"
    assert 'rel="prev"' in page.headers["link"]


async def test_a_subscriber_is_told_of_what_matches_changes_and_leaves(
    client: httpx.AsyncClient, inbox: tuple[str, asyncio.Queue[dict[str, Any]]]
) -> None:
    uri, got = inbox
    await client.post(REGISTRATIONS, json=body())
    made = await client.post(
        SUBSCRIPTIONS,
        json={
            "id": "urn:s:1",
            "type": "Subscription",
            "entities": [{"type": "Tank"}],
            "notification": {"endpoint": {"uri": uri}},
        },
    )
    assert made.status_code == 201
    told = [await asyncio.wait_for(got.get(), 10)]
    await client.patch(f"{REGISTRATIONS}/urn:r:1", json={"description": "x"})
    told.append(await asyncio.wait_for(got.get(), 10))
    await client.post(REGISTRATIONS, json=body(2, "Pump"))
    await client.delete(f"{REGISTRATIONS}/urn:r:1")
    told.append(await asyncio.wait_for(got.get(), 10))
    assert [(one["triggerReason"], one["data"][0]["id"]) for one in told] == [
        ("newlyMatching", "urn:r:1"),
        ("updated", "urn:r:1"),
        ("noLongerMatching", "urn:r:1"),
    ]
    assert told[0]["type"] == "ContextSourceNotification"
    read = (await client.get(f"{SUBSCRIPTIONS}/urn:s:1")).json()
    assert read["notification"]["timesSent"] == 3
    assert (await client.delete(f"{SUBSCRIPTIONS}/urn:s:1")).status_code == 204
    assert (await client.get(SUBSCRIPTIONS)).json() == []
