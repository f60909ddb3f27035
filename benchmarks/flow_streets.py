"""How well the flow on streets without a counter is estimated, against plain interpolation.

People of invented towns walk for three weeks (`kota.solutions.people_flow.pedestrians.day`); 5 % of
the streets have a counter, twice at random and once spread as in the demonstration, with the faults
that counters have. Two weeks are learnt; on a working day and a day of the week's end of the third
week, hours from 7 to 20 are estimated from that hour's counts. The error of a street is
|estimate − true| / true over hours with at least FLOOR people; the weighted error is the sum of
errors over that of people, all streets and hours. The estimator knows streets, buildings with use
and residents, places, parks and the shore: nothing of how the people were made. Towns 1, 2, 7 and
21 to 24 were looked at in development; those here were not.

python -m benchmarks.flow_streets [SEED ...]
"""

from __future__ import annotations

import sys
from collections import defaultdict
from datetime import date, timedelta
from functools import partial
from time import perf_counter

import numpy as np
import shapely

from benchmarks.report import emit, machine
from kota.demo.district import District, make_district
from kota.demo.district.place import HEIGHT, WIDTH
from kota.demo.greens import named_greens
from kota.demo.people import FESTIVAL_DAY, people_setting
from kota.demo.people_devices import equipment
from kota.network import Network, make_network
from kota.solutions.people_flow.pedestrians.crowd import Setting
from kota.solutions.people_flow.pedestrians.day import simulate
from kota.solutions.people_flow.pedestrians.sensing import Counter, counters
from kota.solutions.people_flow.pedestrians.truth import Truth
from kota.solutions.people_flow.streets.assignment import assign, perceived_lengths, shortest_ways
from kota.solutions.people_flow.streets.entities import nearest_junctions, street_distance
from kota.solutions.people_flow.streets.interpolation import inverse_distance, nearest
from kota.solutions.people_flow.streets.model import learn, slot_of
from kota.solutions.people_flow.streets.patterns import SPREADS, make_patterns
from kota.solutions.people_flow.streets.town import Town

SEEDS = (41, 42)
LAYOUTS = ("random 1", "random 2", "planned")
COUNTED = 0.05
FLOOR = 20
DAYS, LEARN = 21, 14
TESTED = (15, 19)
KNOWN_DRAWS = 20
HOURS = (7, 8, 9, 11, 12, 13, 15, 17, 18, 19, 20)
GOAL = "median error <= 0.20 on streets without a counter"


def network_of(district: District) -> Network:
    """The streets of a district, numbered alike."""
    streets = district.streets.streets
    return make_network(
        [street.start for street in streets],
        [street.end for street in streets],
        length=[street.line.length for street in streets],
        nodes=district.streets.nodes,
        lines=np.array([street.line for street in streets], dtype=object),
    )


def town_of(district: District, network: Network) -> Town:
    """What a planner knows of a district; a way to the shore every 250 m."""
    town = Town(network.n_nodes)
    buildings = district.buildings
    at = shapely.get_coordinates([one.footprint.centroid for one in buildings])
    town.add_buildings(
        nearest_junctions(network, at),
        [one.use for one in buildings],
        np.array([float(one.residents) for one in buildings]),
        np.array([one.floor_area for one in buildings]),
    )
    for place in district.places:
        node = nearest_junctions(network, shapely.get_coordinates(place.at))[0]
        town.add_place(place.category, int(node), place.capacity)
    parks = [block.shape.centroid for _, block in named_greens(district)]
    shore = district.terrain.coast_line.intersection(shapely.box(0, 0, WIDTH, HEIGHT))
    steps = np.arange(125.0, shore.length, 250.0)
    beach = list(shapely.line_interpolate_point(shore, steps))
    for kind, points in (("park", parks), ("beach", beach)):
        for node in nearest_junctions(network, shapely.get_coordinates(points)):
            town.add_place(kind, int(node), 0.0)
    return town


def counted_streets(
    district: District, setting: Setting, streets: np.ndarray, layout: str
) -> np.ndarray:
    """Streets with a counter: at random, or spread as the demonstration's are."""
    if layout == "planned":
        found = [one.segment for one in equipment(district, setting).counters]
        return np.intersect1d(found, streets)
    rng = np.random.default_rng([district.seed, int(layout.split()[1])])
    return np.sort(rng.choice(streets, round(COUNTED * len(streets)), replace=False))


def known_trips(network: Network, truth: Truth) -> np.ndarray:
    """Passers-by in each hour if every trip were known and only its way were not `(24, n)`.

    Ways are those of twenty people drawn as the estimator draws them: what no model of trips can
    be below while it does not know who judges lengths how.
    """
    trips, nodes = truth.trips, np.arange(network.n_nodes)
    begins = np.zeros((network.n_nodes, network.n_nodes, 24))
    hour = np.clip(trips.departs // 3600, 0, 23).astype(int)
    np.add.at(begins, (trips.destination, trips.origin, hour), 1.0)
    found = np.zeros((network.n_edges, 24))
    for lengths in perceived_lengths(network, SPREADS[1], draws=KNOWN_DRAWS, seed=0):
        ways = shortest_ways(network, nodes, cost=lengths)
        load = assign(network, ways, begins, groups=np.ones((1, network.n_nodes)))[0]
        found += (load.ahead + load.back) / KNOWN_DRAWS
    return found.T


def _played(truths: dict[date, Truth], setting: Setting, day: date) -> Truth:
    return truths.get(day) or simulate(setting, day)


def main(seeds: tuple[int, ...]) -> None:
    """Print errors, pooled over towns, layouts, days and hours."""
    print(machine(), file=sys.stderr)
    errors: dict[str, list[np.ndarray]] = defaultdict(list)
    off: dict[str, float] = defaultdict(float)
    walked, covered, seconds = 0.0, [], []
    for seed in seeds:
        district = make_district(seed)
        network = network_of(district)
        began = perf_counter()
        patterns = make_patterns(network, town_of(district, network))
        seconds.append(perf_counter() - began)
        setting = people_setting(district, seed=1000 + seed)
        first = FESTIVAL_DAY - timedelta(days=FESTIVAL_DAY.weekday() + 28)
        days = {first + timedelta(days=k): None for k in range(DAYS)}
        truths = {day: simulate(setting, day) for day in days}
        flow = np.concatenate(
            [t.flow.sum(axis=2).reshape(24, 12, -1).sum(axis=1) for t in truths.values()]
        )
        hour, day = np.arange(len(flow)) % 24, np.arange(len(flow)) // 24
        slots = slot_of(hour, day % 7 >= 5)
        ideal = {d: known_trips(network, truths[first + timedelta(days=d)]) for d in TESTED}
        inside = shapely.within(network.lines, shapely.box(-60, -60, WIDTH + 60, HEIGHT + 60))
        streets = np.flatnonzero(inside)
        for layout in LAYOUTS:
            counted = counted_streets(district, setting, streets, layout)
            devices = counters([Counter(str(k), "", int(k)) for k in counted], seed=seed)
            said = [devices.read(one, partial(_played, truths, setting)) for one in days]
            heard = np.concatenate([one.heard.reshape(24, 12, -1).mean(axis=1) for one in said])
            counts = np.concatenate(
                [
                    (one.counts.sum(axis=2) * one.heard).reshape(24, 12, -1).sum(axis=1)
                    for one in said
                ]
            )
            counts = np.where(heard > 0.5, counts / np.maximum(heard, 0.5), np.nan)
            distance = street_distance(network, counted)
            began = perf_counter()
            model = learn(patterns, distance, counted, counts[day < LEARN], slots[day < LEARN])
            seconds.append(perf_counter() - began)
            others = np.setdiff1d(streets, counted)
            for at in (24 * d + h for d in TESTED for h in HOURS):
                told = np.isfinite(counts[at])
                estimate = model.update(counts[at], int(slots[at]))
                low, high = estimate.interval(0.8)
                near = distance[:, told]
                guesses = {
                    "estimate": estimate.mean,
                    "nearest": nearest(near, counts[at][told]),
                    "idw": inverse_distance(near, counts[at][told]),
                    "known trips": ideal[at // 24][at % 24],
                }
                true = flow[at][others].astype(float)
                busy = true >= FLOOR
                walked += true.sum()
                for name, guess in guesses.items():
                    far = np.abs(guess[others] - true)
                    off[name] += far.sum()
                    errors[name].append(far[busy] / true[busy])
                    if layout == "planned":
                        errors[f"{name}, planned"].append(far[busy] / true[busy])
                within = (low[others] <= true) & (true <= high[others])
                covered.append(within[busy])
        print(
            f"town {seed}",
            {k: round(float(np.median(np.concatenate(v))), 3) for k, v in errors.items()},
            file=sys.stderr,
        )
    median = {name: float(np.median(np.concatenate(each))) for name, each in errors.items()}
    emit("flow.street_error_median", median["estimate"], "", floor=median["idw"], goal=GOAL)
    emit("flow.street_error_median.idw", median["idw"], "")
    emit("flow.street_error_median.nearest", median["nearest"], "")
    emit("flow.street_error_median.known_trips", median["known trips"], "")
    planned = median["estimate, planned"]
    emit("flow.street_error_median.planned", planned, "", floor=median["idw, planned"])
    emit("flow.street_error_weighted", off["estimate"] / walked, "", floor=off["idw"] / walked)
    emit("flow.street_coverage_80", float(np.concatenate(covered).mean()), "", goal="0.75 to 0.85")
    emit("flow.street_learn", float(np.max(seconds)), "s")
    began = perf_counter()
    model.update(counts[at], int(slots[at]))
    emit("flow.street_step", perf_counter() - began, "s", goal="well below 1 s")


if __name__ == "__main__":
    main(tuple(int(one) for one in sys.argv[1:]) or SEEDS)
