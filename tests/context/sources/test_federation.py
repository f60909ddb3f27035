"""What sources answer is read with care: nothing that they are not registered for gets in."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from kota.clock import WallClock
from kota.context.contexts import Contexts
from kota.context.outgoing import Outgoing
from kota.context.sources.federation import MOST, Federation, Remote, Searched, read_remote
from kota.context.sources.matching import Asked
from kota.context.sources.peers import Peers, Visit
from kota.context.sources.registrations import Registrations
from kota.model.jsonld import core_context
from kota.model.query import types
from kota.store.state.sqlite import SqliteState

CORE = core_context()
TANK = types.of([CORE.expand("Tank")])


class Town:
    """A federation with sources that answer as told."""

    def __init__(self, registrations: Registrations, federation: Federation, url: str) -> None:
        self.registrations = registrations
        self.federation = federation
        self.url = url
        self.answer: Any = []
        self.asked: list[dict[str, str]] = []
        self.together: asyncio.Barrier | None = None

    async def take(self, request: web.Request) -> web.Response:
        self.asked.append(dict(request.query))
        if self.together is not None:
            await self.together.wait()
        return web.Response(body=json.dumps(self.answer).encode(), content_type="application/json")

    async def register(self, number: int = 1, **more: Any) -> None:
        information = more.pop("information", [{"entities": [{"type": "Tank"}]}])
        document = {
            "id": f"urn:r:{number}",
            "type": "ContextSourceRegistration",
            "endpoint": self.url,
            "information": information,
            **more,
        }
        await self.registrations.create(document, CORE)

    async def query(self, **more: Any) -> tuple[list[Remote], list[int]]:
        searched = Searched(asked=Asked(types=TANK, **more))
        remotes, warned = await self.federation.query(searched, CORE, Visit())
        return remotes, [one.code for one in warned]


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    clock = WallClock()
    store = SqliteState(tmp_path, clock)
    await store.open()
    contexts = Contexts(store, clock, base="http://kota")
    await contexts.open()
    registrations = Registrations(store, clock)
    peers = Peers(Outgoing(), clock, "kota-here")
    federation = Federation(registrations, peers, contexts, clock)
    made = Town(registrations, federation, "")
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", made.take)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield made
    await runner.cleanup()
    await peers.close()
    await contexts.close()
    await store.close()


def tank(name: str, **values: Any) -> dict[str, Any]:
    return {"id": f"urn:t:{name}", "type": "Tank"} | {
        key: {"type": "Property", "value": value} for key, value in values.items()
    }


async def test_what_a_source_is_not_registered_for_is_dropped(town: Town) -> None:
    await town.register(
        information=[{"entities": [{"type": "Tank", "id": "urn:t:1"}], "propertyNames": ["level"]}]
    )
    town.answer = [tank("1", level=1, secret=2), tank("2", level=3)]
    remotes, warned = await town.query()
    assert [one.entity.id for one in remotes] == ["urn:t:1"]
    assert list(remotes[0].entity.attrs) == [CORE.expand("level")]
    assert warned == []
    assert town.asked[0]["attrs"] == "level"
    assert town.asked[0]["id"] == "urn:t:1"


@pytest.mark.parametrize(
    "answer",
    [
        "text",
        [1, 2],
        [{"id": "no uri", "type": "Tank"}],
        [{"type": "Tank"}],
        [{"id": "urn:t:1", "type": "Tank", "level": {"type": "Property"}}],
        [{"id": "urn:t:1", "type": "Tank", "@context": "http://10.0.0.9/c.jsonld"}],
        [{"id": "urn:t:1", "type": "Tank", "createdAt": "yesterday"}],
        [tank(str(number)) for number in range(MOST + 1)],
    ],
)
async def test_nonsense_of_one_source_is_a_warning_and_the_other_is_heard(
    town: Town, answer: Any
) -> None:
    await town.register()
    town.answer = answer
    remotes, warned = await town.query()
    assert (remotes, warned) == ([], [111])


async def test_sources_are_asked_at_the_same_time(town: Town) -> None:
    for number in range(5):
        await town.register(number)
    town.together = asyncio.Barrier(5)
    assert await asyncio.wait_for(town.query(), 5) == ([], [])
    assert len(town.asked) == 5


async def test_a_source_through_which_the_request_came_is_not_asked(town: Town) -> None:
    await town.register(contextSourceAlias="kota-there")
    searched = Searched(asked=Asked(types=TANK))
    await town.federation.query(searched, CORE, Visit(("kota-there",)))
    assert town.asked == []
    await town.federation.query(searched, CORE, Visit(("kota-here",)))
    assert town.asked == []
    await town.federation.query(searched, CORE, Visit(("kota-elsewhere",)))
    assert len(town.asked) == 1


def test_the_times_of_a_source_are_kept_for_each_instance() -> None:
    entity = read_remote(
        {
            "id": "urn:t:1",
            "type": "Tank",
            "modifiedAt": "1970-01-01T00:00:09Z",
            "level": [
                {"type": "Property", "value": 1, "modifiedAt": "1970-01-01T00:00:01Z"},
                {"type": "Property", "value": 2, "datasetId": "urn:d:1"},
            ],
        },
        CORE,
        now=5,
    )
    held = {one.dataset_id: one.modified_at for one in entity.attrs[CORE.expand("level")]}
    assert held == {None: 1_000_000, "urn:d:1": 9_000_000}
