"""BATADAL's score, and the attacks that the benchmark puts into normal telemetry."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks.attack_injection import KINDS, inject
from benchmarks.attack_score import score
from tests.solutions.water.attacks.made_up_plant import SIGNALS, play


def test_all_that_is_attacked_and_nothing_else_scores_one() -> None:
    flags = np.zeros(100, dtype=bool)
    flags[20:40] = True
    assert score(flags, [(20, 40)]).s == 1.0


def test_an_alarm_that_is_always_on_scores_three_quarters() -> None:
    assert score(np.ones(100, dtype=bool), [(20, 40), (60, 70)]).s == pytest.approx(0.75)


def test_a_late_and_a_missed_attack_cost_their_share() -> None:
    flags = np.zeros(100, dtype=bool)
    flags[25:40] = True
    judged = score(flags, [(20, 40), (60, 80)])
    assert judged.ttd == pytest.approx(1 - (0.25 + 1.0) / 2)
    assert judged.tpr == pytest.approx(15 / 40)
    assert (judged.tnr, judged.found) == (1.0, 1)


def test_each_kind_is_put_in_once_and_only_where_it_says() -> None:
    values = play(2200, seed=9)
    gauges = [SIGNALS.index(name) for name in SIGNALS if not name.startswith("S_")]
    found = inject(values, SIGNALS, gauges, values, np.random.default_rng(4))
    assert sorted(found.kinds) == sorted(KINDS)
    inside = np.zeros(values.shape, dtype=bool)
    for (first, last), columns in zip(found.attacks, found.signals, strict=True):
        inside[first:last, columns] = True
    assert (found.values[~inside] == values[~inside]).all()
    assert (found.values[inside] != values[inside]).any()
