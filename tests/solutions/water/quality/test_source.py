"""The node where contamination entered is among the likeliest, and those it reaches are told."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from kota.errors import InputError
from kota.solutions.water.cli import make_commands
from kota.solutions.water.inp import net3
from kota.solutions.water.quality.source import SEEN, Seen, find_origin
from kota.solutions.water.quality.tracer import traced, upstream

TRUE, BEGAN = "197", 2 * 3600
SENSORS = ("201", "205", "184", "141", "225", "253", "35", "15")
UNTIL = 10
FORK = """
[JUNCTIONS]
A 0 0
B 0 0
LEFT 0 10
RIGHT 0 10
[RESERVOIRS]
R 50
[PIPES]
main R A 100 200 120 0 Open
on A B 100 200 120 0 Open
left B LEFT 200 150 120 0 Open
right A RIGHT 200 150 120 0 Open
[OPTIONS]
Units CMH
Headloss H-W
[TIMES]
Duration 24:00
Hydraulic Timestep 0:15
Pattern Timestep 1:00
[END]
"""


@pytest.fixture
def fork(tmp_path: Path) -> Path:
    path = tmp_path / "fork.inp"
    path.write_text(FORK)
    return path


def said(fork: Path, hours: int = 8) -> list[Seen]:
    with traced(fork, hours=hours) as tracer:
        share = tracer.inject("B", 7200)
        at = {name: tracer.nodes.index(name) for name in ("LEFT", "RIGHT")}
        return [
            Seen(int(second), name, bool(share[k, at[name]] >= SEEN))
            for k, second in enumerate(tracer.seconds)
            for name in at
            if second % 3600 == 0
        ]


def test_a_tracer_reaches_what_lies_downstream_and_nothing_else(fork: Path) -> None:
    with traced(fork, hours=8) as tracer:
        share = tracer.inject("B", 7200)
        left, right = (tracer.nodes.index(name) for name in ("LEFT", "RIGHT"))
        assert share[:, right].max() == 0
        assert share[tracer.seconds < 7200].max() == 0
        assert share[-1, left] == pytest.approx(100, rel=0.01)
        assert set(upstream(tracer, ["LEFT"], 3600)) == {"LEFT", "B", "A", "R"}


def test_the_sensor_that_stays_silent_rules_out_what_is_common(fork: Path) -> None:
    found = find_origin(fork, said(fork), hours=20)
    assert {found.candidates[0].node, found.candidates[1].node} == {"B", "LEFT"}
    common = [each.probability for each in found.candidates if each.node in ("A", "R")]
    assert sum(common) < 0.05
    reached = {each.node: each.probability for each in found.reached}
    assert reached["LEFT"] > 0.9
    assert reached.get("RIGHT", 0.0) < 0.05
    assert found.demand == pytest.approx(10, abs=1)


def test_one_false_word_does_not_overturn_the_rest(fork: Path) -> None:
    words = [*said(fork), Seen(3600, "RIGHT", positive=True)]
    found = find_origin(fork, words, hours=20)
    assert found.candidates[0].node in ("B", "LEFT", "RIGHT")


def test_in_a_real_network_the_source_is_among_the_likeliest() -> None:
    with traced(net3(), hours=UNTIL) as tracer:
        share = tracer.inject(TRUE, BEGAN)
        downstream = [n for k, n in enumerate(tracer.nodes) if share[-1, k] > SEEN]
        sensors = [*downstream[1::4], *SENSORS[:3]]
        index = [tracer.nodes.index(name) for name in sensors]
        words = [
            Seen(int(second), name, bool(share[k, i] >= SEEN))
            for k, second in enumerate(tracer.seconds)
            if second % 3600 == 0
            for name, i in zip(sensors, index, strict=True)
        ]
    assert any(each.positive for each in words)
    found = find_origin(net3(), words, hours=UNTIL + 4)
    assert TRUE in [each.node for each in found.candidates[:5]]


def test_nothing_seen_unknown_nodes_and_other_times_are_refused(fork: Path) -> None:
    with pytest.raises(InputError, match="no sensor saw anything"):
        find_origin(fork, [Seen(0, "A", positive=False)], hours=2)
    with pytest.raises(InputError, match="no node 'Q'"):
        find_origin(fork, [Seen(0, "Q", positive=True)], hours=2)
    with pytest.raises(InputError, match="outside the run"):
        find_origin(fork, [Seen(9000, "A", positive=True)], hours=2)


def test_the_command_reads_a_table_and_names_a_bad_line(fork: Path, tmp_path: Path) -> None:
    table, out = tmp_path / "seen.csv", tmp_path / "origin.json"
    rows = [f"{s.second / 3600},{s.node},{int(s.positive)}" for s in said(fork)]
    table.write_text("\n".join(["hour,node,positive", *rows]) + "\n")
    asked = ["origin", "--network", str(fork), "--seen", str(table), "--out", str(out)]
    result = CliRunner().invoke(make_commands(), asked)
    assert result.exit_code == 0, result.output
    assert msgspec.json.decode(out.read_bytes())["candidates"][0]["node"] in ("B", "LEFT")
    table.write_text("hour,node,positive\n1,A,perhaps\n")
    result = CliRunner().invoke(make_commands(), asked)
    assert isinstance(result.exception, InputError)
    assert "line 2" in str(result.exception)
