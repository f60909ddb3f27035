"""A plant of which six weeks were learnt, once for all tests."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.solutions.water.attacks.made_up_plant import HOURS, LEARNT, SMALL, play, rows_of

from kota.solutions.water.attacks.detector import Detector

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Town:
    """What was learnt, and what came after."""

    learnt: Floats
    later: Floats
    detector: Detector


@pytest.fixture(scope="session")
def town() -> Town:
    """A plant of which six weeks were learnt, and the three weeks after them."""
    values = play(HOURS, seed=3)
    detector = Detector(SMALL).fit(rows_of(values[:LEARNT]))
    return Town(values[:LEARNT], values[LEARNT:], detector)
