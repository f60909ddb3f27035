"""Why people walk: from what to what, how far, how often and when, before any count is seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from kota.solutions.people_flow.streets.assignment import Floats


@dataclass(frozen=True, slots=True)
class Purpose:
    """One reason to walk; trips there and back count alike.

    Args:
        name: unique.
        origins: kinds of place it begins at.
        destinations: kinds of place it leads to.
        apart: whether each place is a destination of its own, known by name, or all of a kind
            are one.
        rate: trips per unit of the origin (resident, worker's place, stop) and day, about.
        day: how they spread over the hours of a day `(24,)`, summing to 1.
    """

    name: str
    origins: tuple[str, ...]
    destinations: tuple[str, ...]
    apart: bool
    rate: float
    day: Floats


_JOBS: Final = "office trade hotel industry civic teaching"
_TABLE: Final = (
    ("work", "home", _JOBS, False, 0.35, "1 1 1 1 2 6 20 40 30 12 6 6 8 8 6 8 14 30 26 14 8 5 3 2"),
    (
        "school",
        "home",
        "school",
        True,
        0.40,
        "0 0 0 0 0 2 30 40 6 3 3 5 15 25 15 8 6 5 2 1 0 0 0 0",
    ),
    (
        "service",
        "home",
        "service",
        True,
        0.08,
        "0 0 0 0 0 1 6 14 14 10 8 7 6 6 7 7 8 10 6 2 1 0 0 0",
    ),
    (
        "market",
        "home",
        "market",
        True,
        0.30,
        "0 0 0 0 1 3 8 12 13 13 12 10 8 6 5 6 8 9 9 8 6 4 2 1",
    ),
    (
        "shops",
        "home",
        "trade",
        False,
        0.30,
        "0 0 0 0 0 1 2 4 6 9 11 11 11 10 9 9 10 12 13 13 11 8 4 1",
    ),
    (
        "worship",
        "home",
        "worship",
        True,
        0.20,
        "0 0 0 0 2 8 8 3 2 2 2 5 12 12 5 6 8 6 8 14 12 5 2 0",
    ),
    (
        "transit",
        "home",
        "transit",
        True,
        0.25,
        "0 0 0 0 1 6 18 26 16 8 6 6 7 8 8 9 12 22 20 12 7 5 3 1",
    ),
    (
        "leisure",
        "home",
        "leisure",
        True,
        0.20,
        "0 0 0 0 0 3 8 8 6 5 4 4 4 4 5 8 14 20 18 12 8 5 2 1",
    ),
    ("visit", "home", "home", False, 0.12, "1 0 0 0 0 1 2 3 4 6 7 8 8 8 8 9 10 12 14 15 13 9 5 2"),
    (
        "commute",
        "work",
        "transit",
        True,
        0.35,
        "0 0 0 0 1 5 18 30 22 10 5 4 5 5 5 7 14 28 20 10 5 3 1 0",
    ),
    (
        "shoppers",
        "trade market",
        "transit",
        True,
        0.6,
        "0 0 0 0 0 2 5 8 11 13 13 12 11 10 9 9 9 9 8 7 5 4 2 1",
    ),
    (
        "outings",
        "leisure service",
        "transit",
        True,
        0.3,
        "0 0 0 0 0 1 3 6 8 10 10 9 8 8 8 10 12 12 10 7 5 3 1 0",
    ),
    (
        "lunch",
        "work",
        "market trade",
        False,
        0.5,
        "0 0 0 0 0 0 1 2 3 5 6 12 30 28 10 6 5 8 6 3 2 1 0 0",
    ),
    ("prayer", "work", "worship", True, 0.15, "0 0 0 0 0 1 1 1 1 1 2 8 30 30 6 8 12 6 5 6 3 1 0 0"),
    (
        "onward",
        "trade market service school worship leisure",
        "market trade",
        False,
        0.2,
        "0 0 0 0 0 1 2 4 6 9 11 11 11 10 9 9 10 12 13 13 11 8 4 1",
    ),
)
# Name; from; to; whether each place is apart; trips of a unit of the origin a day; hours 0 to 23.


def _purpose(
    name: str, origins: str, destinations: str, apart: bool, rate: float, day: str
) -> Purpose:
    hours = np.array([float(value) for value in day.split()]) + 0.3
    return Purpose(
        name,
        tuple(origins.split()),
        tuple(destinations.split()),
        apart,
        rate,
        hours / hours.sum(),
    )


PURPOSES: Final = tuple(_purpose(*row) for row in _TABLE)
"""Rates and hours are round figures in the manner of travel surveys, wide by design (see
`street_parameters.Doubt`): counts move them. They describe no town in particular."""

JOBS_PER_AREA: Final = {
    "office": 0.04,
    "trade": 0.02,
    "hotel": 0.01,
    "industry": 0.01,
    "civic": 0.02,
    "teaching": 0.01,
}
"""People at work per floor area [1/m²], about; how a kind attracts is corrected by counts."""
