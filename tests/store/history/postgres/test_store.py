"""What history in PostgreSQL does beyond the contract: months, sweeping, breaks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import numpy as np
import pytest
from benchmarks.postgres_server import PostgresServer, postgres

from kota.errors import StoreError
from kota.model.entity import Attribute, Entity, Kind
from kota.store.history.drain import Drain
from kota.store.history.postgres import PostgresHistory
from kota.store.history.postgres.partitions import months_of
from kota.store.history.protocol import ALWAYS, SeriesFilter
from kota.store.postgres.address import parse
from kota.store.state import Write
from kota.store.state.postgres import PostgresState

JANUARY = 1_767_225_600_000_000
DAY = 86_400_000_000


@pytest.fixture
async def history(database: str) -> AsyncIterator[PostgresHistory]:
    store = PostgresHistory(parse(database))
    await store.open()
    yield store
    await store.close()


async def ask(database: str, query: str) -> Any:
    connection = await asyncpg.connect(database, server_settings={"search_path": "kota"})
    try:
        return [tuple(row) for row in await connection.fetch(query)]
    finally:
        await connection.close()


async def rows_by_table(database: str) -> dict[str, int]:
    query = "SELECT tableoid::regclass::text, count(*) FROM observation GROUP BY 1"
    return dict(await ask(database, query))


def test_each_month_has_a_table_and_what_is_astray_has_none() -> None:
    moments = np.array([JANUARY - 1, JANUARY, JANUARY + 40 * DAY, -1, 5 * 10**15, 2**62])

    names = [month.name for month in months_of(moments)]

    assert names == ["observation_202512", "observation_202601", "observation_202602"]
    assert all(month.start < month.end for month in months_of(moments))


async def test_observations_lie_in_their_months(
    history: PostgresHistory, make: Any, database: str
) -> None:
    times = (JANUARY - 1, JANUARY, JANUARY + 31 * DAY, 7, 5 * 10**15)
    story = [make.seen("urn:a:1", 1.0, at) for at in times]
    await history.drain(make.numbered(1, story))

    assert await rows_by_table(database) == {
        "observation_202512": 1,
        "observation_202601": 1,
        "observation_202602": 1,
        "observation_other": 2,
    }


async def test_retention_drops_the_tables_of_months_that_are_over(
    history: PostgresHistory, make: Any, database: str
) -> None:
    story = [make.seen("urn:a:1", 1.0, JANUARY + day * DAY) for day in range(-31, 31)]
    await history.drain(make.numbered(1, [*story, make.seen("urn:a:1", 1.0, 7)]))

    removed = await history.retain(JANUARY + 10 * DAY)

    assert removed == 31 + 10 + 1
    assert await rows_by_table(database) == {"observation_202601": 21}
    assert await history.rows() == 21
    await history.drain(make.numbered(64, [make.seen("urn:a:1", 2.0, JANUARY - DAY)]))
    assert (await rows_by_table(database))["observation_202512"] == 1


async def test_rows_of_a_deleted_entity_are_swept_away(
    history: PostgresHistory, make: Any, database: str
) -> None:
    story = [make.born("urn:a:1"), make.seen("urn:a:1", 1.0, 5), make.seen("urn:a:2", 1.0, 5)]
    await history.drain(make.numbered(1, story))

    assert await history.delete_entity("urn:a:1")

    async with asyncio.timeout(20):
        while await history.rows() > 1:
            await asyncio.sleep(0.01)
    assert await ask(database, "SELECT count(*) FROM observation") == [(1,)]
    assert await ask(database, "SELECT count(*) FROM gone") == [(0,)]


async def test_rows_of_an_entity_that_came_and_went_in_one_batch_are_swept_away(
    history: PostgresHistory, make: Any, database: str
) -> None:
    story = [make.born("urn:a:1"), make.seen("urn:a:1", 1.0, 5), make.gone("urn:a:1")]
    await history.drain(make.numbered(1, story))

    async with asyncio.timeout(20):
        while await history.rows() > 0:
            await asyncio.sleep(0.01)
    assert await ask(database, "SELECT count(*) FROM observation") == [(0,)]


async def test_a_second_owner_is_refused(
    history: PostgresHistory, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kota.store.history.postgres.writing.FIRST_WAIT", 0.0)

    with pytest.raises(StoreError, match="history is in use by kota history"):
        await PostgresHistory(parse(database)).open()


async def test_what_an_answer_holds_in_texts_comes_back_whole(
    history: PostgresHistory, make: Any
) -> None:
    texts = ["", 'a"b', "line\nline", "\\N", ",", "é\u2028", "\\.", " "]
    story = [make.seen("urn:a:1", text, at) for at, text in enumerate(texts)]
    await history.drain(make.numbered(1, story))

    found = await history.instances(SeriesFilter(entity_ids=("urn:a:1",)), ALWAYS)
    table = await history.table(["urn:a:1"], [])

    assert [one.instance.value for one in found] == texts
    assert table.num_rows == len(texts)
    assert table["unit"].to_pylist() == ["BAR"] * len(texts)


@pytest.mark.timeout(100)
async def test_a_killed_server_loses_and_doubles_no_observation(clock: Any) -> None:
    with postgres(durable=False) as server:
        state = PostgresState(parse(server.address()), clock)
        history = PostgresHistory(parse(server.address()))
        await state.open()
        await history.open()
        drain = Drain(state.journal, history)
        await drain.start()

        async def write(first: int) -> None:
            for number in range(first, first + 150):
                level = (Attribute(Kind.PROPERTY, number, number, modified_at=1),)
                lamp = Entity(f"urn:lamp:{first}", ("Lamp",), {"level": level})
                await state.apply([Write(lamp.id, lambda _, e=lamp: e)])  # type: ignore[misc]

        writers = [asyncio.create_task(write(first)) for first in (1000, 2000, 3000)]
        for _ in range(2):
            await asyncio.sleep(0.3)
            await asyncio.to_thread(_crash, server)
        await asyncio.gather(*writers)
        async with asyncio.timeout(30):
            while drain.lag:
                await asyncio.sleep(0.05)
        ids = tuple(f"urn:lamp:{first}" for first in (1000, 2000, 3000))
        found = await history.instances(SeriesFilter(entity_ids=ids), ALWAYS)
        await drain.close()
        await history.close()
        await state.close()

    values = [one.instance.value for one in found]
    assert values == [first + n for first in (1000, 2000, 3000) for n in range(150)]


def _crash(server: PostgresServer) -> None:
    server.kill()
    server.start()
