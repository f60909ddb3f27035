"""Attacks on a made-up plant are found, with their signals, and by no later row."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.solutions.water.attacks.made_up_plant import SIGNALS, SMALL, rows_of

from kota.errors import NotReadyError
from kota.solutions.water.attacks.detector import Detector
from kota.solutions.water.attacks.offline import suspects

FIRST, LAST = 250, 310


def attacked(values: Any, *names: str, lag: int = 0, add: float = 0.0, times: float = 1.0) -> Any:
    """A copy in which signals are replayed from `lag` rows before, shifted and scaled."""
    changed = values.copy()
    columns = [SIGNALS.index(name) for name in names]
    told = values[FIRST - lag : LAST - lag][:, columns] * times + add
    changed[FIRST:LAST, columns] = told.round(2)
    return changed


def test_normal_weeks_are_hardly_flagged(town: Any) -> None:
    flags = town.detector.detect(rows_of(town.later)).flags
    assert flags.mean() <= 0.02


@pytest.mark.parametrize(
    ("names", "how"),
    [
        (("L_T1",), {"add": -0.8}),
        (("L_T1",), {"lag": 48}),
        (("P_J2",), {"add": 1.5}),
        (("F_PU1",), {"times": 0.9}),
        (("L_T2", "F_PU2", "S_PU2"), {"lag": 72}),
        (("F_PU1", "S_PU1"), {"times": 0.0}),
    ],
)
def test_a_changed_reading_is_found_with_its_signal(
    town: Any, names: tuple[str, ...], how: Any
) -> None:
    told = attacked(town.later, *names, **how)
    changed = (told != town.later)[FIRST:LAST].any(axis=1)
    found = town.detector.detect(rows_of(told))
    hit = found.flags[FIRST:LAST]
    assert hit[changed].mean() >= 0.7
    assert hit.argmax() <= 12
    named = suspects(found.weight[FIRST:LAST][hit].sum(axis=0), SIGNALS)
    assert set(named) & set(names)
    assert found.flags[:FIRST].mean() <= 0.04


def test_what_comes_later_changes_nothing_before_it(town: Any) -> None:
    whole = attacked(town.later, "L_T1", lag=48)
    full = town.detector.detect(rows_of(whole))
    for cut in (1, 100, FIRST + 7, LAST + 3):
        part = town.detector.detect(rows_of(whole[:cut]))
        assert (part.flags == full.flags[:cut]).all()
        np.testing.assert_allclose(part.score, full.score[:cut], rtol=1e-9)
        np.testing.assert_allclose(part.weight, full.weight[:cut], rtol=1e-6, atol=1e-6)


def test_a_signal_that_never_moved_is_suspect_when_it_does(town: Any) -> None:
    still = town.learnt.copy()
    still[:, SIGNALS.index("P_J3")] = 7.0
    detector = Detector(SMALL).fit(rows_of(still))
    later = town.later.copy()
    later[:, SIGNALS.index("P_J3")] = 7.0
    later[FIRST:LAST, SIGNALS.index("P_J3")] = 9.0
    found = detector.detect(rows_of(later))
    assert found.flags[FIRST + 1 : LAST].all()
    assert suspects(found.weight[FIRST:LAST].sum(axis=0), SIGNALS)[0] == "P_J3"


def test_the_same_seed_finds_the_same(town: Any) -> None:
    again = Detector(SMALL).fit(rows_of(town.learnt)).detect(rows_of(town.later))
    np.testing.assert_array_equal(again.score, town.detector.detect(rows_of(town.later)).score)


def test_too_few_rows_are_refused(town: Any) -> None:
    with pytest.raises(NotReadyError, match="100 normal rows are too few"):
        Detector(SMALL).fit(rows_of(town.learnt[:100]))


def test_looking_before_learning_is_refused(town: Any) -> None:
    with pytest.raises(NotReadyError, match="before anything was learnt"):
        Detector(SMALL).detect(rows_of(town.later))
