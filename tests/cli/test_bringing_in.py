"""The verbs that bring data in, against a running Kota and against data at rest."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

MAP = """
layout = "wide"
topic = "/park/{column}/attrs"
[entity]
type = "CrowdFlowObserved"
id = "urn:ngsi-ld:CrowdFlowObserved:{column}"
[time]
column = "time"
[[attribute]]
name = "peopleCount"
type = "integer"
"""
COUNTS = "time,n,s\n2026-01-01T00:00:00Z,1,2\n2026-01-01T01:00:00Z,3,\n"
PROFILE = '[entity]\ntype = "Pump"\n'


def run(*arguments: str, status: int = 0) -> str:
    """What a command prints; what it says on its error stream where it fails."""
    done = subprocess.run(  # noqa: PLW1510 - the status is what is tested
        [sys.executable, "-m", "kota", *arguments], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout if status == 0 else done.stdout + done.stderr


def entities(data: Path, kind: str) -> dict[str, dict[str, Any]]:
    found = json.loads(run("query", "--type", kind, "--data", str(data), "--json"))
    return {entity["id"]: entity for entity in found}


@pytest.fixture
def counts(tmp_path: Path) -> tuple[str, str, str]:
    """A table of counts and its map, as arguments."""
    (tmp_path / "map.toml").write_text(MAP)
    (tmp_path / "counts.csv").write_text(COUNTS)
    return str(tmp_path / "counts.csv"), "--map", str(tmp_path / "map.toml")


def check_counts(data: Path) -> None:
    found = entities(data, "CrowdFlowObserved")
    north = found["urn:ngsi-ld:CrowdFlowObserved:n"]["peopleCount"]
    assert (north["value"], north["observedAt"]) == (3, "2026-01-01T01:00:00Z")
    assert found["urn:ngsi-ld:CrowdFlowObserved:s"]["peopleCount"]["value"] == 2


def test_a_table_is_imported_at_rest(counts: tuple[str, str, str], tmp_path: Path) -> None:
    data = tmp_path / "town"
    dry = run("import", *counts, "--data", str(data), "--dry-run")
    assert "2 rows would bring 3 observations; 1 cells have no value" in dry
    assert not data.exists()
    tally = json.loads(run("import", *counts, "--data", str(data), "--json"))
    assert (tally["observations"], tally["missing"], tally["faults"]) == (3, 1, 0)
    check_counts(data)


def test_a_table_is_imported_into_a_running_kota(
    counts: tuple[str, str, str], kota_server: Any
) -> None:
    run("import", *counts, "--data", str(kota_server.data))
    check_counts(kota_server.data)


def test_a_table_with_a_fault_changes_nothing_unless_told(
    counts: tuple[str, str, str], tmp_path: Path
) -> None:
    Path(counts[0]).write_text(COUNTS.replace(",3,", ",many,"))
    data = tmp_path / "town"
    said = run("import", *counts, "--data", str(data), status=1)
    assert "counts.csv line 3: column 'n': 'many' is not a number" in said
    assert not data.exists()
    said = run("import", *counts, "--data", str(data), "--skip-faults")
    assert "left out: counts.csv line 3" in said
    assert len(entities(data, "CrowdFlowObserved")) == 2


def test_a_table_is_replayed_into_a_running_kota(
    counts: tuple[str, str, str], kota_server: Any
) -> None:
    said = run("replay", *counts, "--speed", "0", "--server", kota_server.url)
    assert "2 rows, 3 observations let out" in said
    check_counts(kota_server.data)


def test_assets_are_imported_compared_and_removed(kota_server: Any, tmp_path: Path) -> None:
    file = tmp_path / "valves.csv"
    file.write_text("nr,lon,lat,dia\n1,106.8,-6.2,100\n2,106.9,-6.2,150\n")
    command = ("import", str(file), "--type", "Valve", "--key", "nr", "--server", kota_server.url)
    assert "2 created, 0 changed, 0 unchanged" in run(*command)
    assert "0 created, 0 changed, 2 unchanged" in run(*command)
    file.write_text("nr,lon,lat,dia\n1,106.8,-6.2,110\n")
    shown = run(*command, "--dry-run")
    assert "~ urn:ngsi-ld:Valve:1: dia" in shown
    assert "- urn:ngsi-ld:Valve:2" in shown
    assert "1 changed, 0 unchanged, 1 in the file no more and deleted" in run(*command, "--remove")
    found = entities(kota_server.data, "Valve")
    assert list(found) == ["urn:ngsi-ld:Valve:1"]
    assert found["urn:ngsi-ld:Valve:1"]["dia"]["value"] == 110


def test_an_import_that_says_nothing_of_its_columns_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a\n")
    assert "--map" in run("import", str(tmp_path / "x.csv"), status=2)


def test_devices_are_enrolled_at_rest_and_in_a_running_kota(
    kota_server: Any, tmp_path: Path
) -> None:
    (tmp_path / "pump.toml").write_text(PROFILE)
    file = tmp_path / "devices.csv"
    file.write_text("id,profile,lon,lat\np1,pump,106.8,-6.2\n")
    rest = ("--data", str(tmp_path / "rest"), "--profile", str(tmp_path / "pump.toml"))
    assert "1 new" in run("devices", "import", str(file), *rest)
    assert "1 same" in run("devices", "import", str(file), *rest)
    assert "urn:ngsi-ld:Pump:p1" in entities(tmp_path / "rest", "Pump")

    server = ("--server", kota_server.url)
    said = run("devices", "import", str(file), *server, status=1)
    assert "line 2: there is no profile 'pump'" in said
    file.write_text("id,name\np1,One\np2,Two\n")
    assert "2 new" in run("devices", "import", str(file), *server)
    run("devices", "reject", "p2", *server)
    listed = json.loads(run("devices", "list", "--json", *server))
    assert [(one["id"], one["state"]) for one in listed] == [("p1", "approved"), ("p2", "rejected")]
    run("devices", "approve", "p2", *server)
    assert "p2" in run("devices", "list", "--state", "approved", *server)


def test_doctor_ends_with_one_where_no_broker_answers(free_port: int) -> None:
    said = run("doctor", "--mqtt", f"mqtt://127.0.0.1:{free_port}", "--json", status=1)
    assert json.loads(said[: said.rindex("]") + 1])[0]["level"] == "bad"
