"""Rules are read whole or refused with their place."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.operate.alarms.conftest import EXPAND

from kota.errors import ConfigurationError
from kota.operate.conditions import Condition
from kota.operate.rules.definition import Clause, OpenWork, RuleDefinition
from kota.operate.rules.definition_file import read_rules, sources_given, sources_of

GOOD = """\
[[rule]]
id = "tank-low"
title = "Tank is low while no pump runs"
type = "Tank"
lasting = 60

[[rule.when]]
if = { is = "low", attribute = "level", limit = 2 }

[[rule.when]]
related = { type = "Pump", by = "fills" }
of_them = "none"
if = { is = "equals", attribute = "power", value = 1 }

[[rule.when]]
calendar = { from = "22:00", until = "05:00", days = ["sat"], dates = ["12-25"] }

[[rule.when]]
inside = { area = [[106.0, -6.0], [106.1, -6.0], [106.1, -5.9]] }

[[rule.then]]
do = "work"
title = "Look"

[[rule.then]]
do = "alarm"
severity = "minor"
respond_within = 600
consequence = "Water is short"
action = "Look"
"""


def read(text: str) -> tuple[RuleDefinition, ...]:
    return read_rules(sources_given({"rules.toml": text}), EXPAND)


def test_file_when_good_then_it_is_a_definition() -> None:
    (rule,) = read(GOOD)
    assert (rule.id, rule.lasting, len(rule.when), len(rule.then)) == ("tank-low", 60.0, 4, 2)
    assert rule.when[0] == Clause(condition=Condition("low", "level", limit=2.0))
    assert rule.then[0] == OpenWork(title="Look")
    assert len(rule.digest) == 12
    assert rule.digest == read(GOOD + "\n# a remark\n")[0].digest


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ('id = "tank-low"', 'id = "tank low"', 2, "cannot be an id"),
        ('type = "Tank"', "", 1, "name either a type or an entity"),
        ("lasting = 60", "lasting = -1", 5, "at least 0"),
        ("lasting = 60", "lastng = 60", 5, "did you mean 'lasting'?"),
        ('is = "low"', 'is = "lowish"', 8, "did you mean 'low'?"),
        (", limit = 2", "", 8, "needs 'limit' or 'against'"),
        ('by = "fills"', 'by = "fills", near = 3', 11, "say one of by, same, near"),
        ('type = "Pump", ', "", 11, "names exactly one of: entity, via, type"),
        ('of_them = "none"', 'of_them = "some"', 12, "'some' is unknown"),
        ("22:00", "25:00", 16, "not a time of day"),
        ("12-25", "13-45", 16, "not a date"),
        ('"sat"', '"caturday"', 16, "caturday"),
        ("[106.1, -5.9]]", "]", 19, "needs at least 4"),
        ("106.1, -6.0", "906.1, -6.0", 19, "outside -180..180"),
        ('do = "work"', 'do = "wrk"', 22, "'wrk' is unknown"),
        ('severity = "minor"', 'severity = "tiny"', 27, "'tiny' is unknown"),
        ("respond_within = 600", "respond_within = 0", 28, "at least 1"),
        ('title = "Look"', "", 21, "'title' is missing"),
    ],
)
def test_file_when_wrong_then_refused_with_its_line(
    old: str, new: str, line: int, said: str
) -> None:
    assert old in GOOD
    with pytest.raises(ConfigurationError) as refused:
        read(GOOD.replace(old, new, 1))
    assert f"rules.toml line {line}" in str(refused.value)
    assert said in str(refused.value)


def test_file_when_an_id_stands_twice_then_both_places_are_named() -> None:
    with pytest.raises(ConfigurationError, match=r"line 32.*defined already.*line 2"):
        read(GOOD + GOOD)


def test_file_when_a_rule_would_state_what_kota_keeps_then_refused() -> None:
    text = GOOD.replace('type = "Tank"', 'type = "Alert"').replace(
        'do = "work"\ntitle = "Look"', 'do = "set"\nattribute = "alarmState"\nvalue = "normal"'
    )
    with pytest.raises(ConfigurationError, match="Kota keeps each Alert itself"):
        read(text)


def test_folder_when_it_is_not_there_then_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no such file or folder"):
        sources_of([tmp_path / "nowhere"])
