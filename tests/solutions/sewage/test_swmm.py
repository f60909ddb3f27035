"""SWMM's engine, and what it says of bad files."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.solutions.sewage.basin import CONFIG

from kota.errors import ConfigurationError, InputError, SolutionError
from kota.solutions.sewage.comparison import compare
from kota.solutions.sewage.config import make_config
from kota.solutions.sewage.control import controller
from kota.solutions.sewage.playing import Field, play
from kota.solutions.sewage.swmm import opened

MODEL = Path(__file__).parent / "two_basins.inp"


def spoilt(folder: Path, before: str, after: str) -> Path:
    text = MODEL.read_text()
    assert before in text
    file = folder / "spoilt.inp"
    file.write_text(text.replace(before, after))
    return file


def test_control_halves_what_is_above_the_limit_and_floods_nothing() -> None:
    compared = compare(MODEL, make_config(CONFIG))
    bare, held = compared.uncontrolled.totals, compared.controlled.totals
    assert bare[1] > 300
    assert held[1] < 0.5 * bare[1]
    assert held[0] == bare[0] == 0
    assert len(compared.controlled.flooded) == 360
    assert compared.controlled.slowest_s < 5


def test_a_gate_that_sticks_is_stood_in_for_by_the_other() -> None:
    class Stuck(Field):
        def act(self, second: float, settings: dict[str, float]) -> dict[str, float]:
            return settings | {"gate-a": 0.3}

    config = make_config(CONFIG)
    bare, held = (
        play(MODEL, config, None, Stuck()),
        play(MODEL, config, controller(config), Stuck()),
    )
    assert held.totals[1] < 0.7 * bare.totals[1]


def test_the_same_water_in_other_units_is_the_same(tmp_path: Path) -> None:
    config = make_config(CONFIG)
    liters = spoilt(tmp_path, "CMS", "LPS")
    assert play(liters, config, None).totals == pytest.approx(
        play(MODEL, config, None).totals, rel=1e-3
    )


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("north            30.0       5.0        4 ", "north abc 5.0 4 ", r"line 30: SWMM error"),
        ("HORTON", "HOLTAN", r"spoilt.inp line 6: SWMM error 205.*HOLTAN"),
        ("xa               x  ", "xa nowhere ", r"line 46: SWMM error 209.*nowhere"),
        ("[OUTFALLS]", "[OUTLETS]", r"spoilt.inp: has no section \[OUTFALLS\]"),
        (MODEL.read_text(), "nothing", "has no sections"),
    ],
)
def test_a_bad_file_is_named_with_its_line(
    tmp_path: Path, before: str, after: str, said: str
) -> None:
    with pytest.raises(InputError, match=said):
        play(spoilt(tmp_path, before, after), make_config(CONFIG), None)


def test_what_the_model_lacks_is_named() -> None:
    lost = CONFIG | {"limits": {"canal": 1.0}}
    with pytest.raises(ConfigurationError, match=r"`limits`.*'canal'.*no such link"):
        play(MODEL, make_config(lost), None)
    turned = [CONFIG["actuators"][0] | {"to": "x"}]
    with pytest.raises(ConfigurationError, match="from 'a' to 'xa'"):
        play(MODEL, make_config(CONFIG | {"actuators": turned}), None)


def test_a_second_model_in_one_process_is_refused_before_it_crashes() -> None:
    with (
        opened(MODEL),
        pytest.raises(SolutionError, match=r"two_basins\.inp is open in this process already"),
        opened(MODEL),
    ):
        pass
