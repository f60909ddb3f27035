"""Other brokers are asked within limits of place, time and size."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web

from kota.clock import WallClock
from kota.context.outgoing import Outgoing
from kota.context.sources import peers as limits
from kota.context.sources.peers import Ask, PeerError, Peers, Told, Visit
from kota.context.sources.registration import Information, Management, Registration
from kota.context.sources.wire import wire_of
from kota.model.jsonld import core_context

WIRE = wire_of(core_context())
GET = Ask(method="GET", path="/entities/urn:t:1", wire=WIRE)
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Source:
    """A broker that answers as told and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[web.Request] = []
        self.bodies: list[bytes] = []
        self.answer: Answer = self._nothing
        self.endpoint = ""

    async def take(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request)
        self.bodies.append(await request.read())
        return await self.answer(request)

    async def _nothing(self, _: web.Request) -> web.Response:
        return web.json_response({"id": "urn:t:1"})


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
async def peers() -> AsyncIterator[Peers]:
    found = Peers(Outgoing(), WallClock(), "kota-here")
    yield found
    await found.close()


def registered(endpoint: str, **more: Any) -> Registration:
    return Registration(
        id="urn:r:1", endpoint=endpoint, information=(Information(properties=("a",)),), **more
    )


async def fails(peers: Peers, registration: Registration, ask: Ask = GET) -> PeerError:
    with pytest.raises(PeerError) as error:
        await asyncio.wait_for(peers.ask(registration, ask, Visit()), 10)
    return error.value


async def test_a_source_is_told_the_context_the_tenant_and_who_asked(
    source: Source, peers: Peers
) -> None:
    registration = registered(
        source.endpoint,
        tenant="north",
        pairs=(
            ("X-Key", "1"),
            ("user", "urn:ngsi-ld:request"),
            ("absent", "urn:ngsi-ld:request"),
            ("Via", "1.1 evil"),
            ("NGSILD-Tenant", "evil"),
        ),
    )
    visit = Visit(("kota-there",), {"user": "siti", "cookie": "secret"})
    told = await peers.ask(registration, GET, visit)
    assert told.body == {"id": "urn:t:1"}
    headers = source.asked[0].headers
    assert (headers["X-Key"], headers["user"], headers["NGSILD-Tenant"]) == ("1", "siti", "north")
    assert headers["Via"] == "1.1 kota-there, 1.1 kota-here"
    assert "json-ld#context" in headers["Link"]
    assert "absent" not in headers
    assert "Cookie" not in headers


async def test_a_source_that_is_to_answer_alone_is_told_so(source: Source, peers: Peers) -> None:
    registration = registered(source.endpoint + "/ngsi-ld/v1", local_only=True)
    await peers.ask(registration, GET, Visit())
    assert source.asked[0].path_qs == "/ngsi-ld/v1/entities/urn:t:1?local=true"


async def test_a_body_goes_as_json_ld_where_the_source_wants_that(
    source: Source, peers: Peers
) -> None:
    ask = Ask(method="POST", path="/entities", wire=WIRE, body={"id": "urn:t:1"})
    pairs = (("contentType", "application/ld+json"),)
    await peers.ask(registered(source.endpoint, pairs=pairs), ask, Visit())
    assert source.asked[0].content_type == "application/ld+json"
    assert b"@context" in source.bodies[0]
    assert "Link" not in source.asked[0].headers


@pytest.mark.parametrize(
    "endpoint", ["http://169.254.169.254", "http://10.0.0.7:8500", "http://intranet.example"]
)
async def test_a_place_that_nobody_allowed_is_not_called(peers: Peers, endpoint: str) -> None:
    error = await fails(peers, registered(endpoint))
    assert "allow_hosts" in error.reason
    assert (error.status, error.warning) == (502, 299)


async def test_a_redirect_is_not_followed(source: Source, peers: Peers) -> None:
    async def elsewhere(_: web.Request) -> web.Response:
        raise web.HTTPFound("http://169.254.169.254/latest/meta-data")

    source.answer = elsewhere
    error = await fails(peers, registered(source.endpoint))
    assert "302" in error.reason
    assert len(source.asked) == 1


async def test_a_source_that_hangs_is_left_in_the_time_it_was_given(
    source: Source, peers: Peers
) -> None:
    async def hang(_: web.Request) -> web.Response:
        await asyncio.sleep(2)
        return web.Response()

    source.answer = hang
    error = await fails(peers, registered(source.endpoint, management=Management(timeout=100)))
    assert (error.status, error.warning) == (504, 110)


async def test_a_source_that_drips_is_left_in_the_time_it_was_given(
    source: Source, peers: Peers
) -> None:
    async def drip(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(300):
            await response.write(b" ")
            await asyncio.sleep(0.05)
        return response

    source.answer = drip
    error = await fails(peers, registered(source.endpoint, management=Management(timeout=200)))
    assert error.warning == 110


@pytest.mark.parametrize(
    "body", [b"nonsense", b"\xff\xfe", b"[" * 100_000, b'{"a":', b"\x1f\x8b\x08\x00garbage"]
)
async def test_garbage_is_refused(source: Source, peers: Peers, body: bytes) -> None:
    async def garbage(_: web.Request) -> web.Response:
        return web.Response(body=body)

    source.answer = garbage
    error = await fails(peers, registered(source.endpoint))
    assert (error.status, error.warning) == (502, 111)


async def test_an_answer_without_end_is_cut(
    source: Source, peers: Peers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "SIZE_LIMIT", 1 << 16)

    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b" " * 4096)

    source.answer = endless
    error = await fails(peers, registered(source.endpoint))
    assert error.warning == 111


async def test_after_a_failure_a_source_rests_as_long_as_it_asked(
    source: Source, peers: Peers
) -> None:
    async def garbage(_: web.Request) -> web.Response:
        return web.Response(body=b"nonsense")

    source.answer = garbage
    registration = registered(source.endpoint, management=Management(cooldown=60_000))
    await fails(peers, registration)
    error = await fails(peers, registration)
    assert error.warning == 112
    assert len(source.asked) == 1


async def test_nobody_at_the_address_is_a_failure_in_words(peers: Peers) -> None:
    error = await fails(peers, registered("http://127.0.0.1:9"))
    assert error.status == 502


async def test_an_error_of_the_source_is_told_with_its_body(source: Source, peers: Peers) -> None:
    async def refuse(_: web.Request) -> web.Response:
        return web.json_response({"title": "no"}, status=409)

    source.answer = refuse
    told = await peers.ask(registered(source.endpoint), GET, Visit())
    assert (told.status, told.body) == (409, {"title": "no"})
    assert isinstance(told, Told)
