"""What the NGSI-LD binding stands on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kota.clock import Clock
    from kota.context.broker import Broker
    from kota.context.contexts import Contexts


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The rooms below, as the handlers see them.

    Args:
        broker: entity operations.
        contexts: compiles and keeps JSON-LD contexts.
        clock: dates what is written.
        body_limit: the largest body that is read [bytes].
    """

    broker: Broker
    contexts: Contexts
    clock: Clock
    body_limit: int = 16 << 20
