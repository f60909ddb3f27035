"""Work orders from opened to done."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.conftest import ManualClock

from kota.context.ingest import Ingest, Patch
from kota.errors import BadRequestDataError, ConflictError, NotFoundError
from kota.model.entity import Attribute, Kind
from kota.model.jsonld import kota_context
from kota.operate.actor import Actor
from kota.operate.work.photo import LARGEST, sort_of
from kota.operate.work.room import Work
from kota.operate.work.states import TABLE, Event, State
from kota.store.state import Write
from kota.store.state.sqlite import SqliteState

EXPAND = kota_context().expand
SITI, BUDI = Actor("Siti", "operator"), Actor("Budi", "engineer")
PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 100
TANK = "urn:ngsi-ld:Tank:T-1"


@pytest.fixture
async def state(tmp_path: Path, clock: ManualClock) -> AsyncIterator[SqliteState]:
    store = SqliteState(tmp_path, clock)
    await store.open()
    yield store
    await store.close()


@pytest.fixture
async def work(state: SqliteState, tmp_path: Path, clock: ManualClock) -> Work:
    return await opened(state, tmp_path, clock)


async def opened(state: SqliteState, folder: Path, clock: ManualClock) -> Work:
    room = Work(state, clock, folder / "work")
    await room.start()
    return room


async def lines(state: SqliteState) -> list[dict[str, Any]]:
    return [msgspec.json.decode(link.body) for link in await state.audit.read(0, 1000)]


async def test_order_when_it_is_worked_on_then_every_step_is_kept_and_audited(
    work: Work, state: SqliteState, clock: ManualClock, tmp_path: Path
) -> None:
    tank = Patch(
        TANK, (EXPAND("Tank"),), {EXPAND("level"): (Attribute(Kind.PROPERTY, 1.0),)}, ("/T",)
    )
    await Ingest(state, clock).observe([tank])
    order = await work.open(SITI, title="Look at it", checklist=["close", "open"], subject=TANK)
    assert (order.id, order.state) == ("urn:ngsi-ld:WorkOrder:1", State.OPEN)
    clock.advance(60)
    await work.act("1", Event.ASSIGN, SITI, assignee="Budi", due_at=clock.now() + 10)
    await work.act(order.id, Event.BEGIN, BUDI)
    await work.tick("1", 0, True, BUDI)
    with pytest.raises(ConflictError, match="1 steps of the checklist are not ticked"):
        await work.act("1", Event.FINISH, BUDI)
    await work.tick("1", 1, True, BUDI)
    await work.add_photo("1", PNG, BUDI)
    done = await work.act("1", Event.FINISH, BUDI, words="valve is new")
    assert (done.state, done.assignee) == (State.DONE, "Budi")
    assert [one.event for one in done.life] == [
        "open", "assign", "begin", "tick", "tick", "photo", "finish",
    ]  # fmt: skip
    assert [one.text for one in done.comments] == ["valve is new"]
    again = await opened(state, tmp_path, clock)
    assert again.get("1") == done
    entity = await state.get(order.id)
    assert entity is not None
    assert entity.scope == ("/T",)
    said = await lines(state)
    assert [one["what"] for one in said] == [
        "work.open", "work.assign", "work.begin", "work.tick", "work.tick", "work.photo",
        "work.finish",
    ]  # fmt: skip
    assert "valve" not in str(said)  # what people write stays out of the chain


async def test_order_when_the_state_does_not_allow_it_then_refused_and_nothing_changes(
    work: Work,
) -> None:
    order = await work.open(SITI, title="x", assignee="Budi")
    with pytest.raises(ConflictError, match="only what is under way is done"):
        await work.act(order.id, Event.FINISH, BUDI)
    await work.act(order.id, Event.CANCEL, SITI, words="not needed")
    for event in (Event.ASSIGN, Event.BEGIN, Event.FINISH, Event.CANCEL, Event.TICK):
        with pytest.raises(ConflictError, match="the work order is cancelled"):
            await work.act(order.id, event, BUDI)
    with pytest.raises(ConflictError):
        await work.add_photo(order.id, PNG, BUDI)
    assert (await work.act(order.id, Event.COMMENT, BUDI, words="fine")).state is State.CANCELLED
    for name in ("9", "urn:ngsi-ld:WorkOrder:9", "x", "²", "-1"):
        with pytest.raises(NotFoundError):
            work.get(name)
    with pytest.raises(NotFoundError, match="it has no step 0"):
        await work.tick((await work.open(SITI, title="y")).id, 0, True, SITI)


def test_table_when_an_order_is_over_then_only_comments_are_left() -> None:
    for state in (State.DONE, State.CANCELLED):
        assert {event for one, event in TABLE if one is state} == {Event.COMMENT}


async def test_order_when_a_rule_asks_twice_then_there_is_one(work: Work) -> None:
    first = await work.open_for("firing:1", SITI, title="x")
    assert await work.open_for("firing:1", SITI, title="x") == first
    assert len(work.orders) == 1


async def test_numbers_when_many_are_opened_at_once_or_one_was_deleted_then_none_is_given_twice(
    work: Work, state: SqliteState, tmp_path: Path, clock: ManualClock
) -> None:
    await asyncio.gather(*(work.open(SITI, title=f"{i}") for i in range(20)))
    assert sorted(work.orders) == list(range(1, 21))
    await work.add_photo("20", PNG, SITI)
    photo = next((tmp_path / "work" / "20").iterdir())
    await state.apply([Write("urn:ngsi-ld:WorkOrder:20", lambda _: None)])
    assert 20 not in work.orders
    assert not photo.exists()
    again = await opened(state, tmp_path, clock)
    assert (await again.open(SITI, title="next")).number == 21


async def test_list_when_asked_then_urgent_and_due_come_first(work: Work) -> None:
    await work.open(SITI, title="later", due_at=900)
    await work.open(SITI, title="sooner", due_at=100, assignee="Budi")
    await work.open(SITI, title="never")
    await work.open(SITI, title="urgent", priority="critical")
    over = await work.open(SITI, title="over", priority="critical")
    await work.act(over.id, Event.CANCEL, SITI, words="no")
    titles = [one.title for one in work.select()]
    assert titles == ["urgent", "sooner", "later", "never", "over"]
    assert [one.title for one in work.select([State.ASSIGNED], assignee="Budi")] == ["sooner"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", "it is none"),
        (b"<html>" * 100, "it is none"),
        (b"GIF89a" + b"x" * 50, "it is none"),
        (b"RIFF\0\0\0\0WAVEfmt ", "it is none"),
        (b"\xff\xd8\xff" + b"x" * LARGEST, "at most"),
    ],
)
async def test_photo_when_it_is_none_then_refused_and_nothing_is_kept(
    work: Work, tmp_path: Path, content: bytes, said: str
) -> None:
    order = await work.open(SITI, title="x")
    with pytest.raises(BadRequestDataError, match=said):
        await work.add_photo(order.id, content, SITI)
    assert not (tmp_path / "work").exists()
    assert work.get(order.id).photos == ()


def test_photo_when_it_is_one_then_its_content_says_which() -> None:
    assert sort_of(b"\xff\xd8\xff\xe0....") == "image/jpeg"
    assert sort_of(b"RIFF....WEBPVP8 ") == "image/webp"
