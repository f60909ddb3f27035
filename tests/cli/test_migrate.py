"""A town in a database, as people handle it: moved there, served, asked, backed up, examined."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from benchmarks.processes import kota

from .test_commands import create, run


@pytest.mark.timeout(300)
def test_a_town_moves_into_a_database_and_lives_on_there(tmp_path: Path, database: str) -> None:
    data, backup = tmp_path / "town", tmp_path / "backup"
    where = ("--data", str(data))
    with kota(data, "--solution", "amenities") as (_, url):
        create(url, "a", 0.5)
        refused = run("migrate", "--from", f"sqlite:{data}", "--to", database, status=1)
    assert "in use" in refused
    assert "write sqlite:DIR" in run("migrate", "--from", str(data), "--to", database, status=1)

    moved = json.loads(run("migrate", "--from", f"sqlite:{data}", "--to", database, "--json"))

    assert moved["observations"] == 1
    with kota(data, "--solution", "amenities") as (_, url):
        create(url, "b", 0.7)
        (one, other) = json.loads(run("query", "--type", "Lamp", "--json", *where))
        assert {one["id"], other["id"]} == {"urn:ngsi-ld:Lamp:a", "urn:ngsi-ld:Lamp:b"}
        made = json.loads(run("backup", str(backup), "--json", *where))
        assert (made["entities"], made["observations"]) == (2, 2)
    assert "lines are whole" in run("audit", "verify", *where)
    findings = json.loads(_doctor(database))
    assert {"check": "state", "level": "good"}.items() <= findings[-2].items()

    run("restore", str(backup), "--data", str(tmp_path / "again"))
    found = json.loads(run("query", "--type", "Lamp", "--json", "--data", str(tmp_path / "again")))
    assert len(found) == 2
    assert "holds data" in run("restore", str(backup), *where, status=1)


def _doctor(database: str) -> str:
    """The findings; without fsync, as the test's server runs, one of them is bad."""
    done = subprocess.run(
        [sys.executable, "-m", "kota", "doctor", "--store", database, "--json"],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    return done.stdout
