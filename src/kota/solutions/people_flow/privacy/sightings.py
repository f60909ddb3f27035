"""Counts of passers-by from sightings of their devices: who they are is not known here, and what
tells them apart is forgotten.

A sighting is a pseudonym (of `kota.connect.pseudonyms`) that one receiver heard at one instant. Of
it only counts leave: devices per receiver and interval, and, where at least `min_cell` different
devices share a cell, how long they stayed and where they went next.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Final

from kota.model.instant import HOUR, MINUTE, SECOND

DWELL_MINUTES: Final = (0, 1, 5, 15, 60)
"""Lower edges of the dwell histogram [min]; the last class is open."""
MIN_CELL: Final = 10
LATE_IN_A_ROW: Final = 200
"""Late sightings without one in time, after which the clock of the receivers has gone back."""
MOST_DEVICES: Final = 500_000
"""Devices that are followed at once; beyond, new ones are counted but not followed."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How sightings become counts; durations in µs.

    Args:
        interval: for which devices are counted.
        period: for which dwell and transitions are counted.
        patience: how long after its end an interval waits for late sightings.
        gap: silence at one receiver after which a visit has ended.
        overlap: two receivers that hear a device within this time hear it at once: no transition.
        chain: silence after which a device is forgotten, and the longest transition.
        min_cell: different devices below which a dwell class or a transition is not told.
    """

    interval: int = 5 * MINUTE
    period: int = HOUR
    patience: int = 2 * MINUTE
    gap: int = 10 * MINUTE
    overlap: int = 30 * SECOND
    chain: int = HOUR
    min_cell: int = MIN_CELL


@dataclass(frozen=True, slots=True)
class Presence:
    """Devices that a receiver heard in the interval that ended at an instant [µs].

    Args:
        receiver: its entity.
        at: end of the interval.
        devices: different addresses, which is not yet people.
        randomised: share [0..1] of addresses that their devices have drawn at random and change.
    """

    receiver: str
    at: int
    devices: int
    randomised: float


@dataclass(frozen=True, slots=True)
class Dwell:
    """How many devices stayed how long; None where fewer than the minimum cell did.

    Args:
        receiver: its entity.
        at: end of the period [µs].
        devices: by class of `DWELL_MINUTES`.
        mean: of how long they stayed [min]; None for fewer devices than the minimum cell.
    """

    receiver: str
    at: int
    devices: tuple[int | None, ...]
    mean: float | None = None


@dataclass(frozen=True, slots=True)
class Transition:
    """Devices that went from one receiver to the next in the period that ended at an instant."""

    origin: str
    destination: str
    at: int
    devices: int


@dataclass(frozen=True, slots=True)
class Counted:
    """What became complete."""

    presence: tuple[Presence, ...] = ()
    dwell: tuple[Dwell, ...] = ()
    transitions: tuple[Transition, ...] = ()


@dataclass(slots=True)
class _Visit:
    receiver: str
    first: int
    last: int
    randomised: bool


_Cells = dict[int, dict[tuple[str, ...], set[str]]]


class Crowd:
    """Counts sightings; time is that of the sightings, which come roughly in order.

    Args:
        rules: how.
    """

    def __init__(self, rules: Rules = Rules()) -> None:
        self.rules = rules
        self.late = 0
        self._late_in_a_row = 0
        self._begin()

    def _begin(self) -> None:
        """Forget everything."""
        self._newest = 0
        self._closed = 0
        self._heard: dict[int, dict[str, dict[str, bool]]] = defaultdict(lambda: defaultdict(dict))
        self._visits: dict[str, _Visit] = {}
        self._stays: _Cells = defaultdict(lambda: defaultdict(set))
        self._moves: _Cells = defaultdict(lambda: defaultdict(set))
        self._lasted: dict[int, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))

    @property
    def followed(self) -> int:
        """Devices that are remembered now."""
        return len(self._visits)

    def add(self, receiver: str, device: str, at: int, *, randomised: bool = False) -> None:
        """Take a sighting in.

        Args:
            receiver: entity of the receiver.
            device: pseudonym.
            at: when it was heard [µs].
            randomised: whether the address was drawn at random by the device.
        """
        interval = at // self.rules.interval
        if interval < self._closed and not self._has_gone_back():
            return
        self._late_in_a_row = 0
        self._newest = max(self._newest, at)
        self._heard[interval][receiver][device] = randomised
        self._follow(receiver, device, at, randomised)

    def take(self) -> Counted:
        """What has become complete since the last call; what was counted is forgotten."""
        rules = self.rules
        ready = self._newest - rules.patience
        self._closed = max(self._closed, ready // rules.interval)
        presence = tuple(
            Presence(receiver, (number + 1) * rules.interval, len(devices), share(devices))
            for number in sorted(n for n in self._heard if n < self._closed)
            for receiver, devices in sorted(self._heard.pop(number).items())
        )
        self._forget(ready)
        last = (ready - rules.chain) // rules.period
        return Counted(presence, tuple(self._dwell(last)), tuple(self._transitions(last)))

    def _has_gone_back(self) -> bool:
        """Whether not one late sighting but time itself has gone back, as a plant's may."""
        self.late += 1
        self._late_in_a_row += 1
        if self._late_in_a_row < LATE_IN_A_ROW:
            return False
        self._begin()
        return True

    def _follow(self, receiver: str, device: str, at: int, randomised: bool) -> None:
        visit = self._visits.get(device)
        if visit is None:
            if len(self._visits) < MOST_DEVICES:
                self._visits[device] = _Visit(receiver, at, at, randomised)
            return
        silence = at - visit.last
        if visit.receiver == receiver and silence <= self.rules.gap:
            visit.first, visit.last = min(visit.first, at), max(visit.last, at)
            return
        if silence < self.rules.overlap:
            return
        self._end(device, visit)
        if visit.receiver != receiver and silence <= self.rules.chain:
            self._moves[at // self.rules.period][visit.receiver, receiver].add(device)
        self._visits[device] = _Visit(receiver, at, at, randomised)

    def _end(self, device: str, visit: _Visit) -> None:
        """Count a stay, but of a device that draws its address: it leaves when that changes."""
        if visit.randomised:
            return
        minutes = (visit.last - visit.first) / MINUTE
        kind = sum(minutes >= edge for edge in DWELL_MINUTES) - 1
        period = visit.last // self.rules.period
        self._stays[period][visit.receiver, str(kind)].add(device)
        self._lasted[period][visit.receiver].append(minutes)

    def _forget(self, now: int) -> None:
        gone = [one for one, visit in self._visits.items() if visit.last < now - self.rules.chain]
        for device in gone:
            self._end(device, self._visits.pop(device))

    def _dwell(self, last: int) -> list[Dwell]:
        found = []
        for number in sorted(n for n in self._stays if n < last):
            cells, lasted = self._stays.pop(number), self._lasted.pop(number)
            for receiver in sorted({one for one, _ in cells}):
                counts = tuple(
                    self._told(len(cells.get((receiver, str(kind)), ())))
                    for kind in range(len(DWELL_MINUTES))
                )
                if any(count is not None for count in counts):
                    mean = self._mean(cells, receiver, lasted[receiver])
                    at = (number + 1) * self.rules.period
                    found.append(Dwell(receiver, at, counts, mean))
        return found

    def _transitions(self, last: int) -> list[Transition]:
        found = []
        for number in sorted(n for n in self._moves if n < last):
            for (origin, destination), devices in sorted(self._moves.pop(number).items()):
                if self._told(len(devices)) is not None:
                    at = (number + 1) * self.rules.period
                    found.append(Transition(origin, destination, at, len(devices)))
        return found

    def _mean(
        self, cells: dict[tuple[str, ...], set[str]], receiver: str, lasted: list[float]
    ) -> float | None:
        devices: set[str] = set().union(
            *(some for key, some in cells.items() if key[0] == receiver)
        )
        if self._told(len(devices)) is None:
            return None
        return sum(lasted) / len(lasted)

    def _told(self, devices: int) -> int | None:
        return devices if devices >= self.rules.min_cell else None


def share(devices: dict[str, bool]) -> float:
    """The share of randomised addresses [0..1]."""
    return sum(devices.values()) / len(devices) if devices else 0.0
