"""What somebody may see or change, decided entity by entity and remembered by type and place."""

from __future__ import annotations

from typing import Final

import msgspec

from kota.access.identity import Identity
from kota.access.policy import Policy, Resource
from kota.access.protection import Protection
from kota.model.entity import Entity

_REMEMBERED: Final = 50_000
_NOTHING: Final[frozenset[str]] = frozenset()


class Sight:
    """One person, one right, one purpose.

    Args:
        policy: decides.
        protection: which attributes tell of persons.
        who: of whom.
        right: to do what.
        tenant: in whose data.
        purpose: what for, as stated.
    """

    def __init__(
        self,
        policy: Policy,
        protection: Protection,
        *,
        who: Identity,
        right: str,
        tenant: str,
        purpose: str | None = None,
    ) -> None:
        self.who = who
        self.right = right
        self.tenant = tenant
        self.purpose = purpose
        self.areas = policy.areas(who, right, tenant)
        self._policy = policy
        self._protection = protection
        self._known: dict[tuple[tuple[str, ...], tuple[str, ...]], frozenset[str] | None] = {}
        self._unveiled = self._shows_all()
        self.everything = self.areas == () and self._unveiled

    def _shows_all(self) -> bool:
        """Whether nothing that is protected is hidden in the place that is hardest to see."""
        everywhere = Resource(tenant=self.tenant, areas=self.areas or ())
        kinds = self._protection.declared
        return all(
            not self._policy.decide(
                self.who,
                self.right,
                msgspec.structs.replace(everywhere, protected=self._protection.of((kind,))),
                purpose=self.purpose,
            ).hidden
            for kind in kinds
        )

    def hidden(self, types: tuple[str, ...], areas: tuple[str, ...]) -> frozenset[str] | None:
        """Attributes that are hidden of an entity of these types and scopes; None: all of it."""
        key = (types, areas)
        try:
            return self._known[key]
        except KeyError:
            pass
        resource = Resource(tenant=self.tenant, areas=areas, protected=self._protection.of(types))
        verdict = self._policy.decide(self.who, self.right, resource, purpose=self.purpose)
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        found = verdict.hidden if verdict.allowed else None
        self._known[key] = found
        return found

    def hidden_past(self, types: tuple[str, ...], areas: tuple[str, ...]) -> frozenset[str] | None:
        """Attributes whose past is hidden; None: all of it."""
        hidden = self.hidden(types, areas)
        if hidden is None or self._unveiled:
            return hidden
        return hidden | self._protection.repeating(types)

    def sees(self, entity: Entity) -> Entity | None:
        """An entity without what is hidden, the same object where nothing is; None: not at all."""
        hidden = self.hidden(entity.types, entity.scope)
        if hidden is None:
            return None
        repeated = self._protection.repeated(entity)
        if repeated and self._hides(repeated, entity.scope):
            return None
        if not hidden or hidden.isdisjoint(entity.attrs):
            return entity
        attrs = {name: held for name, held in entity.attrs.items() if name not in hidden}
        return msgspec.structs.replace(entity, attrs=attrs)

    def _hides(self, protected: dict[str, frozenset[str]], areas: tuple[str, ...]) -> bool:
        resource = Resource(tenant=self.tenant, areas=areas, protected=protected)
        verdict = self._policy.decide(self.who, self.right, resource, purpose=self.purpose)
        return not verdict.allowed or bool(verdict.hidden)


class Sights:
    """Makes sights and keeps them, one for each who, right and purpose.

    Args:
        policy: decides.
        protection: which attributes tell of persons.
    """

    def __init__(self, policy: Policy, protection: Protection) -> None:
        self.policy = policy
        self.protection = protection
        self._kept: dict[tuple[Identity, str, str, str | None], Sight] = {}

    def forget(self) -> None:
        """Decide anew: tenants have come or gone."""
        self._kept.clear()

    def of(self, who: Identity, right: str, *, tenant: str, purpose: str | None = None) -> Sight:
        """What somebody may see or change for a purpose."""
        key = (who, right, tenant, purpose)
        sight = self._kept.get(key)
        if sight is None:
            if len(self._kept) >= 2_000:
                self._kept.clear()
            sight = self._kept[key] = Sight(
                self.policy,
                self.protection,
                who=who,
                right=right,
                tenant=tenant,
                purpose=purpose,
            )
        return sight
