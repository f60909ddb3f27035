"""What explains best that signals differ from the model: a leak, or a signal that lies.

The residual of some steps is r, its covariance on ordinary days Σ. An explanation adds s for each
unit of it; its likelihood ratio to nothing is greatest at q = sᵀΣ⁻¹r / sᵀΣ⁻¹s, and its logarithm is
q sᵀΣ⁻¹r / 2 there (the generalized likelihood ratio test; S. M. Kay, Fundamentals of statistical
signal processing II, 1998, section 7.5). Leaks, sensors, pumps and tanks compete; the one that says
most is believed where it clearly does so, what it explains is taken out, the rest compete anew.
While a pump or a tank lies, which drive the model, no leak is told.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kota.solutions.water.live.checker import Effect, Signatures

Floats = NDArray[np.float64]

CERTAIN = 16.0
"""Logarithm of the likelihood ratio from which something is the matter."""
OBVIOUS = 60.0
"""The same from which nobody doubts it."""
CLEAR = 4.0
"""A leak and a lie that explain a residual alike are told apart from this difference on."""
LEAST = 3.0
"""The smallest leak that is told [m³/h]."""
MOST_LIES = 4
_LEAST_LIE = {"pressure": 0.3, "flow": 2.0, "pump": 3.0, "tank": 0.5, "meter": 1.0}
"""What is taken out but not told, since nobody would go and look [m, m³/h]."""
_HELD_AGAINST = ("pressure", "flow")
"""Signals that are held against the model; the others drive it."""
_METER = 0.6
"""Customers' meters are thought to err by this share at most, as where one repeats itself."""
_TELLING = 1e-9
_DOUBT = 0.08
"""How far, relative to itself, what an explanation adds may be off."""
_ROUNDS = 2
_SURE = 60.0
"""Beyond this gain, what is unknown of the model tells pipes apart no better."""
REFINED = 30
"""So many of the likeliest pipes are looked at closely."""
MOST = 2_000.0
"""The largest leak that is thought of [m³/h]."""


@dataclass(frozen=True, slots=True)
class Lie:
    """A signal that does not fit.

    Args:
        kind: ``pressure``, ``flow``, ``pump``, ``tank`` or ``meter``.
        column: which of its kind, in the order of the town.
        by: how much more it tells than the rest allows, in its unit.
        gain: logarithm of the likelihood ratio.
    """

    kind: str
    column: int
    by: float
    gain: float


@dataclass(frozen=True, slots=True)
class Leak:
    """A leak somewhere.

    Args:
        flow, spread: [m³/h], and its standard deviation.
        gain: logarithm of the likelihood ratio at the likeliest pipe.
        mass: probability of each pipe `(n_pipes,)`.
    """

    flow: float
    spread: float
    gain: float
    mass: Floats


@dataclass(frozen=True, slots=True)
class Explained:
    """What some steps tell."""

    leak: Leak | None
    lies: tuple[Lie, ...]


def explain(
    residual: Floats,
    spread: Floats,
    signatures: Signatures,
    exact: Effect | None = None,
    *,
    certain: float = CERTAIN,
) -> Explained:
    """Explain a residual.

    Args:
        residual: mean of some steps, less what it always is `(m,)`; NaN where a signal is silent.
        spread: covariance of such a mean on ordinary days `(m, m)`.
        signatures: of the moment.
        exact: what a leak adds, by pipe and flow [m³/h], as the model run in full has it `(m,)`.
        certain: logarithm of the likelihood ratio from which on a leak is told.
    """
    heard = ~np.isnan(residual)
    if heard.sum() < 3:
        return Explained(None, ())
    seen = residual[heard]
    view = _View(spread[np.ix_(heard, heard)] + np.diag((_DOUBT * seen) ** 2))
    names, columns, most = _lies(signatures, heard)
    leaks = signatures.leaks[heard]
    lies: list[Lie] = []
    for _ in range(MOST_LIES + 1):
        leak = _leak(seen, view, leaks, None if exact is None else _heard(exact, heard))
        gain, size = _fit(view.of(seen), view.of(columns), most)
        worst = int(np.argmax(gain))
        told = 0.0 if leak is None else leak.gain
        if leak is not None and told > CERTAIN and told > gain[worst] + CLEAR:
            driven = any(lie.kind in ("pump", "tank") for lie in lies)
            is_one = told >= certain and leak.flow >= LEAST and not driven
            return Explained(leak if is_one else None, tuple(lies))
        if gain[worst] < CERTAIN or gain[worst] < told + CLEAR:
            break
        kind, column = names[worst]
        by = float(size[worst]) * (1.0 if kind in _HELD_AGAINST else -1.0)
        if abs(by) > _LEAST_LIE[kind]:
            lies.append(Lie(kind, column, by, float(gain[worst])))
        view.free(columns[:, worst])
    return Explained(None, tuple(lies))


class _View:
    """Residuals as seen where all are equally uncertain, without what was explained already."""

    def __init__(self, noise: Floats) -> None:
        self._lower = np.linalg.cholesky(noise)
        self._taken: list[Floats] = []

    def of(self, columns: Floats) -> Floats:
        """A residual `(m,)` or several `(m, n)`."""
        seen: Floats = np.linalg.solve(self._lower, columns)
        for one in self._taken:
            seen = seen - np.multiply.outer(one, one @ seen)
        return seen

    def free(self, column: Floats) -> None:
        """Let any size of an explanation be: what lies along it tells nothing more."""
        seen = self.of(column)
        length = float(np.linalg.norm(seen))
        if length > _TELLING:
            self._taken.append(seen / length)


def _lies(
    signatures: Signatures, heard: NDArray[np.bool_]
) -> tuple[list[tuple[str, int]], Floats, Floats]:
    """All signals that may lie, what that adds `(m, n)`, and how much each may at most."""
    of = np.flatnonzero(heard)
    loggers = signatures.loggers
    names = [("pressure", int(k)) if k < loggers else ("flow", int(k) - loggers) for k in of]
    most = [np.full(len(of), np.inf)]
    whole = [np.eye(len(of))]
    for kind, columns in (("pump", signatures.pumps), ("tank", signatures.tanks)):
        names += [(kind, k) for k in range(columns.shape[1])]
        whole.append(columns[heard])
        most.append(np.full(columns.shape[1], np.inf))
    names += [("meter", k) for k in range(signatures.meters.shape[1])]
    whole.append(signatures.meters[heard])
    most.append(_METER * np.abs(signatures.metered))
    return names, np.hstack(whole), np.concatenate(most)


def _fit(seen: Floats, expected: Floats, most: Floats | None = None) -> tuple[Floats, Floats]:
    """Gain and size of each explanation by itself, which is `most` in size at most."""
    power = np.maximum((expected**2).sum(axis=0), _TELLING)
    along = expected.T @ seen
    size = along / power
    if most is not None:
        size = np.clip(size, -most, most)
    return size * along - size**2 * power / 2, size


def _leak(seen: Floats, view: _View, signatures: Floats, exact: Effect | None) -> Leak | None:
    """The likeliest leak."""
    white = view.of(seen)
    expected = view.of(signatures)
    gain, size = _fit(white, expected)
    gain = np.where(size > 0, gain, 0.0)
    if gain.max() > CERTAIN and exact is not None:
        expected, gain, size = _refined(white, view, expected, gain, size, exact)
    if gain.max() <= 0:
        return None
    best = int(np.argmax(gain))
    left = white - size[best] * expected[:, best]
    loose = max(1.0, float(left @ left) / max(len(seen) - 1, 1), gain[best] / _SURE)
    mass = np.exp((gain - gain.max()) / loose)
    mass /= mass.sum()
    flow = float(mass @ np.maximum(size, 0.0))
    within = 1.0 / np.maximum((expected**2).sum(axis=0), _TELLING)
    variance = float(mass @ (np.minimum(within, 1e6) + (size - flow) ** 2))
    return Leak(flow, float(np.sqrt(variance)), float(gain.max()), mass)


def _refined(
    white: Floats, view: _View, expected: Floats, gain: Floats, size: Floats, exact: Effect
) -> tuple[Floats, Floats, Floats]:
    """Losses grow faster than flows: the likeliest pipes are weighed anew with the whole model."""
    expected, size = expected.copy(), size.copy()
    sharp = np.zeros(len(gain))
    for pipe in np.argsort(-gain)[:REFINED].tolist():
        flow = float(np.clip(size[pipe], 1.0, MOST))
        for _ in range(_ROUNDS):
            expected[:, pipe] = view.of(exact(pipe, flow) / flow)
            found, sized = _fit(white, expected[:, [pipe]])
            flow = float(np.clip(sized[0], 1.0, MOST))
        size[pipe], sharp[pipe] = float(sized[0]), float(found[0]) if sized[0] > 0 else 0.0
    return expected, sharp, size


def _heard(exact: Effect, heard: NDArray[np.bool_]) -> Effect:
    return lambda pipe, flow: exact(pipe, flow)[heard]
