"""The way from the state's journal into history."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from kota.errors import StoreError
from kota.model.entity import Attribute, Entity, Kind
from kota.store.history import drain as draining
from kota.store.history.drain import Drain
from kota.store.history.protocol import ALWAYS, EntityFilter, SeriesFilter, Span
from kota.store.state.protocol import Write
from kota.store.state.sqlite import SqliteState

ONE = "urn:ngsi-ld:Junction:1"


@pytest.fixture
async def state(tmp_path, clock):
    store = SqliteState(tmp_path / "data", clock)
    await store.open()
    yield store
    await store.close()


@pytest.fixture
async def drain(state, history):
    task = Drain(state.journal, history)
    await task.start()
    yield task
    await task.close()


def entity(make, **values):
    attrs = {
        getattr(make, name): (Attribute(Kind.PROPERTY, value, int(value), modified_at=1),)
        for name, value in values.items()
    }
    return Entity(ONE, (make.junction,), attrs, (), 1, 1)


async def put(state, body):
    await state.apply([Write(ONE, lambda before: body)])


async def values(history, make, span=ALWAYS):
    wanted = SeriesFilter(entity_ids=(ONE,), attributes=(make.pressure,))
    return [one.instance.value for one in await history.instances(wanted, span)]


async def test_a_read_sees_what_was_committed_before_it(state, history, drain, make):
    for value in range(1, 20):
        await put(state, entity(make, pressure=value))

        assert (await values(history, make))[-1] == value
    assert drain.lag == 0


async def test_types_scope_and_deletion_reach_history(state, history, drain, make):
    await put(state, entity(make, pressure=1, flow=2))
    (record,) = await history.entities(EntityFilter())
    assert record.types == (make.junction,)

    await put(state, entity(make, pressure=1))
    gone = await history.instances(SeriesFilter(entity_ids=(ONE,)), Span(timeproperty="deletedAt"))
    assert [one.attribute for one in gone] == [make.flow]

    await put(state, msgspec.structs.replace(entity(make, pressure=1), scope=("/a",)))
    (record,) = await history.entities(EntityFilter())
    assert record.scope == ("/a",)

    await put(state, None)
    assert await history.entities(EntityFilter()) == []


async def test_the_journal_is_trimmed_behind_history(state, history, drain, make):
    await put(state, entity(make, pressure=1))
    await values(history, make)
    await asyncio.sleep(0.05)

    assert await state.journal.read(0, 100) == []


async def test_what_waited_in_the_journal_at_a_stop_is_drained_at_the_next_start(
    state, history, make
):
    for value in range(1, 50):
        await put(state, entity(make, pressure=value))

    task = Drain(state.journal, history)
    await task.start()

    assert await values(history, make) == list(range(1, 50))
    await task.close()


async def test_closing_drains_what_is_left(state, history, make):
    task = Drain(state.journal, history)
    await task.start()
    await put(state, entity(make, pressure=1))

    await task.close()

    assert history.drained == state.journal.last > 0


async def test_history_that_is_ahead_of_restored_state_takes_new_observations(state, history, make):
    await history.drain(make.numbered(1, [make.seen(ONE, 0.0, at) for at in range(1, 9)]))

    task = Drain(state.journal, history)
    await task.start()
    await put(state, entity(make, pressure=100))

    assert (await values(history, make))[-1] == 100
    await task.close()


@pytest.mark.parametrize("fault", [StoreError("disk full"), RuntimeError("a fault of ours")])
async def test_a_failing_history_is_retried_and_reads_do_not_wait_for_it(
    state, history, drain, make, monkeypatch, fault
):
    monkeypatch.setattr(draining, "RETRY", 0.05)
    real = history.drain

    async def failing(stretches):
        raise fault

    monkeypatch.setattr(history, "drain", failing)
    await put(state, entity(make, pressure=1))
    assert await values(history, make) == []
    assert drain.failure is not None
    assert drain.lag > 0

    monkeypatch.setattr(history, "drain", real)
    await asyncio.sleep(0.2)

    assert await values(history, make) == [1]
    assert drain.failure is None


async def test_a_read_does_not_wait_longer_than_its_patience(
    state, history, drain, make, monkeypatch
):
    monkeypatch.setattr(draining, "PATIENCE", 0.05)
    held = asyncio.Event()
    real = history.drain

    async def slow(stretches):
        await held.wait()
        await real(stretches)

    monkeypatch.setattr(history, "drain", slow)
    await put(state, entity(make, pressure=1))

    assert await values(history, make) == []
    held.set()
    await asyncio.sleep(0.05)
    assert await values(history, make) == [1]
