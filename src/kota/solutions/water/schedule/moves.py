"""Small changes of a schedule, among which a search chooses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from random import Random

from kota.solutions.water.schedule.switching import Schedule, Switching

_STEPS = (1, 1, 2, 3, 4, 6, 9, 12, 18, 24, 36)
_LENGTHS = (2, 3, 6, 9, 12, 18, 24, 36, 48)


@dataclass(frozen=True, slots=True)
class Moves:
    """Draws changes.

    Args:
        horizon: of the schedule [s].
        grid: length that times are multiples of [s].
        edges: instants at which the price changes [s].
    """

    horizon: int
    grid: int
    edges: tuple[int, ...]

    def draw(self, schedule: Schedule, rng: Random) -> Schedule | None:
        """A schedule near another one; None where the change that was drawn cannot be made."""
        name = rng.choices(tuple(_MOVES), weights=_CHANCES)[0]
        return _MOVES[name](self, schedule, rng)

    def step(self, rng: Random) -> int:
        """A random difference of time [s]."""
        return rng.choice(_STEPS) * self.grid * rng.choice((-1, 1))

    def changed(
        self, schedule: Schedule, changes: dict[int, tuple[bool, list[int]]]
    ) -> Schedule | None:
        """The schedule with some pumps switched otherwise, where times stay in order."""
        pumps = list(schedule)
        for number, (first, times) in changes.items():
            if any(a > b for a, b in pairwise(times)):
                return None
            pumps[number] = Switching.tidy(first, times, self.horizon)
        return tuple(pumps)


def _edge(moves: Moves, schedule: Schedule, rng: Random) -> Schedule | None:
    """One switch earlier or later."""
    number = rng.randrange(len(schedule))
    first, times = schedule[number].first, list(schedule[number].times)
    if not times:
        return None
    times[rng.randrange(len(times))] += moves.step(rng)
    return moves.changed(schedule, {number: (first, times)})


def _shift(moves: Moves, schedule: Schedule, rng: Random) -> Schedule | None:
    """A whole run, or a pause, earlier or later."""
    number = rng.randrange(len(schedule))
    first, times = schedule[number].first, list(schedule[number].times)
    if len(times) < 2:
        return None
    k, step = rng.randrange(len(times) - 1), moves.step(rng)
    times[k] += step
    times[k + 1] += step
    return moves.changed(schedule, {number: (first, times)})


def _trade(moves: Moves, schedule: Schedule, rng: Random) -> Schedule | None:
    """Two switches of a pump, so that it runs as long as before."""
    number = rng.randrange(len(schedule))
    first, times = schedule[number].first, list(schedule[number].times)
    if len(times) < 2:
        return None
    (i, k), step = rng.sample(range(len(times)), 2), moves.step(rng)
    times[i] += step
    times[k] += step if (i - k) % 2 else -step
    return moves.changed(schedule, {number: (first, times)})


def _insert(moves: Moves, schedule: Schedule, rng: Random) -> Schedule | None:
    """A run in a pause, or a pause in a run."""
    number = rng.randrange(len(schedule))
    begin = rng.randrange(moves.horizon // moves.grid) * moves.grid
    end = min(begin + rng.choice(_LENGTHS) * moves.grid, moves.horizon)
    times = sorted([*schedule[number].times, begin, end])
    return moves.changed(schedule, {number: (schedule[number].first, times)})


def _remove(moves: Moves, schedule: Schedule, rng: Random) -> Schedule | None:
    """No run, or no pause, between two switches."""
    number = rng.randrange(len(schedule))
    first, times = schedule[number].first, list(schedule[number].times)
    if not times:
        return None
    k = rng.randrange(len(times) + 1)
    if k == 0:
        return moves.changed(schedule, {number: (not first, times[1:])})
    del times[k - 1 : k + 1]
    return moves.changed(schedule, {number: (first, times)})


def _begin_or_end(moves: Moves, schedule: Schedule, rng: Random) -> Schedule | None:
    """Otherwise at the beginning, or at the end."""
    number = rng.randrange(len(schedule))
    first, times = schedule[number].first, list(schedule[number].times)
    length = abs(moves.step(rng))
    if rng.random() < 0.5:
        return moves.changed(schedule, {number: (not first, [length, *times])})
    return moves.changed(schedule, {number: (first, [*times, moves.horizon - length])})


def _together(moves: Moves, schedule: Schedule, rng: Random) -> Schedule | None:
    """One switch each of two pumps, the same way or against each other."""
    if len(schedule) < 2:
        return None
    changes = {}
    step = moves.step(rng)
    for number in rng.sample(range(len(schedule)), 2):
        times = list(schedule[number].times)
        if not times:
            return None
        times[rng.randrange(len(times))] += step
        changes[number] = (schedule[number].first, times)
        step = step if rng.random() < 0.5 else moves.step(rng)
    return moves.changed(schedule, changes)


def _swap(moves: Moves, schedule: Schedule, rng: Random) -> Schedule | None:
    """Two pumps exchange what they do from an instant on."""
    if len(schedule) < 2:
        return None
    one, other = rng.sample(range(len(schedule)), 2)
    begin = rng.randrange(moves.horizon // moves.grid) * moves.grid
    end = min(begin + rng.choice(_LENGTHS) * moves.grid, moves.horizon)
    a, b = schedule[one], schedule[other]
    return moves.changed(
        schedule, {one: _spliced(a, b, begin, end), other: _spliced(b, a, begin, end)}
    )


def _snap(moves: Moves, schedule: Schedule, rng: Random) -> Schedule | None:
    """One switch to where the price changes."""
    number = rng.randrange(len(schedule))
    first, times = schedule[number].first, list(schedule[number].times)
    if not times or not moves.edges:
        return None
    times[rng.randrange(len(times))] = rng.choice(moves.edges)
    return moves.changed(schedule, {number: (first, times)})


def _spliced(a: Switching, b: Switching, begin: int, end: int) -> tuple[bool, list[int]]:
    """The first pump's switching, between two instants the second's."""

    def runs(one: Switching, time: int) -> bool:
        return one.first ^ bool(sum(each <= time for each in one.times) & 1)

    first = runs(b if begin == 0 else a, 0)
    times = [time for time in a.times if time < begin]
    if begin > 0 and runs(a, begin - 1) != runs(b, begin):
        times.append(begin)
    times += [time for time in b.times if begin < time < end]
    if runs(b, end - 1) != runs(a, end):
        times.append(end)
    times += [time for time in a.times if time > end]
    return first, times


_MOVES: dict[str, Callable[[Moves, Schedule, Random], Schedule | None]] = {
    "edge": _edge,
    "shift": _shift,
    "trade": _trade,
    "insert": _insert,
    "remove": _remove,
    "begin or end": _begin_or_end,
    "together": _together,
    "swap": _swap,
    "snap": _snap,
}
_CHANCES = (24, 14, 14, 8, 7, 5, 16, 6, 6)
