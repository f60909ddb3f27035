from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kota.connect.local_time import LocalTimes, Repeated
from kota.model.instant import parse
from kota.model.quality import Level

MELBOURNE = ZoneInfo("Australia/Melbourne")


def local(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_a_repeated_hour_goes_by_order() -> None:
    times = LocalTimes(MELBOURNE)
    rows = ["01:00", "02:00", "02:30", "02:00", "02:30", "03:00"]
    instants = [times.resolve(local(f"2018-04-01 {row}")) for row in rows]
    assert [one and one.instant for one in instants] == [
        parse("2018-03-31T14:00:00Z"),
        parse("2018-03-31T15:00:00Z"),
        parse("2018-03-31T15:30:00Z"),
        parse("2018-03-31T16:00:00Z"),
        parse("2018-03-31T16:30:00Z"),
        parse("2018-03-31T17:00:00Z"),
    ]


def test_each_series_has_its_own_order() -> None:
    times = LocalTimes(MELBOURNE)
    moment = local("2018-04-01 02:00")
    for series in ("a", "b"):
        first, second = times.resolve(moment, series), times.resolve(moment, series)
        assert first is not None
        assert second is not None
        assert second.instant - first.instant == 3_600_000_000


@pytest.mark.parametrize(
    ("repeated", "instant"),
    [
        ("first", "2018-03-31T15:00:00Z"),
        ("second", "2018-03-31T16:00:00Z"),
        ("uncertain", "2018-03-31T15:00:00Z"),
    ],
)
def test_a_repeated_hour_is_taken_as_told(repeated: Repeated, instant: str) -> None:
    resolved = LocalTimes(MELBOURNE, repeated=repeated).resolve(local("2018-04-01 02:00"))
    assert resolved is not None
    assert resolved.instant == parse(instant)
    assert (resolved.doubt is not None) == (repeated == "uncertain")
    if resolved.doubt is not None:
        assert resolved.doubt.level is Level.UNCERTAIN


def test_a_time_that_was_left_out() -> None:
    moment = local("2018-10-07 02:30")
    assert LocalTimes(MELBOURNE).resolve(moment) is None
    shifted = LocalTimes(MELBOURNE, gap="shift").resolve(moment)
    assert shifted is not None
    assert shifted.instant == parse("2018-10-06T16:30:00Z")
    with pytest.raises(ValueError, match="2018-10-07 02:30:00 does not exist in Australia/Melb"):
        LocalTimes(MELBOURNE, gap="refuse").resolve(moment)


@given(
    st.sampled_from(["Australia/Melbourne", "Asia/Jakarta", "Europe/Berlin", "America/New_York"]),
    st.datetimes(datetime(2015, 1, 1), datetime(2030, 1, 1)),  # noqa: DTZ001
)
def test_hours_in_order_come_back_as_they_were(zone: str, start: datetime) -> None:
    begin = start.replace(minute=0, second=0, microsecond=0, tzinfo=UTC)
    times = LocalTimes(ZoneInfo(zone))
    for hour in range(30):
        moment = begin + timedelta(hours=hour)
        naive = moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)
        resolved = times.resolve(naive)
        assert resolved is not None
        if hour > 1:
            assert resolved.instant == round(moment.timestamp()) * 1_000_000
