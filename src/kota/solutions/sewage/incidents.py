"""What goes wrong in a simulated system of sewers, declared beforehand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

IncidentKind = Literal["blocked", "pump-failed", "drift", "silent"]


@dataclass(frozen=True, slots=True)
class Incident:
    """One thing that goes wrong for a while.

    Args:
        kind: a sewer that is nearly blocked, a pump that stands still, a level sensor that drifts,
            a device that is not heard.
        element: id in the model.
        begins, ends: [s since the epoch].
        amount: of a blocked sewer what it still carries [m³/s]; of a drift, its speed [m/h].
    """

    kind: IncidentKind
    element: str
    begins: int
    ends: int
    amount: float = 0.0

    def lasts(self, at: int) -> bool:
        """Whether it is going on at an instant [s since the epoch]."""
        return self.begins <= at < self.ends


def of_kind(incidents: Sequence[Incident], kind: IncidentKind, at: int) -> list[Incident]:
    """Those of a kind that are going on."""
    return [one for one in incidents if one.kind == kind and one.lasts(at)]


def drift(incidents: Sequence[Incident], element: str, at: int) -> float:
    """How far a level sensor is off by drifting [m]."""
    return sum(
        one.amount * (at - one.begins) / 3600.0
        for one in of_kind(incidents, "drift", at)
        if one.element == element
    )
