"""A schedule as EPANET's simple controls, with interlocks beyond the levels of the plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kota.solutions.water.schedule.simulation import Day
from kota.solutions.water.schedule.site import Pump, Site
from kota.solutions.water.schedule.switching import Schedule
from kota.solutions.water.schedule.tariff import clock

_LEAST = 0.02
"""An interlock stays at least so far from the levels of the plan [m]."""


@dataclass(frozen=True, slots=True)
class Interlock:
    """A level at which a pump is switched, whatever the schedule says.

    Args:
        pump, tank: ids.
        below: at a level below, else above.
        level: [m].
        runs: whether the pump runs then.
    """

    pump: str
    tank: str
    below: bool
    level: float
    runs: bool


def interlocks(site: Site, day: Day, fills: Mapping[str, str]) -> list[Interlock]:
    """Levels between those of the plan and the tank's limits, so that the plan never meets them.

    Args:
        site: the network.
        day: as planned.
        fills: the tank that each pump fills, by id.
    """
    found = []
    for pump in site.pumps:
        tank = fills.get(pump.id)
        if tank not in site.tank_ids:
            continue
        k = site.tank_ids.index(tank)
        low, high = float(day.level_low[k]), float(day.level_high[k])
        bottom, top = (low + float(site.low[k])) / 2, (high + float(site.high[k])) / 2
        if low - bottom >= _LEAST:
            found.append(Interlock(pump.id, tank, True, round(bottom, 3), runs=True))
        if top - high >= _LEAST:
            found.append(Interlock(pump.id, tank, False, round(top, 3), runs=False))
    return found


def control_lines(
    site: Site,
    schedule: Schedule,
    safety: list[Interlock],
    names: Mapping[int, str],
) -> list[str]:
    """Lines for the section ``[CONTROLS]``.

    Args:
        site: the network.
        schedule: of its pumps.
        safety: interlocks, which come last and therefore go before the schedule.
        names: ids of the links by index.
    """
    lines = [";kota: schedule of the pumps"]
    for pump, switching in zip(site.pumps, schedule, strict=True):
        for time, runs in switching.events:
            lines += [f"{words} AT TIME {at_time(time)}" for words in _acts(pump, runs, names)]
    if safety:
        lines.append(";kota: interlocks, beyond the levels of the plan")
    pumps = {pump.id: pump for pump in site.pumps}
    for one in safety:
        side = "BELOW" if one.below else "ABOVE"
        when = f"IF NODE {one.tank} {side} {one.level / site.length:.4f}"
        lines += [f"{words} {when}" for words in _acts(pumps[one.pump], one.runs, names)]
    return lines


def at_time(second: int) -> str:
    """A time that EPANET, which cuts what it reads to whole seconds, takes for this one.

    >>> at_time(61200), at_time(61080)
    ('17:00', '16.966722  ;16:58')
    """
    hours, rest = divmod(second, 3600)
    minutes, seconds = divmod(rest, 60)
    if int((hours + minutes / 60 + seconds / 3600) * 3600) == second:
        return clock(second)
    return f"{(second + 0.2) / 3600:.6f}  ;{clock(second)}"


def _acts(pump: Pump, runs: bool, names: Mapping[int, str]) -> Iterator[str]:
    plain = pump.speed == 1.0 or not runs
    yield f"LINK {pump.id} {_word(runs) if plain else f'{pump.speed:g}'}"
    for one in pump.companions:
        yield f"LINK {names[one.link]} {_word(runs != one.opposite)}"


def _word(is_open: bool) -> str:
    return "OPEN" if is_open else "CLOSED"
