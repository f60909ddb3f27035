"""The plant says what its devices would, no more."""

from __future__ import annotations

import pickle
from dataclasses import replace
from datetime import date
from itertools import pairwise

import msgspec
import numpy as np
import pytest

from kota.solutions.people_flow.pedestrians.example import grid_town
from kota.solutions.people_flow.pedestrians.phones import Receiver
from kota.solutions.people_flow.pedestrians.plant import Equipment, PeopleModel, grid_plant
from kota.solutions.people_flow.pedestrians.sensing import Barrier, Counter, Gate
from kota.solutions.people_flow.pedestrians.walking import Closed

MIDNIGHT = 1_764_172_800
"""The first instant of the 27th in a town eight hours east of Greenwich."""
DAY = date(2025, 11, 27)
HOUR = 3600
TOWN = grid_town(seed=5)
EQUIPMENT = Equipment(
    (Counter("PC-1", "one", 20), Counter("PC-2", "two", 40, 1)),
    (Gate("TG-1", "bus", TOWN.places.index("stop 1")),),
    (Receiver("RX-1", "market", (), (TOWN.places.index("market 1"),)),),
    (Barrier("b", 7),),
)


def model() -> PeopleModel:
    return PeopleModel(TOWN, EQUIPMENT, begin=MIDNIGHT, offset=8 * HOUR)


def test_topics_and_payloads_are_those_of_devices() -> None:
    begin = MIDNIGHT
    plant = model()
    plant.skip(begin + 12 * HOUR)
    reports = list(plant.advance(begin + 13 * HOUR))
    assert {report.topic for report in reports} == {
        "/town-counter/PC-1/attrs",
        "/town-counter/PC-2/attrs",
        "/town-gate/TG-1/attrs",
        "/town-sighting/RX-1/attrs",
        "/town-barrier/b/attrs",
    }
    for report in reports:
        said = msgspec.json.decode(report.payload)
        assert said.pop("TimeInstant").endswith("Z")
        if report.key == "town-sighting":
            (members,) = said.values()
            assert list(said) == ["sightings"]
            for one in members:
                assert sorted(one) == ["at", "mac", "rssi"]
                assert len(one["mac"]) == 17
                assert "2025-11-27T03:55" <= one["at"] < "2025-11-27T05:00"
        elif report.key == "town-barrier":
            assert said == {"status": "open"}
        else:
            assert said["peopleCount"] == said["peopleCountTowards"] + said["peopleCountAway"]


def test_readings_of_the_day_are_told_once_each_at_the_end_of_their_bins() -> None:
    begin = MIDNIGHT
    plant = model()
    counted, _ = plant.readings(DAY)
    told = np.zeros((288, 2), dtype=int)
    for report in plant.advance(begin + 25 * HOUR, every=300):
        number = (report.at - begin) // 300 - 1
        if report.key == "town-counter" and 0 <= number < 288:
            k = int(report.device[-1]) - 1
            told[number, k] += 1
            assert report.values["peopleCountTowards"] == counted.counts[number, k, 0]
            assert report.arrives >= report.at
    assert (told == counted.heard).all()


def test_reports_come_in_the_order_of_their_arrival_and_some_are_late() -> None:
    reports = list(model().advance(MIDNIGHT + 24 * HOUR))
    assert all(a.arrives <= b.arrives for a, b in pairwise(reports))
    assert 0 < sum(report.arrives > report.at for report in reports) < 0.03 * len(reports)


def test_a_plant_that_is_rewound_says_the_same_again() -> None:
    plant = model()
    first = [report.payload for report in plant.advance(MIDNIGHT + 8 * HOUR)]
    plant.rewind()
    assert [report.payload for report in plant.advance(MIDNIGHT + 8 * HOUR)] == first


def test_a_barrier_tells_when_its_street_closes() -> None:
    shut = {DAY: (Closed((7,), 18.5 * HOUR, 20 * HOUR),)}
    plant = PeopleModel(replace(TOWN, closures=shut), EQUIPMENT, begin=MIDNIGHT, offset=8 * HOUR)
    plant.skip(MIDNIGHT + 18 * HOUR)
    told = {
        (report.at - MIDNIGHT) / HOUR: report.values["status"]
        for report in plant.advance(MIDNIGHT + 21 * HOUR)
        if report.key == "town-barrier"
    }
    assert [told[18.25], told[18.5], told[19.75], told[20.0]] == [
        "open",
        "closed",
        "closed",
        "open",
    ]


@pytest.mark.parametrize("seed", [1, 2])
def test_the_solution_s_own_plant_pickles_and_speaks(seed: int) -> None:
    plant = pickle.loads(pickle.dumps(grid_plant(seed)))
    some = PeopleModel(plant.setting, plant.equipment, begin=plant.begin)
    assert len(list(some.advance(plant.begin + HOUR))) > 60
    assert plant.name == "people_flow"
