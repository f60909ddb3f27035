"""The plan as it is written to a file."""

from __future__ import annotations

import msgspec


class Run(msgspec.Struct, frozen=True):
    """A pump runs from one time to another, hours and minutes since the beginning."""

    begin: str = msgspec.field(name="from")
    end: str = msgspec.field(name="to")


class PumpPlan(msgspec.Struct, frozen=True):
    """What a pump does, beside what it does as shipped.

    Args:
        id: of the pump.
        scheduled: false where its own controls were left.
        fills: the tank behind it.
        speed: relative speed at which it runs.
        runs: when.
        hourly: share of each hour in which it runs.
        starts, starts_shipped: from standing to running.
        cost, cost_shipped: of its energy.
        energy_kwh, energy_kwh_shipped: [kWh].
        kwh_per_m3, kwh_per_m3_shipped: energy by water pumped [kWh/m³]; none where it stands.
    """

    id: str
    scheduled: bool
    fills: str | None
    speed: float
    runs: list[Run]
    hourly: list[float]
    starts: int
    starts_shipped: int
    cost: float
    cost_shipped: float
    energy_kwh: float
    energy_kwh_shipped: float
    kwh_per_m3: float | None
    kwh_per_m3_shipped: float | None


class TankPlan(msgspec.Struct, frozen=True):
    """How a tank stands [m above its floor]."""

    id: str
    start: float
    end: float
    end_shipped: float
    lowest: float
    lowest_shipped: float
    highest: float
    min_level: float
    max_level: float


class Pressure(msgspec.Struct, frozen=True):
    """The least pressure of all customers [m], where, and hours and minutes since the beginning."""

    least_m: float
    node: str
    at: str


class Sums(msgspec.Struct, frozen=True):
    """What the horizon costs.

    Args:
        plan, shipped: of the pumps' energy and their peak.
        water_short_m3: what the tanks end lower as shipped, together [m³].
        water_value: the cost of pumping it, at each pump's lowest price: at least so much.
        saving, saving_with_water: shares of the day as shipped, without and with that water.
    """

    plan: float
    shipped: float
    water_short_m3: float
    water_value: float
    saving: float
    saving_with_water: float


class Lock(msgspec.Struct, frozen=True):
    """A level at which a pump is switched, whatever the schedule says."""

    pump: str
    tank: str
    when: str
    level_m: float
    then: str


class WhatIf(msgspec.Struct, frozen=True):
    """The plan, unchanged, on a day of another demand.

    Args:
        demand: factor of all demands.
        cost, cost_shipped: of the plan, and under the controls as shipped.
        least_pressure_m, least_pressure_m_shipped: of all customers [m].
        emptiest: least share of a tank's range that is left, in any tank.
        emptiest_shipped: as shipped.
        warnings: what EPANET says of the plan.
    """

    demand: float
    cost: float
    cost_shipped: float
    least_pressure_m: float
    least_pressure_m_shipped: float
    emptiest: float
    emptiest_shipped: float
    warnings: list[str]


class Plan(msgspec.Struct, frozen=True):
    """A day of pumps.

    Args:
        network: name of the file.
        better: false where nothing better than the shipped controls was found: they stay.
        said: the outcome in words.
        hours: length of the horizon [h].
        demand_factor: of all demands.
        tariff: prices by time of day, where they were given; none: as in the file.
        keeps: in what the plan is no worse than the shipped controls.
        cost: sums.
        reported: the plan's cost a day by EPANET's own energy report.
        pumps, tanks: each.
        pressure, pressure_shipped: the least of all customers.
        interlocks: beyond the plan's levels.
        what_if: the same plan at other demands.
        notes: what was assumed.
        seed, effort: of the search; the same give the same plan, unless `cut_short`.
        cut_short: the time limit ended the search, not its effort.
        versions: of Kota and EPANET.
    """

    network: str
    better: bool
    said: str
    hours: float
    demand_factor: float
    tariff: list[dict[str, str | float]] | None
    keeps: str
    cost: Sums
    reported: float
    pumps: list[PumpPlan]
    tanks: list[TankPlan]
    pressure: Pressure
    pressure_shipped: Pressure
    interlocks: list[Lock]
    what_if: list[WhatIf]
    notes: list[str]
    seed: int
    effort: float
    cut_short: bool
    versions: dict[str, str]
