"""Notices of registrations wait for receivers that are away, over starts and after giving up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from kota.clock import WallClock
from kota.context.contexts import Contexts
from kota.context.notification_delivery import LETTER_BOX, Patience
from kota.context.notifications import Notifier
from kota.context.outgoing import Outgoing
from kota.context.sources import source_notifier
from kota.context.sources.registrations import Registrations
from kota.context.sources.source_notifier import SourceNotifier
from kota.context.sources.source_subscriptions import SourceSubscriptions
from kota.context.subscriptions import Subscriptions
from kota.model.jsonld import core_context
from kota.store.state.sqlite import SqliteState

CORE = core_context()


class Receiver:
    """Keeps what it got, and answers as told."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.status = 200
        self.uri = ""

    async def take(self, request: web.Request) -> web.Response:
        if self.status == 200:
            self.got.append(await request.json())
        return web.Response(status=self.status)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    application = web.Application()
    application.router.add_post("/notify", receiver.take)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.uri = f"http://127.0.0.1:{runner.addresses[0][1]}/notify"
    yield receiver
    await runner.cleanup()


class Town:
    """Everything that tells of registrations, on a folder."""

    def __init__(self, store: SqliteState, contexts: Contexts, patience: Patience) -> None:
        clock = WallClock()
        self.store = store
        self.contexts = contexts
        self.registrations = Registrations(store, clock)
        self.subscriptions = SourceSubscriptions(store, self.registrations, contexts, clock)
        self.notifier = SourceNotifier(
            store,
            self.subscriptions,
            self.registrations,
            contexts,
            clock,
            rule=Outgoing(),
            patience=patience,
        )


@asynccontextmanager
async def running(folder: Path, patience: Patience | None = None) -> AsyncIterator[Town]:
    clock = WallClock()
    store = SqliteState(folder, clock)
    await store.open()
    contexts = Contexts(store, clock, base="http://kota")
    await contexts.open()
    town = Town(store, contexts, patience or Patience(first_s=0.05, longest_s=0.1))
    await town.registrations.open()
    await town.subscriptions.open()
    task = asyncio.create_task(town.notifier.run())
    yield town
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await contexts.close()
    await store.close()


async def eventually(condition: Callable[[], object], within: float = 10.0) -> None:
    for _ in range(int(within / 0.05)):
        if condition():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it did not become so in time")


def registration(number: int = 1) -> dict[str, Any]:
    return {
        "id": f"urn:r:{number}",
        "type": "ContextSourceRegistration",
        "endpoint": "http://township.example",
        "information": [{"entities": [{"type": "Tank"}]}],
    }


def subscription(uri: str) -> dict[str, Any]:
    return {
        "id": "urn:s:1",
        "type": "Subscription",
        "entities": [{"type": "Tank"}],
        "notification": {"endpoint": {"uri": uri}},
    }


async def test_a_notice_that_nobody_took_is_told_after_a_start(
    tmp_path: Path, receiver: Receiver
) -> None:
    receiver.status = 503
    async with running(tmp_path) as town:
        await town.subscriptions.create(subscription(receiver.uri), CORE)
        await town.registrations.create(registration(), CORE)
        await eventually(lambda: town.subscriptions.tallies.of("urn:s:1").times_failed)
    receiver.status = 200
    async with running(tmp_path):
        await eventually(lambda: receiver.got)
    assert [one["data"][0]["id"] for one in receiver.got] == ["urn:r:1"]


async def test_notices_keep_their_order_while_a_receiver_is_away(
    tmp_path: Path, receiver: Receiver
) -> None:
    receiver.status = 503
    async with running(tmp_path) as town:
        await town.subscriptions.create(subscription(receiver.uri), CORE)
        for number in range(5):
            await town.registrations.create(registration(number), CORE)
        receiver.status = 200
        await eventually(lambda: len(receiver.got) == 5)
    told = [one["data"][0]["id"] for one in receiver.got]
    assert told == [f"urn:r:{number}" for number in range(5)]


async def test_what_was_given_up_can_be_replayed(
    tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source_notifier, "LOOK", 0)
    receiver.status = 404
    patience = Patience(first_s=0.01, longest_s=0.02, attempts=2, lasting_attempts=2)
    async with running(tmp_path, patience) as town:
        await town.subscriptions.create(subscription(receiver.uri), CORE)
        await town.registrations.create(registration(), CORE)
        for _ in range(100):
            letters = await town.store.list_letters(LETTER_BOX)
            if letters:
                break
            await asyncio.sleep(0.05)
        receiver.status = 200
        clock = WallClock()
        plain = Subscriptions(town.store, town.contexts, clock)
        await Notifier(town.store, plain, town.contexts, clock).replay(letters[0].key)
        await eventually(lambda: receiver.got)
        assert await town.store.list_letters(LETTER_BOX) == []


async def test_a_receiver_is_told_again_and_again_where_it_wants_that(
    tmp_path: Path, receiver: Receiver
) -> None:
    async with running(tmp_path) as town:
        await town.registrations.create(registration(), CORE)
        periodic = subscription(receiver.uri) | {"timeInterval": 0.2}
        await town.subscriptions.create(periodic, CORE)
        await eventually(lambda: len(receiver.got) >= 3)
