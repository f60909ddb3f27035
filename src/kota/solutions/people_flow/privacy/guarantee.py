"""What a guarantee of differential privacy means to somebody who attacks a release.

The attack is a membership test: was this person, whose whole record is known, among the data?
Its quality is the area under its ROC curve (AUC): 0.5 is guessing, 1 is certainty.
"""

from __future__ import annotations

import math

import numpy as np


def most_auc(epsilon: float) -> float:
    """The largest AUC of any test against an ε-differentially private release.

    Its ROC curve lies under both lines ``TPR = e^ε FPR`` and ``1 - FPR = e^ε (1 - TPR)`` (P.
    Kairouz, S. Oh, P. Viswanath, The composition theorem for differential privacy, 2015, theorem
    2.1, arXiv:1311.0776), which meet at ``FPR = 1 / (1 + e^ε)``; the area under them is
    ``e^ε / (1 + e^ε)``.

    Args:
        epsilon: between the two data sets that are to be told apart.

    >>> round(most_auc(1.0), 3)
    0.731
    """
    return 1.0 / (1.0 + math.exp(-epsilon))


def strongest_auc(cells: int, scale: float) -> float:
    """The AUC of the best test between two tables that differ by 1 in some cells.

    The attacker knows all other persons, so each noisy cell minus what is known of it is discrete
    Laplace noise, shifted by 1 or not. The likelihood ratio of a cell takes two values only, and
    the best test counts the cells that lean one way: a binomial number with probability
    ``1 / (1 + e^(-1/b))`` of each cell where the table is shifted and its complement where not.

    Args:
        cells: that differ: those of one person for presence, of both for one in another's place.
        scale: b of the noise, ``P(x) ∝ e^(-|x|/b)``.

    >>> round(strongest_auc(1, 1e9), 3), round(strongest_auc(1, 1e-3), 3)
    (0.5, 1.0)
    """
    if cells == 0:
        return 0.5
    lean = 1.0 / (1.0 + math.exp(-1.0 / scale))
    log_with = _log_binomial(cells, lean)
    with_person, without = np.exp(log_with), np.exp(log_with)[::-1]
    below = np.concatenate([[0.0], np.cumsum(without)[:-1]])
    return float(np.sum(with_person * (below + without / 2)))


def _log_binomial(n: int, p: float) -> np.ndarray:
    k = np.arange(n + 1)
    log_choose = np.array(
        [math.lgamma(n + 1) - math.lgamma(i + 1) - math.lgamma(n - i + 1) for i in range(n + 1)]
    )
    rest = max(1.0 - p, 5e-324)
    value: np.ndarray = log_choose + k * math.log(p) + (n - k) * math.log(rest)
    return value
