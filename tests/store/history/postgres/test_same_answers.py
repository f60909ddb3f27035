"""PostgreSQL answers every question about the past as DuckDB does."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from kota.model.entity import Attribute, Kind
from kota.model.quality import Level, Quality
from kota.model.query.temporal import parse_aggregation
from kota.model.terms import NULL, SCOPE, TYPES
from kota.store.history.duckdb import DuckHistory
from kota.store.history.postgres import PostgresHistory
from kota.store.history.protocol import ALWAYS, EntityFilter, HistoryStore, SeriesFilter, Span
from kota.store.postgres.address import parse
from kota.store.state.protocol import Observation
from kota.store.state.stretch import stretch_of

IDS = tuple(f"urn:a:{number}" for number in range(5))
NAMES = ("urn:p:x", "urn:p:y")
DAY = 86_400_000_000
JANUARY = 1_767_225_600_000_000
TIMES = (-5 * DAY, 0, JANUARY, JANUARY + DAY, JANUARY + 31 * DAY, JANUARY + 400 * DAY, 5 * 10**15)
VALUES = (
    1.5, -2, 2**60, True, "open", 'qu"ote,\nline', "", [1, 2], [], None, {"a": "\0"}, "tschüss",
)  # fmt: skip
METHODS = "totalCount,distinctCount,sum,avg,min,max,stddev,sumsq"


def some_observation(chance: random.Random) -> Observation:
    entity_id, modified = chance.choice(IDS), chance.randrange(10**6)
    if chance.random() < 0.04:
        mark = Attribute(Kind.VOCAB_PROPERTY, NULL, created_at=modified, modified_at=modified)
        return Observation(entity_id, TYPES, mark)
    if chance.random() < 0.1:
        types = chance.sample(["urn:t:a", "urn:t:b"], chance.randint(1, 2))
        told = Attribute(Kind.VOCAB_PROPERTY, types, created_at=modified, modified_at=modified)
        return Observation(entity_id, TYPES, told)
    if chance.random() < 0.1:
        scope = Attribute(Kind.PROPERTY, ["/t/n"], created_at=modified, modified_at=modified)
        return Observation(entity_id, SCOPE, scope)
    name, dataset_id = chance.choice(NAMES), chance.choice([None, None, "urn:d:1"])
    if chance.random() < 0.1:
        gone = Attribute(
            Kind.PROPERTY, NULL, dataset_id=dataset_id, created_at=modified, modified_at=modified
        )
        return Observation(entity_id, name, gone)
    at = chance.choice([None, *(one + chance.randrange(3) * 60_000_000 for one in TIMES)])
    quality = chance.choice([None, None, Quality(Level.BAD, reason='so "odd"')])
    instance = Attribute(
        Kind.PROPERTY,
        chance.choice(VALUES),
        at,
        chance.choice([None, "BAR"]),
        dataset_id,
        quality,
        modified,
        modified,
        sub={"urn:s": (Attribute(Kind.PROPERTY, 1),)} if chance.random() < 0.1 else None,
    )
    return Observation(entity_id, name, instance)


@pytest.fixture
async def both(database: str, tmp_path: Path) -> AsyncIterator[list[HistoryStore]]:
    stores: list[HistoryStore] = [
        DuckHistory(tmp_path / "data"), PostgresHistory(parse(database))
    ]  # fmt: skip
    for store in stores:
        await store.open()
    yield stores
    for store in stores:
        await store.close()


async def answers(store: HistoryStore, chance: random.Random) -> list[Any]:
    """What a store says to some questions."""
    start, end = sorted(chance.sample(TIMES, 2))
    wanted = SeriesFilter(
        entity_ids=tuple(chance.sample(IDS, chance.randint(1, 5))),
        attributes=tuple(chance.sample(NAMES, chance.randint(0, 2))),
        datasets=tuple(chance.sample([None, "urn:d:1"], chance.randint(0, 2))),
        without=((IDS[0], NAMES[0]),) if chance.random() < 0.3 else (),
    )
    spans = [ALWAYS, Span(start, end), Span(None, end), Span(timeproperty="deletedAt")]
    spans += [Span(chance.randrange(10**6), None, "modifiedAt"), Span(0, None, "createdAt")]
    span = chance.choice(spans)
    entities = EntityFilter(
        ids=tuple(chance.sample(IDS, chance.randint(0, 3))),
        attributes=wanted.attributes,
        span=span,
        descending=chance.random() < 0.5,
    )
    period = chance.choice(["P1D", "P1M", "PT0S", "P1Y", "P30DT1H"])
    methods = ",".join(chance.sample(METHODS.split(","), 4))
    found: list[Any] = [
        await store.instances(wanted, span),
        await store.instances(wanted, span, limit=5),
        await store.instances(wanted, span, last_n=2),
        await store.instances(wanted, span, last_n=3, limit=4),
        sorted(await store.attributes(wanted, span)),
        await store.entities(entities),
        await store.entities(entities, limit=2, offset=1),
        await store.count(entities),
        await rounded(store, wanted, span, methods, period),
        await store.table(wanted.entity_ids, wanted.attributes, start=start, end=end),
    ]
    for points in (3, 1000):
        chart = await store.chart(IDS[1], NAMES[0], start=start, end=end, points=points)
        found.append(chart)
    return found


async def rounded(
    store: HistoryStore, wanted: SeriesFilter, span: Span, methods: str, period: str
) -> Any:
    """Aggregates, with numbers as far as the order of adding up does not matter."""
    found = await store.aggregate(wanted, span, parse_aggregation(methods, period))
    listed = [(one.entity_id, one.attribute, one.dataset_id or "", one.start) for one in found]
    numbers = [
        [float(f"{value:.9g}") if isinstance(value, float) else value for value in one.values]
        for one in found
    ]
    return sorted(zip(listed, numbers, strict=True), key=lambda pair: pair[0])


def plain(answer: Any) -> Any:
    if isinstance(answer, pa.Table):
        return sorted(map(str, answer.to_pylist()))
    return answer


@pytest.mark.parametrize("seed", range(3))
async def test_any_question_has_the_same_answer(both: list[HistoryStore], seed: int) -> None:
    chance = random.Random(seed)
    first = 1
    for _ in range(4):
        story = [some_observation(chance) for _ in range(60)]
        stretch = stretch_of(first, story)
        first = stretch.last + 1
        removed = []
        for store in both:
            await store.drain([stretch])
            removed.append(await store.retain(-3 * DAY))
        assert removed[0] == removed[1]
        for question in range(10):
            embedded, production = [
                await answers(store, random.Random(seed * 1000 + first + question))
                for store in both
            ]
            for number, (expected, found) in enumerate(zip(embedded, production, strict=True)):
                assert plain(found) == plain(expected), number
