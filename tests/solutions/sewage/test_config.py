"""What a controller's configuration must be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.solutions.sewage.basin import CONFIG

from kota.errors import ConfigurationError
from kota.solutions.sewage.config import make_config, read_config

TOML = """
name = "one tank"
interval_s = 60
limits = { gate = 0.5 }

[[actuators]]
id = "gate"
kind = "orifice"
from = "tank"
to = "x"

[sensors]
depths = ["tank"]

[[storages]]
id = "tank"
max_depth = 2.0
volume = 100
"""


def test_a_toml_file_has_the_same_fields(tmp_path: Path) -> None:
    file = tmp_path / "control.toml"
    file.write_text(TOML)
    config = read_config(file)
    assert config.actuators[0].from_node == "tank"
    assert config.limits == {"gate": 0.5}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"interval_s": 0}, r"interval_s"),
        ({"interval_s": float("nan")}, r"finite|interval_s"),
        ({"limits": {"pipe": "much"}}, r"limits"),
        ({"limits": {"pipe": float("inf")}}, r"finite"),
        ({"objectives": [{"kind": "wealth"}]}, r"wealth.*objectives\[0\].kind"),
        ({"storages": [{"id": "a", "max_depth": -1, "volume": 1}]}, r"storages\[0\].max_depth"),
        ({"actuators": CONFIG["actuators"] * 2}, r"'gate-a' stands there twice"),
        ({"actuators": [CONFIG["actuators"][0] | {"min": 0.9, "max": 0.1}]}, r"gate-a.*above max"),
        ({"actuators": [CONFIG["actuators"][0] | {"to": "a"}]}, r"to itself"),
        ({"colour": "red"}, r"colour"),
    ],
)
def test_what_is_wrong_is_named(change: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        make_config(CONFIG | change)


def test_a_file_that_is_no_toml_is_named_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "control.toml"
    file.write_text("name = \n")
    with pytest.raises(ConfigurationError, match=r"control\.toml.*line 1"):
        read_config(file)
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_config(tmp_path / "missing.toml")
