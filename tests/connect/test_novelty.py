from __future__ import annotations

import pytest

from kota.clock import WallClock
from kota.connect.novelty import unseen
from kota.connect.sinks import StoreSink
from kota.context.ingest import Ingest, Patch
from kota.model.entity import Attribute, Kind
from kota.store.history.duckdb import DuckHistory
from kota.store.state.sqlite import SqliteState

HOUR = 3_600_000_000


def patch(hour: int, value: object, dataset: str | None = None) -> Patch:
    one = Attribute(Kind.PROPERTY, value, hour * HOUR, None, dataset)
    return Patch("urn:e:1", ("urn:T",), {"urn:a": (one,)})


@pytest.fixture
def sink(store: SqliteState, history: DuckHistory) -> StoreSink:
    return StoreSink(store, history, Ingest(store, WallClock()))


@pytest.mark.parametrize("value", [1, 1.5, "text", True, [1, 2], {"a": 1}])
async def test_what_history_holds_is_left_out(
    sink: StoreSink, history: DuckHistory, value: object
) -> None:
    await sink.put([patch(2, value), patch(1, value)])
    assert await unseen(history, [patch(1, value), patch(2, value), patch(3, value)]) == [
        patch(3, value)
    ]


async def test_a_second_import_adds_no_row(sink: StoreSink, history: DuckHistory) -> None:
    recording = [patch(hour, hour) for hour in range(50)]
    for _ in range(2):
        await sink.put(recording)
        assert (await history.table(["urn:e:1"], ["urn:a"])).num_rows == 50


async def test_corrections_and_other_datasets_are_new(
    sink: StoreSink, history: DuckHistory
) -> None:
    await sink.put([patch(1, 1)])
    new = [patch(1, 2), patch(1, 1, "urn:d:1")]
    assert await unseen(history, new) == new


async def test_what_has_no_time_stays(sink: StoreSink, history: DuckHistory) -> None:
    await sink.put([patch(1, 1)])
    name = Attribute(Kind.PROPERTY, "x")
    both = Patch("urn:e:1", ("urn:T",), {**patch(1, 1).attrs, "urn:n": (name,)})
    (kept,) = await unseen(history, [both])
    assert kept.attrs == {"urn:n": (name,)}
