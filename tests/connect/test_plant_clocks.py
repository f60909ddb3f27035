import pytest
from tests.conftest import ManualClock

from kota.connect.plant_clocks import PlantClocks
from kota.errors import KotaError
from kota.model.instant import HOUR, parse, render


def test_a_plant_that_spoke_has_its_own_time(clock: ManualClock) -> None:
    clocks = PlantClocks(clock)
    assert clocks.of("water") is clock
    clocks.tell("kota/clock/water", b'{"now": "2026-11-27T05:30:00Z", "speed": 60}')
    clock.advance(60)
    assert clocks.of("water").now() == parse("2026-11-27T05:30:00Z") + HOUR
    assert clocks.of("power") is clock
    assert list(clocks.plants) == ["water"]


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"{}",
        b'{"now": 3}',
        b'{"now": "x"}',
        b"\xff",
        b'{"now":"2026-01-01T00:00:00Z","speed":-1}',
    ],
)
def test_what_is_no_time_is_refused(clock: ManualClock, payload: bytes) -> None:
    with pytest.raises(KotaError, match="kota/clock/water"):
        PlantClocks(clock).tell("kota/clock/water", payload)


def test_a_plant_that_races_stops_at_the_end_of_the_calendar(clock: ManualClock) -> None:
    clocks = PlantClocks(clock)
    clocks.tell("kota/clock/water", b'{"now": "9999-12-31T23:59:59Z", "speed": 1e5}')
    clock.advance(10.0)
    assert render(clocks.of("water").now()) == "9999-12-31T23:59:59.999999Z"
