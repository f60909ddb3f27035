"""Everything about other brokers, in one place."""

from __future__ import annotations

from dataclasses import dataclass

from kota.context.sources.federation import Federation
from kota.context.sources.registrations import Registrations
from kota.context.sources.source_subscriptions import SourceSubscriptions


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """The other brokers that hold part of the city.

    Args:
        registrations: who they are and what they have.
        subscriptions: who is told when that changes.
        federation: asks them.
        opened_at: since when this server is up, an instant.
    """

    registrations: Registrations
    subscriptions: SourceSubscriptions
    federation: Federation
    opened_at: int
