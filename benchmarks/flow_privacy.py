"""Attacks on what people flow releases, hashes and leaves behind.

python -m benchmarks.flow_privacy [--seeds 10] [--rounds 400]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.flow_attack import World, in_order, linked, membership, nearest, strongest
from benchmarks.flow_scan import simulated_day
from benchmarks.report import emit, machine
from kota.solutions.people_flow.privacy.guarantee import most_auc, strongest_auc
from kota.solutions.people_flow.privacy.release import calibrate
from kota.solutions.people_flow.privacy.terms import MOST_CELLS

WORLDS = {
    "week": World(people=100, sensors=12, hours=40, visits=60, most_cells=60, min_cell=10),
    "day": World(
        people=40, sensors=10, hours=18, visits=MOST_CELLS, most_cells=MOST_CELLS, min_cell=3
    ),
}
"""A week whose whole record may count, and a day under the bound that is the default."""
EPSILON = 1.0


def main() -> None:
    """Print areas under ROC curves, shares linked, and addresses found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=400)
    given = parser.parse_args()
    print(machine(), file=sys.stderr)
    for name, world in WORLDS.items():
        _membership(name, world, given.seeds, given.rounds)
    _knows_all_others(given.seeds * given.rounds)
    _linkage(given.seeds)
    _scan()


def _membership(name: str, world: World, seeds: int, rounds: int) -> None:
    noise = calibrate(EPSILON, world.most_cells)
    for label, added, goal in (
        ("no_noise", None, ">= 0.9, else the attack proves nothing"),
        ("epsilon_1", noise, "<= 0.55"),
    ):
        games = [
            membership(
                world, added, rounds=rounds, reference_sets=150, rng=np.random.default_rng(seed)
            ).auc
            for seed in range(seeds)
        ]
        emit(f"flow.membership_auc.{name}.{label}", float(np.mean(games)), "AUC", goal=goal)
        emit(f"flow.membership_auc.{name}.{label}.lowest_seed", min(games), "AUC")
        emit(f"flow.membership_auc.{name}.{label}.highest_seed", max(games), "AUC")


def _knows_all_others(rounds: int) -> None:
    """The strongest attacker: practice must agree with the formula, and with any epsilon."""
    world = WORLDS["day"]
    noise = calibrate(EPSILON, world.most_cells)
    for label, exchanged, cells in (("present", False, 1), ("exchanged", True, 2)):
        rng = np.random.default_rng(11)
        game = strongest(world, noise, exchanged=exchanged, rounds=rounds, rng=rng)
        theory = strongest_auc(cells * world.most_cells, noise.scale)
        emit(
            f"flow.strongest_auc.{label}", game.auc, "AUC", floor=theory, goal="as theory, <= 0.55"
        )
    emit("flow.strongest_auc.limit", most_auc(noise.epsilon), "AUC")


def _linkage(rounds: int) -> None:
    devices = 300
    for guess in (nearest, in_order):
        rng = np.random.default_rng(13)
        shares = [linked(devices, turned=True, guess=guess, rng=rng) for _ in range(rounds)]
        emit(
            f"flow.linked_across_rotations.{guess.__name__}",
            float(np.mean(shares)),
            "share",
            floor=1 / devices,
            goal="chance",
        )
        control = linked(devices, turned=False, guess=guess, rng=rng)
        emit(f"flow.linked_within_rotation.{guess.__name__}", control, "share", goal="1: control")


def _scan() -> None:
    with tempfile.TemporaryDirectory() as folder:
        left = simulated_day(Path(folder) / "day", devices=200, hours=24, seed=17)
        emit("flow.raw_identifiers", sum(map(len, left.found().values())), "found", goal="0")
        emit("flow.raw_identifiers.searched", left.size / 1e6, "MB")
        control = simulated_day(
            Path(folder) / "control", devices=50, hours=1, seed=19, planted=True
        )
        emit(
            "flow.raw_identifiers.planted", len(control.found()), "places", goal="> 0: the control"
        )


if __name__ == "__main__":
    main()
