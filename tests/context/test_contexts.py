"""Resolving, fetching, hosting and reloading JSON-LD contexts."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from kota.clock import WallClock
from kota.context.context_library import PATH
from kota.context.contexts import Contexts
from kota.context.outgoing import Outgoing
from kota.context.stored_context import ContextKind
from kota.errors import BadRequestDataError, ContextUnavailableError, NotFoundError
from kota.model.terms import CORE_CONTEXT, KOTA_CONTEXT
from kota.store.state.protocol import Document

BASE = "http://127.0.0.1:1026"
TERMS = {"@context": {"Tank": "https://example.org/Tank"}}


class Documents:
    """As much of a state store as contexts need."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], Document] = {}

    async def put_documents(self, documents: list[Document]) -> None:
        self.kept |= {(one.kind, one.key): one for one in documents}

    async def list_documents(self, kind: str) -> list[Document]:
        return [one for one in self.kept.values() if one.kind == kind]

    async def delete_documents(self, kind: str, keys: list[str]) -> int:
        return sum(self.kept.pop((kind, key), None) is not None for key in keys)


class Site:
    """A web server that a test fills; counts what it was asked for."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}
        self.asked: list[str] = []
        self.address = ""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path)
        found = self.answers.get(request.path)
        if callable(found):
            return await found(request)
        if found is None:
            return web.Response(status=404)
        return web.Response(text=json.dumps(found), content_type="application/ld+json")


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    site = Site()
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", site.answer)
    runner = web.AppRunner(application)
    await runner.setup()
    listener = web.TCPSite(runner, "127.0.0.1", 0)
    await listener.start()
    site.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield site
    await runner.cleanup()


@pytest.fixture
def store() -> Documents:
    return Documents()


@pytest.fixture
async def contexts(store: Documents) -> Contexts:
    return await opened(store)


async def opened(store: Documents, **options: Any) -> Contexts:
    contexts = Contexts(store, WallClock(), base=BASE, **options)  # type: ignore[arg-type]
    await contexts.open()
    return contexts


async def test_an_address_is_fetched_once_and_then_remembered(
    contexts: Contexts, site: Site
) -> None:
    site.answers["/c.jsonld"] = TERMS
    address = f"{site.address}/c.jsonld"
    first = await contexts.resolve(address)
    assert first.expand("Tank") == "https://example.org/Tank"
    assert first.address == address
    assert await contexts.resolve(address) is first
    assert await contexts.resolve([address]) is first
    assert site.asked == ["/c.jsonld"]


async def test_a_fetched_context_survives_a_restart_without_the_network(
    store: Documents, site: Site
) -> None:
    site.answers["/c.jsonld"] = TERMS
    await (await opened(store)).resolve(f"{site.address}/c.jsonld")
    site.answers.clear()
    again = await opened(store)
    assert (await again.resolve(f"{site.address}/c.jsonld")).compact("https://example.org/Tank")
    assert len(site.asked) == 1


async def test_contexts_that_name_each_other_are_all_fetched(
    contexts: Contexts, site: Site
) -> None:
    site.answers["/outer.jsonld"] = {"@context": ["/inner.jsonld", {"Pump": "https://x.org/Pump"}]}
    site.answers["/inner.jsonld"] = TERMS
    context = await contexts.resolve([f"{site.address}/outer.jsonld", CORE_CONTEXT])
    assert context.expand("Tank") == "https://example.org/Tank"
    assert context.expand("Pump") == "https://x.org/Pump"


async def test_a_hundred_requests_at_once_fetch_once(contexts: Contexts, site: Site) -> None:
    site.answers["/c.jsonld"] = TERMS
    await asyncio.gather(*(contexts.resolve(f"{site.address}/c.jsonld") for _ in range(100)))
    assert site.asked == ["/c.jsonld"]


async def test_an_endless_chain_of_contexts_is_refused(contexts: Contexts, site: Site) -> None:
    async def next_one(request: web.Request) -> web.Response:
        number = int(request.path[1:]) + 1
        return web.json_response({"@context": f"{site.address}/{number}"})

    for number in range(100):
        site.answers[f"/{number}"] = next_one
    with pytest.raises(ContextUnavailableError, match="deeper"):
        await contexts.resolve(f"{site.address}/0")


async def test_a_host_that_is_not_named_is_never_called(contexts: Contexts) -> None:
    with pytest.raises(ContextUnavailableError, match="not allowed; name it in allow_hosts"):
        await contexts.resolve("http://context.invalid/c.jsonld")


async def test_a_redirect_to_a_host_that_is_not_named_is_refused(
    contexts: Contexts, site: Site
) -> None:
    async def away(request: web.Request) -> web.Response:
        raise web.HTTPFound("http://169.254.169.254/latest")

    site.answers["/c.jsonld"] = away
    with pytest.raises(ContextUnavailableError, match=r"169\.254\.169\.254"):
        await contexts.resolve(f"{site.address}/c.jsonld")


async def test_a_redirect_within_the_rule_is_followed(contexts: Contexts, site: Site) -> None:
    async def on(request: web.Request) -> web.Response:
        raise web.HTTPFound("/new.jsonld")

    site.answers["/old.jsonld"] = on
    site.answers["/new.jsonld"] = TERMS
    context = await contexts.resolve(f"{site.address}/old.jsonld")
    assert context.expand("Tank") == "https://example.org/Tank"


async def test_a_context_larger_than_a_mebibyte_is_refused(contexts: Contexts, site: Site) -> None:
    site.answers["/big"] = {"@context": {"Tank": "https://x.org/" + "x" * (1 << 20)}}
    with pytest.raises(ContextUnavailableError, match="larger than 1 MiB"):
        await contexts.resolve(f"{site.address}/big")


async def test_a_server_that_hangs_is_given_up(
    contexts: Contexts, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang(request: web.Request) -> web.Response:
        await asyncio.sleep(2)
        return web.Response()

    monkeypatch.setattr("kota.context.context_fetch.TIME_LIMIT_S", 0.1)
    site.answers["/slow"] = hang
    with pytest.raises(ContextUnavailableError, match="no answer within"):
        await contexts.resolve(f"{site.address}/slow")


@pytest.mark.parametrize("answer", [["a list"], {"no": "context"}, "text"])
async def test_a_document_without_context_is_refused(
    contexts: Contexts, site: Site, answer: Any
) -> None:
    site.answers["/c"] = answer
    with pytest.raises(BadRequestDataError, match="no member @context"):
        await contexts.resolve(f"{site.address}/c")


@pytest.mark.parametrize("source", [42, True, ["a:b", 7], "relative"])
async def test_what_is_no_context_is_bad_data(contexts: Contexts, source: Any) -> None:
    with pytest.raises(BadRequestDataError):
        await contexts.resolve(source)


async def test_an_address_in_the_map_is_read_from_its_file(
    store: Documents, tmp_path: Path
) -> None:
    file = tmp_path / "c.jsonld"
    file.write_text(json.dumps(TERMS))
    contexts = await opened(store, context_map={"https://far.example/c": file})
    context = await contexts.resolve("https://far.example/c")
    assert context.expand("Tank") == "https://example.org/Tank"
    assert contexts.library.find("https://far.example/c").kind is ContextKind.CACHED


async def test_a_file_missing_from_the_map_is_named(store: Documents, tmp_path: Path) -> None:
    contexts = await opened(store, context_map={"https://far.example/c": tmp_path / "none"})
    with pytest.raises(ContextUnavailableError, match="none cannot be read"):
        await contexts.resolve("https://far.example/c")


async def test_a_hosted_context_resolves_under_any_name_of_this_server(
    contexts: Contexts,
) -> None:
    hosted = await contexts.add(TERMS["@context"])
    assert hosted.kind is ContextKind.HOSTED
    assert hosted.address == f"{BASE}{PATH}{hosted.key}"
    for base in (BASE, "http://kota.town.org"):
        context = await contexts.resolve(f"{base}{PATH}{hosted.key}")
        assert context.expand("Tank") == "https://example.org/Tank"


async def test_what_is_no_context_is_not_hosted(contexts: Contexts) -> None:
    before = len(contexts.library.all())
    with pytest.raises(BadRequestDataError):
        await contexts.add(["https://example.org/c", 7])  # type: ignore[arg-type]
    assert len(contexts.library.all()) == before


async def test_uses_are_counted_and_kept(store: Documents, contexts: Contexts) -> None:
    hosted = await contexts.add(TERMS["@context"])
    assert contexts.library.serve(hosted.key).hits == 0
    await contexts.resolve(hosted.address)
    await contexts.resolve(hosted.address)
    assert contexts.library.serve(hosted.key).hits == 3
    await contexts.close()
    assert (await opened(store)).library.find(hosted.key).hits == 4


async def test_a_deleted_context_resolves_no_more(contexts: Contexts) -> None:
    hosted = await contexts.add(TERMS["@context"])
    await contexts.resolve(hosted.address)
    await contexts.delete(hosted.key)
    with pytest.raises(NotFoundError):
        contexts.library.find(hosted.key)
    with pytest.raises(ContextUnavailableError):
        await contexts.resolve(hosted.address)


async def test_several_contexts_of_a_subscription_get_one_address(
    contexts: Contexts, site: Site
) -> None:
    site.answers["/c.jsonld"] = TERMS
    source: list[Any] = [f"{site.address}/c.jsonld", {"Pump": "https://x.org/Pump"}]
    address = await contexts.keep(source)
    assert await contexts.keep(source) == address
    assert (await contexts.resolve(address)).expand("Tank") == "https://example.org/Tank"
    assert [one.address for one in contexts.library.all(ContextKind.IMPLICIT)] == [address]
    assert await contexts.keep([f"{site.address}/c.jsonld"]) == f"{site.address}/c.jsonld"


async def test_reload_takes_the_new_content(contexts: Contexts, site: Site) -> None:
    site.answers["/c"] = TERMS
    address = f"{site.address}/c"
    await contexts.resolve(address)
    site.answers["/c"] = {"@context": {"Tank": "https://new.example/Tank"}}
    await contexts.reload(address)
    assert (await contexts.resolve(address)).expand("Tank") == "https://new.example/Tank"


async def test_a_reload_that_fails_keeps_what_is_there(contexts: Contexts, site: Site) -> None:
    site.answers["/c"] = TERMS
    address = f"{site.address}/c"
    await contexts.resolve(address)
    for answer in (None, ["no context"]):
        site.answers["/c"] = answer
        with pytest.raises(ContextUnavailableError):
            await contexts.reload(address)
    assert (await contexts.resolve(address)).expand("Tank") == "https://example.org/Tank"


async def test_only_cached_contexts_are_reloaded(contexts: Contexts) -> None:
    hosted = await contexts.add(TERMS["@context"])
    for key in (hosted.key, "unknown"):
        with pytest.raises(BadRequestDataError):
            await contexts.reload(key)


@pytest.mark.parametrize("key", [CORE_CONTEXT, KOTA_CONTEXT, CORE_CONTEXT.replace("1.9", "1.6")])
async def test_bundled_contexts_are_served_and_stay(contexts: Contexts, key: str) -> None:
    assert "@context" in contexts.library.serve(key).body
    await contexts.reload(key)
    with pytest.raises(BadRequestDataError, match="stays"):
        await contexts.delete(key)


async def test_kotas_own_context_can_be_read_by_others(contexts: Contexts) -> None:
    address = contexts.readable(KOTA_CONTEXT)
    assert address.startswith(f"{BASE}{PATH}")
    own, others = await contexts.resolve(KOTA_CONTEXT), await contexts.resolve(address)
    assert own.terms == others.terms
    assert others.address == address
    assert contexts.readable(CORE_CONTEXT) == CORE_CONTEXT
    assert contexts.readable("http://far.example/c") == "http://far.example/c"


async def test_a_core_context_that_was_never_published_is_not_available(
    store: Documents,
) -> None:
    contexts = await opened(store, rule=Outgoing())
    with pytest.raises(ContextUnavailableError):
        await contexts.resolve(
            "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-non-existing.jsonld"
        )
