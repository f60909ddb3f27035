"""One day planned: who goes where, from when to when, so that nobody is in two places."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from kota.solutions.people_flow.pedestrians.crowd import Event, People, Setting, choose, near
from kota.solutions.people_flow.pedestrians.habits import OUTINGS, Outing, kind_of_day
from kota.solutions.people_flow.pedestrians.truth import BIN_S, PURPOSES, bin_of
from kota.solutions.people_flow.pedestrians.walking import Floats, Ints

Mask = NDArray[np.bool_]
Number = TypeVar("Number", np.int64, np.float64)

HOUR: Final = 3600.0
_EARLIEST, _LATEST = 0.25 * HOUR, 23.4 * HOUR
_MARGIN_S = 120.0
_DETOUR = 1.12
_SHORT_STOP = (0.3, 0.4)
_DAILY_MOOD = 0.06
_LATECOMERS = 0.15
_AT_EVENTS = (1.9, 0.35)
_HOME, _TRANSIT = PURPOSES.index("home"), PURPOSES.index("transit")


@dataclass(frozen=True, slots=True, eq=False)
class Plans:
    """Outings of one sort; arrays `(n,)`, those about the stops `(n, 2)`.

    Args:
        person: row of the people.
        node, access, base: the door they leave from and come back to, see `People`.
        back: purpose of the way back.
        departs: when they set out [s of the day].
        place: index of each stop; -1 for a friend's home, or where there is no second stop.
        to, door: node and access of each stop; a node of -1: no second stop.
        leaves: when they leave each stop.
        purpose: of each stop.
        speed: on the way to each stop, and back `(n, 3)` [m/s].
    """

    person: Ints
    node: Ints
    access: Floats
    base: Ints
    back: Ints
    departs: Floats
    place: Ints
    to: Ints
    door: Floats
    leaves: Floats
    purpose: Ints
    speed: Floats

    def only(self, keep: Mask) -> Plans:
        """Some of them."""
        return Plans(*(getattr(self, name)[keep] for name in self.__slots__))


@dataclass(frozen=True, slots=True, eq=False)
class _Taken:
    """One sort of outing of everybody; arrays `(n_people,)`, without length where there is none.

    Times are from leaving the base, reaching and leaving the first stop, to being back; the rest
    says where that stop is and what it is for.
    """

    begins: Floats
    arrives: Floats
    leaves: Floats
    ends: Floats
    to: Ints
    door: Floats
    place: Ints
    purpose: Ints


class Diary:
    """Fits outings into the day of each person, one sort after the other.

    Args:
        setting: the town.
        people: who may walk.
        distance: between nodes [m].
        rng: draws.
    """

    def __init__(
        self, setting: Setting, people: People, distance: Floats, rng: np.random.Generator
    ) -> None:
        self._setting = setting
        self._people = people
        self._distance = distance
        self._rng = rng
        self._taken: list[_Taken] = []

    def plan(
        self, weekday: int, *, holiday: bool, rain: Floats, invited: list[tuple[Event, Ints]]
    ) -> Iterator[Plans]:
        """Plan the day.

        Args:
            weekday: 0 is Monday.
            holiday: whether it is like a Sunday.
            rain: in each bin [mm].
            invited: the events of the day, each with the rows of those who want to come.
        """
        column = kind_of_day(weekday, holiday=holiday)
        for outing in OUTINGS:
            if outing.place == "event":
                for event, rows in invited:
                    yield self._accepted(self._to_event(event, rows), nested=False)
                continue
            wanted = self._wanted(outing, column)
            plans = self._outing(outing, wanted)
            dry = self._rng.random(len(plans.person)) < np.exp(
                -outing.rain * rain[bin_of(plans.departs)]
            )
            yield self._accepted(plans.only(dry), nested=outing.anywhere)

    def _wanted(self, outing: Outing, column: int) -> Ints:
        people, rng = self._people, self._rng
        mood = np.exp(_DAILY_MOOD * rng.standard_normal())
        share = np.array((*outing.share, 0.0))[people.group] * outing.week[column] * mood
        chance = rng.random(len(share)) < share
        if outing.own:
            chance &= people.own[outing.place] >= 0
        if outing.faith is not None:
            chance &= people.faith == list(self._setting.faiths).index(outing.faith)
        return np.flatnonzero(chance)

    def _outing(self, outing: Outing, rows: Ints) -> Plans:
        rng = self._rng
        target = self._times(outing, len(rows))
        node, access, base, back = self._bases(rows, target, anywhere=outing.anywhere)
        place, to, door = self._goals(outing, rows, node)
        distance = self._distance[node, to]
        walks = rng.random(len(rows)) < np.exp(-((distance / outing.reach) ** 2))
        walks &= (place >= 0) | (outing.place == "friend")
        speed = self._people.speed[rows]
        way = (access + _DETOUR * distance + door) / speed
        departs = target - way if outing.arrival else target
        stay = _stays(outing.stay, len(rows), rng)
        plans = Plans(
            rows,
            node,
            access,
            base,
            back,
            departs,
            _two(place, -1),
            _two(to, -1),
            _two(door, 0.0),
            _two(departs + way + stay, 0.0),
            _two(np.full(len(rows), PURPOSES.index(outing.purpose)), -1),
            np.repeat(speed[:, None], 3, axis=1),
        ).only(walks)
        if outing.on_the_way:
            self._stop_on_the_way(plans, rng.random(len(plans.person)) < outing.on_the_way)
        return plans

    def _times(self, outing: Outing, count: int) -> Floats:
        hours, spreads, weights = np.array(outing.peaks).T
        wave = choose(weights, count, self._rng)
        times: Floats = HOUR * (hours[wave] + spreads[wave] * self._rng.standard_normal(count))
        return times

    def _bases(self, rows: Ints, at: Floats, *, anywhere: bool) -> tuple[Ints, Floats, Ints, Ints]:
        """Node, access, place and purpose of where each person is at a time."""
        people = self._people
        node, access, base = people.node[rows], people.access[rows], people.base[rows]
        back = np.where(base >= 0, _TRANSIT, _HOME)
        if anywhere:
            for one in self._taken:
                there = (one.arrives[rows] < at) & (at < one.leaves[rows])
                node = np.where(there, one.to[rows], node)
                access = np.where(there, one.door[rows], access)
                base = np.where(there, one.place[rows], base)
                back = np.where(there, one.purpose[rows], back)
        return node, access, base, back

    def _goals(self, outing: Outing, rows: Ints, node: Ints) -> tuple[Ints, Ints, Floats]:
        """Place, node and access of where each person goes."""
        people, places = self._people, self._setting.places
        if outing.place == "friend":
            homes = np.flatnonzero(people.base < 0)
            friend = homes[self._rng.integers(0, len(homes), len(rows))]
            return np.full(len(rows), -1), people.node[friend], people.access[friend]
        if outing.own:
            place = people.own[outing.place][rows]
        else:
            friction = outing.reach / 2
            place = near(places, outing.place, node, self._distance, friction, self._rng)
        return place, places.node[place], places.access[place]

    def _stop_on_the_way(self, plans: Plans, chosen: Mask) -> None:
        """Let some of those who go home from their first stop go to a shop first."""
        places, rows = self._setting.places, np.flatnonzero(chosen)
        node = plans.to[rows, 0]
        shop = near(places, "shop", node, self._distance, 250.0, self._rng)
        rows, node, shop = rows[shop >= 0], node[shop >= 0], shop[shop >= 0]
        distance = self._distance[node, places.node[shop]]
        plans.place[rows, 1] = shop
        plans.to[rows, 1] = places.node[shop]
        plans.door[rows, 1] = places.access[shop]
        plans.purpose[rows, 1] = PURPOSES.index("shop")
        stay = _stays(_SHORT_STOP, len(rows), self._rng)
        metres = plans.door[rows, 0] + _DETOUR * distance + places.access[shop]
        way = metres / plans.speed[rows, 1]
        plans.leaves[rows, 1] = plans.leaves[rows, 0] + way + stay

    def _to_event(self, event: Event, rows: Ints) -> Plans:
        rng, people, places = self._rng, self._people, self._setting.places
        count = len(rows)
        marches = np.zeros(count, dtype=bool)
        arrives = _growing(event.begins, event.peak, event.ends, count, rng)
        speed = np.repeat(people.speed[rows][:, None], 3, axis=1)
        first = np.full(count, event.place)
        second = np.full(count, -1)
        until = np.zeros(count)
        march = event.procession
        if march is not None:
            marches = rng.random(count) < march.share
            gathered = event.begins + (march.leaves - event.begins) * np.sqrt(rng.random(count))
            arrives = np.where(marches, gathered, arrives)
            first = np.where(marches, march.gathers, first)
            second = np.where(marches, event.place, -1)
            until = march.leaves + march.spread * rng.random(count)
            speed[marches, 1] = march.speed
        way = self._way(people.node[rows], people.access[rows], first, speed[:, 0])
        on = self._way(places.node[first], places.access[first], event.place, speed[:, 1])
        stays = _stays(_AT_EVENTS, count, rng)
        leaves = np.where(marches, until + on, arrives) + stays
        leaves = np.minimum(leaves, event.ends - 900.0 * rng.random(count))
        leaves = np.maximum(leaves, np.where(marches, until + on, arrives) + BIN_S)
        purpose = PURPOSES.index("festival")
        return Plans(
            rows,
            people.node[rows],
            people.access[rows],
            people.base[rows],
            np.where(people.base[rows] >= 0, _TRANSIT, _HOME),
            arrives - way,
            np.stack([first, second], axis=1),
            np.stack([places.node[first], np.where(marches, places.node[event.place], -1)], axis=1),
            np.stack([places.access[first], np.full(count, places.access[event.place])], axis=1),
            np.stack([np.where(marches, until, leaves), leaves], axis=1),
            np.full((count, 2), purpose),
            speed,
        )

    def _way(self, node: Ints, access: Floats, place: Ints | int, speed: Floats) -> Floats:
        places = self._setting.places
        distance = self._distance[node, places.node[place]]
        way: Floats = (access + _DETOUR * distance + places.access[place]) / speed
        return way

    def _accepted(self, plans: Plans, *, nested: bool) -> Plans:
        """Those that fit between what is planned already, which they then block."""
        rows = plans.person
        last = np.where(plans.to[:, 1] >= 0, 1, 0)
        k = np.arange(len(rows))
        begins, leaves = plans.departs, plans.leaves[k, last]
        distance = self._distance[plans.to[k, last], plans.node]
        ends = (
            leaves + (plans.door[k, last] + _DETOUR * distance + plans.access) / plans.speed[:, 2]
        )
        fits = (begins > _EARLIEST) & (ends < _LATEST)
        for one in self._taken:
            apart = (ends + _MARGIN_S < one.begins[rows]) | (begins > one.ends[rows] + _MARGIN_S)
            if nested:
                apart |= (
                    (begins > one.arrives[rows] + _MARGIN_S)
                    & (ends + _MARGIN_S < one.leaves[rows])
                    & (plans.base == one.place[rows])
                )
            fits &= apart
        kept = plans.only(fits)
        self._block(kept, begins[fits], ends[fits])
        return kept

    def _block(self, plans: Plans, begins: Floats, ends: Floats) -> None:
        count, rows = len(self._people.number), plans.person
        distance = self._distance[plans.node, plans.to[:, 0]]
        way = (plans.access + _DETOUR * distance + plans.door[:, 0]) / plans.speed[:, 0]
        self._taken.append(
            _Taken(
                _scattered(count, rows, begins, np.inf),
                _scattered(count, rows, begins + way, np.inf),
                _scattered(count, rows, plans.leaves[:, 0], -np.inf),
                _scattered(count, rows, ends, -np.inf),
                _scattered(count, rows, plans.to[:, 0], -1),
                _scattered(count, rows, plans.door[:, 0], 0.0),
                _scattered(count, rows, plans.place[:, 0], -1),
                _scattered(count, rows, plans.purpose[:, 0], -1),
            )
        )


def _two(first: NDArray[Number], second: float) -> NDArray[Number]:
    return np.stack([first, np.full_like(first, second)], axis=1)


def _scattered(count: int, rows: Ints, values: NDArray[Number], rest: float) -> NDArray[Number]:
    full = np.full(count, rest, dtype=values.dtype)
    full[rows] = values
    return full


def _stays(stay: tuple[float, float], count: int, rng: np.random.Generator) -> Floats:
    median, spread = stay
    hours: Floats = median * np.exp(spread * rng.standard_normal(count))
    return HOUR * hours


def _growing(
    begins: float, peak: float, ends: float, count: int, rng: np.random.Generator
) -> Floats:
    """Arrivals that grow steadily up to the peak, and latecomers."""
    early = begins + (peak - begins) * np.sqrt(rng.random(count))
    late = peak + 0.4 * (ends - peak) * rng.random(count)
    return np.where(rng.random(count) < _LATECOMERS, late, early)
