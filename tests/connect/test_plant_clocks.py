import pytest
from tests.conftest import ManualClock

from kota.connect.plant_clocks import PlantClocks
from kota.errors import KotaError
from kota.model.instant import HOUR, parse


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
