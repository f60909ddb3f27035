"""Is a count unusual for its hour?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from kota.solutions.people_flow.forecast.counts import Floats
from kota.solutions.people_flow.forecast.intervals import LEVELS

LIMIT: Final = 1.5
"""How many half-widths of the interval of 90 % a count may be off."""
_LOW, _MIDDLE, _HIGH = (LEVELS.index(level) for level in (0.05, 0.5, 0.95))
_OFFSET = 10.0


@dataclass(frozen=True, slots=True)
class Mark:
    """How unusual a count is.

    Args:
        word: ``usual``, ``more`` or ``fewer``.
        expected: the forecast [people in the hour].
        score: how far off, in half-widths of the interval of 90 %; negative: fewer.
    """

    word: str
    expected: float
    score: float


def mark(counted: float, quantiles: Floats) -> Mark | None:
    """Compare a count with what was forecast a day before.

    Distances are those of logarithms with ten people added, so that three for one at night is
    nothing.

    Args:
        counted: people in the hour; NaN: not known.
        quantiles: at `LEVELS` `(n_levels,)`; NaN: nothing was forecast.

    Returns:
        None where count or forecast is unknown.

    >>> mark(900.0, np.array([80.0, 85, 95, 100, 105, 115, 120])).word
    'more'
    """
    if np.isnan(counted) or np.isnan(quantiles).any():
        return None
    logs = np.log(quantiles + _OFFSET)
    off = float(np.log(counted + _OFFSET) - logs[_MIDDLE])
    side = logs[_HIGH] - logs[_MIDDLE] if off > 0 else logs[_MIDDLE] - logs[_LOW]
    score = off / max(float(side), 0.1)
    word = "usual" if abs(score) <= LIMIT else "more" if score > 0 else "fewer"
    return Mark(word, float(quantiles[_MIDDLE]), score)
