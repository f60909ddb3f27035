"""The valves that are named keep water out, none of them is needless, and stuck ones are passed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from kota.errors import SolutionError
from kota.solutions.water.cli import make_commands
from kota.solutions.water.inp import net3, read_network
from kota.solutions.water.isolation import isolate
from kota.solutions.water.network import Junction, Network, Pipe, Reservoir
from kota.solutions.water.sections import SectionValve, place_valves
from kota.solutions.water.valve_file import read_valves

NET3 = read_network(net3())
VALVES = place_valves(NET3)


def line(*, loop: bool = False) -> tuple[Network, tuple[SectionValve, ...]]:
    """A reservoir R, junctions a to e in a row, pipes Ra ab bc cd de, and a valve at each end of
    each pipe; with `loop` also eR, which feeds the row from its other end."""
    names = "abcde"
    junctions = {n: Junction(n, 0.0, 1.0 + k, (k, 0.0)) for k, n in enumerate(names)}
    pairs = ["Ra", "ab", "bc", "cd", "de", *(["eR"] if loop else [])]
    pipes = {p: Pipe(p, p[0], p[1], 100.0, 100.0, 100.0, 0.0) for p in pairs}
    network = Network(junctions, {"R": Reservoir("R", 50.0, (0, 0))}, {}, pipes, {}, {})
    valves = [SectionValve(f"{p}-{n}", p, n) for p in pairs for n in p]
    return network, tuple(valves)


def test_row_when_fed_from_one_end_then_one_valve_suffices_and_all_behind_is_dry() -> None:
    found = isolate(*line(), "bc")
    assert (found.shut, found.spare) == (("bc-b",), ("bc-c",))
    assert (found.pipes, found.dry, found.demand) == (("bc",), ("c", "d", "e"), 12.0)


def test_row_when_fed_from_both_ends_then_both_valves_are_shut_and_nobody_is_dry() -> None:
    found = isolate(*line(loop=True), "bc")
    assert (found.shut, found.spare, found.dry) == (("bc-b", "bc-c"), (), ())


def test_valve_when_it_is_stuck_then_the_next_one_does_and_more_are_dry() -> None:
    found = isolate(*line(loop=True), "bc", useless=["bc-b"])
    assert (found.shut, found.passed_over) == (("ab-b", "bc-c"), ("bc-b",))
    assert (found.pipes, found.dry, found.demand) == (("bc",), ("b",), 2.0)
    further = isolate(*line(loop=True), "bc", useless=["bc-b", "ab-b"])
    assert (further.shut, further.pipes) == (("ab-a", "bc-c"), ("ab", "bc"))


def test_valve_when_it_is_shut_already_then_it_is_not_asked_for() -> None:
    found = isolate(*line(loop=True), "bc", shut=["bc-b"])
    assert (found.shut, found.dry) == (("bc-c",), ())


def test_demand_when_it_is_given_then_it_is_what_is_lost() -> None:
    assert isolate(*line(), "de", demands={"e": 7.5}).demand == 7.5


@pytest.mark.parametrize(
    ("pipe", "useless", "words"),
    [
        ("zz", (), "none of this id"),
        ("ab", ("nix",), "valve 'nix'"),
        ("Ra", ("Ra-R", "Ra-a"), "cannot be shut off from 'R'"),
    ],
)
def test_pipe_when_it_cannot_be_shut_off_then_it_says_why(
    pipe: str, useless: tuple[str, ...], words: str
) -> None:
    with pytest.raises(SolutionError, match=words):
        isolate(*line(), pipe, useless=useless)


def test_valve_when_it_stands_nowhere_then_it_is_refused() -> None:
    network, valves = line()
    with pytest.raises(SolutionError, match="no such place"):
        isolate(network, (*valves, SectionValve("x", "ab", "e")), "ab")


def reaches(network: Network, shut: set[str], pipe: str) -> bool:
    """Whether any source's water gets into a pipe, walked anew and simply."""
    doors = {
        (link.id, node)
        for link in network.links
        for node in (link.start, link.end)
        if not any(v.id in shut and (v.pipe, v.node) == (link.id, node) for v in VALVES)
    }
    open_ = {p.id for p in network.pipes.values() if p.is_open}
    open_ |= set(network.pumps) | set(network.valves)
    nodes, links = {*network.reservoirs, *network.tanks}, set()
    while True:
        new_links = {k for k, n in doors if n in nodes and (k in open_ or k == pipe)} - links
        links |= new_links
        new_nodes = {n for k, n in doors if k in links} - nodes
        nodes |= new_nodes
        if not new_links and not new_nodes:
            return pipe in links


@settings(max_examples=60, deadline=None)
@given(
    pipe=st.sampled_from(sorted(NET3.pipes)),
    useless=st.sets(st.sampled_from([v.id for v in VALVES]), max_size=12),
)
def test_valves_that_are_named_keep_water_out_and_none_is_needless(
    pipe: str, useless: set[str]
) -> None:
    try:
        found = isolate(NET3, VALVES, pipe, useless=useless)
    except SolutionError:
        assert reaches(NET3, {v.id for v in VALVES} - useless, pipe)
        return
    assert not useless & set(found.shut)
    assert not reaches(NET3, set(found.shut), pipe)
    for name in found.shut:
        assert reaches(NET3, set(found.shut) - {name}, pipe)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("valve,pipe\n", "line 1: expected the columns"),
        ("valve,pipe,node\nV1,999,1\n", "line 2: the network has no pipe '999'"),
        ("valve,pipe,node\nV1,241,211\n", "line 2: '211' is no end of pipe '241'"),
        ("valve,pipe,node\n\nV1,241\n", "line 3: 2 cells"),
        ("valve,pipe,node\nV1,241,208\nV1,241,209\n", "line 3: the valve's id"),
        ("valve,pipe,node\nV1,241,208\nV2,241,208\n", "line 3: a valve stands there"),
    ],
)
def test_file_of_valves_when_wrong_then_file_and_line_are_named(
    tmp_path: Path, text: str, words: str
) -> None:
    path = tmp_path / "valves.csv"
    path.write_text(text)
    with pytest.raises(SolutionError, match=words) as caught:
        read_valves(path, NET3)
    assert str(path) in str(caught.value)


def test_command_says_what_to_shut_and_who_is_dry(tmp_path: Path) -> None:
    path = tmp_path / "valves.csv"
    path.write_text("valve,pipe,node\nV1,238,207\nV2,243,211\n")
    said = CliRunner().invoke(
        make_commands(),
        ["isolate", "--network", str(net3()), "--pipe", "241", "--valves", str(path)],
    )
    assert said.exit_code == 0, said.output
    assert "shut: V1, V2" in said.output
    assert "junctions without water: 206, 208, 209" in said.output
