"""``kota alarms`` as an operator types it."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path

from benchmarks.processes import kota

from .test_commands import run

FILE = """\
[[alarm]]
id = "dim"
title = "Lamp is dim"
type = "Lamp"
when = { is = "low", attribute = "brightness", limit = 0.3 }
severity = "minor"
respond_within = 3600
consequence = "The path is dark."
action = "Change the lamp."
"""
LAMP = {
    "id": "urn:ngsi-ld:Lamp:L1",
    "type": "Lamp",
    "brightness": {"type": "Property", "value": 0.1},
}
NGSI_LINK = (
    '<urn:kota:context:v1>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'
)


def create(url: str) -> None:
    headers = {"Content-Type": "application/json", "Link": NGSI_LINK}
    request = urllib.request.Request(
        f"{url}/ngsi-ld/v1/entities", json.dumps(LAMP).encode(), headers
    )
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 201


def test_alarms_when_a_lamp_is_dim_then_it_is_listed_acknowledged_shelved_and_reported(
    tmp_path: Path,
) -> None:
    file = tmp_path / "alarms.toml"
    file.write_text(FILE)
    data = tmp_path / "town"
    where = ("--data", str(data))
    with kota(data, "--alarms", str(file)) as (_, url):
        create(url)
        listed = json.loads(run("alarms", "list", "--json", *where))
        assert [one["id"] for one in listed["alarms"]] == ["urn:ngsi-ld:Alert:dim:Lamp:L1"]
        assert "dim:Lamp:L1" in run("alarms", "list", *where)
        said = run("alarms", "ack", "dim:Lamp:L1", "--comment", "seen", *where)
        assert said == "dim:Lamp:L1 is acknowledged\n"
        assert "there is nothing to acknowledge" in run(
            "alarms", "ack", "dim:Lamp:L1", *where, status=1
        )
        assert "is shelved" in run(
            "alarms", "shelve", "dim:Lamp:L1", "--comment", "works", "--hours", "1", *where
        )
        shown = run("alarms", "show", "dim:Lamp:L1", *where)
        assert "action: Change the lamp." in shown
        assert "seen" in shown
        assert "per operator hour" in run("alarms", "report", *where)
        file.write_text(FILE.replace("limit = 0.3", "limits = 0.3"))
        assert "alarms.toml line 5" in run("alarms", "reload", *where, status=1)
    at_rest = json.loads(run("alarms", "list", "--state", "shelved", "--json", *where))
    assert at_rest["total"] == 1


def test_check_when_a_file_is_wrong_then_file_line_and_what_was_meant_are_said(
    tmp_path: Path,
) -> None:
    file = tmp_path / "alarms.toml"
    file.write_text(FILE)
    assert run("alarms", "check", str(file)) == "alarm definitions: 1, all good\n"
    file.write_text(FILE.replace("severity", "sevrity"))
    said = " ".join(run("alarms", "check", str(file), status=1).split())
    assert "line 6: sevrity: unknown key; did you mean 'severity'?" in said


def test_serve_when_a_definition_is_wrong_then_it_does_not_start(tmp_path: Path) -> None:
    file = tmp_path / "alarms.toml"
    file.write_text(FILE.replace('"low"', '"lower"'))
    data = str(tmp_path / "town")
    said = run("serve", "--data", data, "--port", "0", "--alarms", str(file), status=1)
    assert "alarms.toml line 5: is: 'lower' is unknown" in " ".join(said.split())
