"""What can be allowed: rights of the core, and the roles that have them.

A right is ``<thing>.<verb>``. Solutions add their own under their name; a role may be given one by
its whole name or by ``<thing>.*``.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Final

RIGHTS: Final[Mapping[str, str]] = {
    "entities.read": "see entities, their history and what they are now",
    "entities.write": "change entities and their history",
    "subscriptions.manage": "have others told of changes",
    "contexts.manage": "keep JSON-LD contexts",
    "sources.manage": "register other brokers and what they hold",
    "panels.read": "see systems, maps, boards",
    "health.read": "see how Kota does, and its figures",
    "letters.manage": "replay and delete what could not be taken in or delivered",
    "devices.manage": "approve devices and give them credentials",
    "observations.write": "bring observations in",
    "alarms.read": "see alarms and their reports",
    "alarms.act": "acknowledge, shelve, assign alarms",
    "alarms.service": "take alarms out of service, reload definitions",
    "commands.request": "move actuators",
    "commands.approve": "approve commands of others",
    "modes.set": "say who moves an asset",
    "rules.manage": "put rules into force",
    "orders.manage": "work on work orders",
    "scenarios.manage": "plan: make and run scenarios",
    "boards.share": "share boards with one's role",
    "feedback.write": "say something to the city",
    "releases.make": "release data under a privacy budget",
    "subjects.manage": "export and erase what is held of a person",
    "data.export": "take copies of history out",
    "backups.make": "back up and restore",
    "users.manage": "say who may do what",
    "tenants.manage": "make, limit and remove the tenants below",
    "audit.read": "read and verify the audit",
    "demo.steer": "steer a demonstration",
}
"""Every right of the core, and what it lets one do."""


class Role(StrEnum):
    """A duty in the city."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ENGINEER = "engineer"
    PLANNER = "planner"
    CARER = "carer"
    DATA_STEWARD = "data-steward"
    CITIZEN = "citizen"
    ADMINISTRATOR = "administrator"
    DEVICE = "device"
    """No person: brings its own observations and takes its own commands."""


_SEE: Final = ("entities.read", "panels.read", "alarms.read")

GRANTED: Final[Mapping[Role, tuple[str, ...]]] = {
    Role.VIEWER: _SEE,
    Role.OPERATOR: (
        *_SEE,
        "health.read",
        "alarms.act",
        "commands.request",
        "commands.approve",
        "modes.set",
        "orders.manage",
        "letters.manage",
        "demo.steer",
    ),
    Role.ENGINEER: (
        *_SEE,
        "health.read",
        "alarms.act",
        "alarms.service",
        "commands.request",
        "commands.approve",
        "modes.set",
        "orders.manage",
        "rules.manage",
        "entities.write",
        "subscriptions.manage",
        "contexts.manage",
        "sources.manage",
        "letters.manage",
        "devices.manage",
        "observations.write",
        "data.export",
        "demo.steer",
    ),
    Role.PLANNER: (*_SEE, "scenarios.manage", "boards.share", "data.export"),
    Role.CARER: (*_SEE, "alarms.act", "orders.manage"),
    Role.DATA_STEWARD: (
        *_SEE,
        "health.read",
        "subscriptions.manage",
        "contexts.manage",
        "sources.manage",
        "letters.manage",
        "data.export",
        "releases.make",
        "subjects.manage",
        "audit.read",
    ),
    Role.CITIZEN: ("panels.read", "feedback.write"),
    Role.ADMINISTRATOR: (
        "users.manage",
        "tenants.manage",
        "audit.read",
        "backups.make",
        "health.read",
        "panels.read",
    ),
    Role.DEVICE: ("observations.write",),
}
"""What each role may do. An administrator gives rights and has few: who needs to operate is given
a second role, so that the audit shows in which duty something was done."""


def grants(role: Role, right: str, more: Mapping[Role, tuple[str, ...]] | None = None) -> bool:
    """Whether a role has a right.

    Args:
        role: of the person.
        right: of the core or of a solution.
        more: what a city or its solutions grant besides, by role; patterns such as ``water.*``.

    >>> grants(Role.VIEWER, "entities.read"), grants(Role.VIEWER, "entities.write")
    (True, False)
    """
    if right in GRANTED[role]:
        return True
    extra = (more or {}).get(role, ())
    return any(fnmatchcase(right, pattern) for pattern in extra)
