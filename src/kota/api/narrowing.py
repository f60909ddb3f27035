"""What the NGSI-LD handlers may use for one request: the rooms, as far as the caller sees them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from kota.api.calling import CALLER
from kota.api.eyes import Eyes
from kota.context.owned_subscriptions import OwnedSubscriptions
from kota.context.subscriptions import Subscriptions
from kota.errors import ForbiddenError

if TYPE_CHECKING:
    from starlette.types import Scope

    from kota.access.caller import Caller
    from kota.api.gate import Gate
    from kota.api.ngsi_ld.services import Services
    from kota.api.rooms import Rooms


_WHOLE: Final = ("contexts.manage", "sources.manage")
"""Rights to what belongs to no place of the town."""
_REMEMBERED: Final = 10_000


class Narrowing:
    """Narrows the services of the binding.

    Args:
        rooms: everything.
        gate: says who calls.
        services: of whoever sees everything.
    """

    def __init__(self, rooms: Rooms, gate: Gate, services: Services) -> None:
        self._rooms = rooms
        self._gate = gate
        self._services = services
        assert isinstance(services.subscriptions, Subscriptions)
        self._subscriptions = services.subscriptions
        self._kept: dict[int, tuple[Caller, dict[str | None, Services]]] = {}

    def __call__(self, scope: Scope, right: str | None) -> Services:
        """What may be used for a request that asks for a right.

        Raises:
            UnrecognisedError: nobody knows the caller.
            ForbiddenError: he has no such right anywhere.
        """
        caller: Caller = scope[CALLER]
        known = self._kept.get(id(caller))
        if known is None or known[0] is not caller:
            if len(self._kept) >= _REMEMBERED:
                self._kept.clear()
            known = self._kept[id(caller)] = (caller, {})
        services = known[1].get(right)
        if services is None:
            services = known[1][right] = self._narrowed(scope, caller, right)
        return services

    def _narrowed(self, scope: Scope, caller: Caller, right: str | None) -> Services:
        self._gate.require_known(caller)
        if right is None:
            raise ForbiddenError(f"{scope['method']} {scope['path']}: nobody has a right to this")
        access = self._rooms.access
        if right in _WHOLE:
            access.require(caller, right)
        else:
            access.require_somewhere(caller, right)
        if right == "subscriptions.manage":
            return replace(self._services, subscriptions=self._owned(caller))
        eyes = Eyes(self._rooms, caller)
        if eyes.state is self._rooms.entities:
            return self._services
        return replace(
            self._services,
            broker=self._services.broker.upon(eyes.state),
            temporal=self._services.temporal.upon(eyes.history),
            lens=eyes.sees,
        )

    def _owned(self, caller: Caller) -> OwnedSubscriptions:
        return OwnedSubscriptions(
            self._subscriptions,
            caller.who.id,
            purpose=caller.purpose,
            orphans=self._rooms.access.may(caller, "subscriptions.manage"),
        )
