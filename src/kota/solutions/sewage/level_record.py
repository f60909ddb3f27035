"""A record of levels watched for blockages, as it would have been from day to day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from kota.errors import InputError
from kota.solutions.sewage.blockages import Blockage, BlockageDetector
from kota.solutions.sewage.observer import Floats
from kota.solutions.sewage.rainfall import Rain, read_series
from kota.solutions.sewage.swmm import opened


@dataclass(frozen=True, slots=True)
class Levels:
    """Levels [m] by time and node, NaN where nothing was read, shape ``(n_times, n_nodes)``."""

    nodes: tuple[str, ...]
    times: tuple[datetime, ...]
    values: Floats


def read_levels(path: Path) -> Levels:
    """Levels from a CSV file ``time,NODE,…`` [m]; an empty field is no reading.

    Raises:
        InputError: it cannot be read, or its times do not rise; names file and line or time.
    """
    nodes, seconds, values = read_series(path, unit="m", of="`time,NODE,…`", blank=np.nan)
    times = tuple(datetime.fromtimestamp(float(each), UTC) for each in seconds)
    late = np.flatnonzero(np.diff(seconds) <= 0)
    if len(late):
        raise InputError(
            f"{path}: {times[late[0] + 1].isoformat()} does not come after the time before"
        )
    return Levels(nodes, times, values)


def watch(
    levels: Levels, rain: Rain | None, *, model: Path | None, learn_days: float
) -> list[Blockage]:
    """Learn from the first days, then watch the rest; each blockage once, as it was first named.

    Args:
        levels: the record.
        rain: over the same time; None: it was dry.
        model: SWMM input file, for which node drains to which.
        learn_days: how long is learned [days].

    Raises:
        InputError: there is too little dry weather to learn from, or the model cannot be read.
    """
    below: dict[str, str] = {}
    if model is not None:
        with opened(model) as engine:
            below = engine.below()
    seconds = np.array([each.timestamp() for each in levels.times])
    fallen = np.zeros(len(seconds)) if rain is None else rain.at(seconds).mean(axis=1)
    until = int(np.searchsorted(seconds, seconds[0] + timedelta(days=learn_days).total_seconds()))
    detector = BlockageDetector(levels.nodes, below)
    detector.learn(levels.times[:until], levels.values[:until], fallen[:until])
    found: dict[tuple[str, datetime], Blockage] = {}
    for i in range(until, len(seconds)):
        row = dict(zip(levels.nodes, levels.values[i].tolist(), strict=True))
        for each in detector.update(levels.times[i], row, float(fallen[i])):
            found.setdefault((each.id, each.since), each)
    return list(found.values())
