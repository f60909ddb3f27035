"""Control against none on the same model, each in a process of its own."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path

from kota.errors import InputError
from kota.solutions.sewage.config import ControlConfig
from kota.solutions.sewage.playing import GRID_S, Played, play

MEASURES = ("flooded", "over limits", "overflowed")


@dataclass(frozen=True, slots=True)
class Comparison:
    """The same storm twice."""

    uncontrolled: Played
    controlled: Played


def compare(model: Path, config: ControlConfig) -> Comparison:
    """Play a model without control and with Kota's.

    Raises:
        InputError: the model cannot be read or run, or the engine died of it.
        ConfigurationError: the configuration names what the model does not have.
    """
    return Comparison(_apart(model, config, False), _apart(model, config, True))


def write_log(comparison: Comparison, out: Path) -> None:
    """Write both runs as Parquet: a row a minute and run, volumes in m³, settings 0..1.

    Raises:
        InputError: the file cannot be written.
    """
    import pyarrow as pa
    from pyarrow import parquet

    runs = (("uncontrolled", comparison.uncontrolled), ("controlled", comparison.controlled))
    actuators = sorted({name for _, run in runs for one in run.settings for name in one})
    columns: dict[str, list[object]] = {"time": [], "run": []}
    for name, run in runs:
        minutes = range(1, len(run.flooded) + 1)
        columns["time"] += [run.begin + timedelta(seconds=GRID_S * i) for i in minutes]
        columns["run"] += [name] * len(run.flooded)
    for column in ("flooded", "over", "overflowed"):
        columns[f"{column}_m3"] = [each for _, run in runs for each in getattr(run, column)]
    for actuator in actuators:
        settings = [one.get(actuator) for _, run in runs for one in run.settings]
        columns[f"setting:{actuator}"] = list(settings)
    try:
        parquet.write_table(pa.table(columns), out)
    except OSError as error:
        raise InputError(f"{out}: cannot be written: {error.strerror or error}") from error


def _apart(model: Path, config: ControlConfig, controlled: bool) -> Played:
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
        try:
            return pool.submit(_play, model, config, controlled).result()
        except BrokenProcessPool as error:
            raise InputError(
                f"{model}: the SWMM engine died of it", hint="run it in SWMM itself to see why"
            ) from error


def _play(model: Path, config: ControlConfig, controlled: bool) -> Played:
    from kota.solutions.sewage.control import controller

    return play(model, config, controller(config) if controlled else None)
