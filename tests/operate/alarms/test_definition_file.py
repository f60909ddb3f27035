"""Definitions are read whole or refused with their place."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from kota.errors import ConfigurationError, SolutionError
from kota.model.jsonld import kota_context
from kota.operate.alarms import AlarmDefinition, Condition
from kota.operate.alarms.definition_file import merged, read_definitions

EXPAND = kota_context().expand
GOOD = """\
[[alarm]]
id = "tank-low"
title = "Level is low"
type = "Tank"
when = { is = "low", attribute = "level", limit = 2, deadband = 0.2 }
delay_on = 60
severity = "major"
respond_within = 900
consequence = "Customers lose pressure"
action = "Start a pump"
cause = ["zone"]
"""
TANK_LOW = AlarmDefinition(
    id="tank-low",
    title="Level is low",
    type="Tank",
    when=Condition("low", "level", limit=2.0, deadband=0.2),
    delay_on=60.0,
    severity="major",
    respond_within=900.0,
    consequence="Customers lose pressure",
    action="Start a pump",
    cause=("zone",),
)


def read(tmp_path: Path, text: str) -> tuple[AlarmDefinition, ...]:
    file = tmp_path / "alarms.toml"
    file.write_text(text)
    return read_definitions([file], EXPAND)


def test_file_when_good_then_it_says_what_a_solution_would(tmp_path: Path) -> None:
    assert read(tmp_path, GOOD) == (TANK_LOW,)
    assert TANK_LOW.priority == "high"


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ('is = "low"', 'is = "lowish"', 5, "did you mean 'low'?"),
        ("limit = 2, ", "", 5, "needs 'limit' or 'against'"),
        ("limit = 2", 'limit = "two"', 5, "Expected"),
        ("deadband = 0.2", "deadband = -1", 5, "at least 0"),
        ("deadband = 0.2", "window = nan", 5, "not a finite number"),
        ("deadband = 0.2", 'over = "mean"', 5, "needs a window"),
        ("deadband = 0.2", 'q = "a=="', 5, "means nothing to 'low'"),
        ("deadband = 0.2", 'only_while = "a=="', 5, "q"),
        ("delay_on = 60", "delay = 60", 6, "did you mean 'delay_on'?"),
        ('severity = "major"', 'severity = "bad"', 7, "'bad' is unknown"),
        ('type = "Tank"', 'type = "Alert"', 4, "an alarm is an Alert itself"),
        ('type = "Tank"', 'type = "Tank"\nentity = "urn:a:b"', 1, "either a type or an entity"),
        ('id = "tank-low"', 'id = "tank low"', 2, "cannot be an id"),
        ('action = "Start a pump"\n', "", 1, "'action' is missing"),
        ('action = "Start a pump"', 'action = "\\u0007"', 10, "can be shown"),
        ('"zone"]', '"zone"]\nescalate_after = 60', 1, "stand together"),
    ],
)
def test_file_when_wrong_then_file_and_line_are_named(
    tmp_path: Path, old: str, new: str, line: int, said: str
) -> None:
    assert old in GOOD
    with pytest.raises(ConfigurationError) as refused:
        read(tmp_path, GOOD.replace(old, new))
    assert f"alarms.toml line {line}" in str(refused.value)
    assert said in str(refused.value)


def test_files_when_two_share_an_id_then_both_places_are_named(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(GOOD)
    (tmp_path / "b.toml").write_text("# city\n" + GOOD)
    with pytest.raises(ConfigurationError, match=r"b\.toml line 3: .*a\.toml line 2"):
        read_definitions([tmp_path], EXPAND)


def test_paths_when_one_is_missing_then_it_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"nothing\.toml"):
        read_definitions([tmp_path / "nothing.toml"], EXPAND)


def test_merged_when_a_city_redefines_then_the_city_stands() -> None:
    mine = msgspec.structs.replace(TANK_LOW, title="Level is low here")
    assert merged([("water", [TANK_LOW])], [mine], EXPAND) == (mine,)


def test_merged_when_two_solutions_share_an_id_then_refused() -> None:
    with pytest.raises(SolutionError, match=r"sewage.*tank-low.*defined already"):
        merged([("water", [TANK_LOW]), ("sewage", [TANK_LOW])], [], EXPAND)


def test_merged_when_a_solution_is_wrong_then_it_is_named() -> None:
    wrong = msgspec.structs.replace(TANK_LOW, when=Condition("rising", "level", limit=1.0))
    with pytest.raises(SolutionError, match=r"water.*when: 'rising' needs 'window'"):
        merged([("water", [wrong])], [], EXPAND)
