"""The simulated plant: people on foot behind the MQTT topics of the devices that count them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from heapq import heappop, heappush
from itertools import count
from typing import Any, Final

import numpy as np

from kota.model.instant import DAY, SECOND, render
from kota.plant import Player, Report
from kota.solutions.people_flow.pedestrians.crowd import Setting
from kota.solutions.people_flow.pedestrians.day import simulate
from kota.solutions.people_flow.pedestrians.example import grid_town
from kota.solutions.people_flow.pedestrians.phones import (
    Heard,
    Receiver,
    devices_heard,
    hear,
    text_of,
)
from kota.solutions.people_flow.pedestrians.sensing import (
    Barrier,
    Counter,
    Gate,
    Readings,
    counters,
    gates,
)
from kota.solutions.people_flow.pedestrians.truth import BIN_S, BINS, Truth
from kota.solutions.people_flow.pedestrians.walking import Ints

PLANT: Final = "people_flow"
_EPOCH: Final = date(1970, 1, 1)
_IN_ONE_MESSAGE: Final = 200
_LATE: Final = 1 / 200
_DAYS_KEPT: Final = 3


@dataclass(frozen=True, slots=True)
class Equipment:
    """The devices of a town.

    Args:
        counters: on streets.
        gates: at bus stops.
        receivers: of Wi-Fi and Bluetooth.
        barriers: of streets that are closed at times.
        prefix: before the key of their topics, ``/<prefix>counter/<device>/attrs``.
    """

    counters: tuple[Counter, ...] = ()
    gates: tuple[Gate, ...] = ()
    receivers: tuple[Receiver, ...] = ()
    barriers: tuple[Barrier, ...] = ()
    prefix: str = "town-"


@dataclass(frozen=True, slots=True)
class PeoplePlant:
    """The people of a town and the devices that count them.

    Args:
        setting: the town.
        equipment: its devices.
        begin: when it starts [s since the epoch].
        now: when it first speaks [µs]; what was before passes in silence.
        offset: of local time from UTC [s].
        speed: plant seconds in a second.
    """

    setting: Setting
    equipment: Equipment
    begin: int
    now: int
    offset: int = 0
    speed: float = 1.0

    @property
    def name(self) -> str:
        """Its clock is ``kota/clock/people_flow``, its orders come on
        ``kota/plant/people_flow``."""
        return PLANT

    def run(self, host: str, port: int) -> None:
        """Play it to an MQTT broker until told to end (SIGTERM)."""
        model = PeopleModel(self.setting, self.equipment, begin=self.begin, offset=self.offset)
        asyncio.run(Player(PLANT, model, now=self.now, speed=self.speed).play(host, port))


def grid_plant(seed: int) -> PeoplePlant:
    """The small town on a grid, from last midnight (UTC) on, in real time."""
    setting = grid_town(seed)
    now = time.time_ns() // 1000
    some = tuple(Counter(f"PC-{k:02d}", f"Street {k}", k) for k in range(0, 120, 17))
    stop = Gate("TG-1", "Bus stop 1", setting.places.index("stop 1"))
    equipment = Equipment(some, (stop,))
    return PeoplePlant(setting, equipment, now // DAY * DAY // SECOND, now)


@dataclass(frozen=True, slots=True, eq=False)
class _Day:
    counted: Readings
    gated: Readings
    heard: Heard
    late: np.ndarray


class PeopleModel:
    """What the devices say as time passes.

    Args:
        setting: the town.
        equipment: its devices.
        begin: when it starts [s since the epoch].
        offset: of local time from UTC [s].
    """

    def __init__(
        self, setting: Setting, equipment: Equipment, *, begin: int, offset: int = 0
    ) -> None:
        self._setting = setting
        self._equipment = equipment
        self._begin = self._now = begin
        self._offset = offset
        self._numbers = count()
        self._waiting: list[Report] = []
        self._counters = counters(equipment.counters, seed=setting.seed)
        self._gates = gates(equipment.gates, seed=setting.seed)
        self._truths: dict[date, Truth] = {}
        self._days: dict[date, _Day] = {}

    def advance(self, until: int, *, every: int = 1) -> Iterator[Report]:
        """Let time pass, and tell what arrives meanwhile; see `kota.plant.PlantModel`."""
        begin, self._now = self._now, max(until, self._now)
        step = max(every // BIN_S, 1) * BIN_S
        for at in range(-(-begin // BIN_S) * BIN_S, until, BIN_S):
            for report in self._said(at) if at % step == 0 else ():
                heappush(self._waiting, report)
            while self._waiting and self._waiting[0].arrives <= at:
                yield heappop(self._waiting)

    def skip(self, until: int) -> None:
        """Let time pass and tell nothing."""
        self._now = until

    def rewind(self) -> None:
        """Go back to the beginning."""
        self._waiting.clear()
        self._now = self._begin

    def close(self) -> None:
        """It holds nothing."""

    def readings(self, day: date) -> tuple[Readings, Readings]:
        """What counters and gates say of a day."""
        return self._counters.read(day, self._truth), self._gates.read(day, self._truth)

    def devices_heard(self, day: date) -> Ints:
        """Addresses that each receiver hears in each bin of a day `(n_bins, n_receivers)`."""
        some = self._equipment.receivers
        return devices_heard(hear(self._truth(day), some, seed=self._setting.seed), len(some))

    def _said(self, at: int) -> Iterator[Report]:
        """What was measured in the five minutes before an instant."""
        day, number = self._bin_before(at)
        said, equipment = self._day(day), self._equipment
        devices: tuple[tuple[str, tuple[Counter, ...] | tuple[Gate, ...], Readings], ...] = (
            ("counter", equipment.counters, said.counted),
            ("gate", equipment.gates, said.gated),
        )
        for key, some, readings in devices:
            counts = readings.counts[number].tolist()
            for k in np.flatnonzero(readings.heard[number]).tolist():
                towards, away = counts[k]
                late = int(said.late[number, k]) if key == "counter" else 0
                content = {
                    "peopleCount": towards + away,
                    "peopleCountTowards": towards,
                    "peopleCountAway": away,
                }
                yield self._report(at, key, some[k].device, content, late)
        yield from self._heard(at, said.heard, number)
        yield from self._barred(at)

    def _barred(self, at: int) -> Iterator[Report]:
        """Whether each barrier is down at an instant."""
        local = at + self._offset
        day, second = _EPOCH + timedelta(days=local // 86_400), local % 86_400
        shut = {
            segment
            for one in self._setting.closures.get(day, ())
            if one.begins <= second < one.ends
            for segment in one.segments
        }
        for barrier in self._equipment.barriers:
            content = {"status": "closed" if barrier.segment in shut else "open"}
            yield self._report(at, "barrier", barrier.device, content, 0)

    def _heard(self, at: int, heard: Heard, number: int) -> Iterator[Report]:
        """Addresses heard by each receiver, in messages of bearable length."""
        rows = np.arange(heard.bins[number], heard.bins[number + 1])
        begin = at - BIN_S * (number + 1)
        for k, receiver in enumerate(self._equipment.receivers):
            mine = rows[heard.receiver[rows] == k]
            for first in range(0, len(mine), _IN_ONE_MESSAGE):
                some = mine[first : first + _IN_ONE_MESSAGE]
                sightings = [
                    {
                        "mac": text_of(mac),
                        "rssi": rssi,
                        "at": render((begin + int(second)) * SECOND),
                    }
                    for mac, rssi, second in zip(
                        heard.mac[some].tolist(),
                        heard.rssi[some].tolist(),
                        heard.at[some].tolist(),
                        strict=True,
                    )
                ]
                yield self._report(at, "sighting", receiver.device, {"sightings": sightings}, 0)

    def _report(self, at: int, key: str, device: str, content: dict[str, Any], late: int) -> Report:
        key = f"{self._equipment.prefix}{key}"
        return Report(at + late, next(self._numbers), at, key, device, content)

    def _bin_before(self, at: int) -> tuple[date, int]:
        local = at + self._offset - BIN_S
        return _EPOCH + timedelta(days=local // 86_400), local % 86_400 // BIN_S

    def _day(self, day: date) -> _Day:
        found = self._days.get(day)
        if found is None:
            rng = np.random.default_rng([self._setting.seed, 51, day.toordinal()])
            shape = (BINS, max(len(self._equipment.counters), 1))
            found = _Day(
                *self.readings(day),
                hear(self._truth(day), self._equipment.receivers, seed=self._setting.seed),
                np.where(rng.random(shape) < _LATE, rng.integers(60, 600, shape), 0),
            )
            _keep_newest(self._days, day, found)
        return found

    def _truth(self, day: date) -> Truth:
        found = self._truths.get(day)
        if found is None:
            found = simulate(self._setting, day)
            _keep_newest(self._truths, day, found)
        return found


def _keep_newest(kept: dict[date, Any], day: date, value: Any) -> None:
    kept[day] = value
    while len(kept) > _DAYS_KEPT:
        kept.pop(next(iter(kept)))
