"""How urgent an alarm is: from what happens if nobody acts, and how soon.

The matrix of EEMUA 191 (3rd ed., section 2.5) and ISA-18.2-2016 (clause 9, rationalization):
priority follows from the severity of the consequence and the time that is left to respond.
"""

from __future__ import annotations

from typing import Final, Literal

Severity = Literal["minor", "moderate", "major", "severe"]
Priority = Literal["low", "medium", "high", "critical"]

PRIORITIES: Final[tuple[Priority, ...]] = ("critical", "high", "medium", "low")
"""The most urgent first."""

WITHIN_S: Final = (180.0, 600.0, 1800.0)
"""Bounds of the time to respond [s]: less than 3, 10 and 30 minutes, or longer."""

MATRIX: Final[dict[Severity, tuple[Priority, Priority, Priority, Priority]]] = {
    "minor": ("medium", "low", "low", "low"),
    "moderate": ("high", "medium", "medium", "low"),
    "major": ("critical", "high", "high", "medium"),
    "severe": ("critical", "critical", "high", "high"),
}
"""By severity: the priority for each class of time to respond, the shortest first."""


def priority(severity: Severity, respond_within: float) -> Priority:
    """The priority of an alarm.

    Args:
        severity: of the consequence if nobody acts.
        respond_within: time until acting is too late [s].

    >>> priority("major", 120.0), priority("minor", 3600.0)
    ('critical', 'low')
    """
    column = sum(respond_within >= bound for bound in WITHIN_S)
    return MATRIX[severity][column]
