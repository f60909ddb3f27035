"""What really happened on a day: who walked where, and where people stood."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kota.solutions.people_flow.pedestrians.walking import Floats, Ints, Legs

BIN_S: Final = 300
BINS: Final = 86_400 // BIN_S

PURPOSES: Final = (
    "home",
    "work",
    "school",
    "market",
    "shop",
    "prayer",
    "leisure",
    "visit",
    "civic",
    "transit",
    "festival",
)
"""What a trip is for: what people do where it ends."""


@dataclass(frozen=True, slots=True, eq=False)
class Trips:
    """Walks from door to door; arrays `(n_trips,)`, by person and then in order of time.

    Args:
        person: who; the same number is the same person on every day.
        purpose: index in `PURPOSES`.
        origin, destination: nodes.
        origin_place, place: indexes of the places at which it starts and ends; -1 at homes.
        departs, arrives: at the doors [s of the day].
    """

    person: Ints
    purpose: Ints
    origin: Ints
    destination: Ints
    origin_place: Ints
    place: Ints
    departs: Floats
    arrives: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Stays:
    """Time that people spend at places; arrays `(n_stays,)`.

    Args:
        person: who, as in `Trips`.
        place: index of the place.
        begins, ends: [s of the day]; the end may be without limit.
    """

    person: Ints
    place: Ints
    begins: Floats
    ends: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """A day as it was.

    Args:
        day: in local time; bin 0 begins at its midnight.
        flow: people who passed the middle of each segment in each bin, from its first node to
            its second and back `(n_bins, n_segments, 2)`.
        on_segment: people on each segment, on average over the bin `(n_bins, n_segments)`.
        at_place: people at each place at the end of the bin `(n_bins, n_places)`.
        od: trips by purpose, zone of origin, zone of destination
            `(n_purposes, n_zones, n_zones)`.
        trips: each of them.
        legs: each segment of each of them.
        stays: at the places, homes not among them.
    """

    day: date
    flow: NDArray[np.int64]
    on_segment: Floats
    at_place: NDArray[np.int64]
    od: NDArray[np.int64]
    trips: Trips
    legs: Legs
    stays: Stays


def bin_of(seconds: Floats) -> Ints:
    """The bin of each time [s of the day]; what lies beyond midnight is in the last."""
    bins: Ints = np.clip(seconds // BIN_S, 0, BINS - 1).astype(np.int64)
    return bins


def count_flow(legs: Legs, segments: int) -> NDArray[np.int64]:
    """People who passed the middle of each segment, see `Truth.flow`."""
    cell = (bin_of(legs.middle) * segments + legs.segment) * 2 + legs.direction
    return np.bincount(cell, minlength=BINS * segments * 2).reshape(BINS, segments, 2)


def mean_on_segment(legs: Legs, segments: int) -> Floats:
    """People on each segment, averaged over each bin: time spent there over time.

    Args:
        legs: walks.
        segments: how many there are.

    Returns:
        `(n_bins, n_segments)`; summed over a day, times 300 s, it is the time that people walked.
    """
    spent = np.zeros((BINS, segments))
    begins, rest = legs.enters, legs.leaves - legs.enters
    which = np.arange(len(rest))
    while which.size:
        bins = bin_of(begins[which])
        room = np.maximum((bins + 1) * BIN_S - begins[which], 0.0)
        last = bins == BINS - 1
        share = np.where(last, rest[which], np.minimum(rest[which], room))
        np.add.at(spent, (bins, legs.segment[which]), share)
        begins, rest = begins.copy(), rest.copy()
        begins[which] += share
        rest[which] -= share
        which = which[rest[which] > 1e-9]
    return spent / BIN_S


def count_present(stays: Stays, places: int) -> NDArray[np.int64]:
    """People at each of so many places at the end of each bin, see `Truth.at_place`."""
    change = np.zeros((BINS + 1, places), dtype=np.int64)
    first = np.clip(np.ceil(stays.begins / BIN_S) - 1, 0, BINS).astype(np.int64)
    last = np.clip(np.ceil(stays.ends / BIN_S) - 1, 0, BINS).astype(np.int64)
    np.add.at(change, (first, stays.place), 1)
    np.add.at(change, (last, stays.place), -1)
    return change.cumsum(axis=0)[:BINS]


def count_od(trips: Trips, zone: Ints) -> NDArray[np.int64]:
    """Trips by purpose and zones, see `Truth.od`; `zone` is of the nodes."""
    zones = int(zone.max()) + 1
    cell = (trips.purpose * zones + zone[trips.origin]) * zones + zone[trips.destination]
    shape = (len(PURPOSES), zones, zones)
    return np.bincount(cell, minlength=len(PURPOSES) * zones**2).reshape(shape)
