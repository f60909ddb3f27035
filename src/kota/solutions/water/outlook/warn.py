"""What of a course its operator must know: tanks, pressures, supply, water that is old or bare."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from kota.solutions.water.network import Network
from kota.solutions.water.outlook.course import Course, Floats, Quality

Kind = Literal[
    "tankLow",
    "tankEmpty",
    "tankFull",
    "lowPressure",
    "highPressure",
    "noSupply",
    "oldWater",
    "lowChlorine",
]
Flags = NDArray[np.bool_]

SHORT_M3_PER_H = 0.01
"""A customer who lacks more than this at a pressure of less than the next has no water."""
BARE_M = 0.1
NEARLY = 0.005
"""Share of a tank's span within which it counts as empty or full."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What counts as good.

    Args:
        pressure: least at customers [m].
        pressure_high: most at customers [m].
        reserve: part of a tank's usable volume that should not be drawn upon.
        age: most of water at customers [h].
        chlorine: least at customers [mg/L].
    """

    pressure: float = 14.0
    pressure_high: float = 100.0
    reserve: float = 0.15
    age: float = 48.0
    chlorine: float = 0.2


class Warned(msgspec.Struct, frozen=True):
    """Something that a look ahead shows.

    Args:
        kind: what.
        asset: the tank, or the node where it is worst.
        begins, ends: seconds ahead at which it first and last holds.
        worst: the value that is furthest from good.
        limit: what counts as good.
        count: of assets that it concerns.
        assets: them, the worst first.
    """

    kind: Kind
    asset: str
    begins: int
    ends: int
    worst: float
    limit: float
    count: int
    assets: tuple[str, ...]


def warned_of(
    course: Course, network: Network, limits: Limits | None = None, *, quality: Quality = "none"
) -> tuple[Warned, ...]:
    """All warnings, the soonest first; customers' are one a kind, tanks' one each.

    Args:
        course: the look ahead.
        network: its tanks' limits.
        limits: what counts as good.
        quality: what the course's quality is.
    """
    limits = limits or Limits()
    found = list(_tanks(course, network, limits))
    names = [name for name, on in zip(course.nodes, course.served, strict=True) if on]
    for rule in _rules(course, limits, quality, course.served):
        found.extend(_customers(course, names, rule))
    return tuple(sorted(found, key=lambda each: (each.begins, each.kind, each.asset)))


def _tanks(course: Course, network: Network, limits: Limits) -> Iterator[Warned]:
    for k, name in enumerate(course.tanks):
        tank, level = network.tanks[name], course.level[:, k]
        span = tank.max_level - tank.min_level
        reserve = tank.min_level + limits.reserve * span
        empty = level <= tank.min_level + NEARLY * span
        cases: tuple[tuple[Kind, Flags, float, float], ...] = (
            ("tankEmpty", empty, float(level.min()), tank.min_level),
            ("tankLow", (level < reserve) & ~empty, float(level.min()), reserve),
            (
                "tankFull",
                level >= tank.max_level - NEARLY * span,
                float(level.max()),
                tank.max_level,
            ),
        )
        for kind, when, worst, limit in cases:
            if when.any():
                value, bound = round(worst, 3), round(limit, 3)
                yield Warned(kind, name, *_span(course, when), value, bound, 1, (name,))


@dataclass(frozen=True, slots=True)
class _Rule:
    """A quantity at customers `(steps, n_customers)` with its bound; low: less is worse."""

    kind: Kind
    value: Floats
    bound: float
    low: bool

    def broken(self) -> Flags:
        return self.value < self.bound if self.low else self.value > self.bound


def _rules(course: Course, limits: Limits, quality: Quality, customers: Flags) -> Iterator[_Rule]:
    pressure = course.pressure[:, customers]
    unserved = np.where(pressure <= BARE_M, course.deficit[:, customers], 0.0)
    yield _Rule("noSupply", unserved, SHORT_M3_PER_H, low=False)
    yield _Rule("lowPressure", pressure, limits.pressure, low=True)
    yield _Rule("highPressure", pressure, limits.pressure_high, low=False)
    if course.quality is not None and quality == "age":
        yield _Rule("oldWater", course.quality[:, customers], limits.age, low=False)
    if course.quality is not None and quality == "chlorine":
        yield _Rule("lowChlorine", course.quality[:, customers], limits.chlorine, low=True)


def _customers(course: Course, names: Sequence[str], rule: _Rule) -> Iterator[Warned]:
    """One warning for all customers that a rule is broken for."""
    when = rule.broken()
    concerned = np.flatnonzero(when.any(axis=0))
    if not len(concerned):
        return
    worst = rule.value.min(axis=0) if rule.low else -rule.value.max(axis=0)
    order = concerned[np.argsort(worst[concerned], kind="stable")]
    top = abs(float(worst[order[0]])) if not rule.low else float(worst[order[0]])
    assets = tuple(names[k] for k in order.tolist())
    first, last = _span(course, np.asarray(when.any(axis=1)))
    yield Warned(rule.kind, assets[0], first, last, round(top, 3), rule.bound, len(assets), assets)


def _span(course: Course, when: Flags) -> tuple[int, int]:
    steps = np.flatnonzero(when)
    return int(course.seconds[steps[0]]), int(course.seconds[steps[-1]])
