"""What every state store must do, whatever it stands on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kota.errors import AlreadyExistsError, NotFoundError
from kota.model.entity import Attribute, Entity, Kind
from kota.model.query import EntityQuery
from kota.store.postgres.address import parse
from kota.store.state import Change, Document, Letter, Observation, OutboxItem, StateStore, Write
from kota.store.state.chain import chained
from kota.store.state.postgres import PostgresState
from kota.store.state.sqlite import SqliteState
from kota.store.state.stretch import Stretch, stretch_of

Open = Callable[[], Awaitable[StateStore]]


@pytest.fixture(params=["sqlite", "postgres"])
async def reopen(request: Any, tmp_path: Path, clock: Any) -> AsyncIterator[Open]:
    """Opens the store; each further call closes it first, as a restart does."""
    opened: list[StateStore] = []
    build: Callable[[], StateStore] = partial(SqliteState, tmp_path, clock)
    if request.param == "postgres":
        build = partial(PostgresState, parse(request.getfixturevalue("database")), clock)

    async def again() -> StateStore:
        while opened:
            await opened.pop().close()
        store = build()
        await store.open()
        opened.append(store)
        return store

    yield again
    for store in opened:
        await store.close()


@pytest.fixture
async def store(reopen: Open) -> StateStore:
    return await reopen()


def lamp(number: int, level: float = 0.0) -> Entity:
    return Entity(f"urn:lamp:{number}", ("Lamp",), {"level": (Attribute(Kind.PROPERTY, level),)})


def putting(entity: Entity) -> Write:
    return Write(entity.id, lambda before: entity)


def levels(found: list[Stretch], after: int = 0) -> list[tuple[int, float]]:
    """Sequence and value of each level that was journalled after a sequence."""
    return [
        (stretch.first + row, number)
        for stretch in found
        for row, number in enumerate(np.frombuffer(stretch.number).tolist())
        if stretch.series_at(row)[1] == "level" and stretch.first + row > after
    ]


async def put(store: StateStore, *entities: Entity) -> list[Any]:
    return await store.apply([putting(entity) for entity in entities])


async def test_created_entity_is_read_back(store: StateStore) -> None:
    (change,) = await put(store, lamp(1))
    assert isinstance(change, Change)
    assert change.before is None
    assert await store.get("urn:lamp:1") == lamp(1)


async def test_state_survives_a_restart(reopen: Open) -> None:
    store = await reopen()
    await put(store, lamp(1), lamp(2))
    await store.apply([Write("urn:lamp:1", lambda before: None)])
    await put(store, lamp(2, 0.5))
    store = await reopen()
    assert await store.get("urn:lamp:1") is None
    assert await store.get("urn:lamp:2") == lamp(2, 0.5)
    assert await store.type_counts() == {"Lamp": 1}


async def test_refused_write_changes_nothing_and_spares_the_others(store: StateStore) -> None:
    def refuse(before: Entity | None) -> Entity | None:
        raise AlreadyExistsError("urn:lamp:1 exists")

    outcomes = await store.apply([Write("urn:lamp:1", refuse), putting(lamp(2))])
    assert isinstance(outcomes[0], AlreadyExistsError)
    assert isinstance(outcomes[1], Change)
    assert await store.get("urn:lamp:1") is None


async def test_unchanged_entity_gives_no_change(store: StateStore) -> None:
    await put(store, lamp(1))
    assert await store.apply([Write("urn:lamp:1", lambda before: before)]) == [None]


async def test_later_write_of_a_request_sees_the_earlier(store: StateStore) -> None:
    def require(before: Entity | None) -> Entity | None:
        if before is None:
            raise NotFoundError("no lamp")
        return lamp(1, 1.0)

    outcomes = await store.apply([putting(lamp(1)), Write("urn:lamp:1", require)])
    assert all(isinstance(outcome, Change) for outcome in outcomes)
    assert await store.get("urn:lamp:1") == lamp(1, 1.0)


async def test_concurrent_increments_are_all_kept(store: StateStore) -> None:
    await put(store, lamp(1))

    def brighter(before: Entity | None) -> Entity | None:
        assert before is not None
        return lamp(1, before.attrs["level"][0].value + 1)

    await asyncio.gather(*(store.apply([Write("urn:lamp:1", brighter)]) for _ in range(200)))
    entity = await store.get("urn:lamp:1")
    assert entity is not None
    assert entity.attrs["level"][0].value == 200


async def test_deleted_and_recreated_at_once_is_one_entity_after_restart(reopen: Open) -> None:
    store = await reopen()
    await put(store, lamp(1))
    delete = Write("urn:lamp:1", lambda before: None)
    await asyncio.gather(
        store.apply([delete]),
        put(store, lamp(1, 0.3)),
        store.apply([delete]),
        put(store, lamp(1, 0.4)),
    )
    store = await reopen()
    assert await store.get("urn:lamp:1") == lamp(1, 0.4)
    assert await store.type_counts() == {"Lamp": 1}
    assert [e.id async for e in store.scan()] == ["urn:lamp:1"]


async def test_interleaved_groups_end_where_the_writer_ended(reopen: Open) -> None:
    store = await reopen()

    async def writer(start: int) -> None:
        for step in range(20):
            number = (start + step) % 7
            keep = (start * step) % 3
            await store.apply(
                [
                    Write(
                        f"urn:lamp:{number}",
                        lambda b, k=keep, n=number, s=step: lamp(n, s) if k else None,
                    )
                ]  # type: ignore[misc]
            )

    await asyncio.gather(*(writer(start) for start in range(8)))
    before = {e.id: e async for e in store.scan()}
    store = await reopen()
    assert {e.id: e async for e in store.scan()} == before


async def test_query_pages_in_order_of_creation(store: StateStore) -> None:
    await put(store, *(lamp(n) for n in (5, 3, 9, 1)))
    await put(store, lamp(3, 0.7))
    page, count = await store.query(EntityQuery(limit=2, offset=1, count=True))
    assert [e.id for e in page] == ["urn:lamp:3", "urn:lamp:9"]
    assert count == 4


async def test_messages_commit_with_the_write_that_causes_them(reopen: Open) -> None:
    store = await reopen()
    store.on_write(lambda changes: [OutboxItem("sub", b"%d" % len(changes), due_at=5)])
    await put(store, lamp(1), lamp(2))
    store = await reopen()
    (item,) = await store.outbox.of("sub", 10)
    assert (item.destination, item.body, item.due_at, item.attempts) == ("sub", b"2", 5, 0)


async def test_outbox_retries_gives_up_and_forgets(store: StateStore) -> None:
    await store.outbox.put(
        [OutboxItem("a", b"1", 1), OutboxItem("a", b"2", 1), OutboxItem("b", b"3", 1)]
    )
    first, second = await store.outbox.of("a", 10)
    (third,) = await store.outbox.of("b", 10)
    await store.outbox.retry([OutboxItem("a", first.body, 9, 1, first.key)])
    await store.outbox.give_up(second, Letter("notification", "a", "gone", second.body, 1))
    await store.outbox.done([third.key])
    assert [(i.due_at, i.attempts) for i in await store.outbox.of("a", 10)] == [(9, 1)]
    assert [letter.body for letter in await store.list_letters("notification")] == [b"2"]
    await store.outbox.drop("a")
    assert await store.outbox.waiting() == 0


async def test_outbox_tells_where_how_many_and_in_order(store: StateStore) -> None:
    await store.outbox.put(
        [OutboxItem("a", b"1", 9), OutboxItem("b", b"22", 1), OutboxItem("a", b"3", 1)]
    )
    assert await store.outbox.destinations() == {"a": 2, "b": 2}
    assert await store.outbox.waiting() == 3
    assert [item.body for item in await store.outbox.of("a", 10)] == [b"1", b"3"]
    assert [item.body for item in await store.outbox.of("a", 1)] == [b"1"]


async def test_journal_gives_every_observation_once_in_order(reopen: Open) -> None:
    store = await reopen()
    for level in range(5):
        await put(store, lamp(1, level))
    found = await store.journal.read(0, 3)
    last = found[-1].last
    rest = await store.journal.read(last, 100)
    values = [value for _, value in levels(found + rest)]
    assert values == [0, 1, 2, 3, 4]
    end = rest[-1].last
    assert end == store.journal.last
    await store.journal.trim(last)
    store = await reopen()
    assert store.journal.last == end
    assert await store.journal.read(last, 100) == rest


async def test_only_what_changed_is_observed(store: StateStore) -> None:
    name = (Attribute(Kind.PROPERTY, "north"),)
    first = Entity("urn:x", ("T",), {"name": name, "level": (Attribute(Kind.PROPERTY, 1),)})
    await put(store, first)
    await put(
        store, Entity("urn:x", ("T",), {"name": name, "level": (Attribute(Kind.PROPERTY, 2),)})
    )
    found = await store.journal.read(0, 100)
    told = [one.series_at(row)[1] for one in found for row in range(one.count)]
    assert told.count("name") == 1
    assert [value for _, value in levels(found)] == [1, 2]


async def test_late_observations_reach_the_journal_alone(store: StateStore) -> None:
    late = [Observation("urn:lamp:1", "level", Attribute(Kind.PROPERTY, 7))]
    await store.apply([], late=late)
    assert await store.journal.read(0, 10) == [stretch_of(1, late)]
    assert await store.get("urn:lamp:1") is None


async def test_receipts_are_recognised_after_a_restart(reopen: Open) -> None:
    store = await reopen()
    assert not store.received(b"12345678")
    await store.apply([putting(lamp(1))], receipts=[b"12345678", b"abcdefgh"])
    assert store.received(b"abcdefgh")
    store = await reopen()
    assert store.received(b"12345678")
    assert not store.received(b"87654321")


async def test_documents_are_kept_by_kind(reopen: Open) -> None:
    store = await reopen()
    await store.put_documents(
        [Document("sub", "b", b"2"), Document("sub", "a", b"1"), Document("ctx", "a", b"9")]
    )
    await store.put_documents([Document("sub", "b", b"3")])
    store = await reopen()
    assert [(d.key, d.body) for d in await store.list_documents("sub")] == [
        ("a", b"1"),
        ("b", b"3"),
    ]
    assert await store.delete_documents("sub", ["a", "zzz"]) == 1
    assert await store.get_document("sub", "a") is None
    assert await store.get_document("ctx", "a") == b"9"


async def test_letters_page_backwards(store: StateStore) -> None:
    letters = [Letter("ingest", "t", f"reason {n}", b"x", n) for n in range(5)]
    await store.apply([], letters=letters)
    newest = await store.list_letters("ingest", limit=2)
    older = await store.list_letters("ingest", limit=10, before=newest[-1].key)
    assert [letter.at for letter in newest + older] == [4, 3, 2, 1, 0]
    assert await store.delete_letters([newest[0].key, 999]) == 1


async def test_committed_changes_are_published_in_order(store: StateStore) -> None:
    seen: list[int] = []
    store.on_commit(lambda changes: seen.extend(c.sequence for c in changes))
    await asyncio.gather(*(put(store, lamp(n)) for n in range(50)))
    assert seen == sorted(seen)
    assert len(seen) == 50


async def test_backup_is_a_store_of_its_own(store: StateStore, tmp_path: Path, clock: Any) -> None:
    await put(store, lamp(1))
    target = tmp_path / "copy"
    target.mkdir()
    await store.backup(target)
    await put(store, lamp(2))
    copy = SqliteState(target, clock)
    await copy.open()
    assert await copy.get("urn:lamp:1") == lamp(1)
    assert await copy.get("urn:lamp:2") is None
    await copy.close()


async def read_audit(store: StateStore) -> list[tuple[int, bytes]]:
    return [(link.number, link.body) for link in await store.audit.read()]


async def test_audit_lines_are_committed_with_what_they_tell_of(reopen: Open) -> None:
    store = await reopen()
    assert await store.audit.last() is None
    await store.apply([putting(lamp(1))], documents=[Document("d", "k", b"1")], audit=[b"a", b"b"])
    await store.apply([], audit=[b"c"])
    store = await reopen()
    await store.apply([], audit=[b"d"])
    links = await store.audit.read()
    assert links == chained(None, [b"a", b"b", b"c", b"d"])
    assert await store.audit.last() == links[-1]
    assert await store.audit.read(2, 1) == [links[2]]
    assert await store.get_document("d", "k") == b"1"


async def test_audit_is_one_chain_where_many_write_at_once(store: StateStore) -> None:
    bodies = [str(number).encode() for number in range(200)]
    await asyncio.gather(*(store.apply([], audit=[body]) for body in bodies))
    links = await store.audit.read()
    assert sorted(link.body for link in links) == sorted(bodies)
    assert links == chained(None, [link.body for link in links])


async def test_audit_tells_what_was_deleted_and_nothing_where_nothing_was(
    store: StateStore,
) -> None:
    await store.put_documents([Document("d", "k", b"1")])
    assert await store.delete_documents("d", ["other"], audit=[b"not"]) == 0
    assert await store.delete_documents("d", ["k"], audit=[b"gone"]) == 1
    assert await read_audit(store) == [(1, b"gone")]


async def test_scrub_when_something_was_deleted_then_the_rest_stays_and_goes_on(
    store: StateStore, reopen: Open
) -> None:
    await store.apply([putting(lamp(number)) for number in range(50)])
    await store.apply([Write(f"urn:lamp:{number}", lambda _: None) for number in range(40)])
    await store.scrub()
    await store.apply([putting(lamp(99))])
    again = await reopen()
    assert {entity.id async for entity in again.scan()} == {
        *(f"urn:lamp:{number}" for number in range(40, 50)),
        "urn:lamp:99",
    }
