"""What the state in PostgreSQL does beyond the contract: owners, breaks, what cannot be kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from benchmarks.postgres_server import PostgresServer, postgres

from kota.errors import StoreError, UnkeepableError
from kota.model.entity import Attribute, Entity, Kind
from kota.model.quality import Level, Quality
from kota.store.postgres.address import parse
from kota.store.state import Document, StateStore, Write
from kota.store.state.postgres import PostgresState, committer, schema
from kota.store.state.postgres.committer import Committer


@pytest.fixture
async def store(database: str, clock: Any) -> AsyncIterator[PostgresState]:
    store = PostgresState(parse(database), clock)
    await store.open()
    yield store
    await store.close()


def lamp(number: int, level: Any = 0.0) -> Entity:
    return Entity(f"urn:lamp:{number}", ("Lamp",), {"level": (Attribute(Kind.PROPERTY, level),)})


async def put(store: StateStore, *entities: Entity) -> None:
    await store.apply([Write(one.id, lambda before, one=one: one) for one in entities])  # type: ignore[misc]


async def test_a_second_owner_is_refused_and_told_who_is_there(
    store: PostgresState, database: str, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kota.store.state.postgres.committer.FIRST_WAIT", 0.0)

    with pytest.raises(StoreError, match="in use by kota state"):
        await PostgresState(parse(database), clock).open()


async def test_two_towns_share_a_database_under_two_schemas(
    store: PostgresState, database: str, clock: Any
) -> None:
    other = PostgresState(parse(f"{database}?schema=north"), clock)
    await other.open()
    await put(store, lamp(1))
    await put(other, lamp(2))

    assert await other.get("urn:lamp:1") is None
    assert await store.type_counts() == await other.type_counts() == {"Lamp": 1}
    await other.close()


async def test_a_request_that_cannot_be_kept_spares_those_beside_it(store: PostgresState) -> None:
    bad = lamp(2, object())

    kept, refused, also = await asyncio.gather(
        put(store, lamp(1)), put(store, bad), put(store, lamp(3)), return_exceptions=True
    )

    assert kept is None
    assert also is None
    assert isinstance(refused, UnkeepableError)
    assert await store.type_counts() == {"Lamp": 2}


async def test_a_name_that_postgresql_cannot_hold_is_refused(store: PostgresState) -> None:
    with pytest.raises(UnkeepableError):
        await store.put_documents([Document("kind", "a\0b", b"")])
    await store.put_documents([Document("kind", "ab", b"1")])

    assert await store.get_document("kind", "ab") == b"1"


@pytest.mark.parametrize("field", ["unit_code", "dataset_id", "quality", "name"])
async def test_what_history_could_not_take_over_is_refused_with_its_write(
    store: PostgresState, field: str
) -> None:
    odd = "a\0b"
    told: dict[str, Any] = {"unit_code": odd, "dataset_id": odd}
    told["quality"] = Quality(Level.BAD, reason=odd)
    given = {} if field == "name" else {field: told[field]}
    name = odd if field == "name" else "level"
    bad = Entity("urn:x", ("Lamp",), {name: (Attribute(Kind.PROPERTY, 1, **given),)})

    with pytest.raises(UnkeepableError):
        await put(store, bad)
    await put(store, lamp(1))

    assert await store.type_counts() == {"Lamp": 1}


async def test_a_mutation_that_breaks_is_the_callers_alone(store: PostgresState) -> None:
    def breaks(before: Entity | None) -> Entity | None:
        raise RuntimeError("a fault of the caller")

    with pytest.raises(RuntimeError, match="a fault of the caller"):
        await store.apply([Write("urn:lamp:1", lambda _: lamp(1)), Write("urn:lamp:2", breaks)])

    assert await store.get("urn:lamp:1") is None


async def test_tables_of_a_newer_kota_are_refused(
    database: str, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = PostgresState(parse(database), clock)
    await newer.open()
    await newer.close()
    monkeypatch.setattr("kota.store.state.postgres.committer.MIGRATIONS", ())

    with pytest.raises(StoreError, match="state has version 1, this Kota knows 0"):
        await PostgresState(parse(database), clock).open()


async def test_a_step_that_fails_leaves_the_version_before(
    database: str, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = PostgresState(parse(database), clock)
    await first.open()
    await put(first, lamp(1))
    await first.close()
    steps = (*schema.MIGRATIONS, "ALTER TABLE entity ADD COLUMN new int; SELECT 1 / 0")
    with monkeypatch.context() as patched:
        patched.setattr("kota.store.state.postgres.committer.MIGRATIONS", steps)
        with pytest.raises(StoreError, match="division by zero"):
            await PostgresState(parse(database), clock).open()

    again = PostgresState(parse(database), clock)
    await again.open()
    assert await again.get("urn:lamp:1") == lamp(1)
    await again.close()


async def test_a_database_that_is_not_there_is_said_with_its_address(clock: Any) -> None:
    with pytest.raises(StoreError, match=r"postgresql://kota@127\.0\.0\.1:9/town"):
        await PostgresState(parse("postgresql://kota:secret@127.0.0.1:9/town"), clock).open()


async def test_what_is_in_columns_of_its_own_is_there_for_sql(
    store: PostgresState, database: str
) -> None:
    point = {"type": "Point", "coordinates": [106.8, -6.2]}
    place = (Attribute(Kind.GEO_PROPERTY, point),)
    attrs = {
        "https://uri.etsi.org/ngsi-ld/location": place,
        "level": (Attribute(Kind.PROPERTY, 4.5),),
        "parts": (Attribute(Kind.PROPERTY, [1]),),
    }
    await put(store, Entity("urn:lamp:1", ("Lamp", "Asset"), attrs))

    connection = await asyncpg.connect(database)
    row = await connection.fetchrow(
        "SELECT id, types, ST_AsText(location), facts->>'level', facts->>'parts' "
        "FROM kota.entity JOIN kota.kind ON kind.number = entity.kind"
    )
    await connection.close()
    assert tuple(row) == ("urn:lamp:1", ["Lamp", "Asset"], "POINT(106.8 -6.2)", "4.5", None)


@pytest.mark.parametrize("late", [False, True])
async def test_a_commit_that_breaks_is_done_once_and_spoils_no_other(
    store: PostgresState, monkeypatch: pytest.MonkeyPatch, late: bool
) -> None:
    await put(store, lamp(1))
    transaction = Committer._transaction
    broken = []

    async def breaks(self: Committer, stood: Any, group: Any) -> None:
        if broken:
            return await transaction(self, stood, group)
        broken.append(True)
        if late:
            await transaction(self, stood, group)
        else:
            with monkeypatch.context() as patched:
                patched.setattr(committer, "_put_the_rest", _reset)
                await transaction(self, stood, group)
        raise ConnectionResetError

    monkeypatch.setattr(Committer, "_transaction", breaks)
    await store.apply(
        [Write("urn:count", _more), *(_putting(lamp(n)) for n in (2, 3))],
        documents=[Document("d", "k", b"")],
    )
    await put(store, lamp(4), lamp(5))

    assert broken
    count = await store.get("urn:count")
    assert count is not None
    assert count.attrs["n"][0].value == 1
    there = [entity.id async for entity in store.scan()]
    assert there == ["urn:lamp:1", "urn:count", *(f"urn:lamp:{n}" for n in (2, 3, 4, 5))]


async def test_an_owner_that_was_replaced_commits_nothing_more(
    store: PostgresState, database: str
) -> None:
    await put(store, lamp(1))
    connection = await asyncpg.connect(database)
    await connection.execute("UPDATE kota.ledger SET epoch = epoch + 1")
    await connection.close()

    with pytest.raises(StoreError, match="another Kota took it over"):
        await put(store, lamp(1, 0.5))
    with pytest.raises(StoreError, match="another Kota took it over"):
        await store.put_documents([Document("d", "k", b"")])

    assert await store.get_document("d", "k") is None
    assert await store.get("urn:lamp:1") == lamp(1)


async def test_a_key_that_is_another_entitys_is_never_overwritten(
    store: PostgresState, database: str
) -> None:
    await put(store, lamp(1))
    connection = await asyncpg.connect(database)
    await connection.execute("UPDATE kota.entity SET key = 2")
    await connection.close()

    with pytest.raises(StoreError, match="another entity's"):
        await put(store, lamp(2))

    assert [entity.id async for entity in store.scan()] == ["urn:lamp:1"]


async def _reset(*_: Any) -> int:
    raise ConnectionResetError


def _putting(entity: Entity) -> Write:
    return Write(entity.id, lambda _: entity)


@pytest.mark.timeout(100)
async def test_a_killed_server_loses_nothing_acknowledged_and_commits_nothing_twice(
    clock: Any,
) -> None:
    with postgres(durable=False) as server:
        store = PostgresState(parse(server.address()), clock)
        await store.open()
        said: list[int] = []

        async def add(number: int) -> None:
            await put(store, lamp(number))
            await store.apply([Write("urn:count", _more)])
            said.append(number)

        async def writer(first: int) -> None:
            for number in range(first, first + 300):
                await add(number)

        writers = [asyncio.create_task(writer(1000 * k)) for k in range(4)]
        for _ in range(2):
            await asyncio.sleep(0.3)
            await asyncio.to_thread(_crash, server)
        await asyncio.gather(*writers)
        count = await store.get("urn:count")
        there = {entity.id async for entity in store.scan(["Lamp"])}
        await store.close()

    assert len(said) == 1200
    assert there == {f"urn:lamp:{number}" for number in said}
    assert count is not None
    assert count.attrs["n"][0].value == 1200


def _crash(server: PostgresServer) -> None:
    server.kill()
    server.start()


def _more(before: Entity | None) -> Entity:
    number = 0 if before is None else before.attrs["n"][0].value
    return Entity("urn:count", ("Count",), {"n": (Attribute(Kind.PROPERTY, number + 1),)})
