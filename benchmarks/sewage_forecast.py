"""How early, how rightly and how well Kota warns of flooding and overflow of sewers.

python -m benchmarks.sewage_forecast [--towns 3] [--storms 10] [--pipes 40] [--first-seed 1000]

Towns are drawn (`benchmarks.sewage_towns`), none of the seeds from 1000 on was used when the
forecast was made. The truth is the drawn town whose roughness, imperviousness and rain differ from
the model that Kota has. An update every ten minutes, from an hour and a half before the rain;
an event is 20 m³ out of the sewers. With a forecast, that of a storm is wrong all along by a factor
(sd of ln 0.25) and a shift (sd 10 min). An early run that ends without event, or with less than
1 m³, is a false warning. Wilson's bounds of 95 % are given, since there are few events.
"""

from __future__ import annotations

import argparse
import math
import sys
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from benchmarks.report import machine
from benchmarks.sewage_towns import Town, draw_storm, draw_town
from kota.solutions.sewage.ensemble import STEP_S
from kota.solutions.sewage.forecast import SYSTEM, Forecaster
from kota.solutions.sewage.rainfall import Rain
from kota.solutions.sewage.spilling import run_ahead, sites_of
from kota.solutions.sewage.swmm import opened

BEGIN = datetime(2026, 11, 27, tzinfo=UTC)
DRY_H, EVERY_S, EVENT_M3 = 6.0, 600.0, 20.0
FACTOR_SD, SHIFT_S, LEVEL_NOISE = 0.25, 600.0, 0.03


@dataclass(frozen=True, slots=True)
class Storm:
    """One storm: whether there was an event, whether and how long before it was warned of, and the
    volumes of the next hours, forecast and true, at the warning and just before the event.
    """

    event: bool
    warned: bool
    lead_min: float
    warned_m3: float
    true_m3: float
    later_m3: float = math.nan
    later_true_m3: float = math.nan


MEMBERS = 9


def main() -> None:
    """Print a table line with a forecast of rain and one without."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--towns", type=int, default=3)
    parser.add_argument("--storms", type=int, default=10)
    parser.add_argument("--pipes", type=int, default=40)
    parser.add_argument("--first-seed", type=int, default=1000)
    asked = parser.parse_args()
    print(machine(), file=sys.stderr)
    print("| rain ahead | storms, events | warned in time | false warnings | lead | volume off |")
    print("| --- " * 6 + "|")
    found: dict[bool, list[Storm]] = {True: [], False: []}
    with TemporaryDirectory() as folder:
        for seed in range(asked.first_seed, asked.first_seed + asked.towns):
            town, truth = draw_town(seed, asked.pipes), Path(folder) / f"{seed}-true.inp"
            model = Path(folder) / f"{seed}.inp"
            model.write_text(town.text)
            truth.write_text(_other(town.text, np.random.default_rng(seed)))
            with Forecaster(model, town.overflows, members=MEMBERS, seed=seed) as forecaster:
                for storm in range(asked.storms):
                    real = _truth(truth, town, seed * 100 + storm)
                    for heard in (True, False):
                        found[heard].append(_storm(forecaster, town, real, heard=heard))
                        print(seed, storm, heard, found[heard][-1], file=sys.stderr, flush=True)
    for heard, storms in found.items():
        print(_line(storms, heard=heard))


@dataclass(frozen=True, slots=True)
class Real:
    """A storm and what came of it: rain by step, volume out by step, levels by step and node."""

    seed: int
    rain: NDArray[np.float64]
    out: NDArray[np.float64]
    levels: NDArray[np.float64]


def _truth(truth: Path, town: Town, seed: int) -> Real:
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(_play, (truth, town, seed))


def _play(truth: Path, town: Town, seed: int) -> Real:
    dry = np.zeros(int(DRY_H * 3600 / STEP_S))
    rain = np.concatenate([dry, draw_storm(seed), np.zeros(36)])
    local = rain * np.exp(0.1 * np.random.default_rng(seed).standard_normal())
    spilt = run_ahead(
        truth, local[:, None], begin=BEGIN, now=BEGIN, overflows=town.overflows, measured=()
    )
    levels = np.zeros((len(rain), len(town.measured)))
    with opened(truth) as engine:
        engine.play_from(BEGIN, BEGIN + timedelta(seconds=STEP_S * len(rain)))
        assert len(sites_of(engine, town.overflows)) == len(spilt.volumes)
        last = -1
        for second in engine.steps():
            step = min(int(second // STEP_S), len(rain) - 1)
            if step != last:
                last = step
                engine.rain_on("G", float(local[step]))
                levels[step] = [engine.depth(node) for node in town.measured]
    return Real(seed, rain, spilt.volumes.sum(axis=0), levels)


def _storm(forecaster: Forecaster, town: Town, real: Real, *, heard: bool) -> Storm:
    rng = np.random.default_rng(real.seed + 7)
    factor, shift = np.exp(FACTOR_SD * rng.standard_normal()), SHIFT_S * rng.standard_normal()
    times = BEGIN.timestamp() + STEP_S * np.arange(len(real.rain))
    rain = Rain(times, real.rain[:, None], ("G",))
    ahead = Rain(times + shift, real.rain[:, None] * factor, ("G",)) if heard else None
    risen = np.cumsum(real.out)
    event = bool(risen[-1] >= EVENT_M3)
    starts = float(np.argmax(risen >= 1.0)) if risen[-1] >= 1.0 else math.inf
    begins = int(np.argmax(real.rain > 0)) - (18 if heard else 0)
    first: Storm | None = None
    every = int(EVERY_S // STEP_S)
    for step in range(begins, len(real.rain) - 36, every):
        if step >= starts:
            break
        if first is not None and step + every < starts:
            continue
        known = Rain(rain.times[:step], rain.values[:step], ("G",))
        noise = LEVEL_NOISE * rng.standard_normal(len(town.measured))
        depths = dict(zip(town.measured, real.levels[step] + noise, strict=True))
        now = BEGIN + timedelta(seconds=STEP_S * step)
        warnings = forecaster.warn(known, ahead, now=now, depths=depths)
        system = next((each for each in warnings if each.id == SYSTEM), None)
        if system is not None:
            upto, lead = float(real.out[step : step + 36].sum()), (starts - step) * STEP_S / 60
            if first is None:
                first = Storm(event, True, lead, system.volume, upto)
            if not event:
                break
            first = replace(first, later_m3=system.volume, later_true_m3=upto)
    return first or Storm(event, False, 0.0, 0.0, float(risen[-1]))


def _line(storms: list[Storm], *, heard: bool) -> str:
    events = [each for each in storms if each.event]
    goal = 60.0 if heard else 20.0
    early = [each for each in events if each.warned and each.lead_min >= goal]
    warned = [each for each in storms if each.warned]
    false = [each for each in warned if not each.event and each.true_m3 < 1.0]
    right = [each for each in warned if each.event]
    off = [abs(each.warned_m3 / max(each.true_m3, 1e-9) - 1) for each in right]
    late = [abs(each.later_m3 / max(each.later_true_m3, 1e-9) - 1) for each in right]
    lead = np.median([each.lead_min for each in right]) if right else math.nan
    return (
        f"| {'forecast' if heard else 'gauge only'} | {len(storms)}, {len(events)}"
        f" | {_share(len(early), len(events))} by {goal:.0f} min"
        f" | {_share(len(false), len(warned))} | median {lead:.0f} min"
        f" | median {np.median(off) if off else math.nan:.0%} at the warning,"
        f" {np.median(late) if late else math.nan:.0%} just before |"
    )


def _share(part: int, whole: int) -> str:
    if not whole:
        return "none"
    z, p = 1.96, part / whole
    middle = (p + z * z / (2 * whole)) / (1 + z * z / whole)
    half = z * math.sqrt(p * (1 - p) / whole + z * z / (4 * whole**2)) / (1 + z * z / whole)
    return f"{part} of {whole} ({max(middle - half, 0):.0%}–{min(middle + half, 1):.0%})"


def _other(text: str, rng: np.random.Generator) -> str:
    """The same town with other roughness (sd 8 %) and imperviousness (sd 5 points)."""
    section, lines = "", []
    for line in text.splitlines():
        if line.startswith("["):
            section = line
        parts = line.split()
        if section == "[CONDUITS]" and len(parts) > 4:
            parts[4] = f"{float(parts[4]) * np.exp(0.08 * rng.standard_normal()):.5f}"
        if section == "[SUBCATCHMENTS]" and len(parts) > 4:
            parts[4] = f"{np.clip(float(parts[4]) + 5 * rng.standard_normal(), 5, 95):.1f}"
        lines.append(" ".join(parts) if parts else line)
    return "\n".join(lines)


if __name__ == "__main__":
    main()
