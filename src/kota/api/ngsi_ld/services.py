"""What the NGSI-LD binding stands on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kota.clock import Clock
    from kota.context.broker import Broker
    from kota.context.contexts import Contexts
    from kota.context.entity_maps import EntityMaps
    from kota.context.owned_subscriptions import OwnedSubscriptions
    from kota.context.sources.room import Sources
    from kota.context.subscriptions import Subscriptions
    from kota.context.temporal import Temporal
    from kota.model.query import Lens


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The rooms below, as the handlers see them.

    Args:
        broker: entity operations.
        temporal: operations on how entities evolved.
        contexts: compiles and keeps JSON-LD contexts.
        subscriptions: who is told of what.
        clock: dates what is written.
        sources: other brokers; None: there are none and can be none.
        maps: which entities queries found; None: none are kept.
        lens: what the caller sees of an entity, where that is not everything.
        body_limit: the largest body that is read [bytes].
    """

    broker: Broker
    temporal: Temporal
    contexts: Contexts
    subscriptions: Subscriptions | OwnedSubscriptions
    clock: Clock
    sources: Sources | None = None
    maps: EntityMaps | None = None
    lens: Lens | None = None
    body_limit: int = 16 << 20
