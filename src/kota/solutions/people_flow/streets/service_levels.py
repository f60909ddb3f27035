"""How comfortable it is to walk or to stand somewhere: Fruin's levels of service, A to F.

J. J. Fruin, Designing for pedestrians: a level-of-service concept, Highway Research Record 355,
1971, https://onlinepubs.trb.org/Onlinepubs/hrr/1971/355/355-001.pdf: area per person on walkways
35, 25, 15, 10 and 5 ft², in queues 13, 10, 7, 3 and 2 ft².
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from kota.errors import SolutionError

Floats = NDArray[np.float64]

LETTERS: Final = np.array(["A", "B", "C", "D", "E", "F"])
_SQUARE_FOOT: Final = 0.09290304
WALKWAY: Final = 1.0 / (_SQUARE_FOOT * np.array([35.0, 25.0, 15.0, 10.0, 5.0]))
"""Densities above which a walkway is no longer A, B, C, D and E [people/m²]."""
STANDING: Final = 1.0 / (_SQUARE_FOOT * np.array([13.0, 10.0, 7.0, 3.0, 2.0]))
"""Densities above which a waiting crowd is no longer A, B, C, D and E [people/m²]."""

FREE_SPEED: Final = 1.34
"""Of people who walk freely [m/s] (U. Weidmann, Transporttechnik der Fussgänger, 1993,
doi:10.3929/ethz-a-000687810)."""
_JAM: Final = 5.4
_STEEPNESS: Final = 1.913


def level_of_service(density: Floats, *, standing: bool = False) -> NDArray[np.str_]:
    """The letter of each density.

    Args:
        density: [people/m²]; NaN where it is not known, which has the letter "".
        standing: whether people wait rather than walk.

    >>> level_of_service(np.array([0.1, 0.5, 3.0, np.nan])).tolist()
    ['A', 'C', 'F', '']
    """
    limits = STANDING if standing else WALKWAY
    letters = LETTERS[np.searchsorted(limits, np.nan_to_num(density), side="right")]
    return np.where(np.isnan(density), "", letters)


def walking_speed(density: Floats) -> Floats:
    """How fast people walk at a density [m/s]: Weidmann's fundamental diagram.

    ``v = 1.34 (1 − exp(−1.913 (1/k − 1/5.4)))`` with k in people/m².
    """
    k = np.clip(density, 1e-6, _JAM)
    speed: Floats = FREE_SPEED * -np.expm1(-_STEEPNESS * (1.0 / k - 1.0 / _JAM))
    return speed


def walkway_density(flow: Floats, width: Floats) -> Floats:
    """Density that carries a flow on a walkway, the less crowded of the two that do [people/m²].

    Flow is density times speed times width; by bisection below the density of greatest flow,
    which is what a greater flow gets.

    Args:
        flow: [people/h].
        width: that people walk on [m].

    Raises:
        SolutionError: a width that is not above 0.

    >>> float(walkway_density(np.array([3600.0]), np.array([3.0])).round(3)[0])
    0.25
    """
    if not (np.asarray(width) > 0).all():
        raise SolutionError("a walkway without width carries nobody", hint="give widths above 0 m")
    specific = flow / 3600.0 / width
    low = np.zeros_like(specific)
    high = np.full_like(specific, 1.75)
    for _ in range(40):
        middle = 0.5 * (low + high)
        more = middle * walking_speed(middle) < specific
        low, high = np.where(more, middle, low), np.where(more, high, middle)
    return 0.5 * (low + high)


def dwell(present: Floats, arriving: Floats) -> float:
    """How long people stay on average [the unit of the steps]: Little's law, L = λ W.

    J. D. C. Little, A proof for the queuing formula L = λW, 1961, doi:10.1287/opre.9.3.383.

    Args:
        present: people at a place at each step.
        arriving: who came in each step, as often; a stretch that begins and ends alike.

    Returns:
        NaN where nobody came.
    """
    came = float(np.nansum(arriving))
    return float(np.nansum(present)) / came if came > 0 else float("nan")


def direction(toward: Floats, away: Floats) -> Floats:
    """How one-sided a flow is: 1 all towards, −1 all away, NaN where nobody walks."""
    both = toward + away
    share: Floats = np.divide(
        toward - away, both, out=np.full(np.shape(both), np.nan), where=both > 0
    )
    return share
