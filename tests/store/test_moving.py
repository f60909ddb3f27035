"""Moving a town from its folder into a database."""

from __future__ import annotations

import random
import sqlite3
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from kota.errors import ConfigurationError, ConflictError, StoreError
from kota.model.entity import Attribute, Entity, Kind
from kota.store.history.drain import Drain
from kota.store.history.duckdb import DuckHistory
from kota.store.history.postgres import PostgresHistory
from kota.store.history.postgres import archive as histories
from kota.store.history.protocol import ALWAYS, EntityFilter, HistoryStore, SeriesFilter
from kota.store.moving import Moved, move
from kota.store.opening import database_of, stores_of
from kota.store.ownership import Ownership
from kota.store.postgres.address import parse
from kota.store.state import Document, Letter, OutboxItem, StateStore, Write
from kota.store.state.postgres import PostgresState
from kota.store.state.postgres import archive as states
from kota.store.state.sqlite import SqliteState

VALUES = (
    1,
    2.5,
    1e22,
    2**60,
    0.1 + 0.2,
    True,
    None,
    "",
    'qu"ote, \\ \n',
    "é\u2028",
    [1, {"a": "\0"}],
)


def some_entity(number: int, chance: random.Random) -> Entity:
    at = chance.randrange(2**53)
    value = Attribute(Kind.PROPERTY, chance.choice(VALUES), at, "BAR", created_at=1, modified_at=at)
    point = {"type": "Point", "coordinates": [chance.random(), chance.random()]}
    place = Attribute(Kind.GEO_PROPERTY, point, created_at=2, modified_at=3)
    attrs = {"urn:x": (value,), "https://uri.etsi.org/ngsi-ld/location": (place,)}
    return Entity(f"urn:e:{number % 40}", ("A", "B")[: 1 + number % 2], attrs, (), 1, at)


async def fill(folder: Path, clock: Any) -> tuple[list[Entity], list[Any]]:
    """A town in a folder; what it holds of the present, and of the past."""
    chance = random.Random(3)
    state, history = SqliteState(folder, clock), DuckHistory(folder)
    await state.open()
    await history.open()
    drain = Drain(state.journal, history)
    await drain.start()
    for number in range(200):
        entity = some_entity(number, chance)
        await state.apply(
            [Write(entity.id, lambda _, e=entity: e)],  # type: ignore[misc]
            receipts=[number.to_bytes(8, "big")],
            letters=[Letter("ingest", "t", "why", b"\x00x", number)],
            audit=[b"line"],
        )
    await state.apply([Write("urn:e:7", lambda _: None)])
    await state.put_documents([Document("d", "ключ", b"\x00"), Document("d", "a", b"")])
    await state.outbox.put([OutboxItem("sub", b"1", 5), OutboxItem("sub", b"2", 6)])
    await drain.close()
    held = await contents(state, history)
    await history.close()
    await state.close()
    return held


async def contents(state: StateStore, history: HistoryStore) -> tuple[list[Entity], list[Any]]:
    ids = tuple(f"urn:e:{number}" for number in range(40))
    past: list[Any] = [await history.instances(SeriesFilter(entity_ids=ids), ALWAYS)]
    past.append(await history.entities(EntityFilter(descending=True)))
    past.append(await state.audit.read())
    past.append(await state.list_documents("d"))
    past.append(await state.outbox.of("sub", 10))
    past.append(await state.list_letters("ingest", 1000))
    return [entity async for entity in state.scan()], past


def silent(step: str, done: int, total: int) -> None:
    assert done <= total


async def moved(folder: Path, database: str) -> Moved:
    return await move(folder, parse(database), silent)


async def test_a_moved_town_is_the_same_town(tmp_path: Path, database: str, clock: Any) -> None:
    folder = tmp_path / "town"
    expected = await fill(folder, clock)
    steps: dict[str, tuple[int, int]] = {}

    found = await move(
        folder, parse(database), lambda step, done, total: steps.update({step: (done, total)})
    )

    assert found.observations == steps["comparing history"][0] == 390
    assert all(done == total for done, total in steps.values())
    assert database_of(folder) == database
    assert sorted(one.name for one in found.aside.iterdir()) == ["history.duckdb", "state.sqlite"]
    state, history = stores_of(folder, None, clock, history_memory=64)
    assert isinstance(state, PostgresState)
    assert isinstance(history, PostgresHistory)
    await state.open()
    await history.open()
    assert await contents(state, history) == expected
    assert state.received((199).to_bytes(8, "big"))
    await state.outbox.put([OutboxItem("sub", b"3", 7)])
    assert [item.body for item in await state.outbox.of("sub", 10)] == [b"1", b"2", b"3"]
    copy = tmp_path / "copy"
    copy.mkdir()
    await state.backup(copy)
    await history.backup(copy)
    await history.close()
    await state.close()

    back, past = SqliteState(copy, clock), DuckHistory(copy)
    await back.open()
    await past.open()
    entities, told = await contents(back, past)
    assert entities == expected[0]
    assert told[:4] == expected[1][:4]
    await past.close()
    await back.close()


async def test_a_town_does_not_move_where_one_is(tmp_path: Path, database: str, clock: Any) -> None:
    await fill(tmp_path / "one", clock)
    await moved(tmp_path / "one", database)
    expected = await fill(tmp_path / "two", clock)

    with pytest.raises(ConflictError, match="holds a town: entity has rows"):
        await moved(tmp_path / "two", database)
    with pytest.raises(ConflictError, match="it is in postgresql://"):
        await moved(tmp_path / "one", database)
    with pytest.raises(ConflictError, match="there is no state file"):
        await moved(tmp_path / "none", database)

    state, history = stores_of(tmp_path / "two", None, clock, history_memory=64)
    await state.open()
    await history.open()
    assert await contents(state, history) == expected
    await history.close()
    await state.close()


async def test_a_town_that_is_served_does_not_move(
    tmp_path: Path, database: str, clock: Any
) -> None:
    await fill(tmp_path, clock)
    ownership = Ownership(tmp_path)

    with pytest.raises(StoreError, match="in use"):
        await moved(tmp_path, database)

    ownership.release()
    assert (tmp_path / "state.sqlite").exists()


@pytest.mark.parametrize("change", [
    "UPDATE kota.entity SET body = body || '\\x00' WHERE id = 'urn:e:3'",
    "DELETE FROM kota.audit WHERE number = 100",
    "INSERT INTO kota.letter (box, subject, reason, body, at) VALUES ('a', '', '', '', 1)",
    "UPDATE kota.observation SET number = number + 1e-9 WHERE number = 2.5",
    "DELETE FROM kota.observation WHERE sequence = 17",
    "UPDATE kota.evolution SET types = '[]' WHERE id = 'urn:e:3'",
])  # fmt: skip
async def test_any_row_that_differs_stops_the_move_and_leaves_nothing(
    tmp_path: Path, database: str, clock: Any, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    await fill(tmp_path, clock)
    compare = states.compare

    async def meddled(connection: Any, source: sqlite3.Connection, report: Any) -> int:
        await connection.execute(change)
        return await compare(connection, source, report)

    monkeypatch.setattr(states, "compare", meddled)
    with pytest.raises(StoreError):
        await moved(tmp_path, database)

    assert (tmp_path / "state.sqlite").exists()
    assert database_of(tmp_path) is None
    monkeypatch.undo()
    assert (await moved(tmp_path, database)).observations == 390


async def test_a_folder_keeps_to_its_database(tmp_path: Path, database: str, clock: Any) -> None:
    stores_of(tmp_path, f"{database}?schema=a", clock, history_memory=64)

    with pytest.raises(ConfigurationError, match="belongs to the town in"):
        stores_of(tmp_path, f"{database}?schema=b", clock, history_memory=64)
    (tmp_path / "other").mkdir()
    (tmp_path / "other/state.sqlite").touch()
    with pytest.raises(ConfigurationError, match="kota migrate"):
        stores_of(tmp_path / "other", database, clock, history_memory=64)


async def test_rows_of_series_that_are_gone_stay_behind(
    tmp_path: Path, database: str, clock: Any
) -> None:
    await fill(tmp_path, clock)
    await moved(tmp_path, database)

    connection = await asyncpg.connect(database)
    orphans = await connection.fetchval(
        "SELECT count(*) FROM kota.observation o WHERE NOT EXISTS "
        "(SELECT 1 FROM kota.series s WHERE s.series = o.series)"
    )
    await connection.close()
    assert orphans == 0
    assert histories.CHUNK > 0
