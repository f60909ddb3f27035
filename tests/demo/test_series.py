"""What was said goes to history, and the newest of it to the state."""

from __future__ import annotations

import numpy as np

from kota.demo.series import Series, series_of
from kota.model.instant import SECOND
from kota.model.quality import Level, Quality, Source
from kota.runtime import naming

NAMES = naming(())
ESTIMATED = Quality(Level.GOOD, Source.ESTIMATED)


def test_all_but_the_newest_is_past_and_the_newest_is_state() -> None:
    at = np.array([1, 2, 3]) * SECOND
    series = Series("urn:x:1", "level", "MTR", at, np.array([1.0, 2.0, 4.0]), ESTIMATED.code)
    past = series.past(NAMES)
    assert past.column("number").to_pylist() == [1.0, 2.0]
    assert past.column("observed_at").to_pylist() == [1 * SECOND, 2 * SECOND]
    patch = series.newest(NAMES, ("urn:t",))
    (attribute,) = patch.attrs[NAMES.expand("level")]
    assert (attribute.value, attribute.observed_at) == (4.0, 3 * SECOND)
    assert attribute.quality == ESTIMATED


def test_rows_are_gathered_by_entity_and_attribute() -> None:
    rows = [
        ("a", "x", 1, 1.0, "MTR", 0),
        ("b", "x", 1, 5.0, "MTR", 0),
        ("a", "x", 2, 2.0, "MTR", 0),
    ]
    one, other = series_of(rows)
    assert (one.entity_id, one.values.tolist(), one.at.tolist()) == ("a", [1.0, 2.0], [1, 2])
    assert (other.entity_id, other.values.tolist()) == ("b", [5.0])
