"""What was found, as a plan."""

from __future__ import annotations

from kota import __version__
from kota.solutions.water.inp import load_toolkit
from kota.solutions.water.schedule.limits import Keeps
from kota.solutions.water.schedule.plan import (
    Lock,
    Plan,
    Pressure,
    PumpPlan,
    Run,
    Sums,
    TankPlan,
    WhatIf,
)
from kota.solutions.water.schedule.planning import Outcome, Shipped
from kota.solutions.water.schedule.replay import Replay
from kota.solutions.water.schedule.request import Request
from kota.solutions.water.schedule.switching import Switching
from kota.solutions.water.schedule.tariff import clock

_KEEPS = {
    Keeps.EACH: "no pump starts more often, no customer's least pressure is lower",
    Keeps.NETWORK: (
        "all pumps together start no more often, the least pressure of all customers is no lower"
    ),
}


def report(outcome: Outcome, request: Request, others: dict[float, tuple[Replay, Replay]]) -> Plan:
    """Tell a plan and the day as shipped side by side.

    Args:
        outcome: what was found.
        request: what was asked.
        others: by factor of demand, the plan and the shipped controls as EPANET plays them.
    """
    shipped, played = outcome.shipped, outcome.played
    sums = _sums(outcome)
    return Plan(
        network=request.network.name,
        better=outcome.found is not None,
        said=_said(outcome, sums),
        hours=request.hours,
        demand_factor=request.demand_factor,
        tariff=None if request.tariff is None else request.tariff.said(),
        keeps=_KEEPS[outcome.keeps],
        cost=sums,
        reported=played.cost,
        pumps=_pumps(outcome),
        tanks=_tanks(outcome),
        pressure=_pressure(played),
        pressure_shipped=_pressure(shipped.played),
        interlocks=[
            Lock(
                one.pump,
                one.tank,
                "below" if one.below else "above",
                one.level,
                "runs" if one.runs else "stands",
            )
            for one in outcome.safety
        ],
        what_if=[_what_if(shipped, factor, *pair) for factor, pair in others.items()],
        notes=list(shipped.notes),
        seed=request.seed,
        effort=request.effort,
        cut_short=outcome.cut_short,
        versions={"kota": __version__, "epanet": _epanet()},
    )


def _sums(outcome: Outcome) -> Sums:
    usual = outcome.shipped.day.total
    plan = outcome.found.day.total if outcome.found else usual
    short, value = outcome.shipped.water
    return Sums(
        plan=round(plan, 2),
        shipped=round(usual, 2),
        water_short_m3=round(short, 1),
        water_value=round(value, 2),
        saving=round(1 - plan / usual, 4) if usual > 0 else 0.0,
        saving_with_water=round(1 - plan / (usual + value), 4) if outcome.found and usual else 0.0,
    )


def _said(outcome: Outcome, sums: Sums) -> str:
    if outcome.found is None:
        return "Nothing better than the controls as shipped was found: they stay as they are."
    if sums.saving > 0:
        return f"{sums.plan:,.2f} instead of {sums.shipped:,.2f}: {sums.saving:.1%} less."
    return (
        f"{sums.plan:,.2f} instead of {sums.shipped:,.2f}, which leaves the tanks "
        f"{sums.water_short_m3:,.0f} m³ lower: {sums.saving_with_water:.1%} less with that water."
    )


def _pumps(outcome: Outcome) -> list[PumpPlan]:
    shipped, site = outcome.shipped, outcome.shipped.site
    day = outcome.found.day if outcome.found else shipped.day
    speeds = {pump.id: pump.speed for pump in site.pumps}
    schedules = dict(zip((pump.id for pump in site.pumps), _schedules(outcome), strict=True))
    found = []
    for k, (_, name) in enumerate(site.all_pumps):
        switching = schedules.get(name, day.switched[k])
        before = shipped.day.switched[k].first
        found.append(
            PumpPlan(
                id=name,
                scheduled=name in speeds and outcome.found is not None,
                fills=shipped.fills.get(name),
                speed=speeds.get(name, 1.0),
                runs=_runs(switching, site.horizon),
                hourly=[
                    round(switching.running(begin, begin + 3600) / 3600, 3)
                    for begin in range(0, site.horizon, 3600)
                ],
                starts=switching.starts(before),
                starts_shipped=shipped.day.switched[k].starts(before),
                cost=round(float(day.cost[k]), 2),
                cost_shipped=round(float(shipped.day.cost[k]), 2),
                energy_kwh=round(float(day.energy[k]), 2),
                energy_kwh_shipped=round(float(shipped.day.energy[k]), 2),
                kwh_per_m3=_specific(outcome.played, name),
                kwh_per_m3_shipped=_specific(shipped.played, name),
            )
        )
    return found


def _schedules(outcome: Outcome) -> tuple[Switching, ...]:
    return outcome.found.schedule if outcome.found else outcome.shipped.usual


def _runs(switching: Switching, end: int) -> list[Run]:
    events = switching.events
    return [
        Run(clock(begin), clock(stop))
        for (begin, runs), (stop, _) in zip(events, [*events[1:], (end, False)], strict=True)
        if runs
    ]


def _specific(played: Replay, pump: str) -> float | None:
    water = played.pumped[pump]
    return round(played.energy[pump] / water, 4) if water > 0 else None


def _tanks(outcome: Outcome) -> list[TankPlan]:
    shipped, site = outcome.shipped, outcome.shipped.site
    day = outcome.found.day if outcome.found else shipped.day
    return [
        TankPlan(
            id=name,
            start=round(float(site.start[k]), 3),
            end=round(float(day.level_end[k]), 3),
            end_shipped=round(float(shipped.day.level_end[k]), 3),
            lowest=round(float(day.level_low[k]), 3),
            lowest_shipped=round(float(shipped.day.level_low[k]), 3),
            highest=round(float(day.level_high[k]), 3),
            min_level=round(float(site.low[k]), 3),
            max_level=round(float(site.high[k]), 3),
        )
        for k, name in enumerate(site.tank_ids)
    ]


def _pressure(played: Replay) -> Pressure:
    value, node, at = played.least
    return Pressure(round(value, 3), node, clock(at))


def _what_if(shipped: Shipped, factor: float, plan: Replay, usual: Replay) -> WhatIf:
    site = shipped.site

    def emptiest(played: Replay) -> float:
        return min(
            (played.lows[name] - float(low)) / max(float(high - low), 1e-9)
            for name, low, high in zip(site.tank_ids, site.low, site.high, strict=True)
        )

    return WhatIf(
        demand=factor,
        cost=plan.cost,
        cost_shipped=usual.cost,
        least_pressure_m=round(plan.least[0], 3),
        least_pressure_m_shipped=round(usual.least[0], 3),
        emptiest=round(float(emptiest(plan)), 4),
        emptiest_shipped=round(float(emptiest(usual)), 4),
        warnings=list(plan.warnings),
    )


def _epanet() -> str:
    version = int(load_toolkit().getversion())
    return f"{version // 10000}.{version // 100 % 100}.{version % 100}"
