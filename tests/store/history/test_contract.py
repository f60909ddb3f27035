"""What every history store must do."""

from __future__ import annotations

import math
import re
from pathlib import Path

import msgspec
import pyarrow as pa
import pytest

from kota.errors import ConflictError, TooComplexError
from kota.model import instant
from kota.model.entity import Attribute, Kind
from kota.model.quality import Level, Quality
from kota.model.query import types as type_language
from kota.model.query.bounds import Bound
from kota.model.query.scope import parse as parse_scope
from kota.model.query.temporal import parse_aggregation
from kota.model.terms import NULL, SCOPE
from kota.store.history.protocol import ALWAYS, EntityFilter, SeriesFilter, Span
from kota.store.state.protocol import Observation

ONE, TWO = "urn:ngsi-ld:Junction:1", "urn:ngsi-ld:Junction:2"
FILLED = "urn:ngsi-ld:Junction:filled"


@pytest.fixture
async def filled(history, make):
    """Ten minutes of two attributes."""
    observations = [make.born(FILLED)]
    for minute in range(10):
        at = minute * make.minute
        observations.append(make.seen(FILLED, minute + 0.5, at))
        observations.append(make.seen(FILLED, minute * 10, at, make.flow))
    await history.drain(make.numbered(1, observations))
    return history


async def values(history, entity_id, attribute, span=ALWAYS, **options):
    wanted = SeriesFilter(entity_ids=(entity_id,), attributes=(attribute,))
    found = await history.instances(wanted, span, **options)
    return [one.instance.value for one in found]


async def test_a_drained_observation_is_read_back_as_it_was(history, make):
    instance = Attribute(
        Kind.PROPERTY,
        20.5,
        5,
        "CEL",
        "urn:probe:2",
        Quality(Level.UNCERTAIN, reason="drift"),
        3,
        4,
        value_type="https://example.org/measure",
        sub={make.flow: (Attribute(Kind.PROPERTY, {"a": [1, None]}, 9),)},
    )
    batch = make.numbered(1, [make.born(ONE), Observation(ONE, make.pressure, instance)])

    await history.drain(batch)

    (found,) = await history.instances(
        SeriesFilter(entity_ids=(ONE,), attributes=(make.pressure,)), ALWAYS
    )
    assert found.instance == instance
    assert (found.entity_id, found.attribute, found.deleted_at) == (ONE, make.pressure, None)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Kind.PROPERTY, True),
        (Kind.PROPERTY, 5),
        (Kind.PROPERTY, -0.25),
        (Kind.PROPERTY, 2**60),
        (Kind.PROPERTY, "open"),
        (Kind.PROPERTY, [1, 2, 3]),
        (Kind.PROPERTY, None),
        (Kind.GEO_PROPERTY, {"type": "Point", "coordinates": [101.5, 3.1]}),
        (Kind.RELATIONSHIP, "urn:ngsi-ld:Tank:1"),
        (Kind.LANGUAGE_PROPERTY, {"en": "north", "ms": "utara"}),
        (Kind.JSON_PROPERTY, {"deep": {"er": [{}]}}),
        (Kind.LIST_RELATIONSHIP, ["urn:a:1", "urn:a:2"]),
    ],
)
async def test_a_value_of_any_kind_keeps_its_value_and_type(history, make, kind, value):
    instance = Attribute(kind, value, 5, created_at=1, modified_at=2)
    await history.drain(make.numbered(1, [Observation(ONE, make.pressure, instance)]))

    (found,) = await history.instances(SeriesFilter(entity_ids=(ONE,)), ALWAYS)

    assert found.instance == instance
    assert type(found.instance.value) is type(value)


async def test_the_same_stretch_drained_twice_counts_once(history, make):
    story = [make.born(ONE), make.seen(ONE, 1.0, 10), make.seen(ONE, 2.0, 20)]
    batch = make.numbered(1, story)

    await history.drain(batch)
    await history.drain(batch)
    await history.drain(make.numbered(3, [story[2], make.seen(ONE, 3.0, 30)]))

    assert await values(history, ONE, make.pressure) == [1, 2, 3]
    assert history.drained == 4


async def test_a_failing_batch_leaves_no_trace(history, make):
    await history.drain(make.numbered(1, [make.born(ONE), make.seen(ONE, 1.0, 10)]))
    (fit,) = make.numbered(3, [make.seen(TWO, 5.0, 20)])
    (other,) = make.numbered(4, [make.seen(ONE, 2.0, 30)])
    unfit = msgspec.structs.replace(other, number=b"")

    with pytest.raises(ValueError, match="length"):
        await history.drain([fit, unfit])
    await history.drain([fit])

    assert await values(history, TWO, make.pressure) == [5]
    assert history.drained == 3


async def test_a_reopened_store_goes_on_where_it_stopped(build, make):
    before = build()
    await before.open()
    await before.drain(make.numbered(1, [make.born(ONE), make.seen(ONE, 1.0, 10)]))
    await before.close()

    again = build()
    await again.open()
    await again.drain(make.numbered(2, [make.seen(ONE, 9.0, 10), make.seen(ONE, 2.0, 20)]))

    assert await values(again, ONE, make.pressure) == [1, 2]
    await again.close()


async def test_a_deleted_entity_takes_its_evolution_along_and_may_return(history, make):
    story = [
        make.born(ONE),
        make.seen(ONE, 1.0, 10),
        make.gone(ONE, 15),
        make.born(ONE, "https://example.org/Tank"),
        make.seen(ONE, 2.0, 20),
    ]
    await history.drain(make.numbered(1, story))

    assert await values(history, ONE, make.pressure) == [2]
    (record,) = await history.entities(EntityFilter())
    assert record.types == ("https://example.org/Tank",)


async def test_a_scrubbed_store_has_what_was_not_deleted_and_goes_on(history, make):
    other = ONE + ":other"
    born = [make.born(ONE), make.born(other)]
    seen = [make.seen(ONE, 1.0, 10), make.seen(other, 2.0, 20)]
    await history.drain(make.numbered(1, [*born, *seen]))
    await history.delete_entity(ONE)

    await history.scrub()
    await history.drain(make.numbered(5, [make.seen(other, 3.0, 30)]))

    assert await values(history, ONE, make.pressure) == []
    assert await values(history, other, make.pressure) == [2, 3]


async def test_a_removed_instance_is_marked_and_only_found_by_time_of_deletion(history, make):
    mark = Attribute(Kind.PROPERTY, NULL, created_at=50, modified_at=50)
    story = [make.born(ONE), make.seen(ONE, 1.0, 10), Observation(ONE, make.pressure, mark)]
    await history.drain(make.numbered(1, story))

    assert await values(history, ONE, make.pressure) == [1]
    (found,) = await history.instances(
        SeriesFilter(entity_ids=(ONE,)), Span(timeproperty="deletedAt")
    )
    assert found.deleted_at == 50


async def test_span_includes_its_start_and_excludes_its_end(filled, make):
    span = Span(2 * make.minute, 4 * make.minute)

    assert await values(filled, FILLED, make.pressure, span) == [2.5, 3.5]


async def test_last_n_gives_the_newest_of_each_series_newest_first(filled, make):
    assert await values(filled, FILLED, make.pressure, last_n=2) == [9.5, 8.5]
    found = await filled.instances(SeriesFilter(entity_ids=(FILLED,)), ALWAYS, last_n=1)
    assert {one.attribute for one in found} == {make.pressure, make.flow}


async def test_limit_cuts_in_time_order(filled, make):
    found = await filled.instances(SeriesFilter(entity_ids=(FILLED,)), ALWAYS, limit=4)

    assert [one.instance.observed_at for one in found] == [0, 0, make.minute, make.minute]


async def test_entities_are_chosen_by_type_scope_pattern_attribute_and_time(history, make):
    tank = "https://example.org/Tank"
    scope = Attribute(Kind.PROPERTY, ["/town/north"], 20, created_at=20, modified_at=20)
    story = [
        make.born(ONE),
        make.seen(ONE, 1.0, 10),
        make.born(TWO, tank),
        Observation(TWO, SCOPE, scope),
        make.seen(TWO, 2.0, 20, make.flow),
    ]
    await history.drain(make.numbered(1, story))

    async def ids(**conditions):
        wanted = EntityFilter(**conditions)
        found = [record.id for record in await history.entities(wanted)]
        assert await history.count(wanted) == len(found)
        return found

    assert await ids() == [ONE, TWO]
    assert await ids(descending=True) == [TWO, ONE]
    assert await ids(types=type_language.parse(tank, str)) == [TWO]
    assert await ids(scope_q=parse_scope("/town/#")) == [TWO]
    assert await ids(id_pattern=re.compile("1$")) == [ONE]
    assert await ids(attributes=(make.flow,)) == [TWO]
    assert await ids(span=Span(None, 15)) == [ONE]
    assert await ids(ids=(TWO, "urn:x:y")) == [TWO]
    assert [r.id for r in await history.entities(EntityFilter(), limit=1, offset=1)] == [TWO]


async def test_direct_writes_unite_types_and_say_whether_the_entity_is_new(history, make):
    assert await history.write(ONE, ["A"], [make.seen(ONE, 1.0, 10)], now=5)
    assert not await history.write(ONE, ["B", "A"], [make.seen(ONE, 2.0, 20)], now=6)

    (record,) = await history.entities(EntityFilter(ids=(ONE,)))
    assert record.types == ("A", "B")
    assert await values(history, ONE, make.pressure) == [1, 2]


async def test_instances_are_replaced_and_deleted_by_key(filled, make):
    wanted = SeriesFilter(entity_ids=(FILLED,), attributes=(make.pressure,))
    first, second, *_ = await filled.instances(wanted, ALWAYS)
    other = Attribute(Kind.PROPERTY, "leak", 0, created_at=1, modified_at=99)

    assert await filled.replace_instance(FILLED, make.pressure, first.key, other)
    assert await filled.delete_instance(FILLED, make.pressure, second.key)
    assert not await filled.delete_instance(FILLED, make.pressure, second.key)
    assert not await filled.delete_instance(FILLED, make.flow, first.key)

    left = await filled.instances(wanted, ALWAYS)
    assert left[0].key == first.key
    assert [one.instance.value for one in left[:2]] == ["leak", 2.5]


async def test_attributes_and_entities_are_deleted_once(filled, make):
    assert await filled.delete_attribute(FILLED, make.flow, (None,))
    assert not await filled.delete_attribute(FILLED, make.flow)
    assert await filled.delete_entity(FILLED)
    assert not await filled.delete_entity(FILLED)
    assert await filled.entities(EntityFilter()) == []


async def test_aggregates_by_period_from_the_spans_start(filled, make):
    wanted = SeriesFilter(entity_ids=(FILLED,), attributes=(make.pressure,))
    aggregation = parse_aggregation("avg,min,max,sum,totalCount,distinctCount,sumsq", "PT5M")

    found = await filled.aggregate(wanted, Span(0, None), aggregation)

    assert [(one.start, one.end) for one in found] == [
        (0, 5 * make.minute),
        (5 * make.minute, 10 * make.minute),
    ]
    assert found[0].values == (2.5, 0.5, 4.5, 12.5, 5, 5, 41.25)


async def test_aggregates_by_calendar_month_and_over_the_whole_span(filled, make):
    wanted = SeriesFilter(entity_ids=(FILLED,), attributes=(make.flow,))

    (month,) = await filled.aggregate(wanted, Span(0), parse_aggregation("max", "P1M"))
    (whole,) = await filled.aggregate(wanted, ALWAYS, parse_aggregation("max", "PT0S"))

    assert (month.start, month.end) == (0, 31 * 24 * 60 * make.minute)
    assert month.values == whole.values == (90,)


@pytest.mark.parametrize("period", ["P9999Y", "P9999999999Y", "P9998Y99999D"])
async def test_a_period_that_leaves_the_calendar_ends_with_it(filled, make, period):
    wanted = SeriesFilter(entity_ids=(FILLED,), attributes=(make.flow,))

    (ever,) = await filled.aggregate(wanted, Span(0), parse_aggregation("max", period))

    assert (ever.start, ever.end) == (0, instant.LAST)


async def test_aggregates_of_text_have_ends_but_no_mean(history, make):
    story = [make.seen(ONE, "open", 1), make.seen(ONE, "closed", 2), make.seen(ONE, "open", 3)]
    await history.drain(make.numbered(1, story))

    (found,) = await history.aggregate(
        SeriesFilter(entity_ids=(ONE,)), ALWAYS, parse_aggregation("min,max,avg,distinctCount")
    )

    assert found.values == ("closed", "open", None, 2)


async def test_too_many_periods_are_refused(filled, monkeypatch):
    monkeypatch.setattr("kota.store.history.periods.MAX_PERIODS", 3)

    with pytest.raises(TooComplexError, match="periods"):
        await filled.aggregate(
            SeriesFilter(entity_ids=(FILLED,)), ALWAYS, parse_aggregation("avg", "PT1M")
        )


async def test_a_chart_is_raw_where_points_are_few_and_else_in_buckets(filled, make):
    end = 10 * make.minute

    raw = await filled.chart(FILLED, make.pressure, start=0, end=end, points=100)
    coarse = await filled.chart(FILLED, make.pressure, start=0, end=end, points=2)

    assert raw.width == 0
    assert raw.mean == [minute + 0.5 for minute in range(10)]
    assert coarse.width == 5 * make.minute
    assert (coarse.at, coarse.low, coarse.high) == ([0, coarse.width], [0.5, 5.5], [4.5, 9.5])
    assert (coarse.mean, coarse.last, coarse.count) == ([2.5, 7.5], [4.5, 9.5], [5, 5])
    assert coarse.unit == "BAR"


async def test_a_chart_of_nothing_is_empty(history, make):
    assert (await history.chart(ONE, make.flow, start=0, end=9, points=3)).at == []


async def test_a_bucket_has_the_worst_quality(history, make):
    levels = [Level.GOOD, Level.BAD, Level.UNCERTAIN]
    story = [
        Observation(ONE, make.flow, Attribute(Kind.PROPERTY, 1.0, at, quality=Quality(level)))
        for at, level in enumerate(levels)
    ]
    await history.drain(make.numbered(1, story))

    found = await history.chart(ONE, make.flow, start=0, end=3, points=1)

    assert found.quality == [2]


async def test_a_table_has_one_row_an_observation(filled, make):
    found = await filled.table([FILLED, "urn:absent:1"], [make.pressure], start=make.minute)

    assert found.column_names == [
        "entity_id", "attribute", "dataset_id", "observed_at", "number", "value", "unit", "quality",
    ]  # fmt: skip
    assert found["number"].to_pylist() == [minute + 0.5 for minute in range(1, 10)]
    assert set(found["entity_id"].to_pylist()) == {FILLED}
    assert found["observed_at"].type == pa.timestamp("us", "UTC")
    assert (await filled.table([], [])).num_rows == 0


async def test_loaded_rows_are_read_like_drained_ones(history, make):
    table = pa.table(
        {
            "entity_id": [ONE, ONE, TWO],
            "attribute": [make.flow] * 3,
            "observed_at": [10, 20, 10],
            "number": [1.0, 2.0, 3.0],
            "unit": ["MQH"] * 3,
        }
    )

    assert await history.load(table, types={ONE: ["A"], TWO: ["A"]}, now=99) == 3

    assert await values(history, ONE, make.flow) == [1, 2]
    assert await history.count(EntityFilter()) == 2
    assert await history.rows() == 3


async def test_retention_forgets_what_is_older(filled, make):
    assert await filled.retain(5 * make.minute) == 10
    assert await filled.rows() == 10


async def test_export_writes_parquet_by_type_and_day(filled, make, tmp_path: Path):
    target = tmp_path / "lake"

    assert await filled.export(target) == 20

    (part,) = target.glob("type=Junction/day=1970-01-01/*.parquet")
    assert part.stat().st_size > 0
    with pytest.raises(ConflictError):
        await filled.export(target)


async def test_after_state_was_restored_to_before_the_journal_goes_on(history, make):
    await history.drain(make.numbered(1, [make.born(ONE), make.seen(ONE, 1.0, 10)]))

    await history.rewind(1)
    await history.drain(make.numbered(2, [make.seen(ONE, 2.0, 20)]))

    assert await values(history, ONE, make.pressure) == [1, 2]


async def test_last_n_of_many_series_prefers_what_came_later_at_the_same_time(history, make):
    entities = [f"urn:ngsi-ld:Junction:{number}" for number in range(40)]
    story = [
        make.seen(one, float(value), minute)
        for minute in (1, 2, 2)
        for value, one in enumerate(entities)
    ]
    await history.drain(make.numbered(1, story))

    found = await history.instances(SeriesFilter(entity_ids=tuple(entities)), ALWAYS, last_n=2)

    assert len(found) == 80
    assert {one.instance.observed_at for one in found} == {2}
    assert [one.key for one in found] == sorted((one.key for one in found), reverse=True)


async def test_entities_are_chosen_by_numbers_within_bounds(history, make):
    story = [
        make.born(ONE),
        make.born(TWO),
        make.born(FILLED),
        make.seen(ONE, 5, 10),
        make.seen(ONE, 50.5, 20),
        make.seen(TWO, [7, 8], 10),
        make.seen(FILLED, "7", 10),
        make.seen(FILLED, True, 20),
    ]
    await history.drain(make.numbered(1, story))

    async def ids(low, high, *, strict=False, exact=True, span=Span()):
        bounds = (Bound(make.pressure, low, high, strict),)
        wanted = EntityFilter(bounds=bounds, exact=exact, span=span)
        return [record.id for record in await history.entities(wanted)]

    assert await ids(5, 9) == [ONE]
    assert await ids(5, 9, strict=True) == []
    assert await ids(5, 9, exact=False) == [ONE, TWO]
    assert await ids(50, math.inf) == [ONE]
    assert await ids(50, math.inf, span=Span(None, 15)) == []
    assert await ids(-math.inf, 1) == []


async def test_very_many_series_are_read_at_once(history, make):
    entities = [f"urn:ngsi-ld:Junction:{number}" for number in range(1500)]
    story = [make.seen(one, float(place), place) for place, one in enumerate(entities)]
    await history.drain(make.numbered(1, story))
    every_other = SeriesFilter(entity_ids=tuple(entities[::2]))

    found = await history.instances(every_other, ALWAYS)
    newest = await history.instances(every_other, ALWAYS, last_n=1)
    table = await history.table(entities[::2], [])

    assert [one.instance.value for one in found] == list(range(0, 1500, 2))
    assert len(newest) == table.num_rows == 750
