"""The map as it was."""

from __future__ import annotations

import httpx
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.api.conftest import patch, reading

from kota.api.kota.past import frames_of
from kota.model.instant import SECOND, parse, render
from kota.model.quality import Level, Quality, Source
from kota.runtime import Kota

START = parse("2026-03-01T06:00:00Z", where="test")
URL = "/api/v1/map/past"


def asked(**changes: str | int) -> dict[str, str | int]:
    """A question about four moments, a minute apart."""
    usual = {"type": "Junction", "attribute": "pressure", "start": render(START)}
    return {**usual, "step": 60, "count": 4} | changes


@pytest.fixture
async def junctions(kota: Kota) -> None:
    """Two junctions: one heard at 06:00:30 and 06:02, badly; another at 06:01."""
    bad = Quality(Level.BAD, Source.MEASURED, "stuck")
    said = [
        ("urn:j:1", 40.0, 30, None),
        ("urn:j:2", 55.0, 60, None),
        ("urn:j:1", 41.0, 120, bad),
    ]
    for entity, value, second, quality in said:
        at = START + second * SECOND
        seen = reading(value, unit="MTR", at=at, quality=quality)
        await kota.ingest.observe([patch(entity, "Junction", pressure=seen)])
    await kota.ingest.observe([patch("urn:j:3", "Junction", elevation=reading(12.0))])


@pytest.mark.usefixtures("junctions")
async def test_each_moment_holds_what_was_known_then(client: httpx.AsyncClient) -> None:
    body = (await client.get(URL, params=asked())).json()
    assert body["ids"] == ["urn:j:1", "urn:j:2"]
    assert body["frames"] == [[None, None], [40.0, 55.0], [41.0, 55.0], [41.0, 55.0]]
    assert body["levels"] == [[], [], [[0, 2]], [[0, 2]]]
    assert (body["unit"], body["step_ms"], body["start_ms"]) == ("MTR", 60_000, START // 1000)


@pytest.mark.usefixtures("junctions")
async def test_what_became_stale_is_no_longer_known(client: httpx.AsyncClient) -> None:
    body = (await client.get(URL, params=asked(step=86_400, count=2))).json()
    assert body["frames"][1] == [None, None]


@pytest.mark.parametrize(
    "wrong",
    [
        {"start": "yesterday"},
        {"step": 0},
        {"count": 1001},
        {"count": 0},
        {"start": "9999-12-31T00:00:00Z", "step": 604_800, "count": 1000},
    ],
)
async def test_what_cannot_be_answered_is_refused(
    client: httpx.AsyncClient, wrong: dict[str, str | int]
) -> None:
    assert (await client.get(URL, params=asked(**wrong))).status_code == 400


async def test_of_a_type_that_nobody_knows_there_is_nothing(client: httpx.AsyncClient) -> None:
    body = (await client.get(URL, params=asked(type="Unicorn"))).json()
    assert (body["ids"], body["frames"]) == ([], [[], [], [], []])


@given(
    rows=st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 500)), unique=True),
    step=st.integers(1, 90),
    hold=st.integers(1, 300),
)
def test_a_frame_is_the_last_value_before_it_if_it_still_holds(
    rows: list[tuple[str, int]], step: int, hold: int
) -> None:
    rows.sort()
    table = pa.table(
        {
            "entity_id": pa.array([entity for entity, _ in rows], pa.string()),
            "observed_at": pa.array([at for _, at in rows], pa.timestamp("us", "UTC")),
            "number": pa.array([float(at) for _, at in rows], pa.float64()),
            "quality": pa.array([None] * len(rows), pa.uint8()),
        }
    )
    moments = np.arange(8, dtype=np.int64) * step
    values, levels = frames_of(table, ["a", "b"], moments, np.array([hold, hold]))
    assert not levels.any()
    for column, entity in enumerate("ab"):
        for row, moment in enumerate(moments):
            before = [at for name, at in rows if name == entity and at <= moment]
            held = [at for at in before[-1:] if moment - at <= hold]
            np.testing.assert_equal(values[row, column], float(held[0]) if held else np.nan)
