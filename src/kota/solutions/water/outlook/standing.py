"""How the live network stands, as a look ahead begins with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kota.city import City
from kota.errors import NotReadyError
from kota.model.instant import DAY, HOUR, SECOND
from kota.solutions.water.inp import read_network
from kota.solutions.water.instruments import device_of
from kota.solutions.water.network import Network
from kota.solutions.water.outlook.course import Begin
from kota.solutions.water.telemetry import split
from kota.solutions.water.terms import urn

Floats = NDArray[np.float64]

MODEL: Final = "network.inp"
"""The network's EPANET file in the solution's own folder."""
LEARN: Final = 7 * DAY
LATELY: Final = 3 * HOUR
FADES_H: Final = 8.0
"""What is taken now beyond the usual fades over so many hours."""
STALE: Final = 2 * HOUR
HOURS: Final = 24
LEAST_DAYS = 1.0


@dataclass(frozen=True, slots=True)
class Standing:
    """The model's file, the network in it, the beginning, and the instant of that [µs].

    Args:
        path: the file.
        network: read from it.
        begin: how it stands.
        at: when.
        guessed: what was not told and is as in the file, a sentence each.
    """

    path: Path
    network: Network
    begin: Begin
    at: int
    guessed: tuple[str, ...]


async def read_standing(city: City, whole: str) -> Standing:
    """How the network stands now.

    Args:
        city: the live city.
        whole: id of the WaterNetwork whose balance tells what is taken.

    Raises:
        NotReadyError: the model's file is absent, no tank tells its level, or less than a day of
            balances is known; says what to do.
        SolutionError: EPANET cannot read the file.
    """
    path = None if city.folder is None else city.folder / MODEL
    if path is None or not path.is_file():
        raise NotReadyError(
            "there is no hydraulic model of the network to run ahead",
            hint=f"put its EPANET file at solutions/water/{MODEL} in the data folder; ids of its "
            "tanks and pumps are those of the entities behind T- and PU-",
        )
    network = read_network(path)
    levels, at, guessed = await _levels(city, network)
    is_open = await _running(city, network, guessed)
    profile = await _profile(city, network, whole, at)
    clock = at // SECOND + _offset(city, at)
    begin = Begin(clock=clock % (7 * 86_400), levels=levels, is_open=is_open, profile=profile)
    return Standing(path, network, begin, at, tuple(guessed))


def _offset(city: City, at: int) -> int:
    """Of the town's wall clocks from UTC [s]."""
    zone = city.zone or UTC
    passed = datetime.fromtimestamp(at / SECOND, zone).utcoffset()
    return 0 if passed is None else int(passed.total_seconds())


async def _levels(city: City, network: Network) -> tuple[dict[str, float], int, list[str]]:
    told: dict[str, tuple[float, int]] = {}
    for name in network.tanks:
        entity = await city.entity(urn("Tank", device_of("tank", name)))
        level = None if entity is None else city.attribute(entity, "level")
        if level is not None and level.observed_at is not None:
            told[name] = float(level.value), level.observed_at
    if not told:
        raise NotReadyError("no tank has told its level yet", hint="see that their gauges speak")
    at = max(when for _, when in told.values())
    fresh = {name: level for name, (level, when) in told.items() if at - when <= STALE}
    silent = [name for name in network.tanks if name not in fresh]
    return fresh, at, [f"tank {name} is silent: its level is the model's" for name in silent]


async def _running(city: City, network: Network, guessed: list[str]) -> dict[str, bool]:
    found: dict[str, bool] = {}
    for name in network.pumps:
        entity = await city.entity(urn("Pump", device_of("pump", name)))
        status = None if entity is None else city.value(entity, "status")
        if status is None:
            guessed.append(f"pump {name} is silent: its state is the model's")
        else:
            found[name] = str(status).upper() in ("OPEN", "ON", "1", "TRUE")
    return found


async def _profile(city: City, network: Network, whole: str, at: int) -> Floats:
    """What is taken in each coming hour, to the model's average demand `(HOURS,)`."""
    start = at - LEARN
    table = await city.history([whole], ["inflow", "storageChange"], start=start, end=at + 1)
    series = split(table)
    into, stored = (series.get((whole, name)) for name in ("inflow", "storageChange"))
    if into is None or stored is None or into[0][-1] - into[0][0] < LEAST_DAYS * DAY:
        raise NotReadyError("less than a day of balances is known", hint="wait for a day")
    times, first, second = np.intersect1d(into[0], stored[0], return_indices=True)
    taken = np.maximum(into[1][first] - stored[1][second], 0.0)
    return hourly(times, taken, at) / max(network.demand, 1e-9)


def hourly(times: NDArray[np.int64], taken: Floats, at: int) -> Floats:
    """What will be taken in each coming hour [m³/h] `(HOURS,)`.

    The mean of the same hour of the days before, times how the last hours were to theirs, which
    fades.

    Args:
        times: of what was taken [µs], ascending.
        taken: [m³/h].
        at: now [µs].
    """
    ago = (at - times) // HOUR
    usual = np.array(
        [
            taken[ago % 24 == (-hour - 1) % 24].mean()
            if (ago % 24 == (-hour - 1) % 24).any()
            else taken.mean()
            for hour in range(HOURS)
        ]
    )
    lately = ago * HOUR < LATELY
    ratio = 1.0
    expected = usual[(-ago[lately].astype(int) - 1) % 24]
    if lately.any() and expected.sum() > 0:
        ratio = float(np.clip(taken[lately].sum() / expected.sum(), 0.5, 2.0))
    fading = np.exp(-np.arange(HOURS) / FADES_H)
    return np.asarray(usual * (1 + (ratio - 1) * fading))
