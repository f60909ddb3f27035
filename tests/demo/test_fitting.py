"""The example network lies under the streets and works as before."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from kota.demo.district import District, make_district
from kota.demo.fitting import Fitted, fit
from kota.solutions.water.demand import Demand
from kota.solutions.water.hydraulics import Hydraulics
from kota.solutions.water.inp import net3, read_network


@pytest.fixture(scope="module")
def district() -> District:
    return make_district(7)


@pytest.fixture(scope="module")
def fitted(district: District) -> Fitted:
    return fit(read_network(net3()), district)


def test_pipes_run_along_streets(fitted: Fitted, district: District) -> None:
    streets = shapely.union_all([s.line.buffer(6.0) for s in district.streets.streets])
    ends = {*fitted.network.tanks, *fitted.network.reservoirs}
    laid = [
        fitted.routes[pipe.id]
        for pipe in fitted.network.pipes.values()
        if not ends & {pipe.start, pipe.end}
    ]
    outside = sum(line.difference(streets).length for line in laid)
    assert outside < 0.03 * sum(line.length for line in laid)


def test_pipes_end_at_their_nodes(fitted: Fitted) -> None:
    at = fitted.network.positions
    for pipe in fitted.network.pipes.values():
        line = fitted.routes[pipe.id]
        assert line.coords[0] == pytest.approx(at[pipe.start], abs=0.2)
        assert line.coords[-1] == pytest.approx(at[pipe.end], abs=0.2)


def test_tanks_stand_on_free_ground(fitted: Fitted, district: District) -> None:
    houses = shapely.union_all([building.footprint for building in district.buildings])
    for tank in fitted.network.tanks.values():
        ground = shapely.Point(tank.at).buffer(tank.diameter / 2)
        assert not ground.intersects(houses)
        assert not ground.intersects(district.terrain.river)


def test_every_building_is_supplied_and_its_water_is_the_network_s(
    fitted: Fitted, district: District
) -> None:
    per_day = sum(building.water_per_day for building in district.buildings)
    assert len(fitted.supplied) == len(district.buildings)
    assert fitted.bases[:, :2].sum() * 24 == pytest.approx(per_day)
    assert fitted.bases.sum() == pytest.approx(fitted.network.demand)


def test_customers_have_pressure_all_day(fitted: Fitted) -> None:
    demand = Demand(fitted.bases, seed=7, leakage=0.08)
    times = 1_764_259_200 + np.arange(0, 86_400, 1800)
    drawn = demand.drawn(times)
    low = []
    with Hydraulics(net3(), fitted.network, step=1800) as hydraulics:
        customers = [
            hydraulics.nodes.index(name)
            for name, junction in fitted.network.junctions.items()
            if junction.demand > 0
        ]
        seconds = 0
        while seconds < 86_400 - 1800:
            truth = hydraulics.solve(drawn[seconds // 1800])
            low.append(truth.pressure[customers].min())
            seconds = truth.seconds + hydraulics.move()
    assert min(low) > 15.0
