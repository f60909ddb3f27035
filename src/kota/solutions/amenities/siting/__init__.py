"""Where to put amenities: models, bounds, proofs, and what is around an answer."""

from __future__ import annotations

from kota.solutions.amenities.siting.neighbours import with_alternatives, with_changes
from kota.solutions.amenities.siting.problem import Floor, Kind, Model, Periods, Problem, Status
from kota.solutions.amenities.siting.solution import (
    Alternative,
    Change,
    InfeasibleError,
    Remedy,
    Solution,
)
from kota.solutions.amenities.siting.solve import solve

__all__ = [
    "Alternative",
    "Change",
    "Floor",
    "InfeasibleError",
    "Kind",
    "Model",
    "Periods",
    "Problem",
    "Remedy",
    "Solution",
    "Status",
    "solve",
    "with_alternatives",
    "with_changes",
]
