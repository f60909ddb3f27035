"""What a change would do: the same hours with and without it, side by side."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np

from kota.solutions.water.inp import read_network
from kota.solutions.water.outlook.change import Changes
from kota.solutions.water.outlook.course import Begin, Course, Quality, look_ahead
from kota.solutions.water.outlook.warn import BARE_M, Limits, Warned, warned_of
from kota.solutions.water.schedule.tariff import Tariff


class Sums(msgspec.Struct, frozen=True):
    """The hours of one course in figures.

    Args:
        demand_m3: drawn by customers.
        deficit_m3: wanted and not drawn.
        without_water: customers' nodes that are without for a step at least.
        least_pressure_m, at: at customers, and where.
        energy_kwh, cost: of pumps.
        stored_m3: in the tanks at the end, less at the beginning.
        oldest_h: of the water at customers at the end; None: not followed.
    """

    demand_m3: float
    deficit_m3: float
    without_water: int
    least_pressure_m: float
    at: str
    energy_kwh: float
    cost: float
    stored_m3: float
    oldest_h: float | None


class Compared(msgspec.Struct, frozen=True):
    """With and without.

    Args:
        hours: that were run.
        changes: asked for.
        before, after: without and with them.
        without_water: nodes that have none with the change and had without.
        lower: nodes whose least pressure falls below the limit by the change.
        warnings: of the course with the change that the other has not.
    """

    hours: float
    changes: Changes
    before: Sums
    after: Sums
    without_water: tuple[str, ...]
    lower: tuple[str, ...]
    warnings: tuple[Warned, ...]


def compare(
    path: Path,
    changes: Changes,
    *,
    begin: Begin | None = None,
    hours: float = 24.0,
    step_s: int = 900,
    tariff: Tariff | None = None,
    after_tariff: Tariff | None = None,
    limits: Limits | None = None,
    quality: Quality = "none",
) -> Compared:
    """Run the hours twice.

    Args:
        path: the ``.inp`` file.
        changes: what is otherwise in the second run.
        begin: how the network stands; None: as in the file.
        hours, step_s: how far, and between two steps.
        tariff: of energy; None: 0.10 a kWh at all times.
        after_tariff: of the second run; None: the same.
        limits: what counts as good.
        quality: what is followed besides.

    Raises:
        InputError, SolutionError: as `look_ahead`.
    """
    limits, tariff = limits or Limits(), tariff or Tariff.flat(0.10)
    network = read_network(path)
    areas = np.array([tank.area for tank in network.tanks.values()])
    clock = 0 if begin is None else begin.clock
    courses = [
        look_ahead(path, begin, each, hours=hours, step_s=step_s, quality=quality)
        for each in (Changes(), changes)
    ]
    sums = [
        _sums(course, areas, step_s, clock, prices)
        for course, prices in zip(courses, (tariff, after_tariff or tariff), strict=True)
    ]
    dry = [_dry(course) for course in courses]
    low = [course.served & (course.pressure.min(axis=0) < limits.pressure) for course in courses]
    known = {(w.kind, w.asset) for w in warned_of(courses[0], network, limits, quality=quality)}
    new = [
        warned
        for warned in warned_of(courses[1], network, limits, quality=quality)
        if (warned.kind, warned.asset) not in known
    ]
    nodes = np.array(courses[0].nodes, dtype=object)
    return Compared(
        hours,
        changes,
        sums[0],
        sums[1],
        tuple(nodes[dry[1] & ~dry[0]]),
        tuple(nodes[low[1] & ~low[0]]),
        tuple(new),
    )


def _dry(course: Course) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    lacking = (course.deficit > 0) & (course.pressure <= BARE_M)
    return np.asarray(course.served & lacking.any(axis=0))


def _sums(course: Course, areas: np.ndarray, step_s: int, clock: int, tariff: Tariff) -> Sums:
    step_h = step_s / 3600
    within = slice(0, max(len(course.seconds) - 1, 1))
    price = np.array([tariff.at(clock + int(second)) for second in course.seconds[within]])
    power = course.power[within].sum(axis=1)
    least = np.where(course.served, course.pressure.min(axis=0), np.inf)
    rise = course.level[-1] - course.level[0]
    oldest = None
    if course.quality is not None:
        oldest = round(float(course.quality[-1, course.served].max()), 2)
    return Sums(
        round(float(course.demand[within][:, course.served].sum()) * step_h, 1),
        round(float(course.deficit[within].sum()) * step_h, 1),
        int(_dry(course).sum()),
        round(float(least.min()), 2),
        course.nodes[int(np.argmin(least))],
        round(float(power.sum()) * step_h, 1),
        round(float(power @ price) * step_h, 2),
        round(float(rise @ areas), 1),
        oldest,
    )
