"""The model beside the real sewers: it lives through the rain, drawn to what is measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from kota.solutions.sewage.marching import March, Rain, march
from kota.solutions.sewage.network import Sewers
from kota.solutions.sewage.reading import read_sewers
from kota.solutions.sewage.swmm import Engine

DRAWN_S: Final = 600.0
"""In so long a tank of the twin is filled or emptied to what is measured."""
STRANGE_M: Final = 0.35
"""A level so far from the twin in dry weather is not believed."""


@dataclass(frozen=True, slots=True)
class Following:
    """How a twin is to be brought from one instant to another.

    Args:
        model: the SWMM model.
        state: file with the twin's water, rewritten; where it is absent the twin begins dry.
        begin, end: [s since the epoch].
        offset: of the model's time from UTC [s].
        rain: that fell.
        openings: of gates as they are told [0..1].
        depths: of stores as they are measured at the end [m].
        dry: whether no rain fell for hours, so that a strange level is a strange sensor.
    """

    model: Path
    state: Path
    begin: int
    end: int
    offset: int
    rain: Rain
    openings: Mapping[str, float] = field(default_factory=dict)
    depths: Mapping[str, float] = field(default_factory=dict)
    dry: bool = False


@dataclass(frozen=True, slots=True)
class Snapshot:
    """How the twin stands.

    Args:
        at: when [s since the epoch].
        depths: of the water at all nodes [m].
        shares: how full each conduit is [0..1].
        flows: in each link [m³/s].
        strange: how far the levels that are not believed are off [m], by store.
    """

    at: int
    depths: dict[str, float]
    shares: dict[str, float]
    flows: dict[str, float]
    strange: dict[str, float]


def follow(wanted: Following) -> Snapshot:
    """Bring a twin up to date; for a worker process.

    Raises:
        InputError: SWMM cannot read or run the model.
    """
    sewers = read_sewers(wanted.model)
    state = wanted.state if wanted.state.exists() else None
    run = March(
        wanted.model,
        wanted.begin,
        wanted.end,
        wanted.offset,
        state,
        wanted.rain,
        wanted.openings,
    )
    strange: dict[str, float] = {}
    drawn = _Drawn(sewers, wanted, strange)
    snapshot: Snapshot | None = None
    for at, engine in march(run, drawn):
        if at >= wanted.end:
            snapshot = take(sewers, engine, at, strange)
            fresh = wanted.state.with_suffix(".new")
            engine.save(fresh)
            fresh.replace(wanted.state)
    assert snapshot is not None
    return snapshot


def take(sewers: Sewers, engine: Engine, at: int, strange: dict[str, float]) -> Snapshot:
    """What a running model looks like now."""
    return Snapshot(
        at,
        {name: round(engine.depth(name), 3) for name in sewers.nodes},
        {
            link.id: round(min(engine.flow_depth(link.id) / link.height, 1.0), 3)
            for link in sewers.links_of("conduit")
            if link.height > 0
        },
        {name: round(engine.flow(name), 4) for name in sewers.links},
        strange,
    )


class _Drawn:
    """Lets as much flow into or out of each store as draws it to what is measured."""

    def __init__(self, sewers: Sewers, wanted: Following, strange: dict[str, float]) -> None:
        self._areas = {
            node.id: node.volume / node.max_depth
            for node in sewers.of_kind("storage")
            if node.max_depth > 0 and node.id in wanted.depths
        }
        self._wanted = wanted
        self._strange = strange

    def __call__(self, engine: Engine, at: int) -> None:
        if at < self._wanted.end - DRAWN_S:
            return
        for name, area in self._areas.items():
            off = self._wanted.depths[name] - engine.depth(name)
            if self._wanted.dry and abs(off) > STRANGE_M:
                self._strange.setdefault(name, round(off, 2))
            if name in self._strange:
                continue
            left = max(self._wanted.end - at, 120.0)
            engine.pour(name, off * area / left)
