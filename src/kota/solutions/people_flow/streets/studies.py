"""What a change or an event did to people's flow, with confidence.

Difference in differences: how much more the changed places have moved than the others, in
logarithms, so that the effect is a share. Synthetic control: the changed places against a mixture
of others that followed them before (A. Abadie, A. Diamond, J. Hainmueller, Synthetic control
methods for comparative case studies, 2010, doi:10.1198/jasa.2009.ap08746). Days lean on each other,
so intervals draw blocks of days (H. R. Künsch, The jackknife and the bootstrap for general
stationary observations, 1989, doi:10.1214/aos/1176347265), and are no narrower than untouched
places move (the placebo test of Abadie and others); the share of those that moved as far says how
much of it may be chance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kota.errors import NotReadyError, SolutionError

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

_LEAST_DAYS: Final = 5
_LEAST_PLACES: Final = 4
_HALF: Final = 0.5


@dataclass(frozen=True, slots=True)
class Effect:
    """How much more people there were than without the change.

    Args:
        share: of the flow without it: 0.2 is a fifth more.
        low, high: limits of its interval.
        p_value: share of placements of the change at untouched places that move as far, or NaN
            where there are too few.
        people: more a day, over the places that changed.
        method: ``difference`` or ``synthetic``.
    """

    share: float
    low: float
    high: float
    p_value: float
    people: float
    method: str


def difference_in_differences(
    counts: Floats,
    treated: Mask,
    after: Mask,
    *,
    rng: np.random.Generator,
    share: float = 0.9,
    draws: int = 999,
    block: int = 7,
) -> Effect:
    """The effect of a change at some places from some day on.

    Args:
        counts: people a day `(n_days, n_places)`; gaps NaN.
        treated: places where something changed `(n_places,)`.
        after: days on which it had `(n_days,)`.
        rng: draws blocks of days.
        share: of the interval.
        draws: of the bootstrap.
        block: days that are drawn together.

    Raises:
        SolutionError: no place, or every place, changed.
        NotReadyError: too few days before or after.
    """
    log = _checked(counts, treated, after)
    own = np.nanmean(log[:, treated], axis=1) - np.nanmean(log[:, ~treated], axis=1)
    return _effect(own, counts, treated, after, rng, share, draws, block, "difference")


def synthetic_control(
    counts: Floats,
    treated: Mask,
    after: Mask,
    *,
    rng: np.random.Generator,
    share: float = 0.9,
    draws: int = 999,
    block: int = 7,
) -> Effect:
    """As `difference_in_differences`, against the mixture of untouched places that followed the
    changed ones best before the change."""
    log = _checked(counts, treated, after)
    own = _against_mixture(log, treated, after)
    return _effect(own, counts, treated, after, rng, share, draws, block, "synthetic")


def _checked(counts: Floats, treated: Mask, after: Mask) -> Floats:
    if not treated.any() or treated.all():
        raise SolutionError(
            f"{int(treated.sum())} of {len(treated)} places changed",
            hint="name at least one that changed, and leave one that did not",
        )
    for name, days in (("before", ~after), ("after", after)):
        if days.sum() < _LEAST_DAYS:
            raise NotReadyError(
                f"{int(days.sum())} days {name} the change are too few",
                hint=f"give at least {_LEAST_DAYS}",
            )
    empty = ~np.isfinite(counts).any(axis=0)
    if empty.any():
        raise SolutionError(
            f"place {int(np.flatnonzero(empty)[0])} has no count", hint="leave it out"
        )
    log: Floats = np.log(counts + _HALF)
    return log


def _against_mixture(log: Floats, treated: Mask, after: Mask) -> Floats:
    """The changed places' mean less that of their mixture, day by day."""
    from scipy.optimize import nnls

    level = np.nanmean(log[~after], axis=0)
    moved = np.where(np.isfinite(log), log - level, 0.0)
    own = moved[:, treated].mean(axis=1)
    donors = moved[:, ~treated]
    tied = 1e3
    left = np.vstack([donors[~after], np.full(donors.shape[1], tied)])
    weights, _ = nnls(left, np.append(own[~after], tied))
    against: Floats = own - donors @ (weights / max(float(weights.sum()), 1e-9))
    return against


def _effect(
    own: Floats,
    counts: Floats,
    treated: Mask,
    after: Mask,
    rng: np.random.Generator,
    share: float,
    draws: int,
    block: int,
    method: str,
) -> Effect:
    from scipy.special import ndtri

    moved = _moved(own, after)
    drawn = np.array(
        [
            np.nanmean(_blocks(own[after], block, rng))
            - np.nanmean(_blocks(own[~after], block, rng))
            for _ in range(draws)
        ]
    )
    placebo = _placebo(np.log(counts + _HALF), treated, after, method)
    sd = max(float(drawn.std()), _spread(placebo) / np.sqrt(treated.sum()))
    reach = float(ndtri((1 + share) / 2)) * sd
    now = float(np.nanmean(np.nansum(counts[after][:, treated], axis=1)))
    return Effect(
        share=float(np.expm1(moved)),
        low=float(np.expm1(moved - reach)),
        high=float(np.expm1(moved + reach)),
        p_value=_as_far(placebo, abs(moved)),
        people=now * float(-np.expm1(-moved)),
        method=method,
    )


def _moved(own: Floats, after: Mask) -> float:
    return float(np.nanmean(own[after]) - np.nanmean(own[~after]))


def _blocks(values: Floats, block: int, rng: np.random.Generator) -> Floats:
    """As many values, in blocks that begin anywhere and go round (circular block bootstrap)."""
    size = min(block, len(values))
    starts = rng.integers(0, len(values), -(-len(values) // size))
    rows = (starts[:, None] + np.arange(size)).ravel()[: len(values)] % len(values)
    drawn: Floats = values[rows]
    return drawn


def _placebo(log: Floats, treated: Mask, after: Mask, method: str) -> Floats:
    """How far each untouched place, taken for the changed one, moves; none of too few."""
    part = log[:, ~treated]
    count = part.shape[1]
    if count < _LEAST_PLACES:
        return np.zeros(0)
    moves = []
    for place in range(count):
        mask = np.arange(count) == place
        own = (
            _against_mixture(part, mask, after)
            if method == "synthetic"
            else part[:, place] - np.nanmean(part[:, ~mask], axis=1)
        )
        moves.append(_moved(own, after))
    return np.array(moves)


def _spread(placebo: Floats) -> float:
    return float(np.sqrt((placebo**2).mean())) if len(placebo) else 0.0


def _as_far(placebo: Floats, moved: float) -> float:
    if not len(placebo):
        return float("nan")
    return float((1 + (np.abs(placebo) >= moved).sum()) / (len(placebo) + 1))
