"""Access to amenities against PySAL's access, and what-if questions on the district.

python -m benchmarks.amenities_access [--demand 100000] [--supply 1000] [--raam]
"""

from __future__ import annotations

import argparse
import logging
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from benchmarks.report import emit
from kota.solutions.amenities.floating import floating_catchment
from kota.solutions.amenities.pairs import Floats, Pairs
from kota.solutions.amenities.raam import raam

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from access import Access

METHODS = (
    ("2sfca", "two_stage_fca", {"limit": 30.0}, {"max_cost": 30}),
    ("e2sfca", "enhanced_two_stage_fca", {}, {}),
    ("3sfca", "three_stage_fca", {}, {}),
)


def region(n_demand: int, n_supply: int, seed: int = 1) -> tuple[Pairs, Floats, Floats]:
    """A square of 200 by 200 minutes; everybody knows the supply within 35 minutes."""
    rng = np.random.default_rng(seed)
    homes, places = rng.uniform(0, 200, (n_demand, 2)), rng.uniform(0, 200, (n_supply, 2))
    near = cKDTree(homes).sparse_distance_matrix(cKDTree(places), 35.0, output_type="coo_matrix")
    pairs = Pairs.of(near.row, near.col, near.data, shape=(n_demand, n_supply))
    demand = rng.integers(1, 500, n_demand).astype(float)
    supply = rng.integers(1, 30, n_supply).astype(float)
    return pairs, demand, supply


def peer(pairs: Pairs, demand: Floats, supply: Floats) -> Any:
    """The same for PySAL."""
    logging.disable(logging.WARNING)
    return Access(
        demand_df=pd.DataFrame({"id": np.arange(len(demand)), "people": demand}),
        demand_index="id",
        demand_value="people",
        supply_df=pd.DataFrame({"id": np.arange(len(supply)), "places": supply}),
        supply_index="id",
        supply_value=["places"],
        cost_df=pd.DataFrame({"o": pairs.demand, "d": pairs.supply, "c": pairs.cost}),
        cost_origin="o",
        cost_dest="d",
        cost_name="c",
    )


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """CPU seconds of a call, and what it returns."""
    begin = time.process_time()
    found = work()
    return time.process_time() - begin, found


def column(found: Any, count: int) -> Floats:
    """PySAL's answer by number of the demand, 0 where it has none."""
    values: Floats = found.iloc[:, 0].reindex(np.arange(count)).fillna(0.0).to_numpy()
    return values


def floating(pairs: Pairs, demand: Floats, supply: Floats) -> None:
    """The floating catchments of both, timed in turn."""
    model = peer(pairs, demand, supply)
    for method, call, ours, theirs in METHODS:
        spent, found = timed(
            lambda m=method, o=ours: floating_catchment(pairs, demand, supply, method=m, **o)
        )
        theirs_spent, answer = timed(lambda c=call, t=theirs: getattr(model, c)(**t))
        apart = np.abs(found - column(answer, len(demand))).max() / found.max()
        emit(f"amenities.{method}", spent, "CPU s", floor=theirs_spent, goal="at most access")
        unit = "1e-9 of the largest"
        emit(f"amenities.{method}_apart", float(apart) * 1e9, unit, goal="at most 1000")


def equilibrium(pairs: Pairs, demand: Floats, supply: Floats) -> None:
    """Both answers to the rational agent access model."""
    spent, found = timed(lambda: raam(pairs, demand, supply))
    theirs_spent, answer = timed(lambda: peer(pairs, demand, supply).raam())
    told = column(answer, len(demand))
    apart = np.abs(told / found.cost - 1)
    emit("amenities.raam", spent, "CPU s", floor=theirs_spent)
    emit("amenities.raam_residual", found.residual * 1e9, "1e-9 of all cost", goal="at most 1")
    emit("amenities.raam_peer_off", float(apart.max()), "of the equilibrium, at most")
    emit("amenities.raam_peer_off_median", float(np.median(apart)), "of the equilibrium")


def district() -> None:
    """A what-if question on the demonstration district."""
    import shapely

    from kota.demo.district import make_district
    from kota.demo.district.place import to_degrees
    from kota.network import Way, join
    from kota.solutions.amenities.planning import run_scenario
    from kota.solutions.amenities.scenarios import Draft
    from kota.solutions.amenities.town import EVERYBODY, Homes, Place, Town

    town = make_district()
    ways = [
        Way(street.name, shapely.transform(street.line, to_degrees))
        for street in town.streets.streets
    ]
    lived = [building for building in town.buildings if building.residents]
    at = to_degrees(shapely.get_coordinates([b.footprint.centroid for b in lived]))
    people = np.array([[float(building.residents)] for building in lived])
    names = tuple(str(building.number) for building in lived)
    homes = Homes(names, at, (EVERYBODY,), people, ("Town",) * len(lived))
    places = tuple(
        Place(
            place.name,
            place.name,
            (place.category,),
            "PointOfInterest",
            (tuple(to_degrees(shapely.get_coordinates(place.at))[0].tolist()),),
            float(place.capacity) or None,
        )
        for place in town.places
    )
    whole = Town(homes, places, join(ways))
    for model in ("p-median", "p-center", "mclp"):
        draft = Draft(name="what if", kind="clinic", p=2, model=model)  # type: ignore[arg-type]
        begin = time.perf_counter()
        result = run_scenario(whole, draft, "")
        taken = time.perf_counter() - begin
        emit(f"amenities.what_if_{model}", taken, "s", goal="at most 2")
        emit(f"amenities.what_if_{model}_gap", result.gap, "of the objective")


def main() -> None:
    """Both programs, same data, same run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--demand", type=int, default=100_000)
    parser.add_argument("--supply", type=int, default=1_000)
    parser.add_argument("--raam", action="store_true", help="Kota's equilibrium at full size too")
    options = parser.parse_args()
    floating(*region(options.demand, options.supply))
    equilibrium(*region(5_000, 200))
    district()
    if options.raam:
        spent, found = timed(lambda: raam(*region(options.demand, options.supply)))
        emit("amenities.raam_full", spent, "CPU s")
        emit("amenities.raam_full_residual", found.residual * 1e9, "1e-9 of all cost")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
