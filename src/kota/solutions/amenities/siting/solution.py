"""What is answered: sites, who goes where, what it costs, and how far from the best it can be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kota.errors import SolutionError
from kota.solutions.amenities.siting.problem import Model

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

PROVEN: Final = 1e-9
"""A solution is called optimal where its gap is no larger than this."""
MOST: Final = frozenset({Model.MCLP, Model.BACKUP})
"""Models whose objective is to be large; their bound lies above."""


@dataclass(frozen=True, slots=True)
class Change:
    """What happens if one site is dropped, or one that is shut is opened again.

    Args:
        site: the candidate.
        loss: how much worse the objective gets, negative where it gets better; None where `met` is
            not True.
        unserved: demand that then has no site in reach.
        met: whether what was asked is still met; None where that was not found out in time.
    """

    site: int
    loss: float | None
    unserved: float
    met: bool | None = True


@dataclass(frozen=True, slots=True)
class Alternative:
    """Other sites that are nearly as good.

    Args:
        sites: open ones.
        objective: of them.
        worse: by how much, relative to the best.
        away: mean distance between its sites and the nearest ones of the best solution.
    """

    sites: tuple[int, ...]
    objective: float
    worse: float
    away: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """An answer; the objective is counted from the assignment, not taken from a solver.

    Args:
        objective: of the sites.
        bound: no sites have a smaller one (a larger one with MCLP and backup coverage).
        gap: between them, relative to the objective.
        status: ``optimal`` where the gap is at most `PROVEN`, else ``feasible``.
        proof: what vouches for the bound: ``prices`` or ``branches`` of demand, recomputed by
            Kota itself, or ``solver``.
        sites: open candidates, rising.
        assignment: the site of each demand `(n,)`; −1 where none is in reach.
        shares: parts of demand that go to sites as `(demand, site, share)`, where it may be split.
        opened: sites open in each period; the last are `sites`.
        drops: what each site is worth.
        reopened: what sites that are shut would bring.
        alternatives: other sites.
    """

    objective: float
    bound: float
    gap: float
    status: str
    proof: str
    sites: tuple[int, ...]
    assignment: Ints
    shares: tuple[tuple[int, int, float], ...] = ()
    opened: tuple[tuple[int, ...], ...] = ()
    drops: tuple[Change, ...] = ()
    reopened: tuple[Change, ...] = ()
    alternatives: tuple[Alternative, ...] = ()


@dataclass(frozen=True, slots=True)
class Remedy:
    """A smallest change that makes a problem solvable.

    Args:
        what: is to change: ``p``, ``budget``, ``radius``, ``capacity``, ``kept`` …
        now: its value.
        needed: the value that is enough.
        words: the same as a sentence.
        demand: places that are concerned.
    """

    what: str
    now: float | None
    needed: float | None
    words: str
    demand: tuple[int, ...] = ()


class InfeasibleError(SolutionError):
    """What was asked cannot be had; says what would have to change.

    Args:
        message: why.
        remedies: changes, each of which alone is enough.
    """

    def __init__(self, message: str, remedies: tuple[Remedy, ...]) -> None:
        super().__init__(message, hint="; or ".join(r.words for r in remedies) or None)
        self.remedies = remedies


def gap_between(objective: float, bound: float, model: Model) -> float:
    """The relative gap, 0 where they meet.

    >>> gap_between(101.0, 100.0, Model.MEDIAN), gap_between(0.0, 0.0, Model.MEDIAN)
    (0.009900990099009901, 0.0)
    """
    apart = bound - objective if model in MOST else objective - bound
    if apart <= 0:
        return 0.0
    return float(apart / abs(objective)) if objective else float("inf")
