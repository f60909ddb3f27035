"""``kota sewage``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pyarrow import parquet
from typer.testing import CliRunner

from kota.errors import ConfigurationError
from kota.solutions.sewage.cli import make_commands

HERE = Path(__file__).parent
MODEL, CONFIG = str(HERE / "two_basins.inp"), str(HERE / "two_basins.toml")


def test_a_comparison_is_shown_and_logged(tmp_path: Path) -> None:
    out = tmp_path / "log.parquet"
    options = ["control", "--model", MODEL, "--config", CONFIG, "--out", str(out)]
    shown = CliRunner().invoke(make_commands(), options, catch_exceptions=False)
    assert shown.exit_code == 0
    assert "over limits" in shown.output
    log = parquet.read_table(out)
    assert log.num_rows == 720
    assert {"time", "run", "flooded_m3", "setting:gate-a"} <= set(log.column_names)


def test_a_comparison_as_json_has_volumes_of_both_runs() -> None:
    options = ["control", "--model", MODEL, "--config", CONFIG, "--json"]
    shown = CliRunner().invoke(make_commands(), options, catch_exceptions=False)
    found = json.loads(shown.stdout)
    assert found["controlled"]["over_limits_m3"] < found["uncontrolled"]["over_limits_m3"]


def test_a_bad_configuration_is_refused(tmp_path: Path) -> None:
    bad = tmp_path / "control.toml"
    bad.write_text("interval_s = 60\n")
    with pytest.raises(ConfigurationError, match=r"control\.toml"):
        CliRunner().invoke(
            make_commands(),
            ["control", "--model", MODEL, "--config", str(bad)],
            catch_exceptions=False,
        )
