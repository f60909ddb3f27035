"""Who is told of what people do with identity: signing in, grants, tokens, purposes."""

from __future__ import annotations

from typing import Protocol

import msgspec

from kota.access.audit_line import Line, encode
from kota.clock import Clock
from kota.store.state import StateStore


class Deed(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was done, or refused.

    Args:
        who: name of the person or part of Kota.
        role: in which duty.
        what: ``session.begin``, ``user.grant``, ``personal.read``.
        subject: what it was done to.
        where: address that it came from.
        why: in words; the purpose that was stated.
        detail: further facts.
    """

    who: str
    role: str
    what: str
    subject: str
    where: str = ""
    why: str = ""
    detail: dict[str, str] = {}


class Auditor(Protocol):
    """Keeps what people did."""

    async def note(self, deed: Deed) -> None:
        """Keep one deed; returns when it is durable.

        Raises:
            StoreError: it could not be kept; then what was done must not stand.
        """
        ...


class StoreAuditor:
    """Appends deeds to the audit of a store.

    Args:
        store: keeps it.
        clock: wall time.
    """

    def __init__(self, store: StateStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def note(self, deed: Deed) -> None:
        """Append one line."""
        line = Line(
            at=self._clock.now(),
            who=deed.who,
            role=deed.role,
            what=deed.what,
            subject=deed.subject,
            where=deed.where,
            why=deed.why,
            detail=dict(deed.detail),
        )
        await self._store.apply([], audit=[encode(line)])
