"""Notices reach a real receiver that fails, hangs, redirects and comes back."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from aiohttp import web

from kota.clock import WallClock
from kota.context.contexts import Contexts
from kota.context.notification_delivery import Patience
from kota.context.notifications import Notifier
from kota.context.outgoing import Outgoing
from kota.context.subscriptions import Subscriptions
from kota.errors import AlreadyExistsError, BadRequestDataError, NotFoundError
from kota.model.entity import Attribute, Entity, Kind
from kota.model.jsonld import core_context
from kota.store.state import Document, Write
from kota.store.state.sqlite import SqliteState

CORE = core_context()
QUICK = Patience(first_s=0.02, longest_s=0.05, attempts=4, lasting_attempts=2)
LEVEL = CORE.expand("level")

Answer = Callable[[web.Request], Awaitable[web.Response]]


class Receiver:
    """An HTTP server that keeps what it got and answers as told."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.answers: list[int | Answer] = []
        self.uri = ""

    async def take(self, request: web.Request) -> web.Response:
        self.got.append(await request.json())
        self.headers.append(dict(request.headers))
        answer = self.answers.pop(0) if self.answers else 200
        if isinstance(answer, int):
            return web.Response(status=answer)
        return await answer(request)

    def levels(self) -> list[Any]:
        return [one["data"][0]["level"]["value"] for one in self.got]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    application = web.Application()
    application.router.add_post("/{path:.*}", receiver.take)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.uri = f"http://127.0.0.1:{runner.addresses[0][1]}/notify"
    yield receiver
    await runner.cleanup()


class Rooms:
    """What notifying needs, on one folder."""

    def __init__(self, folder: Path, patience: Patience) -> None:
        clock = WallClock()
        self.store = SqliteState(folder, clock)
        contexts = Contexts(self.store, clock, base="http://127.0.0.1:1")
        self.contexts = contexts
        self.subscriptions = Subscriptions(self.store, contexts, clock)
        self.notifier = Notifier(
            self.store,
            self.subscriptions,
            contexts,
            clock,
            rule=Outgoing(),
            patience=patience,
            rng=Random(1),
        )

    async def subscribe(self, uri: str, number: int = 1, **members: Any) -> str:
        endpoint = {"uri": uri} | members.pop("endpoint", {})
        document = {
            "id": f"urn:s:{number}",
            "type": "Subscription",
            "entities": [{"type": "Tank"}],
            "notification": {"endpoint": endpoint} | members.pop("wanted", {}),
        }
        return (await self.subscriptions.create(document | members, CORE)).id

    async def put(self, level: Any, number: int = 1) -> None:
        attrs = {LEVEL: (Attribute(Kind.PROPERTY, level),)}
        now = WallClock().now()
        entity = Entity(f"urn:t:{number}", (CORE.expand("Tank"),), attrs, (), now, now)
        await self.store.apply([Write(entity.id, lambda _: entity)])


@contextlib.asynccontextmanager
async def opened(
    folder: Path, patience: Patience = QUICK, *, run: bool = True
) -> AsyncIterator[Rooms]:
    rooms = Rooms(folder, patience)
    await rooms.store.open()
    await rooms.contexts.open()
    await rooms.subscriptions.open()
    task = asyncio.create_task(rooms.notifier.run()) if run else None
    await asyncio.sleep(0)
    try:
        yield rooms
    finally:
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await rooms.subscriptions.close()
        await rooms.contexts.close()
        await rooms.store.close()


@pytest.fixture
async def rooms(tmp_path: Path) -> AsyncIterator[Rooms]:
    async with opened(tmp_path) as rooms:
        yield rooms


async def until(true: Callable[[], bool], limit_s: float = 5.0) -> None:
    async with asyncio.timeout(limit_s):
        while not true():
            await asyncio.sleep(0.005)


async def emptied(rooms: Rooms) -> None:
    async with asyncio.timeout(5):
        while await rooms.store.outbox.waiting():
            await asyncio.sleep(0.005)


async def test_changes_arrive_in_order_and_leave_the_outbox(
    rooms: Rooms, receiver: Receiver
) -> None:
    await rooms.subscribe(receiver.uri)
    for level in range(20):
        await rooms.put(level)
    await emptied(rooms)
    assert receiver.levels() == list(range(20))
    tally = rooms.subscriptions.tallies.of("urn:s:1")
    assert (tally.times_sent, tally.times_failed, tally.status) == (20, 0, "ok")


async def test_a_failing_receiver_gets_the_same_notice_again_before_the_next(
    rooms: Rooms, receiver: Receiver
) -> None:
    receiver.answers = [500, 503]
    await rooms.subscribe(receiver.uri)
    await rooms.put(1)
    await rooms.put(2)
    await emptied(rooms)
    assert receiver.levels() == [1, 1, 1, 2]
    assert len({one["id"] for one in receiver.got[:3]}) == 1
    assert [one["Kota-Attempt"] for one in receiver.headers] == ["1", "2", "3", "1"]
    tally = rooms.subscriptions.tallies.of("urn:s:1")
    assert (tally.times_failed, tally.status) == (2, "ok")


async def test_a_failing_receiver_does_not_hold_up_another(
    rooms: Rooms, receiver: Receiver
) -> None:
    async def hang(request: web.Request) -> web.Response:
        await asyncio.sleep(1)
        return web.Response()

    receiver.answers = [hang]
    await rooms.subscribe(receiver.uri, 1)
    await rooms.put(1)
    await until(lambda: len(receiver.got) == 1)
    await rooms.subscribe(receiver.uri, 2)
    await rooms.put(2)
    await until(lambda: len(receiver.got) == 2, 0.5)
    assert receiver.got[1]["subscriptionId"] == "urn:s:2"


async def test_a_receiver_that_hangs_is_left_after_its_timeout(
    rooms: Rooms, receiver: Receiver
) -> None:
    async def hang(request: web.Request) -> web.Response:
        await asyncio.sleep(1)
        return web.Response()

    receiver.answers = [hang]
    await rooms.subscribe(receiver.uri, endpoint={"timeout": 50})
    await rooms.put(1)
    await emptied(rooms)
    assert receiver.levels() == [1, 1]


async def test_what_fails_for_good_becomes_a_dead_letter_that_can_be_replayed(
    rooms: Rooms, receiver: Receiver
) -> None:
    receiver.answers = [500] * QUICK.attempts
    await rooms.subscribe(receiver.uri)
    await rooms.put(1)
    await emptied(rooms)
    (letter,) = await rooms.notifier.letters()
    assert letter.subject == "urn:s:1"
    assert "answered 500" in letter.reason
    await rooms.notifier.replay(letter.key)
    await emptied(rooms)
    assert receiver.levels() == [1] * (QUICK.attempts + 1)
    assert len({one["id"] for one in receiver.got}) == 1
    assert await rooms.notifier.letters() == []
    with pytest.raises(NotFoundError):
        await rooms.notifier.replay(letter.key)


async def test_a_receiver_that_refuses_is_given_up_sooner(rooms: Rooms, receiver: Receiver) -> None:
    receiver.answers = [404, 404]
    await rooms.subscribe(receiver.uri)
    await rooms.put(1)
    await emptied(rooms)
    assert len(receiver.got) == QUICK.lasting_attempts
    assert len(await rooms.notifier.letters()) == 1


async def test_a_redirect_is_not_followed_but_told(rooms: Rooms, receiver: Receiver) -> None:
    async def away(request: web.Request) -> web.Response:
        raise web.HTTPTemporaryRedirect("http://169.254.169.254/latest")

    receiver.answers = [away, away]
    await rooms.subscribe(receiver.uri)
    await rooms.put(1)
    await emptied(rooms)
    (letter,) = await rooms.notifier.letters()
    assert "points to http://169.254.169.254/latest; subscribe with that address" in letter.reason


async def test_an_endpoint_that_is_not_allowed_is_never_called(rooms: Rooms) -> None:
    await rooms.subscribe("http://my.endpoint.org/notify")
    await rooms.put(1)
    await emptied(rooms)
    (letter,) = await rooms.notifier.letters()
    assert "name it in allow_hosts" in letter.reason
    assert rooms.subscriptions.tallies.of("urn:s:1").status == "failed"


async def test_a_cooldown_is_kept(rooms: Rooms, receiver: Receiver) -> None:
    receiver.answers = [500]
    await rooms.subscribe(receiver.uri, endpoint={"cooldown": 300})
    await rooms.put(1)
    await until(lambda: len(receiver.got) == 1)
    await asyncio.sleep(0.15)
    assert len(receiver.got) == 1
    await until(lambda: len(receiver.got) == 2)


async def test_once_a_receiver_is_long_gone_what_waited_is_given_up_with_it(
    tmp_path: Path, receiver: Receiver
) -> None:
    patience = Patience(first_s=0.01, longest_s=0.01, attempts=2, waiting_s=0.0)
    receiver.answers = [500] * 2
    async with opened(tmp_path, patience) as rooms:
        await rooms.subscribe(receiver.uri)
        await asyncio.gather(*(rooms.put(level) for level in range(5)))
        await emptied(rooms)
        assert len(await rooms.notifier.letters()) == 5


async def test_periodic_notifications_tell_the_present_state(
    rooms: Rooms, receiver: Receiver
) -> None:
    await rooms.put(3, 1)
    await rooms.put(4, 2)
    await rooms.subscribe(receiver.uri, timeInterval=0.1)
    await until(lambda: len(receiver.got) >= 2)
    assert [one["id"] for one in receiver.got[0]["data"]] == ["urn:t:1", "urn:t:2"]
    await rooms.subscriptions.delete("urn:s:1")
    await asyncio.sleep(0.15)
    count = len(receiver.got)
    await asyncio.sleep(0.2)
    assert len(receiver.got) == count


async def test_throttling_tells_the_last_state_once_the_time_has_come(
    rooms: Rooms, receiver: Receiver
) -> None:
    await rooms.subscribe(receiver.uri, throttling=0.3)
    for level in range(5):
        await rooms.put(level)
    await until(lambda: len(receiver.got) == 1)
    await asyncio.sleep(0.1)
    assert receiver.levels() == [0]
    await emptied(rooms)
    assert receiver.levels() == [0, 4]


async def test_what_was_held_back_is_told_again_where_telling_failed(
    rooms: Rooms, receiver: Receiver
) -> None:
    receiver.answers = [200, 500]
    await rooms.subscribe(receiver.uri, throttling=0.2)
    for level in range(5):
        await rooms.put(level)
    await until(lambda: len(receiver.got) == 2)
    await rooms.put(9, 2)
    await emptied(rooms)
    seen = [{one["id"]: one["level"]["value"] for one in got["data"]} for got in receiver.got]
    assert seen[:2] == [{"urn:t:1": 0}, {"urn:t:1": 4}]
    assert seen[2]["urn:t:1"] == 4
    assert any(one.get("urn:t:2") == 9 for one in seen[2:])


async def test_what_was_held_back_survives_a_restart(tmp_path: Path, receiver: Receiver) -> None:
    async with opened(tmp_path) as rooms:
        await rooms.subscribe(receiver.uri, throttling=0.5)
        for level in range(5):
            await rooms.put(level)
        await until(lambda: len(receiver.got) == 1)
    async with opened(tmp_path) as rooms:
        await emptied(rooms)
    assert receiver.levels() == [0, 4]


async def test_a_query_may_ask_for_linked_entities(rooms: Rooms, receiver: Receiver) -> None:
    async def device(number: int, charge: float) -> str:
        attrs = {CORE.expand("charge"): (Attribute(Kind.PROPERTY, charge),)}
        entity = Entity(f"urn:d:{number}", (CORE.expand("Device"),), attrs)
        await rooms.store.apply([Write(entity.id, lambda _: entity)])
        return entity.id

    full, low = await device(1, 0.9), await device(2, 0.2)
    await rooms.subscribe(receiver.uri, q="poweredBy{charge}<0.5")
    for number, target in ((1, full), (2, low)):
        attrs = {CORE.expand("poweredBy"): (Attribute(Kind.RELATIONSHIP, target),)}
        tank = Entity(f"urn:t:{number}", (CORE.expand("Tank"),), attrs)
        await rooms.store.apply([Write(tank.id, lambda _, tank=tank: tank)])
    await emptied(rooms)
    assert [one["data"][0]["id"] for one in receiver.got] == ["urn:t:2"]
    assert rooms.subscriptions.write(rooms.subscriptions.retrieve("urn:s:1"), CORE)["q"] == (
        "poweredBy{charge}<0.5"
    )


async def test_a_deleted_subscription_takes_its_waiting_notices_along(
    tmp_path: Path, receiver: Receiver
) -> None:
    async with opened(tmp_path, run=False) as rooms:
        await rooms.subscribe(receiver.uri)
        await rooms.put(1)
        assert await rooms.store.outbox.waiting() == 1
        await rooms.subscriptions.delete("urn:s:1")
        assert await rooms.store.outbox.waiting() == 0
        with pytest.raises(NotFoundError):
            rooms.subscriptions.retrieve("urn:s:1")


async def test_after_a_restart_the_order_and_the_pause_are_kept(
    tmp_path: Path, receiver: Receiver
) -> None:
    slow = Patience(first_s=0.6, longest_s=0.6)
    receiver.answers = [500]
    async with opened(tmp_path, slow) as rooms:
        await rooms.subscribe(receiver.uri)
        await rooms.put(1)
        await until(lambda: rooms.subscriptions.tallies.of("urn:s:1").times_failed == 1)
        await rooms.put(2)
        await asyncio.sleep(0.05)
    async with opened(tmp_path, slow) as rooms:
        assert rooms.subscriptions.retrieve("urn:s:1").wanted.endpoint.uri == receiver.uri
        assert rooms.subscriptions.tallies.of("urn:s:1").times_sent == 1
        await emptied(rooms)
    assert receiver.levels() == [1, 1, 2]


async def test_an_update_replaces_members_and_keeps_the_rest(rooms: Rooms) -> None:
    await rooms.subscribe("http://localhost:9/", q="level>3", throttling=5, description="a")
    changed = await rooms.subscriptions.update(
        "urn:s:1", {"description": None, "isActive": False, "throttling": 9}, CORE
    )
    assert (changed.description, changed.active, changed.throttling) == (None, False, 9)
    assert changed.q is not None
    assert changed.created_at < changed.modified_at
    assert rooms.subscriptions.write(changed, CORE)["q"] == "level>3"
    assert rooms.subscriptions.write(changed, CORE)["status"] == "paused"


@pytest.mark.parametrize(
    "fragment",
    [
        {"notification": None},
        {"notification": {"format": "keyValues"}},
        {"entities": None},
        {"expiresAt": "2020-01-01T00:00:00Z"},
        {"id": "urn:s:2"},
        {"type": "Other"},
    ],
)
async def test_an_update_that_leaves_no_subscription_changes_nothing(
    rooms: Rooms, fragment: dict[str, Any]
) -> None:
    await rooms.subscribe("http://localhost:9/")
    before = rooms.subscriptions.retrieve("urn:s:1")
    with pytest.raises(BadRequestDataError):
        await rooms.subscriptions.update("urn:s:1", fragment, CORE)
    assert rooms.subscriptions.retrieve("urn:s:1") == before


async def test_a_mended_endpoint_is_tried_at_once(tmp_path: Path, receiver: Receiver) -> None:
    async with opened(tmp_path, Patience(first_s=60)) as rooms:
        await rooms.subscribe("http://127.0.0.1:9/nobody")
        await rooms.put(1)
        await rooms.put(2)
        await until(lambda: rooms.subscriptions.tallies.of("urn:s:1").status == "failed")
        mended = {"notification": {"endpoint": {"uri": receiver.uri}}}
        await rooms.subscriptions.update("urn:s:1", mended, CORE)
        await until(lambda: receiver.levels() == [1, 2])


async def test_a_kept_subscription_that_is_not_understood_is_paused_not_fatal(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(tmp_path, run=False) as rooms:
        await rooms.subscribe("http://localhost:9/", q="level>3")
        (kept,) = await rooms.store.list_documents("subscription")
        broken = Document(kept.kind, kept.key, kept.body.replace(b">3", b">>>"))
        await rooms.store.put_documents([broken])
    async with opened(tmp_path, run=False) as rooms:
        assert not rooms.subscriptions.retrieve("urn:s:1").active
    assert "urn:s:1 is paused, it is not understood" in caplog.text


async def test_an_id_is_used_once(rooms: Rooms) -> None:
    await rooms.subscribe("http://localhost:9/")
    with pytest.raises(AlreadyExistsError):
        await rooms.subscribe("http://localhost:9/")
    with pytest.raises(BadRequestDataError):
        rooms.subscriptions.retrieve("nothing")


WRITER = """
import asyncio, sys
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from test_notifications import opened

async def main():
    async with opened(Path(sys.argv[1])) as rooms:
        if rooms.subscriptions.find("urn:s:1") is None:
            await rooms.subscribe(sys.argv[2])
        level = int(sys.argv[4])
        while True:
            await rooms.put(level)
            print(level, flush=True)
            level += 1

asyncio.run(main())
"""


async def test_no_notification_of_an_acknowledged_change_is_lost_by_kill(
    tmp_path: Path, receiver: Receiver
) -> None:
    here = str(Path(__file__).parent)
    acknowledged: list[int] = []
    for _ in range(4):
        start = acknowledged[-1] + 1 if acknowledged else 0
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", WRITER, str(tmp_path), receiver.uri, here, str(start * 10),
            stdout=subprocess.PIPE, env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
        )  # fmt: skip
        assert process.stdout is not None
        for _ in range(40):
            line = await asyncio.wait_for(process.stdout.readline(), 20)
            acknowledged.append(int(line))
        process.send_signal(signal.SIGKILL)
        rest = await process.stdout.read()
        acknowledged += [int(line) for line in rest.splitlines() if line.isdigit()]
        await process.wait()
    async with opened(tmp_path) as rooms:
        await emptied(rooms)
    assert set(acknowledged) <= set(receiver.levels())
    ids: dict[int, str] = {}
    for one in receiver.got:
        assert ids.setdefault(one["data"][0]["level"]["value"], one["id"]) == one["id"]
