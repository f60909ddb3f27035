"""One notice, and its way to each of those who are told."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from kota.operate.alarms.priority import Priority
from kota.operate.notices.definition import Way


class Delivery(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A notice on its way to one address.

    Args:
        contact, way, address: to whom, how and where.
        turn: of the chain.
        state: ``withdrawn``: somebody acknowledged before it was sent.
        due_at: not before this instant [µs].
        reason: why it waits or failed, in words.
        attempts: how often it was tried.
        sent_at: when it was taken [µs].
    """

    contact: str
    way: Way
    address: str
    turn: int
    state: Literal["waiting", "sent", "failed", "withdrawn"] = "waiting"
    due_at: int = 0
    reason: str = ""
    attempts: int = 0
    sent_at: int | None = None


class Notice(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that people are told.

    Args:
        id: unique.
        request: what it is for; the same makes no second one.
        at: when [µs], by wall time.
        to: the chain or contact.
        title, text: in words.
        priority: how urgent.
        state: ``open``: the next turn comes; ``acknowledged`` by somebody; ``over``: what it was
            about is; ``told``: everybody was.
        subject: id of the entity that it is about.
        alarms: ids of the alarms that it is about, the first first.
        group: their incident.
        turns: how many turns of the chain were taken.
        acknowledged_by: who acknowledged it.
        deliveries: in order.
    """

    id: str
    request: str
    at: int
    to: str
    title: str
    text: str
    priority: Priority
    state: Literal["open", "acknowledged", "over", "told"] = "open"
    subject: str | None = None
    alarms: tuple[str, ...] = ()
    group: str | None = None
    turns: int = 0
    acknowledged_by: str | None = None
    deliveries: tuple[Delivery, ...] = ()

    def is_in(self, state: str) -> bool:
        """Whether it, or one of its deliveries, is in a state."""
        return self.state == state or any(one.state == state for one in self.deliveries)

    @property
    def waiting(self) -> bool:
        """Whether something of it is still to be sent."""
        return any(one.state == "waiting" for one in self.deliveries)


def counted(notices: Iterable[Notice]) -> dict[str, int]:
    """How many deliveries are in each state."""
    found = {"waiting": 0, "sent": 0, "failed": 0, "withdrawn": 0}
    for notice in notices:
        for delivery in notice.deliveries:
            found[delivery.state] += 1
    return found
