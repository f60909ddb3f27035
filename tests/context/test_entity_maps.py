"""Entity maps are good for a while, for whoever asked."""

from __future__ import annotations

import pytest

from kota.clock import WallClock
from kota.context import entity_maps
from kota.context.entity_maps import HERE, LONGEST, EntityMaps
from kota.errors import BadRequestDataError, NotFoundError, TooManyResultsError


class Hand(WallClock):
    """A clock that is set by hand."""

    at = 1_000_000

    def now(self) -> int:
        return self.at


def test_a_map_is_seen_by_its_owner_alone_until_it_expires() -> None:
    clock = Hand()
    maps = EntityMaps(clock)
    made = maps.create({"urn:t:1": (HERE,)}, owner="siti", lifetime=10)
    assert maps.retrieve(made.id, "siti") == made
    assert maps.find(made.id, "budi") is None
    with pytest.raises(NotFoundError):
        maps.delete(made.id, "budi")
    clock.at += 10
    assert maps.find(made.id, "siti") is None


def test_no_map_outlives_a_day_whatever_is_asked_for() -> None:
    clock = Hand()
    maps = EntityMaps(clock)
    made = maps.create({}, owner="", lifetime=LONGEST * 9)
    assert made.expires_at == clock.at + LONGEST
    maps.expire(made.id, "", clock.at + LONGEST * 9)
    assert maps.retrieve(made.id, "").expires_at == clock.at + LONGEST
    with pytest.raises(BadRequestDataError):
        maps.retrieve("nothing", "")


def test_maps_and_what_is_in_them_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entity_maps, "MOST", 2)
    monkeypatch.setattr(entity_maps, "LARGEST", 1)
    maps = EntityMaps(Hand())
    made = [maps.create({}, owner="") for _ in range(3)]
    assert maps.find(made[0].id, "") is None
    assert maps.find(made[2].id, "") == made[2]
    with pytest.raises(TooManyResultsError):
        maps.create({"urn:t:1": (HERE,), "urn:t:2": (HERE,)}, owner="")


def test_what_matches_no_longer_leaves_the_map() -> None:
    maps = EntityMaps(Hand())
    made = maps.create({"urn:t:1": (HERE,), "urn:t:2": (HERE,)}, owner="")
    maps.prune(made, ["urn:t:1"])
    assert list(maps.retrieve(made.id, "").sources) == ["urn:t:2"]
