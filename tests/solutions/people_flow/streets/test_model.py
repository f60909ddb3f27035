"""Flow on streets without a counter: laws of the assignment and of the estimate."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kota.errors import SolutionError
from kota.network import Network, make_network
from kota.solutions.people_flow.streets.assignment import assign, perceived_lengths, shortest_ways
from kota.solutions.people_flow.streets.entities import street_distance, zones_of
from kota.solutions.people_flow.streets.interpolation import inverse_distance, nearest
from kota.solutions.people_flow.streets.model import StreetModel, learn, slot_of
from kota.solutions.people_flow.streets.origin_destination import (
    fit_to_counts,
    shares_at_counters,
    told_pairs,
)
from kota.solutions.people_flow.streets.patterns import Patterns, make_patterns, zone_trips
from kota.solutions.people_flow.streets.town import Town

SIDE = 9
COUNTED = np.array([3, 17, 40, 66, 80, 101, 120, 139])


def grid() -> Network:
    """Streets of a town on a grid, no two quite as long."""
    number = np.arange(SIDE * SIDE).reshape(SIDE, SIDE)
    east = np.stack([number[:, :-1].ravel(), number[:, 1:].ravel()])
    north = np.stack([number[:-1].ravel(), number[1:].ravel()])
    ends = np.concatenate([east, north], axis=1)
    y, x = np.divmod(np.arange(SIDE * SIDE), SIDE)
    length = 90.0 + 10.0 * np.random.default_rng(1).random(ends.shape[1])
    nodes = np.stack([x, y], axis=1) * 95.0
    return make_network(ends[0], ends[1], length=length, nodes=nodes)


def people(network: Network) -> Town:
    rng = np.random.default_rng(2)
    town = Town(network.n_nodes)
    homes = rng.integers(0, network.n_nodes, 400)
    uses = rng.choice(["house", "office", "shophouse"], 400, p=[0.7, 0.1, 0.2])
    residents = np.where(uses == "house", 4.0, 0.0)
    town.add_buildings(homes, uses.tolist(), residents, np.full(400, 200.0))
    for category, node in (("school", 11), ("mosque", 40), ("marketplace", 44), ("bus_stop", 5)):
        town.add_place(category, node, 300.0)
    town.add_place("bus_stop", 70, 0.0)
    town.add_place("park", 22, 0.0)
    return town


@pytest.fixture(scope="module")
def network() -> Network:
    return grid()


@pytest.fixture(scope="module")
def patterns(network: Network) -> Patterns:
    return make_patterns(network, people(network), draws=3)


@pytest.fixture(scope="module")
def week(network: Network, patterns: Patterns) -> tuple[np.ndarray, np.ndarray]:
    """Two weeks of hourly counts on all streets from other rates and draws, and their slots."""
    rng = np.random.default_rng(4)
    columns = len(patterns.purpose)
    draw = np.exp(0.4 * rng.standard_normal(columns))
    day = np.exp(0.5 * rng.standard_normal((columns, 24)))
    mean = np.einsum("ch,c,ce->he", day, draw, patterns.flow[1, 2]) * 0.02
    flow = rng.poisson(np.tile(mean, (14, 1))).astype(float)
    hour = np.arange(len(flow)) % 24
    return flow, slot_of(hour, (np.arange(len(flow)) // 24) % 7 >= 5)


@pytest.fixture(scope="module")
def model(network: Network, patterns: Patterns, week: tuple[np.ndarray, np.ndarray]) -> StreetModel:
    flow, slots = week
    distance = street_distance(network, COUNTED)
    return learn(patterns, distance, COUNTED, flow[:-24, COUNTED], slots[:-24])


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_at_every_junction_as_many_leave_as_come_but_for_those_who_begin_or_end(seed: int) -> None:
    network, rng = grid(), np.random.default_rng(seed)
    targets = rng.choice(network.n_nodes, 5, replace=False)
    trips = rng.random((5, network.n_nodes, 2)) * 10
    lengths = next(iter(perceived_lengths(network, 0.3, draws=1, seed=seed)))
    ways = shortest_ways(network, targets, cost=lengths)
    load = assign(network, ways, trips, groups=np.ones((1, 5)))[0]
    balance = np.zeros((network.n_nodes, 2))
    np.add.at(balance, network.start, load.back - load.ahead)
    np.add.at(balance, network.end, load.ahead - load.back)
    balance += trips.sum(axis=0)
    ended = trips.sum(axis=1)
    expected = np.zeros_like(balance)
    expected[targets] = ended
    assert balance == pytest.approx(expected, abs=1e-8)
    assert load.ahead.min() >= 0
    assert load.back.min() >= 0


def test_where_there_is_no_way_nobody_walks() -> None:
    network = make_network([0, 2], [1, 3], length=[10.0, 10.0])
    ways = shortest_ways(network, np.array([0]))
    load = assign(network, ways, np.ones((1, 4, 1)), groups=np.ones((1, 1)))[0]
    assert (load.ahead + load.back).ravel().tolist() == [1.0, 0.0]


def test_of_two_streets_between_the_same_corners_the_shorter_is_walked() -> None:
    network = make_network([0, 0], [1, 1], length=[10.0, 8.0])
    ways = shortest_ways(network, np.array([1]))
    load = assign(network, ways, np.ones((1, 2, 1)), groups=np.ones((1, 1)))[0]
    assert load.ahead.ravel().tolist() == [0.0, 1.0]


def test_estimates_are_never_negative_and_lie_within_their_limits(
    model: StreetModel, week: tuple[np.ndarray, np.ndarray]
) -> None:
    flow, slots = week
    for at in range(len(flow) - 24, len(flow)):
        estimate = model.update(flow[at, COUNTED], int(slots[at]))
        low, high = estimate.interval()
        assert (estimate.mean >= 0).all()
        assert (low <= estimate.mean).all()
        assert (estimate.mean <= high).all()
        assert np.isfinite(high).all()


def test_at_a_counter_the_estimate_is_what_it_says_within_its_error(
    model: StreetModel, week: tuple[np.ndarray, np.ndarray]
) -> None:
    flow, slots = week
    at = len(flow) - 12
    said = flow[at, COUNTED]
    estimate = model.update(said, int(slots[at]))
    off = np.log((estimate.mean[COUNTED] + 0.5) / (said + 0.5))
    allowed = 3 * np.sqrt(1.0 / (said + 1) + model.doubt.counter**2 + estimate.sd[COUNTED] ** 2)
    assert (np.abs(off) < allowed).all()


def test_it_beats_plain_interpolation_and_knows_its_doubt(
    network: Network, model: StreetModel, week: tuple[np.ndarray, np.ndarray]
) -> None:
    flow, slots = week
    distance = street_distance(network, COUNTED)
    others = np.setdiff1d(np.arange(network.n_edges), COUNTED)
    errors: dict[str, list[np.ndarray]] = {"model": [], "nearest": [], "idw": []}
    inside = []
    for at in range(len(flow) - 16, len(flow)):
        true, said = flow[at, others], flow[at, COUNTED]
        busy = true >= 10
        estimate = model.update(said, int(slots[at]))
        guesses = (estimate.mean, nearest(distance, said), inverse_distance(distance, said))
        for name, guess in zip(errors, guesses, strict=True):
            errors[name].append((np.abs(guess[others] - true) / np.maximum(true, 1))[busy])
        low, high = estimate.interval()
        inside.append(((low[others] <= true) & (true <= high[others]))[busy])
    median = {name: float(np.median(np.concatenate(each))) for name, each in errors.items()}
    assert median["model"] < 0.6 * median["idw"]
    assert median["model"] < 0.6 * median["nearest"]
    assert 0.65 < np.concatenate(inside).mean() <= 1.0


def test_what_comes_later_changes_nothing(
    network: Network, patterns: Patterns, week: tuple[np.ndarray, np.ndarray]
) -> None:
    flow, slots = week
    distance = street_distance(network, COUNTED)
    cut = 7 * 24
    altered = flow.copy()
    altered[cut + 1 :] *= 3.0
    found = []
    for each in (flow, altered):
        model = learn(patterns, distance, COUNTED, each[:cut, COUNTED], slots[:cut])
        found.append(model.update(each[cut, COUNTED], int(slots[cut])).mean)
    assert found[0] == pytest.approx(found[1])


def test_a_silent_counter_is_done_without(
    model: StreetModel, week: tuple[np.ndarray, np.ndarray]
) -> None:
    flow, slots = week
    said = flow[-12, COUNTED]
    said[2] = np.nan
    estimate = model.update(said, int(slots[-12]))
    assert np.isfinite(estimate.mean).all()
    nothing = model.update(np.full(len(COUNTED), np.nan), int(slots[-12]))
    assert nothing.mean == pytest.approx(model.usual(int(slots[-12])).mean)
    assert (nothing.sd >= estimate.sd - 1e-9).all()


def test_an_hour_that_was_never_counted_and_counts_of_nothing_are_refused(
    network: Network, patterns: Patterns, model: StreetModel
) -> None:
    with pytest.raises(SolutionError, match="was never counted"):
        model.update(np.ones(len(COUNTED)), 99)
    distance = street_distance(network, COUNTED)
    with pytest.raises(SolutionError, match="no counter has counted"):
        learn(patterns, distance, COUNTED, np.full((24, 8), np.nan), np.arange(24))
    with pytest.raises(SolutionError, match="beyond the day"):
        slot_of(np.array([24]), np.array([False]))


def test_trips_between_zones_explain_the_counts_and_stay_positive(network: Network) -> None:
    rng = np.random.default_rng(6)
    zones = zones_of(network, side=300.0)
    ways = shortest_ways(network, np.arange(network.n_nodes))
    shares = shares_at_counters(network, ways, zones, np.ones(network.n_nodes), COUNTED)
    true = rng.gamma(2.0, 30.0, (zones.max() + 1, zones.max() + 1))
    counts = np.einsum("kij,ij->k", shares, true)
    prior = np.full_like(true, true.mean())
    fitted = fit_to_counts(prior, shares, counts)
    assert (fitted.trips >= 0).all()
    assert fitted.off < 0.05
    before = np.abs(np.einsum("kij,ij->k", shares, prior) - counts).sum()
    assert np.abs(fitted.counted - counts).sum() < 0.2 * before
    assert shares.max() <= 1 + 1e-9
    assert all(count >= 10 for _, _, count in told_pairs(fitted.trips))


def test_zone_trips_are_those_of_the_origins(network: Network, patterns: Patterns) -> None:
    town = people(network)
    zones = zones_of(network, side=300.0)
    purposes = len(np.unique(patterns.purpose))
    trips = zone_trips(network, town, zones, np.ones(len(patterns.purpose)), np.full(purposes, 2.0))
    assert trips.shape == (purposes, zones.max() + 1, zones.max() + 1)
    home = town.amounts("home").sum()
    assert trips[0].sum() == pytest.approx(home, rel=0.02)


def test_negative_counts_are_refused() -> None:
    with pytest.raises(SolutionError, match="cannot be negative"):
        fit_to_counts(np.ones((2, 2)), np.ones((1, 2, 2)), np.array([-1.0]))
