"""The long profile, and the questions that are asked of the model."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from tests.solutions.sewage.basin import CONFIG

from kota.errors import InputError, NotFoundError
from kota.solutions.sewage.ahead import Looking, RainAhead
from kota.solutions.sewage.config import make_config
from kota.solutions.sewage.marching import Rain
from kota.solutions.sewage.profile import longest_ways, profile
from kota.solutions.sewage.reading import read_sewers
from kota.solutions.sewage.site import Site
from kota.solutions.sewage.what_if import Changes, check, compare

MODEL = Path(__file__).parent / "two_basins.inp"
NOW = 1_764_230_400


@pytest.fixture(scope="module")
def site() -> Site:
    return Site(MODEL, read_sewers(MODEL), make_config(CONFIG))


def looking(rate: float) -> Looking:
    rain = RainAhead(Rain((NOW,), (rate,), NOW + 3600), (rate / 2,), "test")
    return Looking(MODEL, None, NOW, 0, 0, rain, {}, {}, None)


def test_a_profile_leads_from_the_top_to_the_outfall(site: Site) -> None:
    found = profile(site.sewers, "a", depths={"a": 0.5}, shares={"pipe": 0.4}, at=NOW)
    assert [one.id for one in found.stations] == ["a", "xa", "x", "river"]
    assert [one.kind for one in found.reaches] == ["orifice", "conduit", "conduit"]
    assert [one.at for one in found.stations] == [0, 6, 106, 206]
    assert found.stations[0].level == 10.5
    assert found.reaches[1].bottom == (8.0, 7.0)
    assert found.reaches[2].filling == 0.4
    assert found.gates == ("gate-a", "gate-b")


def test_ways_are_long_and_do_not_repeat_each_other(site: Site) -> None:
    assert {way.id for way in longest_ways(site.sewers)} == {"a", "b"}


def test_a_profile_from_nowhere_is_not_found(site: Site) -> None:
    with pytest.raises(NotFoundError, match="nowhere"):
        profile(site.sewers, "nowhere", depths={}, shares={}, at=None)


def test_a_shut_gate_floods_what_it_holds_back(site: Site) -> None:
    changes = Changes(gates={"gate-a": 0.0}, storm=90.0, hours=3.0)
    found = compare(looking(0.0), changes, site)
    assert found.as_it_is.flood == 0
    assert found.changed.flood > 100
    assert found.changed.nodes[0].id == "a"
    assert found.changed.flood_in is not None
    assert len(found.times) == len(found.rain) == len(found.changed.rates) == 18
    assert sum(found.rain) / 6 == pytest.approx(90, rel=0.02)


def test_more_rain_is_so_many_times_what_is_expected(site: Site) -> None:
    found = compare(looking(10.0), Changes(rain=2.0, hours=2.0), site)
    assert max(found.rain) == 20
    assert found.changed.overflow > 1.8 * found.as_it_is.overflow > 0


def test_a_blocked_sewer_holds_water_back(site: Site) -> None:
    found = compare(looking(10.0), Changes(blocked=("pipe",), hours=1.0), site)
    assert found.changed.overflow < 0.1 * found.as_it_is.overflow


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (Changes(gates={"pipe": 0.0}), "gates: 'pipe' is no gate"),
        (Changes(blocked=("gate-a",)), "blocked: 'gate-a' is no conduit"),
        (Changes(blocked=("canal",)), "blocked: 'canal'"),
    ],
)
def test_what_the_model_does_not_have_is_named(site: Site, changes: Changes, said: str) -> None:
    with pytest.raises(InputError, match=said):
        check(site, changes)


@pytest.mark.parametrize("body", ['{"rain":-1}', '{"hours":99}', '{"gates":{"a":2}}', '{"x":1}'])
def test_what_is_out_of_range_is_refused(body: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(body, type=Changes)
