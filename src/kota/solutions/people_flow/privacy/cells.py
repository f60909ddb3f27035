"""The cells of a table of people: known before anybody looks at the data.

A table that had only the cells in which somebody was would tell by its cells who was there. So
places come from a list that is public, and hours from a period that is named.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import prod
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kota.errors import SolutionError
from kota.model.instant import DAY, HOUR
from kota.solutions.people_flow.privacy.release import MOST_TABLE

Ints = NDArray[np.int64]

HOURS: Final = ("hour", "hour_of_day", "weekday")
"""Dimensions that are made of the time; the values of all others are places."""
_WEEKDAY_OF_EPOCH: Final = 3


@dataclass(frozen=True, slots=True)
class Grid:
    """All cells of a table.

    Args:
        names: of its dimensions.
        labels: values of each dimension, in order.
    """

    names: tuple[str, ...]
    labels: tuple[tuple[str, ...], ...]

    def __post_init__(self) -> None:
        if self.size > MOST_TABLE:
            raise SolutionError(
                f"{self.size:,} cells by {', '.join(self.names)}, more than {MOST_TABLE:,}",
                hint="name fewer places, a shorter period or fewer dimensions",
            )

    @property
    def size(self) -> int:
        """How many cells there are."""
        return prod(map(len, self.labels))

    def number(self, positions: Sequence[Ints]) -> Ints:
        """The number of each row's cell `(n_rows,)`, of its position in each dimension."""
        total = np.zeros(len(positions[0]), dtype=np.int64)
        for position, labels in zip(positions, self.labels, strict=True):
            total = total * len(labels) + position
        return total

    def columns(self, cells: Ints) -> dict[str, list[str]]:
        """The labels of cells, by dimension."""
        found: dict[str, list[str]] = {}
        for name, labels in zip(reversed(self.names), reversed(self.labels), strict=True):
            cells, position = np.divmod(cells, len(labels))
            found[name] = [labels[k] for k in position.tolist()]
        return {name: found[name] for name in self.names}


def hours_between(start: datetime, end: datetime) -> tuple[str, ...]:
    """Labels of the hours of a wall clock from one moment until before another."""
    count = max(0, -(-(end - start) // timedelta(hours=1)))
    if count > MOST_TABLE:
        raise SolutionError(f"{count:,} hours from {start} to {end}; name a shorter period")
    return tuple(
        (start + timedelta(hours=k)).isoformat(sep=" ", timespec="minutes") for k in range(count)
    )


def hour_labels(name: str, start: datetime | None, end: datetime | None) -> tuple[str, ...]:
    """The values that a dimension of `HOURS` may take.

    Raises:
        SolutionError: ``hour`` without a period.
    """
    if name == "hour_of_day":
        return tuple(str(hour) for hour in range(24))
    if name == "weekday":
        return ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    if start is None or end is None or not start < end:
        raise SolutionError(
            "a table by hour needs a period", hint="name it with --start and --end, local time"
        )
    return hours_between(start, end)


def hour_positions(name: str, wall: Ints, start: datetime | None) -> Ints:
    """The position of each time in a dimension of `HOURS`; outside the period where not in it.

    Args:
        wall: times of the wall clock [µs] `(n_rows,)`.
    """
    if name == "hour_of_day":
        return wall // HOUR % 24
    if name == "weekday":
        return (wall // DAY + _WEEKDAY_OF_EPOCH) % 7
    assert start is not None
    return (wall - wall_of(start)) // HOUR


def wall_of(moment: datetime) -> int:
    """A moment of a wall clock as µs, as if its zone were UTC."""
    return round(moment.replace(tzinfo=UTC).timestamp()) * 1_000_000
