"""The model beside the sewers, and ahead of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.solutions.sewage.basin import CONFIG

from kota.errors import InputError
from kota.solutions.sewage.ahead import (
    NODES,
    WEIGHTS,
    Looking,
    RainAhead,
    exceeding,
    look_ahead,
)
from kota.solutions.sewage.config import make_config
from kota.solutions.sewage.marching import Rain
from kota.solutions.sewage.twin import Following, follow

MODEL = Path(__file__).parent / "two_basins.inp"
NOW = 1_764_230_400


def looking(rate: float, doubt: float = 0.3, **changes: object) -> Looking:
    times = tuple(range(NOW, NOW + 7200, 600))
    rain = RainAhead(
        Rain(times, (rate,) * len(times), NOW + 7200), (doubt * rate,) * len(times), "test"
    )
    fields = {"model": MODEL, "state": None, "now": NOW, "horizon": 7200, "offset": 0}
    return Looking(rain=rain, **fields | changes)  # type: ignore[arg-type]


def test_a_dry_outlook_warns_of_nothing() -> None:
    found = look_ahead(looking(0.0))
    assert (found.overflow.expected, found.overflow.probability) == (0, 0)
    assert (found.flood.expected, found.flood.probability) == (0, 0)
    assert len(found.times) == len(found.rates) == len(found.depths["a"]) == 12


def test_more_rain_fills_more_and_is_doubted_more() -> None:
    little, much = look_ahead(looking(10.0)), look_ahead(looking(40.0))
    assert max(much.depths["a"]) > max(little.depths["a"])
    assert max(much.depth_doubt["a"]) > 0
    assert sum(much.rates) > sum(little.rates)


def test_a_closed_gate_floods_its_basin_and_says_when() -> None:
    found = look_ahead(looking(60.0, openings={"gate-a": 0.0}))
    assert found.flood.probability > 0.9
    assert found.flood.lead is not None
    assert 0 < found.flood.lead < 7200
    assert max(found.nodes, key=lambda name: found.nodes[name].expected) == "a"


def test_a_blocked_sewer_backs_up() -> None:
    free = look_ahead(looking(20.0))
    blocked = look_ahead(looking(20.0, limits={"ca": 0.01}))
    assert max(blocked.depths["a"]) > max(free.depths["a"]) + 0.2


def test_control_on_the_way_holds_water_back() -> None:
    bare = look_ahead(looking(20.0, doubt=0.0))
    held = look_ahead(looking(20.0, doubt=0.0, config=make_config(CONFIG)))
    assert max(held.rates) < max(bare.rates)


def test_a_model_with_errors_is_named(tmp_path: Path) -> None:
    spoilt = tmp_path / "spoilt.inp"
    spoilt.write_text(MODEL.read_text().replace("HORTON", "HOLTAN"))
    with pytest.raises(InputError, match="HOLTAN"):
        look_ahead(looking(1.0, model=spoilt))


@given(st.lists(st.floats(0, 1e4), min_size=3, max_size=3), st.floats(1, 5e3))
def test_probability_is_one_half_at_the_middle_and_falls_with_the_limit(
    volumes: list[float], least: float
) -> None:
    ordered = sorted(volumes)
    assert 0 <= exceeding(ordered, least * 1.5) <= exceeding(ordered, least) <= 1


def test_three_nodes_integrate_a_cubic_exactly() -> None:
    moments = [sum(w * z**k for w, z in zip(WEIGHTS, NODES, strict=True)) for k in range(4)]
    assert moments == pytest.approx([1, 0, 1, 0])


def following(folder: Path, begin: int, end: int, **changes: object) -> Following:
    fields = {"model": MODEL, "state": folder / "twin.hsf", "offset": 0, "rain": Rain()}
    return Following(begin=begin, end=end, **fields | changes)  # type: ignore[arg-type]


def test_a_twin_goes_on_from_where_it_was(tmp_path: Path) -> None:
    rain = Rain((NOW,), (30.0,), NOW + 3600)
    first = follow(following(tmp_path, NOW, NOW + 3600, rain=rain))
    then = follow(following(tmp_path, NOW + 3600, NOW + 3660, rain=rain))
    assert first.depths["a"] > 0.3
    assert then.depths["a"] == pytest.approx(first.depths["a"], abs=0.1)
    assert then.at == NOW + 3660


def test_a_twin_is_drawn_to_what_is_measured(tmp_path: Path) -> None:
    found = follow(following(tmp_path, NOW, NOW + 1800, depths={"a": 0.3}))
    assert found.depths["a"] == pytest.approx(0.3, abs=0.06)
    assert found.depths["b"] < 0.05
    assert found.strange == {}


def test_a_level_that_cannot_be_in_dry_weather_is_not_believed(tmp_path: Path) -> None:
    found = follow(following(tmp_path, NOW, NOW + 1800, depths={"a": 1.0}, dry=True))
    assert found.strange == {"a": 1.0}
    assert found.depths["a"] < 0.05
