"""The commands as a person types them, against a real server and against data at rest."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import duckdb


def run(*arguments: str, status: int = 0) -> str:
    """What a command prints; what it says on its error stream where it fails."""
    done = subprocess.run(  # noqa: PLW1510 - the status is what is tested
        [sys.executable, "-m", "kota", *arguments], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == status, done.stderr
    return done.stdout if status == 0 else done.stderr


def create(url: str, name: str, level: float) -> None:
    body = {
        "id": f"urn:ngsi-ld:Lamp:{name}",
        "type": "Lamp",
        "brightness": {"type": "Property", "value": level},
    }
    request = urllib.request.Request(
        f"{url}/ngsi-ld/v1/entities",
        json.dumps(body).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 201


def test_query_shows_what_a_running_kota_holds(kota_server: Any) -> None:
    create(kota_server.url, "a", 0.5)
    create(kota_server.url, "b", 0.1)
    data = ("--data", str(kota_server.data))
    shown = run("query", "--type", "Lamp", "--q", "brightness>0.2", *data)
    assert "urn:ngsi-ld:Lamp:a" in shown
    assert "1 of 1 entities" in shown
    entities = json.loads(run("query", "--type", "Lamp", "--json", *data))
    assert [entity["id"] for entity in entities] == ["urn:ngsi-ld:Lamp:a", "urn:ngsi-ld:Lamp:b"]


def test_backup_of_a_running_kota_is_restored_and_queried_at_rest(
    kota_server: Any, tmp_path: Path
) -> None:
    create(kota_server.url, "a", 0.5)
    made = json.loads(
        run("backup", str(tmp_path / "copy"), "--data", str(kota_server.data), "--json")
    )
    assert made["entities"] == 1
    second = ("--data", str(tmp_path / "second"))
    run("restore", str(tmp_path / "copy"), *second)
    assert "1 of 1 entities" in run("query", "--type", "Lamp", *second)
    assert "holds data" in run("restore", str(tmp_path / "copy"), *second, status=1)


def test_export_is_read_by_another_engine(kota_server: Any, tmp_path: Path) -> None:
    for step in range(3):
        create(kota_server.url, str(step), step)
    lake = tmp_path / "lake"
    run("export", "--parquet", str(lake), "--data", str(kota_server.data))
    rows = duckdb.sql(
        f"SELECT number FROM read_parquet('{lake}/**/*.parquet', hive_partitioning = true) "
        "WHERE type = 'Lamp' ORDER BY 1"
    ).fetchall()
    assert rows == [(0.0,), (1.0,), (2.0,)]


def test_faults_are_said_in_one_line(tmp_path: Path) -> None:
    said = run("query", "--data", str(tmp_path / "nowhere"), status=1)
    assert said.startswith("kota: no Kota runs on")
    assert "--data" in said
    exposed = ["serve", "--data", str(tmp_path), "--host", "0.0.0.0"]
    assert "in the clear" in run(*exposed, status=1)
    assert "listens on this machine only" in run(*exposed, "--auth", "none", status=1)
    said = run("serve", "--data", str(tmp_path), "--mqtt", "http://x", status=1)
    assert "mqtt://HOST:PORT" in said
    said = run("serve", "--data", str(tmp_path), "--solution", "nothing", status=1)
    assert "'nothing'" in said


def test_taken_port_and_taken_folder_are_named(kota_server: Any, tmp_path: Path) -> None:
    port = str(kota_server.port)
    said = run("serve", "--data", str(tmp_path / "other"), "--port", port, status=1)
    assert f"port {port}" in said
    said = run("serve", "--data", str(kota_server.data), "--port", "0", status=1)
    assert "in use by process" in said


def test_damaged_configuration_names_file_and_key(tmp_path: Path) -> None:
    config = tmp_path / "town.toml"
    config.write_text('data = "town"\nspeed = 3\n')
    said = run("serve", "--config", str(config), status=1)
    assert str(config) in said
    assert "speed" in said
