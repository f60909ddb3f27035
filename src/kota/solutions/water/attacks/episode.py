"""From the surprise of single hours to whether an attack is going on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Episodes:
    """A hidden state that is normal or attack, filtered forward (hidden Markov model).

    Under attack the share of normal rows as surprising as this one, p, has the density
    κ·p^(κ−1), the calibrator of V. Vovk and R. Wang, E-values, 2021, doi:10.1214/20-AOS2020: a
    quiet hour speaks against an attack by ln κ, and the more surprising an hour, the more for
    it. The filter uses no later row (L. R. Rabiner, A tutorial on hidden Markov models, 1989,
    doi:10.1109/5.18626, equations 19 and 20).

    Args:
        kappa: of the calibrator, between 0 and 1.
        between: mean rows from attack to attack.
        lasting: mean rows that an attack lasts.
        most: bound on what one row may tell [nat].
        threshold: probability of attack from which a row is flagged.
    """

    kappa: float = 0.1
    between: float = 1000.0
    lasting: float = 10.0
    most: float = 8.0
    threshold: float = 0.5

    def probability(self, surprise: Floats) -> Floats:
        """Probability of attack in each row, given it and those before.

        Args:
            surprise: of each row [nat] `(n_rows,)`.
        """
        told = np.log(self.kappa) + (1 - self.kappa) * surprise
        ratio = np.exp(np.minimum(told, self.most))
        begins, ends = 1 / self.between, 1 / self.lasting
        found = np.empty(len(surprise))
        attack = begins
        for row, times in enumerate(ratio):
            before = attack * (1 - ends) + (1 - attack) * begins
            attack = before * times / (before * times + 1 - before)
            found[row] = attack
        return found

    def flags(self, surprise: Floats) -> Bools:
        """Rows in which an attack is likely."""
        flags: Bools = self.probability(surprise) >= self.threshold
        return flags
