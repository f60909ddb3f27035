"""Counts of people released with differential privacy.

Two data sets are neighbours when they differ in one person's whole record: all rows of that person
taken away, added, or put in the place of another's. Each person counts at most once in a cell and
in at most `most_cells` cells, so neighbours differ by at most ``2 · most_cells`` in the sum over
all cells (a person's cells go, another's come). Each cell, the empty ones too, gets discrete
Laplace noise of scale ``2 · most_cells / ε`` from OpenDP (A. Ghosh, T. Roughgarden,
M. Sundararajan, Universally utility-maximizing privacy mechanisms, 2012, doi:10.1137/09076828X),
which makes the table ε-differentially private. What follows (the minimum cell, intervals) looks at
noisy counts alone and costs nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from kota.errors import SolutionError

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

LEAST_CELL: Final = 10
"""Noisy counts below this are not released, where not said otherwise."""
MOST_TABLE: Final = 1_000_000
"""Cells of the largest table."""
LARGEST_EPSILON: Final = 20.0
_CONFIDENCE: Final = 0.95


@dataclass(frozen=True, slots=True)
class Noise:
    """The noise of one release.

    Args:
        scale: b of the discrete Laplace distribution.
        epsilon: what the release costs: the loss between neighbours, by OpenDP's privacy map.
        most_cells: cells that one person may touch.
    """

    scale: float
    epsilon: float
    most_cells: int

    @property
    def margin(self) -> int:
        """Half the width of the interval that holds the true (bounded) count in 95 % of cells.

        ``P(|X| > t) = 2 α^(t+1) / (1 + α)`` with ``α = e^(-1/b)``.
        """
        alpha = math.exp(-1.0 / self.scale)
        tail = (1.0 - _CONFIDENCE) * (1.0 + alpha) / 2.0
        return max(0, math.ceil(math.log(tail) / math.log(alpha)) - 1)


def calibrate(epsilon: float, most_cells: int) -> Noise:
    """The noise that makes a table of people cost at most `epsilon`.

    Args:
        epsilon: the loss that is allowed.
        most_cells: cells that one person may touch.

    Raises:
        SolutionError: a loss or bound that makes no release, or OpenDP is not installed.

    >>> calibrate(1.0, 20).scale
    40.0
    """
    if not 0.0 < epsilon <= LARGEST_EPSILON:
        raise SolutionError(
            f"epsilon {epsilon:g} is not above 0 and at most {LARGEST_EPSILON:g}",
            hint="1 is usual; beyond a few units nobody is protected",
        )
    if most_cells < 1:
        raise SolutionError(f"{most_cells} cells for a person; expected 1 or more")
    dp = _opendp()
    distance = 2 * most_cells
    scale = float(
        dp.binary_search_param(lambda scale: _measurement(dp, scale), distance, float(epsilon))
    )
    spent = float(_measurement(dp, scale).map(distance))
    return Noise(scale, spent, most_cells)


def bounded(persons: Ints, cells: Ints, most_cells: int, rng: np.random.Generator) -> Bools:
    """Which rows count: each person once in a cell, and in at most so many cells.

    Args:
        persons: number of the person of each row `(n_rows,)`.
        cells: number of the cell of each row `(n_rows,)`.
        most_cells: cells of one person that count; which, is drawn for each person alone.
        rng: draws them.

    Returns:
        A mask `(n_rows,)`.
    """
    mask: Bools = np.zeros(len(persons), dtype=bool)
    order = rng.permutation(len(persons))
    width = int(cells.max(initial=0)) + 1
    _, first = np.unique(persons[order] * width + cells[order], return_index=True)
    once = order[np.sort(first)]
    once = once[np.argsort(persons[once], kind="stable")]
    owner = persons[once]
    begins = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]]) if len(owner) else owner
    rank = np.arange(len(owner)) - np.repeat(begins, np.diff(np.r_[begins, len(owner)]))
    mask[once[rank < most_cells]] = True
    return mask


def tabulate(
    persons: Ints, cells: Ints, n_cells: int, most_cells: int, rng: np.random.Generator
) -> Ints:
    """People in each cell `(n_cells,)`, after each person's part was bounded; without noise."""
    counted = bounded(persons, cells, most_cells, rng)
    return np.bincount(cells[counted], minlength=n_cells).astype(np.int64)


def disturb(counts: Ints, noise: Noise) -> Ints:
    """The counts with noise from OpenDP's own secure source of randomness `(n_cells,)`."""
    dp = _opendp()
    drawn = _measurement(dp, noise.scale)(counts.tolist())
    return np.asarray(drawn, dtype=np.int64)


def _measurement(dp: Any, scale: float) -> Any:
    space = dp.vector_domain(dp.atom_domain(T="i64")), dp.l1_distance(T="i64")
    return space >> dp.m.then_laplace(scale=scale)


def _opendp() -> Any:
    try:
        import opendp.prelude as dp
    except ImportError as error:
        raise SolutionError(
            "a release needs OpenDP, which is not installed",
            hint="pip install 'kota-city[privacy]'",
        ) from error
    dp.enable_features("contrib")
    return dp
