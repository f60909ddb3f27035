"""The district's people: how many walk, where the festival is, what the flood does."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from kota.demo.district import District, make_district
from kota.demo.people import (
    FESTIVAL_DAY,
    FLOODED_FROM,
    flooded,
    people_setting,
    walkways,
)
from kota.demo.people_devices import COUNTED, SITES, equipment
from kota.demo.people_past import people_past
from kota.demo.spots import SPOTS, WATERFRONT
from kota.demo.story import CHAPTERS, dawn
from kota.model.instant import DAY, SECOND
from kota.solutions.people_flow.pedestrians.crowd import Setting
from kota.solutions.people_flow.pedestrians.day import Simulator, simulate
from kota.solutions.people_flow.pedestrians.phones import HEARD
from kota.solutions.people_flow.pedestrians.plant import Equipment, PeopleModel
from kota.solutions.people_flow.streets.crowding import SurgeDetector, Usual
from kota.solutions.people_flow.streets.service_levels import WALKWAY

QUARTER_TO_SIX, HALF_PAST_SIX, EIGHT = 17.75 * 12, 18.5 * 12, 20 * 12


@pytest.fixture(scope="module")
def district() -> District:
    return make_district(7)


@pytest.fixture(scope="module")
def setting(district: District) -> Setting:
    return people_setting(district, seed=7)


@pytest.fixture(scope="module")
def devices(district: District, setting: Setting) -> Equipment:
    return equipment(district, setting)


def test_ages_add_up_to_residents_and_all_of_five_and_more_may_walk(
    district: District, setting: Setting
) -> None:
    assert all(sum(building.ages) == building.residents for building in district.buildings)
    small = sum(building.ages[0] for building in district.buildings)
    walkers = Simulator(setting).regulars
    assert (walkers.base < 0).sum() == district.residents - small
    assert 0.04 < small / district.residents < 0.11


def test_a_weekday_has_as_many_walks_as_a_small_town(setting: Setting) -> None:
    truth = simulate(setting, FESTIVAL_DAY - timedelta(days=1))
    people = len(np.unique(truth.trips.person))
    assert 6_000 < people < 13_000
    assert 2.0 < len(truth.trips.person) / people < 4.0
    walked = truth.flow.sum(axis=(0, 2))
    assert (walked == 0).mean() < 0.03
    hour = truth.flow.sum(axis=(1, 2)).reshape(24, 12).sum(axis=1)
    assert hour[:4].sum() < 0.001 * hour.sum()
    assert min(hour[7], hour[18]) > 1.5 * hour[15]


def test_the_festival_surges_at_the_waterfront_from_half_past_five(setting: Setting) -> None:
    place = setting.places.index(WATERFRONT)
    crowd = simulate(setting, FESTIVAL_DAY).at_place[:, place]
    before = simulate(setting, FESTIVAL_DAY - timedelta(days=7)).at_place[:, place]
    assert crowd[: 17 * 12 + 5].max() < 1.5 * before.max() + 20
    assert (np.diff(crowd[210:225]) > 0).all()
    assert crowd.max() > 2_000
    assert HALF_PAST_SIX < crowd.argmax() < EIGHT
    assert crowd[23 * 12] < 50
    assert crowd.max() / setting.places.area[place] > 1.0


def test_the_flood_sends_the_crowd_into_the_lanes(district: District, setting: Setting) -> None:
    (street,) = flooded(district)
    assert district.streets.streets[street].name == "Persiaran Sungai"
    truth = simulate(setting, FESTIVAL_DAY)
    dry = simulate(replace(setting, closures={}), FESTIVAL_DAY)
    at = int(FLOODED_FROM // 300)
    assert (truth.flow[:at] == dry.flow[:at]).all()
    assert truth.flow[at + 1 :, street].sum() == 0 < 500 < dry.flow[at + 1 :, street].sum()
    more = truth.flow[at:].sum(axis=(0, 2)) - dry.flow[at:].sum(axis=(0, 2))
    middle = np.array([one.line.centroid.coords[0] for one in district.streets.streets])
    gained = np.argsort(more)[-5:]
    away = np.hypot(*(middle[gained] - middle[street]).T)
    assert away.max() < 200
    assert more[gained].min() > 200


def test_the_flood_comes_with_its_chapter() -> None:
    chapter = next(one for one in CHAPTERS if one.id == "festival")
    assert (chapter.begins.hour * 60 + chapter.begins.minute) * 60 == FLOODED_FROM


def test_one_street_in_twenty_has_a_counter_and_the_old_ones_stand(
    district: District, devices: Equipment
) -> None:
    segments = [counter.segment for counter in devices.counters]
    assert len(set(segments)) == len(segments) == round(COUNTED * len(district.streets.streets))
    assert [counter.title for counter in devices.counters[:10]] == [site.title for site in SITES]
    bridge = devices.counters[3]
    assert district.streets.streets[bridge.segment].bridge
    assert len(devices.receivers) == 12


def test_another_seed_has_other_people_in_the_same_streets(district: District) -> None:
    one, other = (people_setting(district, seed=seed) for seed in (7, 8))
    assert (simulate(one, FESTIVAL_DAY).flow != simulate(other, FESTIVAL_DAY).flow).any()
    assert (walkways(district).ends == one.ways.ends).all()


def test_a_month_of_counts_is_made_quickly_and_ends_before_dawn(
    setting: Setting, devices: Equipment
) -> None:
    begun = time.process_time()
    series = people_past(setting, devices, lambda _: None)
    assert time.process_time() - begun < 25
    counted, heard_by = 3 * (len(devices.counters) + 1), len(devices.receivers)
    assert len(series) == counted + heard_by
    for one in series:
        assert one.at[-1] < dawn() <= one.at[-1] + DAY
        assert (np.diff(one.at) > 0).all()
    heard = sum(len(one.at) for one in series[:counted]) / counted
    assert 0.95 < heard / (30 * 288 + 66) < 1.0


def test_the_whole_day_forward_takes_seconds(setting: Setting, devices: Equipment) -> None:
    midnight = dawn() // SECOND - 5 * 3600 - 1800
    model = PeopleModel(setting, devices, begin=midnight, offset=8 * 3600)
    begun = time.process_time()
    said = sum(len(report.payload) > 0 for report in model.advance(midnight + 86_400, every=300))
    assert time.process_time() - begun < 8
    assert said > 10_000


def test_the_receiver_at_the_waterfront_foresees_the_festival_in_time(
    setting: Setting, devices: Equipment
) -> None:
    spot = next(one for one in SPOTS if one.name == WATERFRONT)
    which = next(k for k, one in enumerate(devices.receivers) if one.title == WATERFRONT)
    model = PeopleModel(setting, devices, begin=0)
    days = [FESTIVAL_DAY - timedelta(days=k) for k in range(14, -1, -1)]
    seen = np.concatenate([model.devices_heard(day)[:, [which]] for day in days]) / HEARD
    usual = Usual(seen[: 14 * 288], first=4 * 288)
    detector = SurgeDetector(np.array([float(spot.capacity)]), usual)
    raised = [
        bool(detector.update(row, 4 * 288 + k).raised[0]) for k, row in enumerate(seen[-288:])
    ]
    place = setting.places.index(WATERFRONT)
    there = simulate(setting, FESTIVAL_DAY).at_place[:, place]
    dense = int(np.argmax(there > spot.area * WALKWAY[3]))
    told = raised.index(True) + 1
    assert 17 * 12 < told <= dense - 4
