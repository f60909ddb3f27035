"""What a choice of places means for the people: walks, spread, and who gains and loses."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from kota.solutions.amenities.equity import Spread, by_group, spread
from kota.solutions.amenities.town import Floats, Homes


class Standing(msgspec.Struct, frozen=True):
    """How far people walk to the nearest place [minutes].

    Args:
        town: everybody who counts.
        neighbourhoods: each of them.
        groups: each age group, whether it counts or not.
        within: share of the people who count within the goal.
    """

    town: Spread
    neighbourhoods: dict[str, Spread]
    groups: dict[str, Spread]
    within: float


def standing(homes: Homes, walk: Floats, people: Floats, goal: float) -> Standing:
    """How far people walk.

    Args:
        homes: where they live.
        walk: minutes to the nearest place from each home `(n,)`, infinite: none in reach.
        people: who count in each `(n,)`.
        goal: minutes within which a place should be.
    """
    total = float(people.sum())
    return Standing(
        spread(walk, people, less_is_better=True),
        by_group(walk, people, homes.neighbourhood, less_is_better=True),
        {
            name: spread(walk, homes.people[:, k], less_is_better=True)
            for k, name in enumerate(homes.groups)
        },
        float(people[walk <= goal].sum()) / total if total else 0.0,
    )


class Shift(msgspec.Struct, frozen=True):
    """Who gains and who loses.

    Args:
        people: who count.
        gain: people whose walk gets shorter by half a minute or more.
        lose: people whose walk gets longer by as much.
        minutes: change of the mean walk; less than zero is a gain.
    """

    people: float
    gain: float
    lose: float
    minutes: float


_NOTICED = 0.5


def shift(before: Floats, after: Floats, people: Floats) -> Shift:
    """Who gains and who loses among some homes; homes that cannot walk anywhere change nothing.

    Args:
        before, after: minutes on foot to the nearest place `(n,)`.
        people: who count in each `(n,)`.
    """
    change = changes(before, after)
    both = np.isfinite(change) & (people > 0)
    weight = people[both]
    mean = float(np.average(change[both], weights=weight)) if weight.sum() > 0 else 0.0
    return Shift(
        float(people.sum()),
        float(people[change <= -_NOTICED].sum()),
        float(people[change >= _NOTICED].sum()),
        mean,
    )


def changes(before: Floats, after: Floats) -> Floats:
    """After less before; −∞ where a place comes into reach, +∞ where the last one goes."""
    with np.errstate(invalid="ignore"):
        return np.where(before == after, 0.0, after - before)


def shifts_by(
    labels: Sequence[str], before: Floats, after: Floats, people: Floats
) -> dict[str, Shift]:
    """Who gains and loses in each neighbourhood.

    Args:
        labels: neighbourhood of each home `(n,)`.
        before, after, people: as `shift`.
    """
    names = np.array(labels, dtype=object)
    return {
        name: shift(before[names == name], after[names == name], people[names == name])
        for name in sorted(set(labels))
    }
