"""What the planner's page refuses is said in the reader's language."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kota.errors import KotaError
from kota.network import make_network, snap
from kota.phrases import read_phrases
from kota.solutions import amenities
from kota.solutions.amenities.siting import Model, Problem, Status, solve

PHRASES = read_phrases([Path(amenities.__file__).parent / "phrases"], "id")


def said(text: str) -> bool:
    """Whether a phrase, with its gaps filled by anything, is this text."""
    patterns = (re.sub(r"\\\{\w+\\\}", ".+?", re.escape(phrase)) for phrase in PHRASES)
    return any(re.fullmatch(pattern, text) for pattern in patterns)


FAR = np.array([[1.0, 9.0, np.inf], [8.0, 2.0, np.inf], [7.0, 9.0, np.inf]])
KEPT = np.array([Status.KEPT, Status.KEPT, Status.FREE])


@pytest.mark.parametrize(
    "asked",
    [
        {"count": 7},
        {"count": 1, "status": KEPT},
        {"count": 1, "limit": 2.0},
        {"count": 2, "limit": 1.5},
        {"count": 2, "costs": np.array([5.0, 5.0, 5.0]), "budget": 2.0},
        {"count": 2, "costs": np.array([5.0, 5.0, 5.0]), "budget": 7.0, "status": KEPT},
        {"count": 1, "status": np.array([Status.CLOSED, Status.CLOSED, Status.FREE])},
        {"count": 1, "status": np.full(3, Status.FORBIDDEN)},
        {"count": -1},
    ],
)
def test_a_refusal_of_the_siting_and_its_advice_are_said(asked: dict[str, object]) -> None:
    whole: dict[str, Any] = {"status": np.full(3, Status.FREE), **asked}
    with pytest.raises(KotaError) as refused:
        solve(Problem(model=Model.MEDIAN, distances=FAR, weights=np.ones(3), **whole))
    assert said(refused.value.message), refused.value.message


def test_a_candidate_in_the_sea_is_refused_in_every_language() -> None:
    nodes = np.array([[0.0, 0.0], [100.0, 0.0]])
    network = make_network([0], [1], length=[100.0], nodes=nodes)
    with pytest.raises(KotaError) as refused:
        snap(network, np.array([[0.0, 5000.0]]), names=("candidate sea",), farthest=300.0)
    assert said(refused.value.message)
    assert refused.value.hint is not None
    assert said(refused.value.hint)
