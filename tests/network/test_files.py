"""Networks read from files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from kota.errors import InputError
from kota.network import FLAT_SPEED, at_nodes, travel_times
from kota.network.files import read_edges, read_lines


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def lines(folder: Path, *features: dict[str, object]) -> Path:
    collection = {"type": "FeatureCollection", "features": list(features)}
    return write(folder / "streets.geojson", json.dumps(collection))


def line(*coordinates: list[float], **properties: object) -> dict[str, object]:
    geometry = {"type": "LineString", "coordinates": coordinates}
    return {"type": "Feature", "properties": properties, "geometry": geometry}


@pytest.mark.parametrize("header", ["from,to,length", "u;v;weight", "Source\tTarget\tCost"])
def test_edges_are_read_under_usual_names(tmp_path: Path, header: str) -> None:
    mark = next(m for m in ",;\t" if m in header)
    rows = [header, *(mark.join(row) for row in (("a", "b", "5"), ("b", "007", "2.5")))]
    network = read_edges(write(tmp_path / "e.csv", "\n".join(rows)))
    assert network.node_names == ("007", "a", "b")
    found = travel_times(network, at_nodes(network, [1]), at_nodes(network, [0]))
    assert found[0, 0] == pytest.approx(7.5)


@pytest.mark.parametrize(("repeated", "cost"), [("least", 3.0), ("last", 9.0)])
def test_a_repeated_edge_counts_as_asked(tmp_path: Path, repeated: str, cost: float) -> None:
    path = write(tmp_path / "e.csv", "from,to,cost\n1,2,5\n2,1,3\n1,2,9\n")
    network = read_edges(path, repeated=repeated)  # type: ignore[arg-type]
    found = travel_times(network, at_nodes(network, [0]), at_nodes(network, [1]))
    assert found[0, 0] == cost


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("from,to,length\na,b,5\n\nb,c,x\n", "e.csv line 4, length: 'x' is not a number"),
        ("from,to,length\na,b,-5\n", "e.csv line 2, length: -5 is less than 0"),
        ("from,to,length\na,,5\n", "e.csv line 2, to: no value"),
        ("from,to,length\na,b,inf\n", "e.csv line 2, length: 'inf' is not finite"),
        ("from,to,length\na,b\n", "e.csv line 2: 2 cells for 3 columns"),
        ("from,length\na,5\n", "no column 'to'"),
        ("from,to,length\n", "no edges"),
    ],
)
def test_a_wrong_row_is_refused_with_its_line(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        read_edges(write(tmp_path / "e.csv", text))


def test_edges_on_foot_have_slope_direction_and_positions(tmp_path: Path) -> None:
    edges = write(tmp_path / "e.csv", "from,to,length,slope,oneway\na,b,100,0.1,no\nb,c,50,0,yes\n")
    nodes = write(tmp_path / "n.csv", "id,lon,lat\nc,103.4,3.01\na,103.4,3.0\nb,103.4,3.005\n")
    network = read_edges(edges, nodes=nodes, walk=True)
    assert network.forward[0] > network.backward[0]
    assert network.forward[1] == pytest.approx(50 / FLAT_SPEED)
    assert np.isinf(network.backward[1])
    assert network.plane is not None
    assert network.nodes is not None
    np.testing.assert_allclose(network.plane.to_degrees(network.nodes[0])[0], [103.4, 3.0])


def test_a_node_without_position_is_refused(tmp_path: Path) -> None:
    edges = write(tmp_path / "e.csv", "from,to,length\na,b,100\n")
    nodes = write(tmp_path / "n.csv", "id,lon,lat\na,103.4,3.0\n")
    with pytest.raises(InputError, match=r"1 nodes, such as b, are not in n\.csv"):
        read_edges(edges, nodes=nodes)


def test_lines_are_read_with_their_weights(tmp_path: Path) -> None:
    path = lines(
        tmp_path,
        line([103.4, 3.0], [103.401, 3.0], name="Jalan Satu", shade=1),
        line([103.401, 3.0], [103.402, 3.0], name="Jalan Dua", oneway="yes"),
    )
    network = read_lines(path, perceive=True)
    assert network.edge_names == ("Jalan Satu", "Jalan Dua")
    assert network.n_nodes == 3
    assert network.forward[0] == pytest.approx(0.86 * network.forward[1], rel=1e-3)
    assert np.isinf(network.backward[1])


def test_lines_in_another_coordinate_system_are_brought_to_degrees(tmp_path: Path) -> None:
    path = lines(tmp_path, line([29500, 32100], [29600, 32100], name="North Bridge Road"))
    network = read_lines(path, crs="EPSG:3414")
    assert network.length[0] == pytest.approx(100, abs=0.1)
    with pytest.raises(InputError, match=r"North Bridge Road.*EPSG:4326"):
        read_lines(path)


def test_a_point_among_the_lines_is_refused_with_its_number(tmp_path: Path) -> None:
    point = {
        "type": "Feature",
        "properties": {},
        "geometry": {"type": "Point", "coordinates": [1, 2]},
    }
    path = lines(tmp_path, line([103.4, 3.0], [103.401, 3.0]), point)
    with pytest.raises(InputError, match=r"streets\.geojson feature 2: a Point is no street"):
        read_lines(path)
