from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial
from pathlib import Path

import pytest

from kota.model.entity import Attribute, Kind
from kota.model.terms import NULL, TYPES
from kota.store.history.duckdb import DuckHistory
from kota.store.history.postgres import PostgresHistory
from kota.store.history.protocol import HistoryStore
from kota.store.postgres.address import parse
from kota.store.state.protocol import Observation
from kota.store.state.stretch import Stretch, stretch_of


class Make:
    """Observations for the tests of history."""

    junction = "https://example.org/Junction"
    pressure = "https://example.org/pressure"
    flow = "https://example.org/flow"
    minute = 60_000_000

    def born(self, entity_id: str, *types: str, at: int = 0) -> Observation:
        names = list(types or (self.junction,))
        instance = Attribute(Kind.VOCAB_PROPERTY, names, at, created_at=at, modified_at=at)
        return Observation(entity_id, TYPES, instance)

    def gone(self, entity_id: str, at: int = 0) -> Observation:
        instance = Attribute(Kind.VOCAB_PROPERTY, NULL, created_at=at, modified_at=at)
        return Observation(entity_id, TYPES, instance)

    def seen(
        self, entity_id: str, value: object, at: int, attribute: str = pressure
    ) -> Observation:
        instance = Attribute(Kind.PROPERTY, value, at, "BAR", created_at=at, modified_at=at + 1)
        return Observation(entity_id, attribute, instance)

    def numbered(self, first: int, observations: Sequence[Observation]) -> list[Stretch]:
        return [stretch_of(first, observations)]


@pytest.fixture(scope="session")
def make() -> Make:
    return Make()


@pytest.fixture(params=["duckdb", "postgres"])
def build(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], HistoryStore]:
    """Makes a store on the same place each time, not opened."""
    if request.param == "postgres":
        return partial(PostgresHistory, parse(request.getfixturevalue("database")))
    return partial(DuckHistory, tmp_path / "data")


@pytest.fixture
async def history(build: Callable[[], HistoryStore]) -> AsyncIterator[HistoryStore]:
    store = build()
    await store.open()
    yield store
    await store.close()
