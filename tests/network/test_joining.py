"""Lines joined into networks, their pieces, and points snapped to them."""

from __future__ import annotations

import numpy as np
import pytest
from shapely import LineString, Point

from kota.errors import InputError
from kota.network import (
    FLAT_SPEED,
    Plane,
    Way,
    describe_pieces,
    join,
    pieces,
    snap,
    travel_times,
)

PLANE = Plane(103.45, 3.07)


def way(name: str, *positions: tuple[float, float], **more: object) -> Way:
    """A way through positions in metres of `PLANE`."""
    return Way(name, LineString(PLANE.to_degrees(positions)), **more)  # type: ignore[arg-type]


def degrees(*positions: tuple[float, float]) -> np.ndarray:
    return PLANE.to_degrees(positions)


def test_ends_within_the_tolerance_are_one_crossing() -> None:
    network = join([way("a", (0, 0), (100, 0)), way("b", (100.3, 0), (200, 0))], plane=PLANE)
    assert (network.n_nodes, network.n_edges) == (3, 2)


def test_an_end_that_touches_a_middle_cuts_it_and_a_crossing_without_ends_does_not() -> None:
    through = way("through", (0, 0), (100, 0))
    touching = join([through, way("side", (50, 0), (50, 80))], plane=PLANE)
    flyover = join([through, way("over", (50, -80), (50, 80))], plane=PLANE)
    assert touching.edge_names == ("through", "through", "side")
    assert touching.way is not None
    assert touching.way.tolist() == [0, 0, 1]
    assert pieces(touching).max() == 0
    assert pieces(flyover).max() == 1


def test_pieces_are_named_by_their_longest_way_and_ordered_by_length() -> None:
    network = join(
        [
            way("island", (0, 900), (50, 900)),
            way("lane", (0, 0), (100, 0)),
            way("avenue", (100, 0), (600, 0)),
        ],
        plane=PLANE,
    )
    found = describe_pieces(network)
    assert [(piece.name, piece.nodes, piece.edges) for piece in found] == [
        ("avenue", 3, 2),
        ("island", 2, 1),
    ]
    assert found[0].length == pytest.approx(600, abs=0.01)


def test_a_point_is_snapped_to_the_nearest_place_on_an_edge() -> None:
    network = join([way("a", (0, 0), (100, 0)), way("b", (100, 0), (100, 100))], plane=PLANE)
    spots = snap(network, degrees((30, 12), (104, 60)))
    assert spots.edge.tolist() == [0, 1]
    assert spots.off.tolist() == pytest.approx([12, 4], abs=0.01)
    assert spots.share.tolist() == pytest.approx([0.3, 0.6], abs=1e-3)
    time = travel_times(network, spots[:1], spots[1:])[0, 0]
    assert time == pytest.approx((70 + 60 + 12 + 4) / FLAT_SPEED, abs=0.05)


def test_a_point_in_the_sea_is_refused_by_name_and_distance() -> None:
    network = join([way("a", (0, 0), (100, 0))], plane=PLANE)
    with pytest.raises(InputError, match=r"candidates\.csv line 3 \(5,000 m\).*sea"):
        snap(
            network,
            degrees((10, 0), (50, 5000)),
            names=["candidates.csv line 2", "candidates.csv line 3"],
            farthest=500,
        )


def test_metres_in_place_of_degrees_are_refused_by_name() -> None:
    network = join([way("a", (0, 0), (100, 0))], plane=PLANE)
    with pytest.raises(InputError, match=r"row 7: \(29500, 32100\).*EPSG:4326"):
        snap(network, [(29500.0, 32100.0)], names=["row 7"])
    with pytest.raises(InputError, match="Jalan Pasar"):
        join([Way("Jalan Pasar", LineString([(29500, 32100), (29600, 32100)]))])


def test_climbing_takes_longer_than_descending_and_shade_feels_shorter() -> None:
    hill = join([way("hill", (0, 0), (100, 0), slope=0.1)], plane=PLANE)
    assert hill.forward[0] > hill.backward[0]
    sun, shade = (
        join([way("s", (0, 0), (86, 0), shade=share)], plane=PLANE, perceive=True)
        for share in (0.0, 1.0)
    )
    assert shade.forward[0] / sun.forward[0] == pytest.approx(0.86)


def test_altitudes_give_the_slope_of_a_way() -> None:
    flat = PLANE.to_degrees([(0, 0), (100, 0)])
    climbing = LineString([(*flat[0], 5.0), (*flat[1], 15.0)])
    by_altitude = join([Way("hill", climbing)], plane=PLANE)
    by_slope = join([way("hill", (0, 0), (100, 0), slope=0.1)], plane=PLANE)
    assert by_altitude.forward[0] == pytest.approx(by_slope.forward[0], rel=1e-4)


def test_a_one_way_street_is_closed_backwards() -> None:
    network = join([way("a", (0, 0), (100, 0), oneway=True)], plane=PLANE)
    assert np.isinf(network.backward[0])
    assert network.matrix.nnz == 1


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (Way("p", Point(103, 3)), "p is no line"),
        (Way("q", LineString([(103, 3), (103, 3.1)]), shade=40), "q: shade 40"),
        (Way("r", LineString([(103, 3), (103, 3.1)]), slope=5), "r: slope 5"),
    ],
)
def test_a_wrong_way_is_refused_by_name(wrong: Way, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        join([wrong])


def test_plane_and_degrees_are_each_others_inverse() -> None:
    metres = np.array([[0.0, 0.0], [1234.5, -987.6], [-40_000.0, 25_000.0]])
    np.testing.assert_allclose(PLANE.to_metres(PLANE.to_degrees(metres)), metres, atol=1e-4)
