"""Periodic subscriptions follow the clock they are given."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from kota.clock import WallClock
from kota.context import subscription_intervals
from kota.context.notice import from_body
from kota.context.subscription import Subscription
from kota.context.subscription_intervals import Intervals
from kota.context.subscription_reading import read_subscription
from kota.model.entity import Entity
from kota.model.jsonld import core_context
from kota.store.state import Write
from kota.store.state.sqlite import SqliteState

CORE = core_context()
START = 1_767_225_600_000_000


class Hands:
    """A clock whose hands are moved by hand."""

    def __init__(self) -> None:
        self.time = START

    def now(self) -> int:
        return self.time


def every(seconds: float, **members: Any) -> Subscription:
    document = {
        "type": "Subscription",
        "entities": [{"type": "Tank"}],
        "timeInterval": seconds,
        "notification": {"endpoint": {"uri": "http://localhost:9/"}},
    }
    return read_subscription(document | members, CORE, subscription_id="urn:s:1", now=START)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteState]:
    store = SqliteState(tmp_path, WallClock())
    await store.open()
    tanks = [Entity(f"urn:t:{n}", (CORE.expand("Tank"),), {}) for n in range(5)]
    await store.apply([Write(tank.id, lambda _, tank=tank: tank) for tank in tanks])
    yield store
    await store.close()


async def told(store: SqliteState) -> list[list[str]]:
    items = await store.outbox.of("urn:s:1", 100)
    return [[entry.entity.id for entry in from_body(item.body).entries] for item in items]


async def test_it_is_time_once_in_each_interval(store: SqliteState) -> None:
    clock = Hands()
    intervals = Intervals(store, clock)
    intervals.put(every(10))
    assert await intervals.tick() == []
    clock.time += 10_000_000
    assert await intervals.tick() == ["urn:s:1"]
    assert await intervals.tick() == []
    clock.time += 25_000_000
    assert await intervals.tick() == ["urn:s:1"]
    assert await told(store) == [[f"urn:t:{n}" for n in range(5)]] * 2


async def test_many_entities_go_in_several_notices(
    store: SqliteState, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscription_intervals, "PAGE", 2)
    clock = Hands()
    intervals = Intervals(store, clock)
    intervals.put(every(10))
    clock.time += 10_000_000
    await intervals.tick()
    assert [len(ids) for ids in await told(store)] == [2, 2, 1]


async def test_nothing_is_told_of_nothing_nor_by_who_is_paused_or_expired(
    store: SqliteState,
) -> None:
    clock = Hands()
    intervals = Intervals(store, clock)
    for one in (
        every(10, entities=[{"type": "Pump"}]),
        every(10, isActive=False),
        every(10, expiresAt="2026-01-01T00:00:05Z"),
    ):
        intervals.put(one)
        clock.time += 20_000_000
        assert await intervals.tick() == []
        clock.time = START
