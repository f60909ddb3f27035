"""How a detection of attacks is scored, and two anchors.

S is the mean of S_TTD = 1 − mean(time to detection / duration) and S_CM = (TPR + TNR) / 2
(R. Taormina et al., Battle of the attack detection algorithms, 2018,
doi:10.1061/(ASCE)WR.1943-5452.0000969).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Window = tuple[int, int]
"""First row of an attack, and the row after its last."""


@dataclass(frozen=True)
class Score:
    """What flags are worth.

    Args:
        ttd: S_TTD.
        tpr: share of the rows under attack that are flagged.
        tnr: share of the other rows that are not.
        found: attacks of which any row is flagged.
    """

    ttd: float
    tpr: float
    tnr: float
    found: int

    @property
    def s(self) -> float:
        """The score S."""
        return (self.ttd + (self.tpr + self.tnr) / 2) / 2


def score(flags: Bools, attacks: Sequence[Window], counted: Bools | None = None) -> Score:
    """Score flags `(n_rows,)`; rows that are not `counted` are left out."""
    under = np.zeros(len(flags), dtype=bool)
    waited = []
    for first, last in attacks:
        under[first:last] = True
        hits = np.flatnonzero(flags[first:last])
        waited.append(hits[0] / (last - first) if len(hits) else 1.0)
    rest = ~under if counted is None else counted & ~under
    return Score(
        ttd=1.0 - float(np.mean(waited)),
        tpr=float(flags[under].mean()),
        tnr=1.0 - float(flags[rest].mean()),
        found=sum(int(each < 1.0) for each in waited),
    )


def pca_flags(normal: Floats, test: Floats, parts: int = 15, smooth: int = 6) -> Bools:
    """An anchor: squared residual off 15 principal components, its mean over six hours, against
    the 99.9 % quantile of the same in normal rows."""
    mean, spread = normal.mean(axis=0), normal.std(axis=0)
    used = spread > 0

    def unit(values: Floats) -> Floats:
        return (values[:, used] - mean[used]) / spread[used]

    _, _, axes = np.linalg.svd(unit(normal), full_matrices=False)

    def residual(values: Floats) -> Floats:
        z = unit(values)
        off = ((z - z @ axes[:parts].T @ axes[:parts]) ** 2).sum(axis=1)
        summed = np.cumsum(np.concatenate([np.full(smooth, off[0]), off]))
        return (summed[smooth:] - summed[:-smooth]) / smooth

    return residual(test) > np.quantile(residual(normal), 0.999)
