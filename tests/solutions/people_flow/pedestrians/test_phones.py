"""Phones are heard where people are, and most of them cannot be told apart for long."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from kota.solutions.people_flow.pedestrians.day import simulate
from kota.solutions.people_flow.pedestrians.example import grid_town
from kota.solutions.people_flow.pedestrians.phones import (
    STABLE,
    VISIBLE,
    Receiver,
    addresses,
    hear,
    text_of,
)
from kota.solutions.people_flow.pedestrians.truth import bin_of

DAY = date(2025, 11, 27)
TOWN = grid_town(seed=5)
PEOPLE = np.arange(4_000)
NOON = np.full(4_000, 43_200.0)


def drawn(mac: np.ndarray) -> np.ndarray:
    """Whether an address says that its device has drawn it."""
    return (mac >> np.uint64(41)) & np.uint64(1) == 1


def test_some_addresses_stay_and_the_others_change() -> None:
    noon = addresses(PEOPLE, 1, NOON, seed=1)
    soon = addresses(PEOPLE, 1, NOON + 60, seed=1)
    later = addresses(PEOPLE, 1, NOON + 3_600, seed=1)
    assert (noon == soon).all()
    stable = noon == later
    assert stable.mean() == pytest.approx(STABLE, abs=0.03)
    assert (stable == ~drawn(noon)).all()
    assert (addresses(PEOPLE, 2, NOON, seed=1)[stable] == noon[stable]).all()
    assert len(np.unique(noon)) == len(noon)


def test_no_address_is_a_multicast_one() -> None:
    assert not ((addresses(PEOPLE, 1, NOON, seed=1) >> np.uint64(40)) & np.uint64(1)).any()
    assert text_of(0x02AB00000001) == "02:ab:00:00:00:01"


def test_who_is_heard_was_there() -> None:
    truth = simulate(TOWN, DAY)
    street = int(truth.flow.sum(axis=(0, 2)).argmax())
    place = TOWN.places.index("market 1")
    heard = hear(truth, (Receiver("S", "s", (street,)), Receiver("P", "p", (), (place,))), seed=1)
    on_street = np.bincount(bin_of(heard.at[heard.receiver == 0]), minlength=288)
    assert (on_street <= truth.flow[:, street].sum(axis=1)).all()
    share = on_street.sum() / truth.flow[:, street].sum()
    assert share == pytest.approx(VISIBLE, abs=0.08)
    at_place = np.bincount(bin_of(heard.at[heard.receiver == 1]), minlength=288)
    present = np.maximum(truth.at_place[:, place], np.roll(truth.at_place[:, place], 1))
    nobody = present == 0
    short = truth.stays.ends - truth.stays.begins < 300
    assert at_place[nobody].sum() <= short.sum()
    assert np.corrcoef(at_place, present)[0, 1] > 0.8
    assert (np.diff(heard.at) >= 0).all()
    assert heard.bins[-1] == len(heard.at)


def test_without_receivers_nothing_is_heard() -> None:
    assert len(hear(simulate(TOWN, DAY), (), seed=1).at) == 0
