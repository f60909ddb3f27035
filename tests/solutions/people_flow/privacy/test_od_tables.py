"""Origin-destination tables come in, whole or not at all."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kota.errors import SolutionError
from kota.model.jsonld import kota_context
from kota.solutions.people_flow.cli import make_commands
from kota.solutions.people_flow.privacy.od_tables import Flow, flow_patches, read_flows

LONG = "origin,destination,people\nA,B,120\nB,A,80.5\nA,C,0\nC,A,\n"
WIDE = "from,A,B,C\nA,,120,0\nB,80.5,,\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "od.csv"
    path.write_text(text)
    return path


@pytest.mark.parametrize("text", [LONG, WIDE])
def test_long_and_wide_tables_say_the_same(tmp_path: Path, text: str) -> None:
    assert read_flows(written(tmp_path, text)) == [Flow("A", "B", 120), Flow("B", "A", 80.5)]


def test_a_release_is_such_a_table(tmp_path: Path) -> None:
    text = "origin,destination,people,lower,upper\nA,B,120,20,220\n"
    assert read_flows(written(tmp_path, text)) == [Flow("A", "B", 120)]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (LONG + "A,B,3\n", "row 6: A to B stands in row 2 already"),
        (LONG + "A,D,-3\n", "row 6: people '-3' is no number of people"),
        (LONG + "A,D,many\n", "row 6: people 'many'"),
        (LONG + "A,D,nan\n", "row 6: people 'nan'"),
        (LONG + "A,D\n", "row 6: 2 cells; expected 3"),
        (LONG + ",D,1\n", "row 6: a place is empty"),
        ("origin,destination,n\nA,B,1\n", "no column"),
        (WIDE + "A,1,2,3\n", "row 4: A to A stands in row 2 already"),
        ("from,A,A\nA,1,2\n", "names no destinations"),
        ("", "names no destinations"),
    ],
)
def test_a_fault_names_its_row(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(SolutionError, match=complaint):
        read_flows(written(tmp_path, text))


def test_flows_become_entities_between_places(tmp_path: Path) -> None:
    context = kota_context()
    (patch,) = flow_patches([Flow("North gate", "B", 7)], context, at=5, reason="survey")
    assert patch.entity_id == "urn:ngsi-ld:OriginDestinationFlow:North%20gate-B"
    origin = patch.attrs["urn:kota:ns:origin"][0]
    assert origin.value == "urn:ngsi-ld:Zone:North%20gate"
    people = patch.attrs[context.expand("peopleCount")][0]
    assert (people.value, people.observed_at) == (7, 5)


def test_a_table_reaches_a_running_kota(tmp_path: Path, kota_server: object) -> None:
    import urllib.request

    file = written(tmp_path, LONG)
    command = ["od", "--in", str(file), "--at", "2025-11-28", "--tz", "Asia/Jakarta", "--json"]
    command += ["--data", str(kota_server.data)]  # type: ignore[attr-defined]
    dry = CliRunner().invoke(make_commands(), [*command, "--dry-run"], catch_exceptions=False)
    assert json.loads(dry.output) == {"flows": 2, "people": 200.5, "dry_run": True}
    CliRunner().invoke(make_commands(), command, catch_exceptions=False)
    url = f"{kota_server.url}/api/v1/entities/urn:ngsi-ld:OriginDestinationFlow:A-B"  # type: ignore[attr-defined]
    with urllib.request.urlopen(url) as answer:
        assert b"120" in answer.read()


def test_without_a_running_kota_the_command_says_so(tmp_path: Path) -> None:
    command = ["od", "--in", str(written(tmp_path, LONG)), "--at", "2025-11-28"]
    with pytest.raises(SolutionError, match="no Kota runs"):
        CliRunner().invoke(
            make_commands(), [*command, "--data", str(tmp_path / "none")], catch_exceptions=False
        )
