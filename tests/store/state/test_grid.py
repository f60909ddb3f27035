"""The grid against looking at everything."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kota.model.geometry import Box
from kota.store.state.grid import Grid

DEGREES = st.floats(-0.2, 0.2).map(lambda value: round(value, 4))
SIZES = st.sampled_from([0.0, 0.0, 0.003, 0.02, 0.3])


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    west, south = draw(DEGREES), draw(DEGREES)
    return Box(west, south, west + draw(SIZES), south + draw(SIZES))


@given(st.lists(st.tuples(st.integers(0, 20), st.none() | boxes()), max_size=60), boxes())
def test_grid_finds_what_a_scan_finds(steps: list[tuple[int, Box | None]], asked: Box) -> None:
    grid, placed = Grid(), dict[str, Box]()
    for number, box in steps:
        key = str(number)
        if box is None:
            grid.drop(key)
            placed.pop(key, None)
        else:
            grid.put(key, box)
            placed[key] = box
    found = grid.near(asked)
    assert len(found) == len(set(found)) <= grid.estimate(asked)
    assert set(found) == {key for key, box in placed.items() if box.intersects(asked)}
