"""Who did something, and how the audit tells of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from kota.access.audit_line import Line, encode


class Actor(msgspec.Struct, frozen=True, omit_defaults=True):
    """A person, or a part of Kota, that acts.

    Args:
        name: as it stands in the journal.
        role: its duty, in one word.
        where: the address that it acts from, where there is one.
    """

    name: str
    role: str
    where: str = ""


SYSTEM: Final = Actor("Kota", "system")
"""Whatever happens by itself: a condition that begins or ends, a time that is over."""

PARTS: Final = frozenset({"system", "solution", "rule"})
"""Roles of actors that are parts of Kota."""


def is_person(actor: Actor) -> bool:
    """Whether somebody acts, not a part of Kota."""
    return actor.role not in PARTS


def told(
    actor: Actor,
    at: int,
    what: str,
    subject: str,
    *,
    why: str | None = None,
    cause: str | None = None,
    plant_at: int | None = None,
    detail: Mapping[str, Any] | None = None,
) -> bytes:
    """A line for the audit, encoded; see `Line`.

    Args:
        actor: who.
        at: by wall time [µs].
        what, subject: what was done, and to what.
        why: in words.
        cause: id of what led to it.
        plant_at: by the clock of the plant, where that is another [µs].
        detail: further facts; those that are None are left out.
    """
    facts = {name: value for name, value in (detail or {}).items() if value is not None}
    line = Line(
        at=at,
        who=actor.name,
        role=actor.role,
        where=actor.where,
        what=what,
        subject=subject,
        why=why or "",
        cause=cause,
        plant_at=None if plant_at == at else plant_at,
        detail=facts,
    )
    return encode(line)
