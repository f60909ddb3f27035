"""A SWMM model marched from one instant to another under given rain, gates and blockages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from kota.solutions.sewage.config import ControlConfig
from kota.solutions.sewage.control import Controller
from kota.solutions.sewage.swmm import Engine, opened

GRID_S: Final = 60
LEAST_FLOW: Final = 1e-4
"""A blocked sewer carries no less: SWMM takes a limit of zero for none [m³/s]."""


@dataclass(frozen=True, slots=True)
class Rain:
    """Rain as a staircase.

    Args:
        times: when each step begins, ascending [s since the epoch].
        intensities: of each step [mm/h]; before the first and after `end` it is dry.
        end: of the last step [s since the epoch].
    """

    times: tuple[int, ...] = ()
    intensities: tuple[float, ...] = ()
    end: int = 0

    def at(self, instant: float) -> float:
        """Intensity at an instant [mm/h].

        >>> Rain((0, 600), (1.0, 2.0), 1200).at(700)
        2.0
        """
        if instant >= self.end:
            return 0.0
        here = 0.0
        for time, intensity in zip(self.times, self.intensities, strict=True):
            if time > instant:
                break
            here = intensity
        return here


@dataclass(frozen=True, slots=True)
class March:
    """What a model is to be marched through.

    Args:
        model: the SWMM model.
        begin, end: [s since the epoch].
        offset: of the model's time from UTC [s].
        state: file with the water as it stands at `begin`; None: dry.
        rain: meanwhile.
        openings: of gates and weirs that stand otherwise than the model says [0..1].
        limits: of sewers that are blocked [m³/s].
        config: what is controlled on the way; None: gates stay as they are.
    """

    model: Path
    begin: int
    end: int
    offset: int
    state: Path | None
    rain: Rain
    openings: Mapping[str, float] = field(default_factory=dict)
    limits: Mapping[str, float] = field(default_factory=dict)
    config: ControlConfig | None = None


Nudge = Callable[[Engine, int], None]


def march(wanted: March, nudge: Nudge | None = None) -> Iterator[tuple[int, Engine]]:
    """Let a model run, and look at it every minute.

    Args:
        wanted: the run.
        nudge: is called before every minute, to correct the model by what is measured.

    Yields:
        The instant [s since the epoch], and the model as it stands then.

    Raises:
        InputError: SWMM cannot read or run the model.
    """
    local = datetime.fromtimestamp(wanted.begin + wanted.offset, UTC).replace(tzinfo=None)
    until = datetime.fromtimestamp(wanted.end + wanted.offset + 60, UTC).replace(tzinfo=None)
    controller = Controller(wanted.config) if wanted.config is not None else None
    with opened(wanted.model) as engine:
        engine.play_from(local, until, wanted.state)
        run = engine.steps()
        now, due = wanted.begin, wanted.begin + GRID_S
        decide_at = wanted.begin
        for elapsed in run:
            now = wanted.begin + round(elapsed)
            engine.let_rain(wanted.rain.at(now))
            if now < due:
                continue
            due += GRID_S
            if now <= wanted.begin + GRID_S:
                _set(engine, wanted)
            if controller is not None and now >= decide_at:
                decide_at += round(controller.config.interval_s)
                _decide(engine, controller, now, wanted.rain.at(now))
            if nudge is not None:
                nudge(engine, now)
            yield now, engine
            if now >= wanted.end:
                break
        run.close()


def _set(engine: Engine, wanted: March) -> None:
    for link, setting in wanted.openings.items():
        engine.set(link, setting)
    for link, flow in wanted.limits.items():
        engine.limit(link, max(flow, LEAST_FLOW))


def _decide(engine: Engine, controller: Controller, now: int, rain: float) -> None:
    sensors = controller.config.sensors
    settings = controller.step(
        datetime.fromtimestamp(now, UTC),
        {each: engine.depth(each) for each in sensors.depths},
        {each: engine.flow(each) for each in sensors.flows},
        rain,
    )
    for link, setting in settings.items():
        engine.set(link, setting)
