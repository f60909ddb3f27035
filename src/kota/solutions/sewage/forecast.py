"""Warnings of flooding and overflow, with probability, lead time and volume.

A set of rains that may come (`ensemble`) is run through the model (`ahead`); the share of runs in
which water gets out at a place is the probability. Runs whose levels are far from those measured
count less: their weight is that of a Gaussian likelihood, as in a particle filter.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import numpy as np

from kota.errors import InputError
from kota.solutions.sewage.ensemble import STEP_S, draw
from kota.solutions.sewage.observer import Floats
from kota.solutions.sewage.rainfall import Rain
from kota.solutions.sewage.spilling import Spills, run_ahead, sites_of
from kota.solutions.sewage.swmm import opened, positions_of

WARM_H, FILL_H, HORIZON_H = 6.0, 1.5, 3.0
MEMBERS = 15
LEAST_M3 = 1.0
"""Less is no event."""
WARN_AT = 0.5
LEVEL_SD = 0.15
"""Of what the model says of a level, besides its rain [m]; a tenth of the level is added."""
SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Outlook:
    """That water is likely to get out somewhere.

    Args:
        id: of the node, link or outfall; `SYSTEM` for all together.
        kind: flooding or overflow (``cso``).
        probability: that at least `LEAST_M3` gets out within the horizon.
        begins: when, in the middle of the runs that have it.
        lead_min: from now until then [min].
        volume: in the middle of those runs [m³]; low, high: its 5 and 95 % quantiles.
    """

    id: str
    kind: Literal["flooding", "cso", "all"]
    probability: float
    begins: datetime
    lead_min: float
    volume: float
    low: float
    high: float


class Forecaster:
    """Warns of a model's sewers, from one update to the next; close it, or use ``with``.

    Args:
        model: SWMM input file.
        overflows: links, outfalls or nodes whose flow is an overflow.
        members: how many rains are tried.
        workers: processes that run the model.
        horizon_h: how far ahead [h].
        seed: of the draws.

    Raises:
        InputError: the model cannot be read.
    """

    def __init__(
        self,
        model: Path,
        overflows: Sequence[str] = (),
        *,
        members: int = MEMBERS,
        workers: int = 1,
        horizon_h: float = HORIZON_H,
        seed: int = 0,
    ) -> None:
        self._model, self._overflows = model, tuple(overflows)
        self._members, self._horizon_s = members, horizon_h * 3600
        self._rng = np.random.default_rng(seed)
        context = get_context("spawn")
        self._pool = ProcessPoolExecutor(max_workers=workers, mp_context=context)
        self._gages, self._sites, self._nodes = self._look()
        self._positions = positions_of(model)
        self._fallen: list[tuple[float, Floats]] = []

    def update(
        self,
        time: datetime,
        depths: Mapping[str, float],
        flows: Mapping[str, float] | None = None,  # noqa: ARG002
        rain: float | Mapping[str, float] | None = None,
        forecast: Rain | None = None,
    ) -> tuple[Outlook, ...]:
        """Take in what is known now, and warn.

        Args:
            time: now, UTC.
            depths: at nodes [m]; those that the model does not have are not used.
            flows: in links [m³/s]; not used yet.
            rain: since the last update [mm/h], one number or by gage; None counts as no rain.
            forecast: from now on.

        Returns:
            Warnings of a probability of `WARN_AT` or more, the most likely first; the first of all
            is that of the system.
        """
        now = time.timestamp()
        by_gage = rain if isinstance(rain, Mapping) else dict.fromkeys(self._gages, rain or 0.0)
        row = np.array([float(by_gage.get(each, 0.0)) for each in self._gages])
        begin = self._fallen[-1][0] if self._fallen else now - STEP_S
        for moment in np.arange(np.floor(begin / STEP_S) * STEP_S, now, STEP_S):
            if not self._fallen or moment > self._fallen[-1][0]:
                self._fallen.append((float(moment), row))
        del self._fallen[: -int(WARM_H * 3600 / STEP_S)]
        past = Rain(
            np.array([at for at, _ in self._fallen]),
            np.array([values for _, values in self._fallen]),
            tuple(self._gages),
        )
        return self.warn(past, forecast, now=time, depths=depths)

    def warn(
        self, past: Rain, forecast: Rain | None, *, now: datetime, depths: Mapping[str, float]
    ) -> tuple[Outlook, ...]:
        """Warnings as `update` gives them, from a whole record of rain."""
        return tuple(self.outlook(past, forecast, now=now, depths=depths, least=WARN_AT))

    def outlook(
        self,
        past: Rain,
        forecast: Rain | None,
        *,
        now: datetime,
        depths: Mapping[str, float],
        least: float = 0.0,
    ) -> list[Outlook]:
        """All places with a probability of at least so much, the system and the likeliest first."""
        end = np.floor(now.timestamp() / STEP_S) * STEP_S
        gauges = list(self._gages)
        fell = past.by_gauge(gauges, self._positions)
        begin = _begin(fell, end)
        members = draw(
            fell,
            None if forecast is None else forecast.by_gauge(gauges, self._positions),
            begin=begin,
            now=end,
            end=end + self._horizon_s,
            count=self._members,
            rng=self._rng,
        )
        measured = {each: value for each, value in depths.items() if each in self._nodes}
        runs = self._run_all(members, _moment(begin), _moment(end), list(measured))
        weights = weigh(runs, measured)
        volumes = np.stack([run.volumes for run in runs])
        return sum_up(self._sites, self._overflows, volumes, weights, _moment(end), least)

    def close(self) -> None:
        """End the processes."""
        self._pool.shutdown(cancel_futures=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    def _run_all(
        self, members: list[Floats], begin: datetime, now: datetime, measured: list[str]
    ) -> list[Spills]:
        try:
            # rains that are the same, as those of a dry day are, are run once
            futures = {
                rain.tobytes(): self._pool.submit(
                    run_ahead,
                    self._model,
                    rain,
                    begin=begin,
                    now=now,
                    overflows=self._overflows,
                    measured=measured,
                )
                for rain in {each.tobytes(): each for each in members}.values()
            }
            return [futures[rain.tobytes()].result() for rain in members]
        except BrokenProcessPool as error:
            raise InputError(f"{self._model}: the SWMM engine died of it") from error

    def _look(self) -> tuple[tuple[str, ...], tuple[str, ...], frozenset[str]]:
        try:
            return self._pool.submit(_look, self._model, self._overflows).result()
        except BrokenProcessPool as error:
            raise InputError(f"{self._model}: the SWMM engine died of it") from error


def write_outlook(found: Sequence[Outlook], out: Path) -> None:
    """Write an outlook as Parquet, a row a place.

    Raises:
        InputError: the file cannot be written.
    """
    import pyarrow as pa
    from pyarrow import parquet

    columns = {name: [getattr(each, name) for each in found] for name in Outlook.__slots__}
    try:
        parquet.write_table(pa.table(columns), out)
    except OSError as error:
        raise InputError(f"{out}: cannot be written: {error.strerror or error}") from error


def weigh(runs: Sequence[Spills], measured: Mapping[str, float]) -> Floats:
    """How much each run counts, by its levels now; they sum to one.

    Sensors of one storm err together, so all of them count as one of mean likelihood.
    """
    misfit = np.zeros(len(runs))
    for i, run in enumerate(runs):
        errors = [
            ((run.depths[each] - value) / (LEVEL_SD + 0.1 * abs(value))) ** 2
            for each, value in measured.items()
            if np.isfinite(value) and each in run.depths
        ]
        misfit[i] = float(np.mean(errors)) if errors else 0.0
    weights = np.exp(-0.5 * (misfit - misfit.min()))
    shares: Floats = weights / weights.sum()
    return shares


def sum_up(
    sites: Sequence[str],
    overflows: Iterable[str],
    volumes: Floats,
    weights: Floats,
    now: datetime,
    least: float,
) -> list[Outlook]:
    """What the runs say of each place and of all together.

    Args:
        sites: where water may get out.
        overflows: those of them that are overflows.
        volumes: by run, site and step [m³], shape ``(n_runs, n_sites, n_steps)``.
        weights: of the runs, shape ``(n_runs,)``.
        now: when the steps begin.
        least: probability from which a place is named.
    """
    apart = set(overflows)
    found = [
        warning
        for i, site in enumerate(sites)
        if (
            warning := _one(
                site, "cso" if site in apart else "flooding", volumes[:, i], weights, now, least
            )
        )
    ]
    found.sort(key=lambda each: (-each.probability, -each.volume, each.id))
    system = _one(SYSTEM, "all", volumes.sum(axis=1), weights, now, least)
    return [system, *found] if system else found


def _one(
    site: str,
    kind: Literal["flooding", "cso", "all"],
    volumes: Floats,
    weights: Floats,
    now: datetime,
    least: float,
) -> Outlook | None:
    risen = np.cumsum(volumes, axis=1)
    hit = risen[:, -1] >= LEAST_M3
    probability = float(weights[hit].sum())
    if not hit.any() or probability < least:
        return None
    first = np.argmax(risen[hit] >= LEAST_M3, axis=1) * STEP_S
    weight = weights[hit] / weights[hit].sum()
    lead = _quantile(first, weight, 0.5)
    low, middle, high = (_quantile(risen[hit, -1], weight, q) for q in (0.05, 0.5, 0.95))
    return Outlook(
        id=site,
        kind=kind,
        probability=round(probability, 3),
        begins=now + timedelta(seconds=lead),
        lead_min=lead / 60,
        volume=middle,
        low=low,
        high=high,
    )


def _quantile(values: Floats, weights: Floats, share: float) -> float:
    order = np.argsort(values)
    reached = np.cumsum(weights[order])
    return float(values[order][min(int(np.searchsorted(reached, share)), len(values) - 1)])


def _look(
    model: Path, overflows: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[str, ...], frozenset[str]]:
    with opened(model) as engine:
        for each in overflows:
            if each not in engine.nodes and each not in engine.links:
                raise InputError(
                    f"{model}: has no overflow {each!r}; expected a node or link of it"
                )
        if not engine.gages:
            raise InputError(f"{model}: has no rain gage; expected a section [RAINGAGES]")
        return tuple(engine.gages), sites_of(engine, overflows), frozenset(engine.nodes)


def _begin(past: Rain, now: float) -> float:
    """From when the model runs: with time to fill before the first rain that still counts."""
    wet = past.times[(past.values > 0).any(axis=1) & (past.times > now - WARM_H * 3600)]
    first = float(wet[0]) if len(wet) else now
    return float(np.floor((first - FILL_H * 3600) / STEP_S) * STEP_S)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(float(seconds), UTC)
