"""People on foot in a simulated town, day by day: arrays in, the truth out.

Residents go to school, work, market, prayer, shops, friends and the shore; others come by bus.
Everybody walks the way that seems shortest to them and is back where they started by midnight.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np

from kota.solutions.people_flow.pedestrians.crowd import (
    GUEST,
    VISITOR,
    Event,
    People,
    Setting,
    residents,
    strangers,
    together,
)
from kota.solutions.people_flow.pedestrians.diary import Diary, Plans
from kota.solutions.people_flow.pedestrians.habits import VISITORS, kind_of_day
from kota.solutions.people_flow.pedestrians.truth import (
    BINS,
    PURPOSES,
    Stays,
    Trips,
    Truth,
    count_flow,
    count_od,
    count_present,
    mean_on_segment,
)
from kota.solutions.people_flow.pedestrians.walking import (
    TASTES,
    Closed,
    Departures,
    Floats,
    Ints,
    Legs,
    Routes,
    walk,
)

_TRANSIT = PURPOSES.index("transit")
_WAIT_S = 720.0
_PAUSE_S = 20.0
_STRANGERS_A_DAY = 100_000


def simulate(setting: Setting, day: date) -> Truth:
    """What happens in a town on a day; the same setting and day give the same truth.

    The first day of a setting takes a second longer, for its routes.

    Args:
        setting: the town and its events.
        day: in local time.

    >>> from kota.solutions.people_flow.pedestrians.example import grid_town
    >>> truth = simulate(grid_town(seed=1), date(2025, 11, 27))
    >>> truth.flow.shape
    (288, 127, 2)
    """
    return _simulator(setting).day(day)


@lru_cache(maxsize=8)
def _simulator(setting: Setting) -> Simulator:
    return Simulator(setting)


@dataclass(frozen=True, slots=True, eq=False)
class _Walks:
    """Planned walks in the order of persons and times; arrays `(n_trips,)`."""

    person: Ints
    departs: Floats
    origin: Ints
    destination: Ints
    origin_place: Ints
    place: Ints
    steps_out: Floats
    steps_in: Floats
    purpose: Ints
    speed: Floats


class Simulator:
    """A town whose days can be played.

    Args:
        setting: the town and its events.
    """

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.routes = Routes(setting.ways, seed=setting.seed)
        self.regulars = residents(setting, self.routes.distance)
        """Residents and commuters."""

    def day(self, day: date) -> Truth:
        """What happens on a day; see `simulate`."""
        setting = self.setting
        rng = np.random.default_rng([setting.seed, 23, day.toordinal()])
        people, invited = self._present(day, rng)
        diary = Diary(setting, people, self.routes.distance, rng)
        plans = diary.plan(
            day.weekday(),
            holiday=day in setting.holidays,
            rain=setting.rain.get(day, np.zeros(BINS)),
            invited=invited,
        )
        walks = _in_order([_walks_of(some) for some in plans])
        trips, legs = self._walked(walks, people, setting.closures.get(day, ()), rng)
        stays = _stays(trips, rng)
        segments = len(setting.ways.length)
        return Truth(
            day,
            count_flow(legs, segments),
            mean_on_segment(legs, segments),
            count_present(stays, len(setting.places.names)),
            count_od(trips, setting.ways.zone),
            trips,
            legs,
            stays,
        )

    def _present(
        self, day: date, rng: np.random.Generator
    ) -> tuple[People, list[tuple[Event, Ints]]]:
        """Who may walk today, and who of them wants to go to which event."""
        setting, regulars = self.setting, self.regulars
        column = kind_of_day(day.weekday(), holiday=day in setting.holidays)
        events = [event for event in setting.events if event.day == day]
        ordinary = int(rng.poisson(setting.visitors * VISITORS[column]))
        guests = [int(rng.poisson(event.visitors)) for event in events]
        group = np.repeat([VISITOR, GUEST], [ordinary, sum(guests)])
        number = (day.toordinal() + 1) * _STRANGERS_A_DAY
        people = together(regulars, strangers(setting, group, number, rng))
        lives_here = np.flatnonzero(regulars.base < 0)
        invited = []
        first = len(regulars.number) + ordinary
        for event, count in zip(events, guests, strict=True):
            some = lives_here[rng.random(len(lives_here)) < event.residents]
            invited.append((event, np.concatenate([some, np.arange(first, first + count)])))
            first += count
        return people, invited

    def _walked(
        self, walks: _Walks, people: People, closures: Sequence[Closed], rng: np.random.Generator
    ) -> tuple[Trips, Legs]:
        """Let everybody walk, each person's trips one after the other."""
        count = len(walks.person)
        taste = rng.integers(0, TASTES, count)
        turn = _turns(walks.person)
        departs, arrives = walks.departs.copy(), np.zeros(count)
        parts: list[Legs] = []
        for k in range(int(turn.max(initial=-1)) + 1):
            now = np.flatnonzero(turn == k)
            if k:
                departs[now] = np.maximum(departs[now], arrives[now - 1] + _PAUSE_S)
            speed = walks.speed[now]
            some = Departures(
                walks.origin[now],
                walks.destination[now],
                departs[now] + walks.steps_out[now] / speed,
                speed,
                taste[now],
            )
            there, legs = walk(self.routes, some, closures)
            arrives[now] = there + walks.steps_in[now] / speed
            parts.append(
                Legs(now[legs.trip], legs.segment, legs.direction, legs.enters, legs.leaves)
            )
        trips = Trips(
            people.number[walks.person],
            walks.purpose,
            walks.origin,
            walks.destination,
            walks.origin_place,
            walks.place,
            departs,
            arrives,
        )
        return trips, _together(parts)


def _walks_of(plans: Plans) -> _Walks:
    """The two or three walks of each outing."""
    twice = np.flatnonzero(plans.to[:, 1] >= 0)
    once = np.flatnonzero(plans.to[:, 1] < 0)
    everyone = np.arange(len(plans.person))
    return _stacked(
        [
            _out(plans, everyone),
            _on(plans, twice),
            _back(plans, twice, 1),
            _back(plans, once, 0),
        ]
    )


def _out(plans: Plans, rows: Ints) -> _Walks:
    return _Walks(
        plans.person[rows],
        plans.departs[rows],
        plans.node[rows],
        plans.to[rows, 0],
        plans.base[rows],
        plans.place[rows, 0],
        plans.access[rows],
        plans.door[rows, 0],
        plans.purpose[rows, 0],
        plans.speed[rows, 0],
    )


def _on(plans: Plans, rows: Ints) -> _Walks:
    return _Walks(
        plans.person[rows],
        plans.leaves[rows, 0],
        plans.to[rows, 0],
        plans.to[rows, 1],
        plans.place[rows, 0],
        plans.place[rows, 1],
        plans.door[rows, 0],
        plans.door[rows, 1],
        plans.purpose[rows, 1],
        plans.speed[rows, 1],
    )


def _back(plans: Plans, rows: Ints, stop: int) -> _Walks:
    return _Walks(
        plans.person[rows],
        plans.leaves[rows, stop],
        plans.to[rows, stop],
        plans.node[rows],
        plans.place[rows, stop],
        plans.base[rows],
        plans.door[rows, stop],
        plans.access[rows],
        plans.back[rows],
        plans.speed[rows, 2],
    )


def _stacked(parts: Sequence[_Walks]) -> _Walks:
    return _Walks(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in _Walks.__slots__)
    )


def _in_order(parts: Sequence[_Walks]) -> _Walks:
    walks = _stacked(parts)
    order = np.lexsort((walks.departs, walks.person))
    return _Walks(*(getattr(walks, name)[order] for name in _Walks.__slots__))


def _turns(person: Ints) -> Ints:
    """How many walks of the same person come before each; persons are in order.

    >>> _turns(np.array([3, 3, 5, 5, 5, 8])).tolist()
    [0, 1, 0, 1, 2, 0]
    """
    _, first, counts = np.unique(person, return_index=True, return_counts=True)
    turns: Ints = np.arange(len(person)) - np.repeat(first, counts)
    return turns


def _together(parts: Sequence[Legs]) -> Legs:
    if not parts:
        none, never = np.zeros(0, dtype=np.int64), np.zeros(0)
        return Legs(none, none, none, never, never)
    return Legs(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in Legs.__slots__)
    )


def _stays(trips: Trips, rng: np.random.Generator) -> Stays:
    """What lies between the trips; whoever comes to a bus stop leaves with the next bus."""
    begins = trips.arrives
    ends = np.append(trips.departs[1:], np.inf)
    same = np.append(trips.person[1:] == trips.person[:-1], False)
    ends = np.where(same, ends, np.inf)
    bus = begins + _WAIT_S * rng.random(len(begins))
    ends = np.where(trips.purpose == _TRANSIT, np.minimum(bus, ends), ends)
    at = trips.place >= 0
    return Stays(trips.person[at], trips.place[at], begins[at], ends[at])
