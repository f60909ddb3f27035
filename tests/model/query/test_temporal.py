import pytest
from hypothesis import given
from hypothesis import strategies as st

from kota.errors import BadRequestDataError, KotaError
from kota.model import instant
from kota.model.query import temporal
from kota.model.query.temporal import Method, Period, Relation

TEN = instant.parse("2026-11-23T10:00:00Z")


def test_before_excludes_its_instant() -> None:
    query = temporal.parse(timerel="before", time_at="2026-11-23T10:00:00Z")
    assert (query.covers(TEN - 1), query.covers(TEN), query.span) == (True, False, (None, TEN))


def test_after_includes_its_instant() -> None:
    query = temporal.parse(timerel="after", time_at="2026-11-23T10:00:00Z")
    assert (query.covers(TEN - 1), query.covers(TEN)) == (False, True)


def test_between_includes_its_start_and_excludes_its_end() -> None:
    query = temporal.parse(
        timerel="between",
        time_at="2026-11-23T10:00:00Z",
        end_time_at="2026-11-23T10:00:01Z",
        timeproperty="modifiedAt",
    )
    assert query.timerel is Relation.BETWEEN
    assert query.timeproperty == "modifiedAt"
    assert [query.covers(TEN + at) for at in (-1, 0, 999_999, 1_000_000)] == [
        False,
        True,
        True,
        False,
    ]


def test_instance_without_time_is_never_meant() -> None:
    assert not temporal.parse(timerel="before", time_at="2026-11-23T10:00:00Z").covers(None)


@pytest.mark.parametrize(
    ("parameters", "place"),
    [
        ({"timerel": "during", "time_at": "2026-11-23T10:00:00Z"}, "timerel"),
        ({"timerel": "before", "time_at": "yesterday"}, "timeAt"),
        ({"timerel": "between", "time_at": "2026-11-23T10:00:00Z"}, "endTimeAt"),
        (
            {
                "timerel": "between",
                "time_at": "2026-11-23T10:00:00Z",
                "end_time_at": "2026-11-22T10:00:00Z",
            },
            "endTimeAt",
        ),
        (
            {
                "timerel": "before",
                "time_at": "2026-11-23T10:00:00Z",
                "end_time_at": "2026-11-24T10:00:00Z",
            },
            "endTimeAt",
        ),
        (
            {"timerel": "before", "time_at": "2026-11-23T10:00:00Z", "timeproperty": "x"},
            "timeproperty",
        ),
    ],
)
def test_bad_temporal_query_is_refused_with_place(parameters: dict[str, str], place: str) -> None:
    with pytest.raises(BadRequestDataError, match=f"^{place}:"):
        temporal.parse(**parameters)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("PT1H", Period(0, 3600 * 10**6)),
        ("P1D", Period(0, 86_400 * 10**6)),
        ("P2W", Period(0, 14 * 86_400 * 10**6)),
        ("P1M", Period(1, 0)),
        ("P1Y2M10DT2H30M", Period(14, (10 * 86_400 + 9000) * 10**6)),
        ("PT0.5S", Period(0, 500_000)),
        ("PT0S", Period(0, 0)),
    ],
)
def test_duration_is_read(text: str, period: Period) -> None:
    assert temporal.parse_period(text) == period
    assert period.whole is (text == "PT0S")


@pytest.mark.parametrize("text", ["", "P", "PT", "1H", "P1", "PT1D", "P-1D", "P1DT"])
def test_no_duration_is_refused(text: str) -> None:
    with pytest.raises(BadRequestDataError, match="ISO 8601 duration"):
        temporal.parse_period(text)


def test_aggregation_methods_are_read_once_each() -> None:
    found = temporal.parse_aggregation("max,min,max")
    assert found.methods == (Method.MAX, Method.MIN)
    assert found.period.whole


def test_unknown_aggregation_method_is_refused() -> None:
    with pytest.raises(BadRequestDataError, match="aggrMethods: 'median'"):
        temporal.parse_aggregation("min,median")


def test_last_n_is_read() -> None:
    assert (temporal.parse_last_n("10"), temporal.parse_last_n(3)) == (10, 3)


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "x", "", True, 0, None, 1.0, "9" * 30])
def test_last_n_that_counts_nothing_is_refused(text: object) -> None:
    with pytest.raises(BadRequestDataError, match="lastN"):
        temporal.parse_last_n(text)  # type: ignore[arg-type]


@given(st.text(alphabet="PTYMWDHS0123456789.,-", max_size=50))
def test_any_duration_text_is_read_or_refused(text: str) -> None:
    try:
        period = temporal.parse_period(text)
    except KotaError:
        return
    assert period.months >= 0
    assert period.micros >= 0
