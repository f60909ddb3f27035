"""``kota sewage``."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
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


def rain(folder: Path, name: str, first: int, mm_h: float) -> str:
    rows = [f"2026-11-27T{first + i // 12:02d}:{i % 12 * 5:02d},{mm_h}" for i in range(36)]
    path = folder / name
    path.write_text("time,gauge\n" + "\n".join(rows) + "\n")
    return str(path)


def test_a_forecast_names_places_and_is_written(tmp_path: Path) -> None:
    out = tmp_path / "outlook.parquet"
    fell, coming = rain(tmp_path, "fell.csv", 9, 0.0), rain(tmp_path, "coming.csv", 12, 150.0)
    options = ["--model", MODEL, "--rain", fell, "--forecast", coming, "--members", "3"]
    shown = CliRunner().invoke(
        make_commands(), ["forecast", *options, "--out", str(out), "--json"], catch_exceptions=False
    )
    found = json.loads(shown.stdout)["found"]
    assert found[0]["id"] == "system"
    assert found[0]["probability"] == 1.0
    assert parquet.read_table(out).num_rows == len(found)


def test_blockages_are_found_in_a_record(tmp_path: Path) -> None:
    rows = ["time,a,b,x,xa,xb"]
    begin = datetime(2026, 11, 1, tzinfo=UTC)
    for i in range(96 * 9):
        usual = 0.05 + 0.02 * (i // 4 % 24 > 7) + 0.001 * (i * 7 % 5)
        blocked = usual + (0.1 if i > 96 * 8 else 0.0)
        time = (begin + timedelta(minutes=15 * i)).isoformat()
        rows.append(f"{time},{usual},{usual},{blocked},{usual},{usual}")
    path = tmp_path / "levels.csv"
    path.write_text("\n".join(rows))
    options = ["blockages", "--levels", str(path), "--learn-days", "7", "--model", MODEL, "--json"]
    shown = CliRunner().invoke(make_commands(), options, catch_exceptions=False)
    assert [each["id"] for each in json.loads(shown.stdout)["found"]] == ["x"]
