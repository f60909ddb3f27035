"""What a rule did and why: the values that it saw, when, and which clause they met."""

from __future__ import annotations

from typing import Any

import msgspec


class Evidence(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel"):
    """What one clause saw.

    Args:
        clause: its number in the rule, from 0.
        words: what it asks, in words.
        holds: whether it held.
        entity: what was looked at.
        attribute, value, unit, at, limit: what was seen there; times in ISO 8601.
        others: how many more were looked at, where a clause asks several.
    """

    clause: int
    words: str
    holds: bool
    entity: str | None = None
    attribute: str | None = None
    value: Any = None
    unit: str | None = None
    at: str | None = None
    limit: Any = None
    others: int = 0


class Firing(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that came to hold.

    Args:
        rule: its id.
        digest: of the definition by which it was judged.
        subject: the entity that it is about.
        at: when it fired [µs], by the clock of the subject.
        since: since when it held [µs].
        evidence: what each clause saw.
    """

    rule: str
    digest: str
    subject: str
    at: int
    since: int
    evidence: tuple[Evidence, ...] = ()


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that fired and holds no more.

    Args:
        rule, subject: see `Firing`.
        at: when it ended [µs].
    """

    rule: str
    subject: str
    at: int


Happening = Firing | Ending
