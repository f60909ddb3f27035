"""How evenly something is spread over people, and who has least of it."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from kota.solutions.amenities.pairs import Floats


class Spread(msgspec.Struct, frozen=True):
    """How an amount is spread over people.

    Args:
        people: how many.
        mean: amount of the mean person.
        gini: 0 where all have the same, towards 1 where one has all.
        worst_decile: mean amount of the tenth of the people who are worst off.
        p90: nine people in ten have this or better.
        without: share of the people who have nothing, or cannot get there at all.
    """

    people: float
    mean: float
    gini: float
    worst_decile: float
    p90: float
    without: float


def gini(amount: Floats, people: Floats) -> float:
    """The Gini coefficient of an amount over people.

    Half the mean absolute difference between two people, over the mean (C. Gini 1912), by the
    Lorenz curve.

    Args:
        amount: of each person of a place, not negative `(n,)`.
        people: of each place `(n,)`.

    >>> gini(np.array([1.0, 0.0]), np.array([1.0, 3.0]))
    0.75
    """
    order = np.argsort(amount, kind="stable")
    share = people[order]
    held = amount[order] * share
    total, have = float(share.sum()), float(held.sum())
    if total <= 0 or have <= 0:
        return 0.0
    curve = np.concatenate([[0.0], np.cumsum(held)]) / have
    under = float((share / total * (curve[1:] + curve[:-1])).sum())
    return max(1.0 - under, 0.0)


def quantile(amount: Floats, people: Floats, share: float) -> float:
    """The least amount that a share of the people do not exceed.

    Args:
        amount: of each person of a place `(n,)`.
        people: of each place `(n,)`.
        share: from 0 to 1.
    """
    order = np.argsort(amount, kind="stable")
    reached = np.cumsum(people[order])
    if not len(order) or reached[-1] <= 0:
        return float("nan")
    k = int(np.searchsorted(reached, share * reached[-1] * (1 - 1e-12)))
    return float(amount[order][min(k, len(order) - 1)])


def tail_mean(amount: Floats, people: Floats, share: float) -> float:
    """Mean amount of the share of the people who have least.

    Args:
        amount: of each person of a place `(n,)`.
        people: of each place `(n,)`.
        share: from 0 to 1; a place at the edge counts in part.

    >>> tail_mean(np.array([1.0, 5.0]), np.array([1.0, 9.0]), 0.2)
    3.0
    """
    order = np.argsort(amount, kind="stable")
    count = people[order]
    want = share * float(count.sum())
    before = np.concatenate([[0.0], np.cumsum(count)[:-1]])
    part = np.clip(want - before, 0.0, count)
    taken = part > 0
    if want <= 0 or not taken.any():
        return float("nan")
    return float((amount[order][taken] * part[taken]).sum() / part.sum())


def spread(amount: Floats, people: Floats, *, less_is_better: bool = False) -> Spread:
    """How an amount is spread over people.

    Args:
        amount: of each person of a place `(n,)`; infinite times are people who cannot get there:
            they are counted under `without`, and the rest is of those who can.
        people: of each place `(n,)`.
        less_is_better: whether the amount is a burden, as walking time is.
    """
    lives = people > 0
    amount, people = amount[lives], people[lives]
    total = float(people.sum())
    can = np.isfinite(amount)
    none = ~can if less_is_better else ~(can & (amount > 0))
    without = float(people[none].sum()) / total if total else 0.0
    amount, people = amount[can], people[can]
    if not len(amount):
        return Spread(total, float("nan"), 0.0, float("nan"), float("nan"), without)
    sign = -1.0 if less_is_better else 1.0
    return Spread(
        people=total,
        mean=float(np.average(amount, weights=people)),
        gini=gini(amount, people),
        worst_decile=sign * tail_mean(sign * amount, people, 0.1),
        p90=quantile(amount, people, 0.9 if less_is_better else 0.1),
        without=without,
    )


def by_group(
    amount: Floats, people: Floats, groups: Sequence[str], *, less_is_better: bool = False
) -> dict[str, Spread]:
    """The spread within each group of places.

    Args:
        amount, people: `(n,)`.
        groups: of each place `(n,)`.
        less_is_better: as `spread`.
    """
    labels = np.array(groups, dtype=object)
    return {
        str(name): spread(
            amount[labels == name], people[labels == name], less_is_better=less_is_better
        )
        for name in sorted(set(groups))
    }
