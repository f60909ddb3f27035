"""What a schedule may decide in a network, and what it must heed: pumps, tanks, prices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_PUMP = 2


@dataclass(frozen=True, slots=True)
class Companion:
    """A link that opens and closes with a pump: its bypass, its valve.

    Args:
        link: index of the link.
        opposite: it is open where the pump stands.
    """

    link: int
    opposite: bool


@dataclass(frozen=True, slots=True)
class Pump:
    """A pump whose running is decided.

    Args:
        id: its id.
        index: of the link.
        speed: relative speed at which it runs.
        companions: links that move with it.
    """

    id: str
    index: int
    speed: float
    companions: tuple[Companion, ...] = ()


@dataclass(frozen=True, slots=True)
class Site:
    """A network as a schedule sees it; indices count from 1 as EPANET's do.

    Args:
        pumps: those that are scheduled.
        kept: ids of pumps that keep their own controls.
        tanks, tank_ids: indices and ids.
        low, high, start: levels of the tanks `(n_tanks,)` [m].
        area: of their surface `(n_tanks,)` [m²].
        elevation: of all nodes `(n_nodes,)` [m].
        length: the file's unit of length [m].
        customers: where water is taken, indices of nodes.
        node_ids: ids of all nodes.
        all_pumps: index and id of every pump, scheduled or kept.
        prices: of a kWh by pump and pattern period `(n_pumps, n_periods)`, of `all_pumps`.
        period: length of a pattern period [s].
        lag: by how much the first period is shorter [s].
        demand_charge: price of the greatest power [1/kW].
        horizon: length of the day that is planned [s].
    """

    pumps: tuple[Pump, ...]
    kept: tuple[str, ...]
    tanks: tuple[int, ...]
    tank_ids: tuple[str, ...]
    low: Floats
    high: Floats
    start: Floats
    area: Floats
    elevation: Floats
    length: float
    customers: tuple[int, ...]
    node_ids: tuple[str, ...]
    all_pumps: tuple[tuple[int, str], ...]
    prices: Floats
    period: int
    lag: int
    demand_charge: float
    horizon: int


def survey(tk: Any, project: Any, *, keep: frozenset[str] = frozenset()) -> Site:
    """Find what can be scheduled in an open project, which keeps the units of its file.

    Args:
        tk: EPANET's toolkit.
        project: an open one.
        keep: ids of pumps that are left to their own controls.
    """
    nodes = range(1, tk.getcount(project, tk.NODECOUNT) + 1)
    links = range(1, tk.getcount(project, tk.LINKCOUNT) + 1)
    tanks = [k for k in nodes if tk.getnodetype(project, k) == tk.TANK]
    every = [(k, tk.getlinkid(project, k)) for k in links if tk.getlinktype(project, k) == _PUMP]
    scheduled, kept = [], []
    partners = _partners(tk, project, {k for k, _ in every})
    for index, name in every:
        speed = None if name in keep else _speed(tk, project, index)
        if speed is None:
            kept.append(name)
        else:
            scheduled.append(Pump(name, index, speed, partners.get(index, ())))

    length = 1.0 if tk.getflowunits(project) >= tk.LPS else 0.3048

    def of_tanks(what: int) -> Floats:
        values = [tk.getnodevalue(project, k, what) for k in tanks]
        return length * np.array(values, dtype=np.float64)

    elevation = length * np.array([tk.getnodevalue(project, k, tk.ELEVATION) for k in nodes])
    return Site(
        pumps=tuple(scheduled),
        kept=tuple(kept),
        tanks=tuple(tanks),
        tank_ids=tuple(tk.getnodeid(project, k) for k in tanks),
        low=of_tanks(tk.MINLEVEL),
        high=of_tanks(tk.MAXLEVEL),
        start=of_tanks(tk.TANKLEVEL),
        area=np.pi * of_tanks(tk.TANKDIAM) ** 2 / 4,
        elevation=elevation,
        length=length,
        customers=tuple(k for k in nodes if takes(tk, project, k)),
        node_ids=tuple(tk.getnodeid(project, k) for k in nodes),
        all_pumps=tuple(every),
        prices=_prices(tk, project, [k for k, _ in every]),
        period=int(tk.gettimeparam(project, tk.PATTERNSTEP)),
        lag=int(
            tk.gettimeparam(project, tk.PATTERNSTART) % tk.gettimeparam(project, tk.PATTERNSTEP)
        ),
        demand_charge=float(tk.getoption(project, tk.DEMANDCHARGE)),
        horizon=int(tk.gettimeparam(project, tk.DURATION)),
    )


def takes(tk: Any, project: Any, node: int) -> bool:
    """Whether water is taken at a node of an open project."""
    if tk.getnodetype(project, node) != tk.JUNCTION:
        return False
    count = tk.getnumdemands(project, node)
    return any(tk.getbasedemand(project, node, k) > 0 for k in range(1, count + 1))


def _speed(tk: Any, project: Any, pump: int) -> float | None:
    """The one relative speed at which the file lets a pump run; None where there are several."""
    speeds = {
        float(setting)
        for _, link, setting, _, _ in _controls(tk, project)
        if link == pump and setting > 0
    }
    pattern = int(tk.getlinkvalue(project, pump, tk.LINKPATTERN))
    if pattern:
        length = tk.getpatternlen(project, pattern)
        factors = [tk.getpatternvalue(project, pattern, k) for k in range(1, length + 1)]
        speeds |= {float(factor) for factor in factors if factor > 0}
    elif tk.getlinkvalue(project, pump, tk.INITSTATUS) > 0:
        speeds.add(float(tk.getlinkvalue(project, pump, tk.INITSETTING)))
    return speeds.pop() if len(speeds) == 1 else None if speeds else 1.0


def _controls(tk: Any, project: Any) -> list[list[Any]]:
    count = tk.getcount(project, tk.CONTROLCOUNT)
    return [tk.getcontrol(project, number) for number in range(1, count + 1)]


def _partners(tk: Any, project: Any, pumps: set[int]) -> dict[int, tuple[Companion, ...]]:
    """Links that the same events switch as a pump, the same way or the other."""
    events: dict[int, dict[tuple[Any, ...], bool]] = {}
    for kind, link, setting, node, level in _controls(tk, project):
        events.setdefault(link, {})[kind, node, level] = setting > 0
    found: dict[int, tuple[Companion, ...]] = {}
    taken: set[int] = set()
    for pump in sorted(pumps & set(events)):
        for link, when in events.items():
            if link in pumps or link in taken or when.keys() != events[pump].keys():
                continue
            opposite = {when[key] != events[pump][key] for key in when}
            if len(opposite) == 1:
                taken.add(link)
                found[pump] = (*found.get(pump, ()), Companion(link, opposite.pop()))
    return found


def _prices(tk: Any, project: Any, pumps: list[int]) -> Floats:
    """What EPANET asks for a kWh of each pump in each pattern period of the horizon."""
    step = tk.gettimeparam(project, tk.PATTERNSTEP)
    count = tk.gettimeparam(project, tk.DURATION) // step + 3
    period = np.arange(count) + tk.gettimeparam(project, tk.PATTERNSTART) // step
    usual = float(tk.getoption(project, tk.GLOBALPRICE))
    usual_pattern = int(tk.getoption(project, tk.GLOBALPATTERN))
    rows = []
    for pump in pumps:
        own = float(tk.getlinkvalue(project, pump, tk.PUMP_ECOST))
        pattern = int(tk.getlinkvalue(project, pump, tk.PUMP_EPAT)) or usual_pattern
        factors = np.ones(1)
        if pattern:
            length = tk.getpatternlen(project, pattern)
            factors = np.array(
                [tk.getpatternvalue(project, pattern, k) for k in range(1, length + 1)]
            )
        rows.append((own if own > 0 else usual) * factors[period % len(factors)])
    return np.array(rows, dtype=np.float64).reshape(len(pumps), count)
