"""Areas are what meters bound; proposed ones are whole, of like size, behind few meters."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.solutions.water.estimate.grid import write_network

from kota.errors import InputError
from kota.solutions.water.dma.areas import metered_areas, propose
from kota.solutions.water.inp import net3, read_network
from kota.solutions.water.network import Network


@pytest.fixture
def grid(tmp_path: Path) -> Network:
    return read_network(write_network(tmp_path / "grid.inp"))


def test_a_meter_on_the_main_bounds_the_whole_town(grid: Network) -> None:
    (area,) = metered_areas(grid, ["main"])
    assert len(area.junctions) == 36
    assert area.inflow == {"main": 1.0}
    assert area.closed
    assert area.length(grid) == pytest.approx(60 * 0.12 + 0.1)


def test_meters_along_a_street_make_two_areas_with_flow_out_and_in(grid: Network) -> None:
    across = [f"h2{y}" for y in range(6)]
    near, far = metered_areas(grid, ["main", *across])
    assert set(near.inflow.values()) == {1.0, -1.0}
    assert far.inflow == dict.fromkeys(across, 1.0)
    assert len(near.junctions) == len(far.junctions) == 18


def test_an_area_with_a_reservoir_is_not_closed(grid: Network) -> None:
    areas = metered_areas(grid, [f"h2{y}" for y in range(6)])
    assert [area.closed for area in areas] == [False, True]


@pytest.mark.parametrize("count", [2, 3])
def test_a_proposal_cuts_every_junction_into_one_area_of_like_demand(
    grid: Network, count: int
) -> None:
    found = propose(grid, count)
    junctions = [name for area in found.areas for name in area.junctions]
    assert sorted(junctions) == sorted(grid.junctions)
    assert len(found.areas) == count
    demands = [sum(grid.junctions[n].demand for n in a.junctions) for a in found.areas]
    assert min(demands) > 0.2 * sum(demands) / count * 2 * 0.5
    assert not set(found.meter) & set(found.shut)
    assert len(found.meter) + len(found.shut) < 20


def test_a_proposal_for_a_real_network_leaves_pumps_open() -> None:
    network = read_network(net3())
    found = propose(network, 4)
    assert not set(found.shut) & set(network.pumps)
    assert sorted(n for a in found.areas for n in a.junctions) == sorted(network.junctions)


def test_unknown_meters_and_too_many_areas_are_refused(grid: Network) -> None:
    with pytest.raises(InputError, match="no link 'x'"):
        metered_areas(grid, ["x"])
    with pytest.raises(InputError, match="expected 2 to 3"):
        propose(grid, 9)
