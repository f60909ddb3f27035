"""History stays clustered, and nothing is lost or doubled on the way."""

from __future__ import annotations

from functools import partial

import pytest

from kota.store.history import runs
from kota.store.history.duckdb import DuckHistory
from kota.store.history.protocol import ALWAYS, SeriesFilter, Span

ENTITIES = [f"urn:ngsi-ld:Junction:{number}" for number in range(7)]


@pytest.fixture
def build(tmp_path):
    """Runs are the embedded store's alone."""
    return partial(DuckHistory, tmp_path / "data")


@pytest.fixture
def small_runs(monkeypatch):
    monkeypatch.setattr(runs, "RECENT_ROWS", 40)
    monkeypatch.setattr(runs, "FANOUT", 3)
    monkeypatch.setattr(runs, "CHUNK_ROWS", 25)


async def fill(history, make, rows, first=1):
    for start in range(first, first + rows, 15):
        batch = [
            make.seen(ENTITIES[number % 7], float(number), number)
            for number in range(start, min(start + 15, first + rows))
        ]
        await history.drain(make.numbered(start, batch))
    await history.clustered()


async def everything(history, make):
    wanted = SeriesFilter(entity_ids=tuple(ENTITIES), attributes=(make.pressure,))
    return [one.instance.value for one in await history.instances(wanted, ALWAYS)]


async def test_merging_keeps_every_row_once(small_runs, history, make):
    await fill(history, make, 500)

    assert await everything(history, make) == list(range(1, 501))
    assert await history.rows() == 500


async def test_there_are_few_runs_and_each_is_sorted(small_runs, history, make):
    await fill(history, make, 1000)

    connection = history._connection
    found = connection.execute("SELECT number, level, rows FROM run").fetchall()
    assert len(found) <= 8
    assert all(level > 0 for _, level, _ in found)
    for number, _, rows in found:
        table = connection.execute(f"SELECT series, moment FROM run_{number}").fetchall()
        assert len(table) == rows
        assert table == sorted(table)


async def test_rows_of_a_deleted_series_are_swept(small_runs, history, make):
    await fill(history, make, 100)
    await history.delete_entity(ENTITIES[0])

    await fill(history, make, 400, first=101)

    kept = [number for number in range(1, 501) if number % 7 or number > 100]
    assert await everything(history, make) == kept
    assert await history.rows() < 500


async def test_instances_within_runs_are_replaced_and_deleted(small_runs, history, make):
    await fill(history, make, 100)
    wanted = SeriesFilter(entity_ids=(ENTITIES[1],), attributes=(make.pressure,))
    first, second, *_ = await history.instances(wanted, ALWAYS)
    other = make.seen(ENTITIES[1], -1.0, 1).instance

    assert await history.replace_instance(ENTITIES[1], make.pressure, first.key, other)
    assert await history.delete_instance(ENTITIES[1], make.pressure, second.key)
    await fill(history, make, 200, first=101)

    found = [one.instance.value for one in await history.instances(wanted, ALWAYS)]
    assert found[:2] == [-1, 15]
    assert len(found) == 42


async def test_retention_drops_whole_runs(small_runs, history, make):
    await fill(history, make, 500)

    assert await history.retain(400) == 399

    assert await everything(history, make) == list(range(400, 501))
    await fill(history, make, 100, first=501)
    assert await everything(history, make) == list(range(400, 601))


async def test_a_long_series_is_merged_in_slices_of_time(small_runs, history, make):
    batch = [make.seen(ENTITIES[0], float(number), number) for number in range(1, 301)]

    await history.drain(make.numbered(1, batch))
    await history.clustered()

    assert await everything(history, make) == list(range(1, 301))


async def test_what_a_killed_merge_left_is_removed(build, make):
    before = build()
    await before.open()
    await fill(before, make, 20)
    before._connection.execute("CREATE TABLE run_99 (series INTEGER)")
    await before.close()

    again = build()
    await again.open()

    names = again._connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()
    assert ("run_99",) not in names
    assert len(await everything(again, make)) == 20
    await again.close()


async def test_reads_beside_merging_see_every_row(small_runs, history, make):
    for start in range(1, 601, 30):
        batch = [make.seen(ENTITIES[0], float(n), n) for n in range(start, start + 30)]
        await history.drain(make.numbered(start, batch))
        found = await history.instances(
            SeriesFilter(entity_ids=(ENTITIES[0],)), Span(0), last_n=5000
        )
        assert len(found) == start + 29


async def test_a_direct_write_replaces_an_instance_within_a_run(small_runs, history, make):
    await fill(history, make, 100)

    await history.write(ENTITIES[1], ["T"], [make.seen(ENTITIES[1], -1.0, 15)], now=1)

    wanted = SeriesFilter(entity_ids=(ENTITIES[1],), attributes=(make.pressure,))
    found = [one.instance.value for one in await history.instances(wanted, ALWAYS)]
    assert found[:4] == [1, 8, -1, 22]
