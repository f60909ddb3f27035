"""Problems with capacities, equity floors, backup coverage or periods, as one program for HiGHS.

Where nothing limits a site, demand goes to its nearest one and the radius formulation says how far;
with capacities there is a column for each pair of demand and site.

References:
    K. Hogan, C. ReVelle, Concepts and applications of backup coverage, Management Science 32, 1986,
    doi:10.1287/mnsc.32.11.1434 (backup coverage);
    R. T. Rockafellar, S. Uryasev, Optimization of conditional value-at-risk, J. Risk 2, 2000,
    doi:10.21314/JOR.2000.038 (the mean of a tail as linear rows).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kota.solutions.amenities.siting.deadline import Deadline
from kota.solutions.amenities.siting.problem import Floor, Kind, Model, Problem, Status
from kota.solutions.amenities.siting.program import Program
from kota.solutions.amenities.siting.radius import Balls, add_balls, make_balls
from kota.solutions.amenities.siting.solution import MOST

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

Shares = tuple[tuple[int, int, float], ...]

_WHOLE: Final = 1e-6
"""A part of demand smaller than this goes nowhere."""


@dataclass(frozen=True, slots=True)
class Relief:
    """A rule that may be broken, at a price that is then made least.

    Args:
        what: ``count``, ``budget``, ``capacity`` or ``floor``.
        floor: which of the floors.
    """

    what: str
    floor: int = -1


@dataclass(frozen=True, slots=True)
class Found:
    """What the program gave.

    Args:
        status: ``optimal``, ``infeasible`` or ``stopped``.
        opened: sites in each period, as candidates of the problem.
        pairs: demand, candidate and share of each pair in each period; empty without capacities.
        bound: as the solver says, in the sense of the model.
        slack: how much of the relieved rule is missing.
    """

    status: str
    opened: tuple[Ints, ...]
    pairs: tuple[Shares, ...]
    bound: float
    slack: float


def solve_general(
    problem: Problem,
    *,
    deadline: Deadline,
    gap: float = 0.0,
    seed: int = 0,
    relief: Relief | None = None,
    apart_from: tuple[Ints, int] | None = None,
) -> Found:
    """Build the program of a problem and solve it.

    Args:
        problem: what is asked.
        deadline: when to stop.
        gap: relative gap at which to stop.
        seed: of the solver.
        relief: a rule to break as little as can be, instead of the objective.
        apart_from: sites, and how many of them must not be among the answer's.
    """
    draft = _Draft(problem, relief)
    if not draft.possible:
        return Found("infeasible", (), (), np.inf, np.inf)
    if apart_from is not None:
        inside = np.flatnonzero(np.isin(draft.columns, apart_from[0]))
        draft.program.row(draft.sites[-1][inside], 1.0, high=float(len(inside) - apart_from[1]))
    said = draft.program.solve(deadline.left, gap=gap, seed=seed)
    sign = -1.0 if problem.model in MOST and relief is None else 1.0
    bound = sign * (said.bound + draft.base)
    if said.values is None:
        return Found(said.status, (), (), bound, np.inf)
    opened = tuple(draft.columns[said.values[sites] > 0.5] for sites in draft.sites)
    pairs = tuple(draft.read(said.values, period) for period in range(len(draft.sites)))
    slack = float(said.values[draft.slack].sum()) if draft.slack is not None else 0.0
    return Found(said.status, opened, pairs, bound, slack)


class _Draft:
    """A program while it is built; columns are those of candidates that may be open."""

    def __init__(self, problem: Problem, relief: Relief | None) -> None:
        self.problem, self.relief, self.program = problem, relief, Program()
        self.columns = problem.allowed
        self.distances = problem.distances[:, self.columns]
        self.base, self.possible = 0.0, True
        self.slack: Ints | None = None
        self.pairs: list[tuple[Ints, Ints, Ints]] = []
        periods = problem.periods
        weights = problem.weights[None] if periods is None else periods.weights
        counts = (problem.count,) if periods is None else periods.counts
        kept = problem.status[self.columns] == Status.KEPT
        self.sites = [
            self.program.columns(len(self.columns), low=kept.astype(np.float64), whole=True)
            for _ in weights
        ]
        for period, (demand, count) in enumerate(zip(weights, counts, strict=True)):
            self._choose(period, count)
            self._serve(period, demand)

    def _relieved(self, what: str, floor: int = -1) -> bool:
        return self.relief == Relief(what, floor)

    def _price(self, value: float) -> float:
        """A coefficient of the objective, which makes way where a rule is relieved."""
        return 0.0 if self.relief is not None else value

    def _give(self, count: int) -> Ints:
        """Columns by which the relieved rule is broken."""
        self.slack = self.program.columns(count, cost=1.0, high=np.inf)
        return self.slack

    def _choose(self, period: int, count: int | None) -> None:
        problem, program, sites = self.problem, self.program, self.sites[period]
        prices = problem.prices[self.columns]
        if period:
            earlier = self.sites[period - 1]
            k = np.arange(len(sites))
            program.rows(len(sites), (k, sites, 1.0), (k, earlier, -1.0), low=0.0)
        if problem.model is Model.LSCP:
            cost = prices if problem.costs is not None else np.ones(len(sites))
            worth = program.columns(1, cost=self._price(1.0), high=np.inf)
            program.row(np.concatenate([worth, sites]), np.concatenate([[1.0], -cost]), low=0.0)
        elif count is not None:
            more = self._give(1) if self._relieved("count") else np.empty(0, np.int64)
            coefficients = np.concatenate([np.ones(len(sites)), -np.ones(len(more))])
            program.row(np.concatenate([sites, more]), coefficients, high=float(count))
        if np.isfinite(problem.budget):
            more = self._give(1) if self._relieved("budget") else np.empty(0, np.int64)
            coefficients = np.concatenate([prices, -np.ones(len(more))])
            program.row(np.concatenate([sites, more]), coefficients, high=problem.budget)

    def _serve(self, period: int, demand: Floats) -> None:
        if self.problem.model is Model.BACKUP:
            self._cover_twice(period, demand)
        elif self.problem.capacities is None:
            self._serve_nearest(period, demand)
        else:
            self._serve_within(period, demand)

    def _cover_twice(self, period: int, demand: Floats) -> None:
        wanted = np.flatnonzero(demand > 0)
        first, second = 1 - self.problem.second, self.problem.second
        once = self.program.columns(
            len(wanted), cost=[self._price(-first * w) for w in demand[wanted]]
        )
        twice = self.program.columns(
            len(wanted), cost=[self._price(-second * w) for w in demand[wanted]]
        )
        row, column = np.nonzero(self.distances[wanted] <= (self.problem.radius or 0.0))
        near = (row, self.sites[period][column], 1.0)
        k = np.arange(len(wanted))
        self.program.rows(len(wanted), near, (k, once, -1.0), (k, twice, -1.0), low=0.0)
        self.program.rows(len(wanted), (k, once, 1.0), (k, twice, -1.0), low=0.0)
        for number, floor in enumerate(self.problem.floors):
            self._floor_of_share(
                number, floor, demand, self._covered(period, wanted, floor), wanted
            )

    def _serve_nearest(self, period: int, demand: Floats) -> None:
        problem, sites = self.problem, self.sites[period]
        wanted = np.flatnonzero(demand > 0)
        model = problem.model
        tail = any(floor.kind is Kind.TAIL for floor in problem.floors)
        if model in (Model.MEDIAN, Model.CENTER, Model.LSCP):
            reach = np.full(len(wanted), min(problem.reach, np.finfo(np.float64).max))
            balls = make_balls(self.distances[wanted], reach)
            if balls is None:
                self.possible = False
                return
            self._pay(balls, demand[wanted], sites, tail)
        if model is Model.MCLP or problem.far:
            floor = Floor(Kind.SHARE, 1.0, problem.radius or 0.0)
            covered = self._covered(period, wanted, floor)
            price = problem.far if problem.far else 1.0
            worth = self.program.columns(1, cost=self._price(-1.0), high=np.inf)
            self.base += self._price(price * float(demand.sum())) if problem.far else 0.0
            columns = np.concatenate([worth, covered])
            values = np.concatenate([[-1.0], price * demand[wanted]])
            self.program.row(columns, values, low=0.0)
        for number, floor in enumerate(problem.floors):
            if floor.kind is not Kind.TAIL:
                covered = self._covered(period, wanted, floor)
                self._floor_of_share(number, floor, demand, covered, wanted)

    def _pay(self, balls: Balls, demand: Floats, sites: Ints, tail: bool) -> None:
        """Let demand pay for distance by balls, and hold the tail of distances."""
        known = np.isfinite(balls.worth)
        median = self._price(1.0) if self.problem.model is Model.MEDIAN else 0.0
        weighed = np.where(known, balls.worth, 0.0) * demand[balls.demand] * median
        step = np.bincount(balls.level, weights=weighed, minlength=len(balls.step)).astype(
            np.float64
        )
        columns = add_balls(self.program, balls, sites, step)
        self.base += median * float(balls.first @ demand)
        if not tail:
            return
        rows = (balls.demand[known], columns[balls.level[known]], balls.worth[known])
        for number, floor in enumerate(self.problem.floors):
            if floor.kind is Kind.TAIL:
                self._floor_of_tail(number, floor, demand, [rows], balls.first)

    def _covered(self, period: int, wanted: Ints, floor: Floor) -> Ints:
        """A column for each demand that can be 1 where an open site is within the distance."""
        covered = self.program.columns(len(wanted))
        row, column = np.nonzero(self.distances[wanted] <= floor.distance)
        k = np.arange(len(wanted))
        near = (row, self.sites[period][column], 1.0)
        self.program.rows(len(wanted), near, (k, covered, -1.0), low=0.0)
        return covered

    def _floor_of_share(
        self, number: int, floor: Floor, demand: Floats, covered: Ints, wanted: Ints
    ) -> None:
        """Rows that a share of demand, or of each group's, is covered."""
        groups = self.problem.groups if floor.kind is Kind.GROUPS else None
        label = np.zeros(len(wanted), np.int64) if groups is None else groups[wanted]
        for group in np.unique(label):
            inside = np.flatnonzero(label == group)
            weights = demand[wanted][inside]
            total = float(weights.sum())
            columns, values = covered[inside], weights / total
            if self._relieved("floor", number):
                more = self._give(1) if self.slack is None else self.slack
                columns, values = np.concatenate([columns, more]), np.concatenate([values, [1.0]])
            self.program.row(columns, values, low=floor.share)

    def _floor_of_tail(
        self,
        number: int,
        floor: Floor,
        demand: Floats,
        rows: list[tuple[Ints, Ints, Floats]],
        first: Floats,
    ) -> None:
        """Rows that the mean distance of the worst-off share stays within the floor's distance.

        Args:
            number, floor: of the problem.
            demand: weights `(k,)`.
            rows: demand, column and value that make up the distance of each demand.
            first: and what is added to that `(k,)`.
        """
        program, n = self.program, len(demand)
        cut = program.columns(1, high=np.inf)
        over = program.columns(n, high=np.inf)
        k = np.arange(n)
        less = [(row, column, -np.asarray(value)) for row, column, value in rows]
        program.rows(n, (k, over, 1.0), (k, cut[0], 1.0), *less, low=first)
        columns = np.concatenate([cut, over])
        values = np.concatenate([[1.0], demand / (floor.share * demand.sum())])
        if self._relieved("floor", number):
            more = self._give(1) if self.slack is None else self.slack
            columns, values = np.concatenate([columns, more]), np.concatenate([values, [-1.0]])
        program.row(columns, values, high=floor.distance)

    def _serve_within(self, period: int, demand: Floats) -> None:
        """A column for each pair of demand and site that it may go to."""
        problem, program, sites = self.problem, self.program, self.sites[period]
        wanted = np.flatnonzero(demand > 0)
        distances, weights = self.distances[wanted], demand[wanted]
        most = problem.model is Model.MCLP
        reach = problem.radius if most and problem.radius is not None else problem.reach
        row, column = np.nonzero((distances <= reach) & np.isfinite(distances))
        if not most and len(np.unique(row)) < len(wanted):
            self.possible = False
            return
        far, weight = distances[row, column], weights[row]
        cost = {
            Model.MEDIAN: weight * (far + problem.far * (far > (problem.radius or 0.0))),
            Model.MCLP: -weight,
        }.get(problem.model, np.zeros(len(far)))
        pairs = program.columns(len(row), cost=cost * self._price(1.0), whole=not problem.split)
        program.rows(len(wanted), (row, pairs, 1.0), low=0.0 if most else 1.0, high=1.0)
        k = np.arange(len(row))
        program.rows(len(row), (k, pairs, 1.0), (k, sites[column], -1.0), high=0.0)
        capacity = np.minimum(self._capacities(), weights.sum())
        index = np.arange(len(sites))
        more: list[tuple[Ints, Ints, float]] = []
        if self._relieved("capacity"):
            more.append((index, self._give(len(sites)), -1.0))
        program.rows(
            len(sites), (column, pairs, weight), (index, sites, -capacity), *more, high=0.0
        )
        self.pairs.append((wanted[row], column, pairs))
        for number, floor in enumerate(problem.floors):
            self._floor_within(number, floor, demand, (row, far, pairs), wanted)

    def _capacities(self) -> Floats:
        assert self.problem.capacities is not None
        return self.problem.capacities[self.columns]

    def _floor_within(
        self,
        number: int,
        floor: Floor,
        demand: Floats,
        pairs: tuple[Ints, Floats, Ints],
        wanted: Ints,
    ) -> None:
        """A floor where demand goes to sites with capacities."""
        row, far, columns = pairs
        weights = demand[wanted]
        if floor.kind is Kind.TAIL:
            rows = [(row, columns, far)]
            self._floor_of_tail(number, floor, weights, rows, np.zeros(len(wanted)))
            return
        covered = self.program.columns(len(wanted))
        near = far <= floor.distance
        k = np.arange(len(wanted))
        self.program.rows(len(wanted), (row[near], columns[near], 1.0), (k, covered, -1.0), low=0.0)
        self._floor_of_share(number, floor, demand, covered, wanted)

    def read(self, values: Floats, period: int) -> Shares:
        """The pairs that are used in a period."""
        if not self.pairs:
            return ()
        demand, column, pairs = self.pairs[period]
        used = np.flatnonzero(values[pairs] > _WHOLE)
        found = zip(demand[used], self.columns[column[used]], values[pairs[used]], strict=True)
        return tuple((int(i), int(j), float(share)) for i, j, share in found)
