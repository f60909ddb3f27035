"""Devices that count people on foot, with the faults that real ones have."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kota.solutions.people_flow.pedestrians.truth import BINS, Truth, bin_of
from kota.solutions.people_flow.pedestrians.walking import Floats, Ints

Mask = NDArray[np.bool_]
Play = Callable[[date], Truth]

_CLEANED_DAYS: Final = 45
_BINS_AN_HOUR: Final = BINS // 24


@dataclass(frozen=True, slots=True)
class Counter:
    """A counter of people at the middle of a street.

    Args:
        device: its name.
        title: where it is, for people.
        segment: number of the street.
        towards: the direction that it calls towards, 0 or 1.
    """

    device: str
    title: str
    segment: int
    towards: int = 0


@dataclass(frozen=True, slots=True)
class Gate:
    """The gates of a bus stop, which count tickets: towards the bus, and away from it.

    Args:
        device: its name.
        title: for people.
        place: index of the stop.
    """

    device: str
    title: str
    place: int


@dataclass(frozen=True, slots=True)
class Barrier:
    """A barrier that tells whether its street is closed.

    Args:
        device: its name.
        segment: number of the street.
    """

    device: str
    segment: int


@dataclass(frozen=True, slots=True)
class Flaws:
    """How well a sort of device counts; shares lie between 0 and 1.

    Args:
        missed: share that it does not see, lowest and highest of its kind.
        hidden: further share that it misses in a dense crowd.
        doubled: share that it counts twice, lowest and highest of its kind.
        turned: share that it takes to go the other way.
        ghosts: what it counts in five minutes where nobody walks.
        drifting: share of devices that lose sight until they are cleaned, six weeks later.
        drift: share of sight lost in a day.
        lost: share of readings that never arrive.
        silent, stuck, repeating: share of days on which it is silent for hours, repeats one
            reading for hours, or says all day what it said the day before.
    """

    missed: tuple[float, float] = (0.03, 0.10)
    hidden: float = 0.12
    doubled: tuple[float, float] = (0.005, 0.03)
    turned: float = 0.015
    ghosts: float = 0.01
    drifting: float = 0.1
    drift: float = 0.006
    lost: float = 0.003
    silent: float = 0.03
    stuck: float = 0.012
    repeating: float = 0.004


COUNTER_FLAWS: Final = Flaws()
GATE_FLAWS: Final = Flaws(
    missed=(0.0, 0.01), hidden=0.0, doubled=(0.0, 0.0), turned=0.0, ghosts=0.0, drifting=0.0
)
_DENSE: Final = 150.0


@dataclass(frozen=True, slots=True, eq=False)
class Readings:
    """What devices say of a day.

    Args:
        counts: people towards and away in each bin `(n_bins, n_devices, 2)`.
        heard: whether the reading arrives `(n_bins, n_devices)`.
    """

    counts: NDArray[np.int64]
    heard: Mask


class Counting:
    """Devices of one sort; the same seed and day give the same readings.

    Args:
        truth: what passes each device in each bin `(n_bins, n_devices, 2)`, towards and away.
        count: how many devices there are.
        flaws: how well they count.
        seed: of all errors and faults.
    """

    def __init__(
        self, truth: Callable[[Truth], NDArray[np.int64]], count: int, flaws: Flaws, *, seed: int
    ) -> None:
        self._truth = truth
        self._count = count
        self._flaws = flaws
        self._seed = seed
        rng = np.random.default_rng([seed, 31])
        self._missed = rng.uniform(*flaws.missed, count)
        self._doubled = rng.uniform(*flaws.doubled, count)
        self._drifts = rng.random(count) < flaws.drifting
        self._cleaned = rng.integers(0, _CLEANED_DAYS, count)

    def read(self, day: date, play: Play) -> Readings:
        """What they say of a day.

        Args:
            day: in local time.
            play: gives the truth of a day; of the day before too, where a device repeats it.
        """
        counts = self._counted(day, play)
        repeats = self._repeats(day)
        if repeats.any():
            counts[:, repeats] = self._counted(day - timedelta(days=1), play)[:, repeats]
        rng = np.random.default_rng([self._seed, 33, day.toordinal()])
        silent = self._window(rng, self._flaws.silent, (0.4, 6.0))
        lost = rng.random((BINS, self._count)) < self._flaws.lost
        return Readings(counts, ~silent & ~lost)

    def _repeats(self, day: date) -> Mask:
        rng = np.random.default_rng([self._seed, 34, day.toordinal()])
        return rng.random(self._count) < self._flaws.repeating

    def _counted(self, day: date, play: Play) -> NDArray[np.int64]:
        flaws, rng = self._flaws, np.random.default_rng([self._seed, 32, day.toordinal()])
        people = self._truth(play(day))
        age = (day.toordinal() + self._cleaned) % _CLEANED_DAYS
        clear = (1.0 - self._missed) * (1.0 - self._drifts * flaws.drift * age)
        crowd = people.sum(axis=2, keepdims=True)
        sight = clear[:, None] * (1.0 - flaws.hidden * -np.expm1(-crowd / _DENSE))
        seen = rng.binomial(people, sight)
        seen += rng.binomial(seen, self._doubled[:, None])
        turned = rng.binomial(seen, flaws.turned)
        seen += turned[..., ::-1] - turned
        seen += rng.poisson(flaws.ghosts / 2, seen.shape)
        stuck = self._window(rng, flaws.stuck, (1.0, 5.0))
        return _held(seen, stuck)

    def _window(self, rng: np.random.Generator, share: float, hours: tuple[float, float]) -> Mask:
        """Bins of a stretch of the day, for a share of the devices `(n_bins, n_devices)`."""
        struck = rng.random(self._count) < share
        begins = rng.integers(0, BINS, self._count)
        lasts = rng.uniform(*hours, self._count) * _BINS_AN_HOUR
        bins = np.arange(BINS)[:, None]
        return struck & (begins <= bins) & (bins < begins + lasts)


def counters(some: Sequence[Counter], *, seed: int, flaws: Flaws = COUNTER_FLAWS) -> Counting:
    """Counters on streets, in this order."""
    segments = np.array([one.segment for one in some], dtype=np.int64)
    ways = np.array([[one.towards, 1 - one.towards] for one in some], dtype=np.int64)
    rows = np.arange(len(some))[:, None]

    def passing(truth: Truth) -> NDArray[np.int64]:
        return truth.flow[:, segments][:, rows, ways.reshape(-1, 2)]

    return Counting(passing, len(some), flaws, seed=seed)


def gates(some: Sequence[Gate], *, seed: int) -> Counting:
    """Gates of bus stops, in this order."""
    places = np.array([one.place for one in some], dtype=np.int64)

    def passing(truth: Truth) -> NDArray[np.int64]:
        trips = truth.trips
        boards = _by_bin(trips.place, trips.arrives, places)
        alights = _by_bin(trips.origin_place, trips.departs, places)
        return np.stack([boards, alights], axis=2)

    return Counting(passing, len(some), GATE_FLAWS, seed=seed + 1)


def _by_bin(place: Ints, at: Floats, places: Ints) -> NDArray[np.int64]:
    counts = [np.bincount(bin_of(at[place == one]), minlength=BINS) for one in places]
    return np.array(counts, dtype=np.int64).reshape(len(places), BINS).T


def _held(counts: NDArray[np.int64], stuck: Mask) -> NDArray[np.int64]:
    """Each reading, or the last one before it that was not stuck."""
    fresh = np.where(stuck, -1, np.arange(BINS)[:, None])
    last = np.maximum.accumulate(fresh, axis=0)
    last = np.where(last < 0, np.arange(BINS)[:, None], last)
    return np.take_along_axis(counts, last[:, :, None], axis=0)
