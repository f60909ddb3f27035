"""Actuators out of files: every fault is said with its file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from kota.errors import ConfigurationError, SolutionError
from kota.operate.commands.actuator import ActuatorDefinition
from kota.operate.commands.definition_file import merged, read_actuators
from kota.operate.commands.interlock import MinimumTime, Requires
from kota.operate.commands.wording import worded

GOOD = """\
[[actuator]]
id = "gate"
title = "Move the gate"
type = "Gate"
command = "position"
feedback = "position"
consequence = "Water goes to the river"
unit = "P1"
safe = 0
interlocks = [
  { type = "range", low = 0, high = 100 },
]
"""
TABLE = """\
[[actuator]]
id = "pump"
title = "Switch the pump"
entity = "urn:ngsi-ld:Pump:P1"
command = "status"
feedback = "status"
values = ["on", "off"]
consequence = "The basin empties"

[[actuator.interlocks]]
type = "minimum-time"
at = "on"
seconds = 900

[[actuator.interlocks]]
type = "requires"
attribute = "level"
via = "drains"
compare = ">"
against = "minLevel"
margin = 0.2
fresh = 600
only = ["on"]
"""


def write(folder: Path, text: str, name: str = "a.toml") -> Path:
    file = folder / name
    file.write_text(text)
    return file


def test_file_when_it_is_good_then_it_is_read(tmp_path: Path) -> None:
    write(tmp_path, TABLE)
    write(tmp_path, GOOD, "b.toml")
    pump, gate = read_actuators([tmp_path])
    kept, needed = pump.interlocks
    assert kept == MinimumTime(at="on", seconds=900.0)
    assert isinstance(needed, Requires)
    assert (needed.against, needed.only) == ("minLevel", ("on",))
    assert [worded(one) for one in pump.interlocks] == [
        "on is kept for at least 15 min",
        "level of drains is above minLevel+0.2, told within 10 min",
    ]
    assert (gate.type, gate.safe) == ("Gate", 0.0)


@pytest.mark.parametrize(
    ("was", "becomes", "words"),
    [
        ('type = "minimum-time"', 'type = "minimal-time"', "line 11: type: .*did you mean"),
        ("seconds = 900", "secs = 900", "line 13: secs: unknown key"),
        ("seconds = 900", "seconds = 0", "line 13: seconds: 0 is not a number above 0"),
        ("seconds = 900", 'seconds = "x"', "line 13: seconds: "),
        ('at = "on"', 'at = "half"', "line 12: at: 'half' is not one of on, off"),
        ('against = "minLevel"', "limit = 1\nagainst = 'x'", "name either a limit"),
        ("fresh = 600", "", "the key 'fresh' is missing"),
        ('id = "pump"', 'id = "p p"', "line 2: id: 'p p' cannot be an id"),
        ('entity = "urn:ngsi-ld:Pump:P1"', "", "name either a type or an entity"),
        ('entity = "urn:ngsi-ld:Pump:P1"', 'entity = "P1"', "line 4: entity: 'P1' is not the id"),
        ('values = ["on", "off"]', 'values = ["on", "on"]', "line 7: values: a setting stands"),
        ('values = ["on", "off"]', 'values = ["on"]\nsafe = "off"', "line 8: safe: 'off' is not"),
        ('consequence = "The basin empties"', 'consequence = ""', "line 8: consequence: needs 1"),
        ('id = "pump"', 'id = "pump"\non_timeout = "never"', "line 3: on_timeout: "),
        ('id = "pump"', 'id = "pump"\non_timeout = "safe"', "line 3: on_timeout: needs a safe"),
        ('id = "pump"', 'id = "pump"\nconfirm_within = -1', "line 3: confirm_within: -1 is not"),
        ('type = "requires"', "", "line 15: interlocks: the key 'type' is missing"),
    ],
)
def test_file_when_it_is_wrong_then_the_line_is_named(
    tmp_path: Path, was: str, becomes: str, words: str
) -> None:
    file = write(tmp_path, TABLE.replace(was, becomes, 1))
    with pytest.raises(ConfigurationError, match=words):
        read_actuators([file])


def test_files_when_two_are_about_the_same_then_the_first_is_named(tmp_path: Path) -> None:
    write(tmp_path, TABLE)
    write(tmp_path, TABLE.replace('id = "pump"', 'id = "other"'), "b.toml")
    with pytest.raises(ConfigurationError, match=r"b\.toml line 4: entity: is defined already"):
        read_actuators([tmp_path])
    with pytest.raises(ConfigurationError, match="no such file"):
        read_actuators([tmp_path / "none"])


def test_solutions_when_a_file_says_otherwise_then_the_file_holds(tmp_path: Path) -> None:
    (written,) = read_actuators([write(tmp_path, TABLE)])
    base = {"title": "t", "command": "c", "feedback": "f", "consequence": "k"}
    same = ActuatorDefinition(id="other", entity="urn:ngsi-ld:Pump:P1", **base)
    kept = ActuatorDefinition(id="valve", type="Valve", **base)
    assert merged([("water", [same, kept])], [written]) == (kept, written)
    with pytest.raises(SolutionError, match="type: is defined already"):
        merged([("a", [kept]), ("b", [ActuatorDefinition(id="v2", type="Valve", **base)])], [])
    wrong = ActuatorDefinition(id="w", type="Gate", fresh=0.0, **base)
    with pytest.raises(SolutionError, match="actuator 'w': fresh: 0 is not"):
        merged([("a", [wrong])], [])
