"""Gates that do not follow their settings."""

from __future__ import annotations

import numpy as np
import pytest

from kota.solutions.sewage.following import Following

RNG = np.random.default_rng(5)
GOOD = np.array([True])


@pytest.mark.parametrize("stuck", [False, True])
@pytest.mark.parametrize("noise", [0.0, 0.1])
def test_a_gate_is_called_stuck_if_and_only_if_its_flow_ignores_its_settings(
    stuck: bool, noise: float
) -> None:
    following = Following(np.array([0.5]))
    for step in range(60):
        setting = 0.1 + 0.25 * (step // 3 % 2)
        opening = 0.2 if stuck else setting
        flow = 2.0 * opening * 0.6**0.5 * (1 + noise * RNG.standard_normal())
        following.update(np.array([setting]), np.array([flow]), np.array([0.6]), GOOD)
    assert following.stuck[0] == stuck


def test_a_wide_open_gate_is_not_judged() -> None:
    following = Following(np.array([0.5]))
    for step in range(60):
        setting = 0.5 + 0.5 * (step % 2)
        following.update(np.array([setting]), np.array([1.0]), np.array([0.6]), GOOD)
    assert not following.stuck[0]
