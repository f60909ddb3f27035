"""What is asked: demand, candidates, distances between them, and what a good answer is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kota.errors import InputError
from kota.solutions.amenities.siting.choice import Purse

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


class Model(StrEnum):
    """What is best."""

    MEDIAN = "p-median"
    """p sites, least weighted distance."""
    CENTER = "p-center"
    """p sites, least distance of the demand that is farthest off, whatever its weight."""
    LSCP = "lscp"
    """All demand within the radius, by the fewest sites, or the cheapest where they have costs."""
    MCLP = "mclp"
    """p sites, most demand within the radius."""
    BACKUP = "backup"
    """p sites, most demand within the radius of one site, and of a second one."""


class Status(IntEnum):
    """What may become of a candidate."""

    FREE = 0
    KEPT = 1
    """Exists and stays open."""
    CLOSED = 2
    """Exists and is shut: not opened, but what it would give is said."""
    FORBIDDEN = 3
    """Nothing may be built here."""


class Kind(StrEnum):
    """Kinds of equity floors."""

    SHARE = "share"
    """At least a share of all demand within a distance."""
    GROUPS = "groups"
    """At least a share of the demand of each group within a distance."""
    TAIL = "tail"
    """The share of demand that is worst off is no farther off than a distance on average."""


@dataclass(frozen=True, slots=True)
class Floor:
    """What everybody is owed.

    Args:
        kind: of floor.
        share: of demand [0..1].
        distance: in the unit of the distances.
    """

    kind: Kind
    share: float
    distance: float


@dataclass(frozen=True, slots=True)
class Periods:
    """Several periods, in which sites open one after the other and none closes.

    Args:
        weights: demand in each period `(n_periods, n)`.
        counts: how many sites are open in each `(n_periods,)`, never fewer than before.
    """

    weights: Floats
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A siting problem; `check` says whether it makes sense.

    Args:
        model: what is best.
        distances: from each demand to each candidate `(n, m)`, in any one unit; infinite where
            there is no way.
        weights: of demand `(n,)`.
        status: of candidates `(m,)`, see `Status`.
        count: p, how many sites are open, kept ones included; at most so many where there is a
            budget; None where a budget or the LSCP decides.
        radius: within which demand counts as covered.
        far: with a p-median: what demand beyond the radius costs on top, as a distance.
        costs: of each site `(m,)`, or None.
        budget: what open sites may cost together, kept ones included.
        capacities: demand that each site can serve `(m,)`, or None.
        split: whether the demand of one place may go to several sites; else it goes to one whole.
        limit: no demand is served from farther than this.
        groups: of demand `(n,)`, from 0, or None.
        floors: of equity.
        second: with backup coverage: what being within the radius of a second site counts, the
            first counting the rest of 1.
        periods: or None.
        names: of demand places in messages `(n,)`.
    """

    model: Model
    distances: Floats
    weights: Floats
    status: Ints
    count: int | None = None
    radius: float | None = None
    far: float = 0.0
    costs: Floats | None = None
    budget: float = np.inf
    capacities: Floats | None = None
    split: bool = False
    limit: float = np.inf
    groups: Ints | None = None
    floors: tuple[Floor, ...] = ()
    second: float = 0.5
    periods: Periods | None = None
    names: tuple[str, ...] | None = None

    def called(self, demand: Ints, most: int = 5) -> str:
        """Demand places by name, or by number from 0, for messages."""
        shown = ", ".join(self.names[k] if self.names else str(k) for k in demand[:most])
        return shown + (f" and {len(demand) - most} more" if len(demand) > most else "")

    def to(self, columns: Ints) -> Floats:
        """Distances to some candidates `(n, k)`; a view where these are all."""
        whole = len(columns) == self.distances.shape[1]
        return self.distances if whole else self.distances[:, columns]

    @property
    def allowed(self) -> Ints:
        """Candidates that may be open."""
        return np.flatnonzero(self.status <= Status.KEPT)

    @property
    def kept(self) -> Ints:
        """Candidates that are open whatever happens."""
        return np.flatnonzero(self.status == Status.KEPT)

    @property
    def prices(self) -> Floats:
        """What each site costs `(m,)`; 0 where nothing is said."""
        return np.zeros(self.distances.shape[1]) if self.costs is None else self.costs

    @property
    def plain(self) -> bool:
        """Whether each demand goes to its nearest site and nothing else is owed."""
        return self.capacities is None and not self.floors and self.periods is None

    @property
    def reach(self) -> float:
        """Demand is served from no farther than this."""
        within = self.radius if self.model is Model.LSCP and self.radius is not None else np.inf
        return min(within, self.limit)

    def purse(self, columns: Ints) -> Purse:
        """How sites among some candidates may be chosen."""
        kept = self.status[columns] == Status.KEPT
        count = None if self.model is Model.LSCP else self.count
        return Purse(kept, count, self.prices[columns], self.budget)


_NEEDS: Final = {
    Model.MEDIAN: ("count",),
    Model.CENTER: ("count",),
    Model.LSCP: ("radius",),
    Model.MCLP: ("count", "radius"),
    Model.BACKUP: ("count", "radius"),
}
_CALLED: Final = {"count": "p or a budget", "radius": "a radius"}


def check(problem: Problem) -> None:
    """Refuse a problem that makes no sense; whether it can be solved is another matter.

    Raises:
        InputError: says which demand or candidate, counted from 0, and why.
    """
    n, m = problem.distances.shape
    if not n or not m:
        raise InputError(f"there are {n} demand places and {m} candidates: nothing to site")
    for name, values, size in (
        ("demand weights", problem.weights, n),
        ("statuses", problem.status, m),
        ("site costs", problem.costs, m),
        ("capacities", problem.capacities, m),
        ("groups", problem.groups, n),
    ):
        if values is not None and values.shape != (size,):
            raise InputError(f"{name} have shape {values.shape}; expected ({size},)")
    _refuse("demand", "weight", problem.weights)
    if not problem.weights.any():
        raise InputError("no demand weighs more than 0: nothing to site for")
    _refuse("candidate", "cost", problem.costs)
    _refuse("candidate", "capacity", problem.capacities, infinite=True)
    bad = np.argwhere(~(problem.distances >= 0))
    if len(bad):
        i, j = bad[0]
        value = problem.distances[i, j]
        raise InputError(
            f"distance of demand {problem.called(np.array([i]))} to candidate {j} is {value:g}",
            hint="give a length of zero or more; infinite where there is no way",
        )
    _check_numbers(problem)


def _refuse(what: str, name: str, values: Floats | None, *, infinite: bool = False) -> None:
    if values is None:
        return
    good = (values >= 0) & (np.isfinite(values) | infinite)
    if not good.all():
        k = int(np.flatnonzero(~good)[0])
        raise InputError(f"{what} {k} has {name} {values[k]:g}", hint="expected zero or more")


def _check_numbers(problem: Problem) -> None:
    for name in _NEEDS[problem.model]:
        replaced = name == "count" and (np.isfinite(problem.budget) or problem.periods)
        if getattr(problem, name) is None and not replaced:
            raise InputError(f"model {problem.model} needs {_CALLED[name]}")
    if problem.count is not None and problem.count < 1:
        raise InputError(f"p is {problem.count}", hint="open at least one site")
    for name, value in (("radius", problem.radius), ("limit", problem.limit), ("far", problem.far)):
        if value is not None and not value >= 0:
            raise InputError(f"{name} is {value:g}; expected zero or more")
    if not problem.budget >= 0:
        raise InputError(f"the budget is {problem.budget:g}; expected zero or more")
    if np.isfinite(problem.budget) and problem.costs is None:
        raise InputError("there is a budget but no site costs", hint="give candidates a cost")
    if problem.far and (problem.radius is None or problem.model is not Model.MEDIAN):
        raise InputError("what far demand costs on top needs a p-median and a radius")
    if not 0 <= problem.second <= 1:
        raise InputError(f"second coverage counts {problem.second:g}; expected 0 to 1")
    for floor in problem.floors:
        if not 0 < floor.share <= 1 or not floor.distance >= 0:
            raise InputError(f"equity floor {floor.kind}: share {floor.share:g} of 0 to 1 expected")
        if floor.kind is Kind.GROUPS and problem.groups is None:
            raise InputError("an equity floor of groups needs groups of demand")
        if floor.kind is Kind.TAIL and problem.model not in (Model.MEDIAN, Model.CENTER):
            raise InputError(f"an equity floor of the tail is no part of model {problem.model}")
    if problem.model is Model.BACKUP and problem.capacities is not None:
        raise InputError("backup coverage knows no capacities", hint="leave them out")
    _check_periods(problem)


def _check_periods(problem: Problem) -> None:
    if problem.periods is None:
        return
    counts, weights = problem.periods.counts, problem.periods.weights
    if problem.model in (Model.CENTER, Model.LSCP):
        raise InputError(f"model {problem.model} knows no periods")
    if weights.shape != (len(counts), len(problem.weights)):
        raise InputError(
            f"period weights have shape {weights.shape}; "
            f"expected ({len(counts)}, {len(problem.weights)})"
        )
    if any(later < earlier for earlier, later in pairwise(counts)):
        raise InputError(f"open sites by period are {list(counts)}; none closes, so none may fall")
    for period in weights:
        _refuse("demand", "weight of a period", period)
