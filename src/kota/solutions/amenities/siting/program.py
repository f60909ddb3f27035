"""A mixed-integer program, built from arrays and given to HiGHS."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kota.errors import SolutionError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_TOLERANCE: Final = 1e-7
"""How far HiGHS may break a row or a whole number."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the solver says; nothing of it is believed unseen.

    Args:
        status: ``optimal``, ``infeasible`` or ``stopped``.
        values: of the columns `(n_columns,)`, or None.
        bound: no solution costs less, as the solver says.
        duals: prices of the rows of a program without whole numbers `(n_rows,)`, else None.
    """

    status: str
    values: Floats | None
    bound: float
    duals: Floats | None = None


@dataclass(slots=True)
class Program:
    """Minimise cost · x with rows lower <= A x <= upper."""

    _cost: list[Floats] = field(default_factory=list)
    _low: list[Floats] = field(default_factory=list)
    _high: list[Floats] = field(default_factory=list)
    _whole: list[NDArray[np.bool_]] = field(default_factory=list)
    _entries: list[tuple[Ints, Ints, Floats]] = field(default_factory=list)
    _row_low: list[Floats] = field(default_factory=list)
    _row_high: list[Floats] = field(default_factory=list)
    n_columns: int = 0
    n_rows: int = 0

    def columns(
        self,
        count: int,
        *,
        cost: ArrayLike = 0.0,
        low: ArrayLike = 0.0,
        high: ArrayLike = 1.0,
        whole: bool = False,
    ) -> Ints:
        """Add columns; returns their numbers `(count,)`."""
        for store, value in ((self._cost, cost), (self._low, low), (self._high, high)):
            store.append(np.broadcast_to(np.asarray(value, np.float64), (count,)))
        self._whole.append(np.full(count, whole))
        self.n_columns += count
        return np.arange(self.n_columns - count, self.n_columns)

    def rows(
        self,
        count: int,
        *entries: tuple[ArrayLike, ArrayLike, ArrayLike],
        low: ArrayLike = -np.inf,
        high: ArrayLike = np.inf,
    ) -> None:
        """Add rows.

        Args:
            count: how many.
            entries: row (from 0 among these), column and value of the coefficients, each `(k,)`
                or one for all.
            low, high: between what each row lies, `(count,)` or one for all.
        """
        for row, column, value in entries:
            a, b, c = np.broadcast_arrays(row, column, np.asarray(value, np.float64))
            self._entries.append((a.ravel() + self.n_rows, b.ravel(), c.ravel()))
        for store, bound in ((self._row_low, low), (self._row_high, high)):
            store.append(np.broadcast_to(np.asarray(bound, np.float64), (count,)))
        self.n_rows += count

    def row(
        self, column: ArrayLike, value: ArrayLike, *, low: float = -np.inf, high: float = np.inf
    ) -> None:
        """Add one row with coefficients of columns `(k,)`."""
        self.rows(1, (0, column, value), low=low, high=high)

    def solve(
        self, time_limit: float, *, start: Floats | None = None, gap: float = 0.0, seed: int = 0
    ) -> Outcome:
        """Solve in one thread.

        Args:
            time_limit: after which the best that is known is returned [s].
            start: a solution to begin from `(n_columns,)`.
            gap: relative gap at which to stop.
            seed: of the solver's own chances.
        """
        solver = _solver()
        options: dict[str, Any] = {
            "output_flag": False,
            "threads": 1,
            "time_limit": max(time_limit, 0.01),
            "mip_rel_gap": gap,
            "mip_abs_gap": 0.0,
            "mip_feasibility_tolerance": _TOLERANCE,
            "primal_feasibility_tolerance": _TOLERANCE,
            "random_seed": seed % (1 << 31),
        }
        for name, value in options.items():
            solver.setOptionValue(name, value)
        solver.passModel(self._model())
        if start is not None:
            solver.setSolution(len(start), np.arange(len(start), dtype=np.int32), start)
        solver.run()
        return self._read(solver)

    def _model(self) -> Any:
        from highspy import HighsLp, HighsVarType, MatrixFormat

        model = HighsLp()
        model.num_col_, model.num_row_ = self.n_columns, self.n_rows
        model.col_cost_ = np.concatenate(self._cost)
        model.col_lower_, model.col_upper_ = np.concatenate(self._low), np.concatenate(self._high)
        model.row_lower_ = np.concatenate(self._row_low) if self._row_low else np.empty(0)
        model.row_upper_ = np.concatenate(self._row_high) if self._row_high else np.empty(0)
        pointer, index, value = _compressed(self._entries, self.n_rows, self.n_columns)
        model.a_matrix_.format_ = MatrixFormat.kRowwise
        model.a_matrix_.start_, model.a_matrix_.index_ = pointer, index
        model.a_matrix_.value_ = value
        whole = np.concatenate(self._whole)
        if whole.any():
            kinds = (HighsVarType.kContinuous, HighsVarType.kInteger)
            model.integrality_ = [kinds[int(one)] for one in whole]
        return model

    def _read(self, solver: Any) -> Outcome:
        from highspy import HighsModelStatus

        said, info = solver.getModelStatus(), solver.getInfo()
        if said in (HighsModelStatus.kInfeasible, HighsModelStatus.kUnboundedOrInfeasible):
            return Outcome("infeasible", None, np.inf)
        mixed = any(part.any() for part in self._whole)
        optimal = said == HighsModelStatus.kOptimal
        if mixed:
            bound = float(info.mip_dual_bound)
        else:
            bound = float(info.objective_function_value) if optimal else -np.inf
        values = duals = None
        if not mixed and optimal:
            duals = np.asarray(solver.getSolution().row_dual, dtype=np.float64)
        if info.primal_solution_status == 2:
            values = np.asarray(solver.getSolution().col_value, dtype=np.float64)
        return Outcome("optimal" if optimal else "stopped", values, bound, duals)


def _solver() -> Any:
    try:
        import highspy
    except ImportError as error:
        raise SolutionError(
            "the solver HiGHS is not installed", hint="install kota-city[people]"
        ) from error
    make: Any = highspy.Highs
    return make()


def _compressed(
    entries: list[tuple[Ints, Ints, Floats]], n_rows: int, n_columns: int
) -> tuple[NDArray[np.int32], NDArray[np.int32], Floats]:
    """Coefficients row by row, those of the same place added up."""
    row = np.concatenate([part[0] for part in entries]) if entries else np.empty(0, np.int64)
    column = np.concatenate([part[1] for part in entries]) if entries else np.empty(0, np.int64)
    value = np.concatenate([part[2] for part in entries]) if entries else np.empty(0)
    place, inverse = np.unique(row * max(n_columns, 1) + column, return_inverse=True)
    total = np.bincount(inverse, weights=value, minlength=len(place)).astype(np.float64)
    pointer = np.zeros(n_rows + 1, dtype=np.int32)
    np.cumsum(np.bincount(place // max(n_columns, 1), minlength=n_rows), out=pointer[1:])
    return pointer, (place % max(n_columns, 1)).astype(np.int32), total
