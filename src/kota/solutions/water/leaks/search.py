"""From folders of readings to the leaks of the last of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kota.errors import InputError
from kota.solutions.water.estimate.calibrate import Sensors, calibrate, residuals
from kota.solutions.water.estimate.replay import Runner, drive
from kota.solutions.water.estimate.scada import Scada, joined, read_scada
from kota.solutions.water.estimate.twin import Twin
from kota.solutions.water.leaks.days import BANDS, Field
from kota.solutions.water.leaks.known import NEVER, Known, read_known
from kota.solutions.water.leaks.places import NEAR, Places
from kota.solutions.water.leaks.watch import Found, Watch

Floats = NDArray[np.float64]

LEARN = 7
"""Days at the beginning from which the model is calibrated."""
SPREAD_DAYS = 60
"""Days from which it is learnt how days differ by chance."""
FLOOR = 0.002
"""The least standard deviation of a day's mean pressure [m] that is believed."""
CARRIED = 2.5
"""The least flow of a leak of the training time that is told again [m³/h]."""
EMPTY = 0.3
"""Level [m] below which a tank may not feed its zone any more."""
FLOW_FLOOR, EXCESS_FLOOR = 0.15, 0.4


@dataclass(frozen=True, slots=True)
class Outcome:
    """Leaks found, and what was noticed on the way."""

    found: tuple[Found, ...]
    notices: tuple[str, ...]
    log: tuple[str, ...]


def folders_of(scada: Path) -> list[Path]:
    """A folder a year in order of their names.

    Raises:
        InputError: there are not two of them at least.
    """
    found = sorted(path for path in scada.iterdir() if (path / "SCADA_Pressures.csv").is_file())
    if len(found) < 2:
        raise InputError(
            f"{scada}: {len(found)} folders with SCADA_Pressures.csv; expected a folder a year, "
            "the first to learn from"
        )
    return found


def search(
    network: Path,
    scada: Path,
    *,
    until: int | None = None,
    told: Callable[[float], None] | None = None,
) -> Outcome:
    """Find the leaks of the years after the first.

    Args:
        network: the ``.inp`` file.
        scada: with a folder a year; the first may hold ``leaks_known.csv``.
        until: nothing after this instant is used [s].
        told: is told the share of days that is done.

    Raises:
        InputError: the readings cannot be read; names file and line.
        SolutionError: the network cannot be read.
    """
    folders = folders_of(scada)
    parts = [read_scada(folder) for folder in folders]
    readings, split = joined(parts), int(parts[1].times[0])
    if until is not None:
        readings = readings.until(until)
    with Twin(network, flows=readings.flows.names, levels=readings.levels.names) as twin:
        field = prepared(twin, readings)
        known = read_known(folders[0] / "leaks_known.csv", field.places, readings.times)
        return follow(field, readings, known, split, told)


def prepared(twin: Twin, readings: Scada) -> Field:
    """Calibrate a twin on the first days."""
    given = drive(twin, readings)
    runner, sensors = Runner(twin, readings.demands.names), Sensors.of(twin, readings)
    told = sensors.told(twin, readings)
    day = 86_400 // readings.step
    steps = np.arange(0, min(LEARN * day, len(told)), max(1, 1800 // readings.step))
    calibrate(runner, sensors, given, residuals(runner, sensors, given, told, steps), steps)
    odd = given.guessed | (given.levels < EMPTY).any(axis=1)
    return Field(runner, sensors, given, told, Places(twin), odd)


def follow(
    field: Field,
    readings: Scada,
    known: tuple[Known, ...],
    split: int,
    told: Callable[[float], None] | None = None,
) -> Outcome:
    """Go through the days.

    Args:
        field: as `prepared` gives it.
        readings: from which it was made.
        known: leaks of the training time.
        split: the first instant of the time that is searched [s].
        told: is told the share of days that is done.
    """
    first = int((split - int(readings.times[0])) // 86_400)
    known = tuple(
        Known(each.pipe, each.repaired if each.repaired < first - 1 else NEVER) for each in known
    )
    watch = Watch(field, spread_of(field, min(first, SPREAD_DAYS)), known)
    watch.begin(LEARN)
    found: list[Found] = []
    for day in range(field.days()):
        if day == first:
            found += _carried(watch, field, split)
        news = list(watch.day(day))
        if day >= first:
            found += news
        if told is not None:
            told((day + 1) / field.days())
    return Outcome(tuple(found), readings.notices + tuple(watch.faults), tuple(watch.log))


def _carried(watch: Watch, field: Field, split: int) -> list[Found]:
    """Leaks of the training time that go on: known and not repaired, or found in it."""
    kept = [known.pipe for known in watch.known if known.repaired == NEVER]
    found = [
        Found(field.places.names[pipe], split, _flow_near(watch, field, pipe), 1.0) for pipe in kept
    ]
    for leak in sorted(watch.active, key=lambda leak: -leak.flow):
        near = kept and field.places.distance[leak.pipe, kept].min() <= NEAR
        if leak.flow >= CARRIED and not near:
            kept.append(leak.pipe)
            found.append(Found(field.places.names[leak.pipe], split, leak.flow, 0.7))
    return found


def _flow_near(watch: Watch, field: Field, pipe: int) -> float:
    """Of the followed leaks that a known one may be [m³/h]."""
    near = field.places.near(pipe)
    return sum(leak.flow for leak in watch.active if near[leak.pipe])


def spread_of(field: Field, days: int) -> Floats:
    """Covariance of a day's vector, from how days differ from the next."""
    vectors = np.array([field.vector(day, None) for day in range(days)])
    vectors[np.abs(vectors) > 1e4] = np.nan
    steps = np.diff(vectors, axis=0)
    silent = np.isnan(steps).all(axis=0)
    scale = 1.4826 * np.nanmedian(np.where(silent, 0.0, np.abs(steps)), axis=0) / 2**0.5
    count = field.told.shape[1]
    loggers = len(field.sensors.nodes)
    floor = np.full(field.size, EXCESS_FLOOR)
    for band in range(len(BANDS)):
        floor[band * count : band * count + loggers] = FLOOR
        floor[band * count + loggers : (band + 1) * count] = FLOW_FLOOR
    scale = np.nan_to_num(scale)
    clipped = np.nan_to_num(np.clip(steps, -3 * 2**0.5 * scale, 3 * 2**0.5 * scale))
    covariance = clipped.T @ clipped / (2 * max(len(clipped), 1))
    covariance *= 0.7
    covariance[np.diag_indices(field.size)] = np.diag(covariance) / 0.7 + floor**2
    return np.asarray(covariance)
