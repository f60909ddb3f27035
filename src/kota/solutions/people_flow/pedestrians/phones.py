"""Receivers of Wi-Fi and Bluetooth, and the addresses that phones near them send."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kota.solutions.people_flow.pedestrians.truth import BIN_S, BINS, Truth, bin_of
from kota.solutions.people_flow.pedestrians.walking import Floats, Ints

Words = NDArray[np.uint64]

VISIBLE: Final = 0.45
"""Share of people who carry a phone, a watch or an earpiece that can be heard."""

STABLE: Final = 0.22
"""Share of these whose address is always the same; the others draw a new one again and again."""

_NEW_ADDRESS_S: Final = 900
_SAID_IN_BIN: Final = 1.0
"""How often a phone that stays is heard in five minutes, on average."""

HEARD: Final = VISIBLE * -math.expm1(-_SAID_IN_BIN)
"""Share of people who stay somewhere for five minutes that are heard meanwhile."""

_NEAREST, _REACH = 3.0, 45.0
_AT_ONE_METRE, _LOSS, _FADING = -41.0, 27.0, 4.0
"""Signal [dBm] at one metre, its loss in ten times the distance and its spread [dB]: a log-distance
path with shadowing as in Rec. ITU-R P.1238-12."""

_MIX: Final = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True)
class Receiver:
    """A receiver at a corner, which hears who passes on its streets and who stays at its places.

    Args:
        device: its name.
        title: where it is, for people.
        segments: streets that it hears.
        places: indexes of places that it hears.
    """

    device: str
    title: str
    segments: tuple[int, ...]
    places: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """What one day's receivers have heard, in order of time; arrays `(n,)`.

    Args:
        receiver: index.
        at: when [s of the day].
        mac: the address, 48 bits.
        rssi: strength of the signal [dBm].
        bins: where each bin begins `(n_bins + 1,)`.
    """

    receiver: Ints
    at: Floats
    mac: Words
    rssi: Ints
    bins: Ints


def hear(truth: Truth, receivers: Sequence[Receiver], *, seed: int) -> Heard:
    """What receivers hear on a day.

    Args:
        truth: the day.
        receivers: all of them.
        seed: of addresses and signals; the same person has the same stable address on every day.
    """
    rng = np.random.default_rng([seed, 41, truth.day.toordinal()])
    parts = [_near(truth, one, k, rng) for k, one in enumerate(receivers)]
    if not parts:
        parts.append((np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)))
    receiver, person, at = (np.concatenate(column) for column in zip(*parts, strict=True))
    heard = _share(person, seed, 1) < VISIBLE
    order = np.argsort(at[heard], kind="stable")
    receiver, person, at = receiver[heard][order], person[heard][order], at[heard][order]
    bins = np.searchsorted(bin_of(at), np.arange(BINS + 1))
    distance = rng.uniform(_NEAREST, _REACH, len(at))
    rssi = _AT_ONE_METRE - _LOSS * np.log10(distance) + _FADING * rng.standard_normal(len(at))
    mac = addresses(person, truth.day.toordinal(), at, seed=seed)
    return Heard(receiver, at, mac, np.rint(rssi).astype(np.int64), bins)


def devices_heard(heard: Heard, receivers: int) -> Ints:
    """Different addresses that each receiver heard in each bin `(n_bins, receivers)`."""
    number = np.repeat(np.arange(len(heard.bins) - 1), np.diff(heard.bins))
    seen = np.stack([number.astype(np.uint64), heard.receiver.astype(np.uint64), heard.mac], axis=1)
    cells = np.unique(seen, axis=0)[:, :2].astype(np.int64)
    found = np.zeros((len(heard.bins) - 1, receivers), dtype=np.int64)
    np.add.at(found, (cells[:, 0], cells[:, 1]), 1)
    return found


def addresses(person: Ints, day: int, at: Floats, *, seed: int) -> Words:
    """The address that each person's phone sends at a time.

    Drawn addresses have the bit of local administration set (IEEE 802c-2017) and last a quarter
    of an hour.

    Args:
        person: `(n,)`.
        day: number of the day.
        at: `(n,)` [s of the day].
        seed: of all addresses.
    """
    epoch = day * 1_000 + (at // _NEW_ADDRESS_S).astype(np.int64) + 7
    stable = _share(person, seed, 2) < STABLE
    hashed = _hash(person, seed, np.where(stable, 3, epoch))
    mac: Words = hashed & np.uint64(0xFCFFFFFFFFFF)
    return np.where(stable, mac, mac | np.uint64(0x020000000000))


def text_of(mac: int) -> str:
    """An address as devices write it.

    >>> text_of(0x02AB00000001)
    '02:ab:00:00:00:01'
    """
    return ":".join(f"{mac:012x}"[k : k + 2] for k in range(0, 12, 2))


def _near(
    truth: Truth, receiver: Receiver, number: int, rng: np.random.Generator
) -> tuple[Ints, Ints, Floats]:
    """Receiver, person and time of everything that could be heard at one receiver."""
    legs, stays = truth.legs, truth.stays
    passing = np.flatnonzero(np.isin(legs.segment, receiver.segments))
    when = legs.middle[passing]
    who = truth.trips.person[legs.trip[passing]]
    staying = np.flatnonzero(np.isin(stays.place, receiver.places))
    begins, ends = stays.begins[staying], np.minimum(stays.ends[staying], 86_400.0)
    times = rng.poisson(_SAID_IN_BIN * np.maximum(ends - begins, 0.0) / BIN_S)
    which = np.repeat(np.arange(len(staying)), times)
    said = begins[which] + (ends - begins)[which] * rng.random(len(which))
    person = np.concatenate([who, stays.person[staying][which]])
    at = np.concatenate([when, said])
    today = at < 86_400.0
    return np.full(int(today.sum()), number), person[today], at[today]


def _share(person: Ints, seed: int, salt: int) -> Floats:
    """A number in [0, 1) that belongs to each person."""
    shares: Floats = (_hash(person, seed, salt) >> np.uint64(11)).astype(np.float64) / 2.0**53
    return shares


def _hash(person: Ints, seed: int, salt: Ints | int) -> Words:
    """SplitMix64 (G. Steele, D. Lea and C. Flood, 2014, doi:10.1145/2660193.2660195)."""
    with np.errstate(over="ignore"):
        x = person.astype(np.uint64) * _MIX + np.asarray(salt).astype(np.uint64)
        x = _mixed(x) + np.uint64(seed) * _MIX
        return _mixed(x)


def _mixed(x: Words) -> Words:
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: Words = x ^ (x >> np.uint64(31))
    return mixed
