"""How each signal follows from the others in normal operation, and how far it may stray."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

_CLIP = 4.0
"""Inputs count at most this many standard deviations: nothing is extrapolated far."""


@dataclass(frozen=True, slots=True)
class Features:
    """Inputs and random nonlinear functions of them.

    A ridge regression on ``tanh`` of random projections fits smooth functions of many inputs at
    the cost of one linear system (G.-B. Huang, Q.-Y. Zhu, C.-K. Siew, Extreme learning machine,
    2006, doi:10.1016/j.neucom.2005.12.126).

    Args:
        mean, scale: of the inputs that vary `(n_used,)`.
        used: which columns vary.
        weights: `(n_used, n_random)`.
        shifts: `(n_random,)`.
    """

    mean: Floats
    scale: Floats
    used: Ints
    weights: Floats
    shifts: Floats

    @classmethod
    def learn(cls, values: Floats, count: int, rng: np.random.Generator) -> Self:
        """Features of inputs like `values` `(n_rows, n_inputs)`."""
        deviation = values.std(axis=0)
        used = np.flatnonzero(deviation > 0)
        weights = rng.normal(size=(len(used), count)) / np.sqrt(max(len(used), 1))
        shifts = rng.normal(size=count)
        return cls(values[:, used].mean(axis=0), deviation[used], used, weights, shifts)

    def of(self, values: Floats) -> Floats:
        """`(n_rows, 1 + n_used + n_random)`."""
        unit = np.clip((values[:, self.used] - self.mean) / self.scale, -_CLIP, _CLIP)
        bent = np.tanh(unit @ self.weights + self.shifts)
        return np.concatenate([np.ones((len(unit), 1)), unit, bent], axis=1)


@dataclass(frozen=True, slots=True)
class Relation:
    """One signal as a function of others, and the spread of its error under the same conditions.

    Args:
        target: column of the signal.
        inputs: columns that it follows from.
        features, weights: of the expected value.
        spread_features, spread_weights: of the logarithm of the error.
    """

    target: int
    inputs: Ints
    features: Features
    weights: Floats
    spread_features: Features
    spread_weights: Floats

    def expected(self, values: Floats) -> Floats:
        """What the signal should be `(n_rows,)`."""
        expected: Floats = self.features.of(values[:, self.inputs]) @ self.weights
        return expected

    def spread(self, values: Floats) -> Floats:
        """How large an error is usual under these conditions `(n_rows,)`."""
        spread: Floats = np.exp(
            self.spread_features.of(values[:, self.inputs]) @ self.spread_weights
        )
        return spread

    def strain(self, values: Floats) -> Floats:
        """Error in units of its usual size `(n_rows,)`, with its sign."""
        return (values[:, self.target] - self.expected(values)) / self.spread(values)


@dataclass(frozen=True, slots=True)
class Size:
    """How a relation is fitted.

    Args:
        features: random functions of the inputs.
        spread_features: the same, for the spread.
        ridge, spread_ridge: penalties on squared weights.
    """

    features: int = 800
    spread_features: int = 100
    ridge: float = 0.01
    spread_ridge: float = 30.0


def fit_relation(
    values: Floats,
    target: int,
    inputs: Ints,
    *,
    folds: Ints,
    resolution: float,
    rng: np.random.Generator,
    size: Size,
) -> tuple[Relation, Floats]:
    """Learn a relation, and its strain on rows that it had not seen.

    Args:
        values: normal rows `(n_rows, n_columns)`.
        target, inputs: columns.
        folds: number of the stretch that each row lies in `(n_rows,)`; each stretch is foretold
            from all others.
        resolution: of the target; smaller errors are not told apart.
        rng: draws the random functions.
        size: how it is fitted.

    Returns:
        The relation learnt from all rows, and the strain `(n_rows,)` of each row, foretold.
    """
    given, wanted = values[:, inputs], values[:, target]
    features = Features.learn(given, size.features, rng)
    matrix = features.of(given)
    weights, foretold = _crossed(matrix, wanted, folds, size.ridge)
    error = wanted - foretold
    spread_features = Features.learn(given, size.spread_features, rng)
    spread_matrix = spread_features.of(given)
    size_of_error = np.log(np.abs(error) + resolution / 2)
    spread_weights, spread = _crossed(spread_matrix, size_of_error, folds, size.spread_ridge)
    relation = Relation(target, inputs, features, weights, spread_features, spread_weights)
    return relation, error / np.exp(spread)


def _crossed(matrix: Floats, wanted: Floats, folds: Ints, ridge: float) -> tuple[Floats, Floats]:
    """Weights from all rows, and each row foretold by weights from the other stretches."""
    names = np.unique(folds)
    parts = [(matrix[folds == k], wanted[folds == k]) for k in names]
    grams = [rows.T @ rows for rows, _ in parts]
    moments = [rows.T @ told for rows, told in parts]
    penalty = ridge * np.eye(matrix.shape[1])
    gram, moment = sum(grams) + penalty, sum(moments)
    foretold = np.empty(len(wanted))
    for k, name in enumerate(names):
        part = np.linalg.solve(gram - grams[k], moment - moments[k])
        foretold[folds == name] = parts[k][0] @ part
    return np.linalg.solve(gram, moment), foretold
