"""What an area loses: from its night flow, against what cannot be avoided, and what that costs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Works:
    """What is known of an area's works.

    Args:
        mains: length of its mains [km].
        connections: service connections.
        private: pipe between the street and the meter of all connections [km].
        pressure: mean over the area and the day [m].
        night_use: of a connection [L/h]; 1.7 is what is usual for homes in Britain (WRc, Managing
            leakage, report E, 1994).
        exponent: of leakage on pressure, N1.
        pressure_night: mean at night [m]; None: as by day.
    """

    mains: float
    connections: float
    private: float
    pressure: float
    night_use: float = 1.7
    exponent: float = 1.0
    pressure_night: float | None = None


@dataclass(frozen=True, slots=True)
class Losses:
    """Of an area and a day [m³/day] unless said otherwise.

    Args:
        leakage: real losses by the night flow (CARL).
        unavoidable: what well kept works lose (UARL).
        index: infrastructure leakage index, leakage / unavoidable [1].
        excess: leakage above what cannot be avoided.
        per_connection: leakage [L/connection/day].
    """

    leakage: float
    unavoidable: float
    index: float
    excess: float
    per_connection: float


def unavoidable(works: Works) -> float:
    """Unavoidable annual real losses [m³/day].

    UARL = (18 Lm + 0.8 Nc + 25 Lp) P [L/day], with mains Lm and private pipes Lp in km, Nc
    connections, P metres of pressure (A. O. Lambert et al., A review of performance indicators
    for real losses from water supply systems, Aqua 48 (6), 1999, eq. 7). Meant for systems of
    3,000 connections and more and pressures of 25 m and more; below, take it with care.

    >>> round(unavoidable(Works(mains=100, connections=5000, private=0, pressure=50)), 1)
    290.0
    """
    litres = 18 * works.mains + 0.8 * works.connections + 25 * works.private
    return litres * works.pressure / 1000


def losses(night_flow: float, works: Works) -> Losses:
    """From a minimum night flow [m³/h].

    Night leakage is the night flow less what customers take; over the day it goes with the
    pressure to the power N1: 24 h times the mean of (P / P_night)^N1, here of the means.

    Args:
        night_flow: [m³/h].
        works: what is known of the area.
    """
    night = max(night_flow - works.night_use * works.connections / 1000, 0.0)
    at_night = works.pressure if works.pressure_night is None else works.pressure_night
    daily = 24 * (works.pressure / at_night) ** works.exponent if at_night > 0 else 24.0
    leakage = night * daily
    least = unavoidable(works)
    return Losses(
        leakage,
        least,
        leakage / least if least > 0 else float("nan"),
        max(leakage - least, 0.0),
        1000 * leakage / works.connections if works.connections else float("nan"),
    )
