from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
from tests.conftest import ManualClock

from kota.context.ingest import Ingest, Patch
from kota.model.entity import Attribute, Kind
from kota.model.quality import Level, Quality
from kota.store.state.sqlite import SqliteState

LAMP = "urn:ngsi-ld:Lamp:1"
LEVEL, NAME = "urn:level", "urn:name"


@pytest.fixture
async def store(tmp_path: Path, clock: ManualClock) -> AsyncIterator[SqliteState]:
    state = SqliteState(tmp_path, clock)
    await state.open()
    yield state
    await state.close()


@pytest.fixture
def ingest(store: SqliteState, clock: ManualClock) -> Ingest:
    return Ingest(store, clock)


def level(value: float, at: int, dataset: str | None = None) -> Patch:
    one = Attribute(Kind.PROPERTY, value, at, "P1", dataset)
    return Patch(LAMP, ("urn:Lamp",), {LEVEL: (one,)}, ("/town",))


def name(value: str, quality: Quality | None = None) -> Patch:
    one = Attribute(Kind.PROPERTY, value, None, None, None, quality)
    return Patch(LAMP, ("urn:Lamp",), {NAME: (one,)})


async def held(store: SqliteState, attribute: str = LEVEL) -> list[tuple[object, int | None]]:
    entity = await store.get(LAMP)
    assert entity is not None
    return [(one.value, one.observed_at) for one in entity.attrs[attribute]]


async def test_an_entity_is_created_by_its_first_observation(
    ingest: Ingest, store: SqliteState, clock: ManualClock
) -> None:
    assert await ingest.observe([level(1, 10)]) == 1
    entity = await store.get(LAMP)
    assert entity is not None
    assert (entity.types, entity.scope, entity.created_at) == (
        ("urn:Lamp",), ("/town",), clock.now(),
    )  # fmt: skip


async def test_the_newest_stays_in_state_and_each_goes_to_the_journal(
    ingest: Ingest, store: SqliteState
) -> None:
    assert await ingest.observe([level(1, 10), level(2, 30), level(3, 20)]) == 3
    assert await held(store) == [(2, 30)]
    (stretch,) = await store.journal.read(0, 100)
    numbers = np.frombuffer(stretch.number).tolist()
    levels = [one for row, one in enumerate(numbers) if stretch.series_at(row)[1] == LEVEL]
    assert sorted(levels) == [1, 2, 3]


async def test_a_redelivered_observation_changes_nothing(
    ingest: Ingest, store: SqliteState
) -> None:
    await ingest.observe([level(1, 10)])
    assert await ingest.observe([level(1, 10)]) == 0
    assert await ingest.observe([level(2, 10)]) == 1
    assert await held(store) == [(2, 10)]


async def test_datasets_are_kept_apart(ingest: Ingest, store: SqliteState) -> None:
    await ingest.observe([level(1, 10), level(2, 5, "urn:d:1")])
    assert await held(store) == [(1, 10), (2, 5)]


async def test_a_name_that_repeats_itself_changes_nothing(
    ingest: Ingest, store: SqliteState
) -> None:
    doubt = Quality(Level.UNCERTAIN)
    assert await ingest.observe([name("A")]) == 1
    assert await ingest.observe([name("A")]) == 0
    assert await ingest.observe([name("A", doubt)]) == 1
    assert await ingest.observe([name("B")]) == 1
    assert await held(store, NAME) == [("B", None)]
