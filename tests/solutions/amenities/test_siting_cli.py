"""``kota amenities locate``: tables in, a solution out, and what is wrong told by its line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from kota.errors import KotaError
from kota.solutions.amenities.siting_cli import locate

STREET = "from,to,length\n" + "".join(f"{k},{k + 1},100\n" for k in range(1, 9))
PEOPLE = "id,weight,group\n" + "".join(f"{k},{k},{'ab'[k % 2]}\n" for k in range(1, 10))
PLACES = "id,cost,status\n" + "".join(f"{k},{k},free\n" for k in range(1, 10))


class Run:
    """The command over a street of nine places."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name, text in (("d", PEOPLE), ("c", PLACES), ("e", STREET)):
            self.put(name, text)

    def put(self, name: str, text: str) -> None:
        (self.folder / f"{name}.csv").write_text(text)

    def __call__(self, *words: str, ways: tuple[str, ...] = ()) -> dict[str, Any]:
        app = typer.Typer()
        app.command()(locate)
        out = self.folder / "solution.json"
        out.unlink(missing_ok=True)
        files = ("--demand", f"{self.folder}/d.csv", "--candidates", f"{self.folder}/c.csv")
        ways = ways or ("--edges", f"{self.folder}/e.csv")
        answer = CliRunner().invoke(app, [*files, *ways, *words, "--out", str(out)])
        if answer.exception is not None and not isinstance(answer.exception, SystemExit):
            raise answer.exception
        assert answer.exit_code == 0, answer.output
        found: dict[str, Any] = json.loads(out.read_text())
        return found


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path)


def test_a_median_of_a_street_has_objective_bound_gap_sites_and_assignment(run: Run) -> None:
    found = run("--model", "p-median", "--p", "2")
    far = {k: min(abs(k - int(site)) for site in found["sites"]) for k in range(1, 10)}
    assert found["objective"] == sum(100 * k * far[k] for k in far)
    assert found["bound"] == found["objective"]
    assert (found["gap"], found["status"]) == (0.0, "optimal")
    assert {len(found["sites"]), len(found["assignment"])} == {2, 9}
    assert all(abs(k - int(found["assignment"][str(k)])) == far[k] for k in far)
    assert all(drop["loss"] > 0 for drop in found["drops"])


@pytest.mark.parametrize(
    ("words", "objective"),
    [
        (("--model", "p-center", "--p", "3"), 100.0),
        (("--model", "lscp", "--radius", "100"), 15.0),
        (("--model", "mclp", "--p", "1", "--radius", "100"), 24.0),
        (("--model", "backup", "--p", "2", "--radius", "100"), 22.5),
    ],
)
def test_other_models_on_the_street(run: Run, words: tuple[str, ...], objective: float) -> None:
    assert run(*words)["objective"] == objective


def test_kept_forbidden_and_closed_sites_are_heeded(run: Run) -> None:
    words = ("--model", "pmedian", "--p", "2", "--kept", "1", "--forbidden", "7,8", "--closed", "6")
    found = run(*words)
    assert "1" in found["sites"]
    assert not {"6", "7", "8"} & set(found["sites"])
    assert [change["site"] for change in found["reopened"]] == ["6"]
    assert found["reopened"][0]["loss"] < 0


def test_alternatives_are_nearly_as_good_and_lie_elsewhere(run: Run) -> None:
    found = run("--model", "p-median", "--p", "3", "--alternatives", "2", "--within", "0.4")
    assert 1 <= len(found["alternatives"]) <= 2
    for other in found["alternatives"]:
        assert set(other["sites"]) != set(found["sites"])
        assert 0 <= other["worse"] <= 0.4
        assert other["away"] > 0


def test_equity_budget_and_capacity_reach_the_problem(run: Run) -> None:
    plain = run("--model", "p-median", "--p", "2")
    fair = run("--model", "p-median", "--p", "2", "--equity", "share:1:200")
    assert fair["objective"] > plain["objective"]
    assert fair["distance"]["farthest"] <= 200
    cheap = run("--model", "p-median", "--budget", "5")
    assert cheap["cost"] <= 5
    held = run("--model", "p-median", "--p", "3", "--capacity", "16")
    load: dict[str, float] = {}
    for place, site in held["assignment"].items():
        load[site] = load.get(site, 0) + int(place)
    assert max(load.values()) <= 16


def test_several_counts_are_periods(run: Run) -> None:
    rows = "".join(f"{k},{k},{10 - k}\n" for k in range(1, 10))
    run.put("d", f"id,weight_1,weight_2\n{rows}")
    found = run("--model", "p-median", "--p", "1,2")
    assert set(found["periods"][0]) <= set(found["periods"][1])


def test_names_of_columns_are_read_liberally_and_the_last_of_repeated_edges_counts(
    run: Run,
) -> None:
    run.put("d", "node,population\na,1\nb,1\n")
    run.put("c", "vertex\na\nb\n")
    run.put("e", "u,v,w\na,b,5\nb,a,9\n")
    assert run("--model", "p-median", "--p", "1")["objective"] == 9.0


def test_positions_and_tables_of_distances_serve_without_a_network(run: Run) -> None:
    run.put("d", "id,weight,x,y\na,1,0,0\nb,1,3,4\n")
    run.put("c", "id,x,y\nq,0,0\n")
    by_position = run("--model", "p-median", "--p", "1", ways=("--seed", "0"))
    np.save(run.folder / "t.npy", np.array([[0], [5]]))
    by_table = run("--model", "p-median", "--p", "1", ways=("--distances", f"{run.folder}/t.npy"))
    assert by_position["objective"] == by_table["objective"] == 5.0


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("d", "id,weight\n1,1\n2,-3\n", "d.csv line 3, weight: -3 is less than 0"),
        ("d", "id,weight\n1,1\n2,nan\n", "d.csv line 3, weight"),
        ("d", "id,weight\n1,1\n2,\n", "d.csv line 3, weight: no value"),
        ("d", "id,weight\n1,1\n1,2\n", "line 3: id '1' is also in line 2"),
        ("d", "id,weight\n1,1\nsea,2\n", "d.csv line 3: node 'sea' is at no edge"),
        ("c", "id,status\n1,free\n2,maybe\n", "c.csv line 3, status: 'maybe' is none"),
        ("c", "id\n1\n", "p is 2, but only 1 candidates may be open; lower p to 1"),
        ("e", "from,to,length\n1,2,-5\n", "e.csv line 2, length: -5 is less than 0"),
        ("e", STREET.replace("8,9,100", "9,10,100"), "no way to any candidate: 9 .d.csv line 10"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(run: Run, name: str, text: str, words: str) -> None:
    run.put("c", "id\n1\n2\n3\n")
    run.put(name, text)
    with pytest.raises(KotaError, match=words):
        run("--model", "p-median", "--p", "2")


@pytest.mark.parametrize(
    ("words", "what", "needed"),
    [
        (("--model", "lscp", "--radius", "100"), "radius", 300.0),
        (("--model", "p-median", "--p", "2", "--kept", "1,2,3"), "p", 3.0),
        (("--model", "p-median", "--p", "1", "--capacity", "20"), "capacity", 45.0),
        (("--model", "p-median", "--budget", "0.5"), "budget", 1.0),
        (("--model", "p-median", "--p", "1", "--limit", "300", "--forbidden", "4"), "p", 2.0),
        (("--model", "p-median", "--p", "1", "--equity", "share:0.9:100"), "p", 3.0),
    ],
)
def test_what_cannot_be_had_comes_with_the_smallest_change(
    run: Run, words: tuple[str, ...], what: str, needed: float
) -> None:
    if what == "radius":
        run.put("c", "id\n1\n5\n6\n")
    with pytest.raises(KotaError):
        run(*words)
    said = json.loads((run.folder / "solution.json").read_text())
    assert said["status"] == "infeasible"
    changes = {change["what"]: change["needed"] for change in said["changes"]}
    assert changes[what] == needed
