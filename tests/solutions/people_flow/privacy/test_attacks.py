"""Attacks on releases, pseudonyms and what a day leaves behind: they must win where nothing is
protected, and be at chance where it is."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from benchmarks.flow_attack import (
    Game,
    World,
    in_order,
    linked,
    membership,
    nearest,
    strongest,
)
from benchmarks.flow_scan import Needles, simulated_day, spellings, written

from kota.solutions.people_flow.privacy.guarantee import most_auc, strongest_auc
from kota.solutions.people_flow.privacy.release import calibrate

WEEK = World(people=100, sensors=12, hours=40, visits=60, most_cells=60, min_cell=10)


def play(*, noisy: bool, seed: int, rounds: int) -> Game:
    noise = calibrate(1.0, WEEK.most_cells) if noisy else None
    rng = np.random.default_rng(seed)
    return membership(WEEK, noise, rounds=rounds, reference_sets=60, rng=rng)


@pytest.mark.parametrize("seed", [1, 2])
def test_membership_is_told_where_there_is_no_noise(seed: int) -> None:
    assert play(noisy=False, seed=seed, rounds=200).auc >= 0.9


def test_membership_is_at_chance_at_epsilon_1() -> None:
    games = [play(noisy=True, seed=seed, rounds=240) for seed in (1, 2, 3)]
    pooled = Game(
        np.concatenate([game.inside for game in games]),
        np.concatenate([game.outside for game in games]),
    )
    assert pooled.auc <= 0.55 + 1.64 * pooled.error
    assert pooled.auc >= 0.5 - 3.3 * pooled.error


@pytest.mark.parametrize("exchanged", [False, True])
def test_who_knows_everybody_else_does_as_well_as_theory_says_and_no_better(
    exchanged: bool,
) -> None:
    """Noise that is too small for its epsilon, or accounted wrongly, shows here."""
    world = World(people=30, sensors=5, hours=8, visits=4, most_cells=4, min_cell=1)
    noise = calibrate(2.0, world.most_cells)
    rng = np.random.default_rng(5)
    game = strongest(world, noise, exchanged=exchanged, rounds=3000, rng=rng)
    cells = world.most_cells * (2 if exchanged else 1)
    assert game.auc == pytest.approx(strongest_auc(cells, noise.scale), abs=4 * game.error)
    assert game.auc <= most_auc(noise.epsilon) + 3 * game.error


def test_pseudonyms_of_two_rotations_are_linked_at_chance() -> None:
    devices, rounds = 200, 20
    for guess in (nearest, in_order):
        rng = np.random.default_rng(7)
        rates = [linked(devices, turned=True, guess=guess, rng=rng) for _ in range(rounds)]
        hits = round(sum(rates) * devices)
        assert hits <= rounds + 4 * np.sqrt(rounds), "chance is one hit in a round"
        assert linked(devices, turned=False, guess=guess, rng=rng) == 1.0


@pytest.mark.parametrize("mac", ["a483e7123456", "00000a0b0c0d"])
def test_the_search_finds_every_spelling_anywhere(mac: str) -> None:
    needles = Needles([mac, "ffeeddccbbaa"])
    for form in spellings(mac):
        assert needles.found(b"x" * 7 + form + b"tail") == {mac}
    assert needles.found(written(mac)[:-1].encode()) == set()
    assert needles.found(b"") == set()


@pytest.fixture
def broker() -> None:
    if not (shutil.which("mosquitto") or Path("/usr/sbin/mosquitto").exists()):
        pytest.fail("Mosquitto is not installed: run make servers")


@pytest.mark.broker
@pytest.mark.usefixtures("broker")
def test_a_day_of_sightings_leaves_no_address_on_disk_in_logs_or_answers(tmp_path: Path) -> None:
    left = simulated_day(tmp_path, devices=60, hours=24, seed=3)
    assert left.counted > 0
    assert left.letters > 300
    assert len(left.surfaces) > 60
    assert left.found() == {}
    rows = [data for name, data in left.surfaces.items() if "parquet, rows" in name]
    assert rows
    assert not any(b"visitor" in data for data in rows), "pseudonyms are not kept either"


@pytest.mark.broker
@pytest.mark.usefixtures("broker")
def test_the_same_search_finds_an_address_that_was_planted(tmp_path: Path) -> None:
    left = simulated_day(tmp_path, devices=20, hours=1, seed=4, planted=True)
    found = left.found()
    assert all(macs == {left.macs[0]} for macs in found.values())
    assert "API before decisions: /api/v1/devices" in found
    assert "backup/state.sqlite, rows" in found
    assert any("parquet, rows" in name for name in found)
    assert any("temporal" in name for name in found)
