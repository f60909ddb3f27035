"""How unusual a number is beside those of normal operation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_TAIL: Final = 0.01
MOST: Final = 40.0
"""No surprise is larger [nat]."""


@dataclass(frozen=True, slots=True)
class Surprise:
    """−ln of the share of normal rows with at least this value.

    Within the normal rows the share is counted; beyond the largest hundredth it falls
    exponentially with the excess, as it does for all light-tailed laws (J. Pickands, Statistical
    inference using extreme order statistics, 1975, doi:10.1214/aos/1176343003, with shape 0).

    Args:
        normal: sorted values of normal rows `(n_rows,)`.
        edge: value at which the tail begins.
        share: of normal rows beyond the edge.
        fall: mean excess over the edge.
    """

    normal: Floats
    edge: float
    share: float
    fall: float

    @classmethod
    def learn(cls, values: Floats, *, least: float) -> Self:
        """From the values of normal rows `(n_rows,)`.

        Args:
            values: of normal rows.
            least: smallest mean excess, for values that hardly vary.
        """
        normal = np.sort(values)
        edge = float(np.quantile(normal, 1 - _TAIL))
        above = normal[normal > edge]
        share = max(len(above), 1) / len(normal)
        fall = float((above - edge).mean()) if len(above) else least
        return cls(normal, edge, share, max(fall, least))

    def of(self, values: Floats) -> Floats:
        """Surprise [nat] of each value."""
        beyond = len(self.normal) - np.searchsorted(self.normal, values, side="left")
        counted = -np.log(np.maximum(beyond, 1) / len(self.normal))
        tail = -np.log(self.share) + (values - self.edge) / self.fall
        surprise: Floats = np.where(values > self.edge, tail, counted)
        return np.minimum(surprise, MOST)
