"""Decides who may do what to what, for which purpose: deny by default, in one place.

A decision needs one grant that allows all of it: the right by its role, the tenant (or one above
it, where the grant says that it holds below), the area, the solution. Attributes that tell of
persons are hidden unless the same grant names the purpose that was stated.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from kota.access.identity import Grant, Identity
from kota.access.right import GRANTED, Role, grants


class Resource(msgspec.Struct, frozen=True, kw_only=True):
    """What something is to be done to.

    Args:
        tenant: whose it is.
        areas: its scopes; empty: it lies nowhere, and belongs to the whole tenant.
        solution: whose it is; None: the core's.
        protected: purposes by attribute that tells of a person; each may be seen for any of its
            purposes.
    """

    tenant: str
    areas: tuple[str, ...] = ()
    solution: str | None = None
    protected: Mapping[str, frozenset[str]] = {}


class Verdict(msgspec.Struct, frozen=True):
    """What was decided.

    Args:
        allowed: whether it may be done.
        words: why not, for whoever asked.
        hidden: attributes that are not to be shown or changed all the same.
    """

    allowed: bool
    words: str = ""
    hidden: frozenset[str] = frozenset()


class Tenants:
    """The tree of tenants.

    Args:
        parents: the tenant above, by tenant; those at the top have none.
    """

    def __init__(self, parents: Mapping[str, str | None]) -> None:
        self._parents = dict(parents)

    def put(self, tenant: str, parent: str) -> None:
        """Let there be a tenant below another."""
        self._parents[tenant] = parent

    def drop(self, tenant: str) -> None:
        """Forget a tenant."""
        self._parents.pop(tenant, None)

    def above(self, tenant: str) -> list[str]:
        """A tenant and all above it, the nearest first; one that is not known stands alone."""
        line = [tenant]
        while (parent := self._parents.get(line[-1])) is not None and parent not in line:
            line.append(parent)
        return line

    def below(self, tenant: str) -> set[str]:
        """A tenant and all below it."""
        return {one for one in self._parents if tenant in self.above(one)} | {tenant}

    def holds(self, grant: Grant, tenant: str) -> bool:
        """Whether a grant holds in a tenant: its own, or one below where that was granted."""
        return grant.tenant == tenant or (grant.below and grant.tenant in self.above(tenant))


class Policy:
    """The rules of one city.

    Args:
        tenants: how they belong together.
        more: rights that roles have besides the core's, by role; patterns such as ``water.*``.
    """

    def __init__(self, tenants: Tenants, more: Mapping[Role, Sequence[str]] | None = None) -> None:
        self.tenants = tenants
        self._more = {role: tuple(rights) for role, rights in (more or {}).items()}

    def decide(
        self, who: Identity, right: str, resource: Resource, *, purpose: str | None = None
    ) -> Verdict:
        """Whether somebody may do something to a resource.

        Args:
            who: was recognised.
            right: of the core or of a solution.
            resource: what it is to be done to.
            purpose: what for, as stated; personal data is shown for a purpose alone.
        """
        holding = [one for one in who.grants if self._holds(one, right, resource)]
        if not holding:
            return Verdict(False, self._refusal(who, right))
        hidden = {
            attribute
            for attribute, purposes in resource.protected.items()
            if purpose not in purposes or not any(purpose in one.purposes for one in holding)
        }
        return Verdict(True, hidden=frozenset(hidden))

    def more(self, role: Role) -> tuple[str, ...]:
        """Rights that a role has besides the core's, patterns included."""
        return self._more.get(role, ())

    def rights(self, who: Identity, tenant: str) -> set[str]:
        """What somebody may do somewhere in a tenant; patterns stand for themselves."""
        held = [grant for grant in who.grants if self.tenants.holds(grant, tenant)]
        return {right for one in held for right in (*GRANTED[one.role], *self.more(one.role))}

    def may_give(self, who: Identity, grant: Grant) -> bool:
        """Whether somebody may give or take a grant: he manages users wherever it holds."""
        there = Resource(tenant=grant.tenant)
        return any(
            not one.areas
            and (one.below or not grant.below)
            and self._reaches(one, "users.manage", there)
            for one in who.grants
        )

    def areas(self, who: Identity, right: str, tenant: str) -> tuple[str, ...] | None:
        """Where somebody may do something in a tenant, so that queries can be narrowed to it.

        Returns:
            Scopes; empty: everywhere; None: nowhere.
        """
        anywhere = Resource(tenant=tenant)
        held = [one for one in who.grants if self._reaches(one, right, anywhere)]
        if not held:
            return None
        if any(not one.areas for one in held):
            return ()
        return tuple(sorted({area for one in held for area in one.areas}))

    def _holds(self, grant: Grant, right: str, resource: Resource) -> bool:
        if not self._reaches(grant, right, resource):
            return False
        return not grant.areas or any(lies_in(one, grant.areas) for one in resource.areas)

    def _reaches(self, grant: Grant, right: str, resource: Resource) -> bool:
        if not grants(grant.role, right, self._more):
            return False
        whose = resource.solution
        if whose is not None and grant.solutions and whose not in grant.solutions:
            return False
        return self.tenants.holds(grant, resource.tenant)

    def _refusal(self, who: Identity, right: str) -> str:
        if not who.grants:
            return f"{who.name} has been given nothing"
        if not any(grants(one.role, right, self._more) for one in who.grants):
            roles = ", ".join(sorted({one.role for one in who.grants}))
            return f"{who.name} is {roles}, which has no right {right!r}"
        return f"{who.name} has the right {right!r}, but not there"


def lies_in(scope: str, areas: Iterable[str]) -> bool:
    """Whether a scope is one of these areas or below one.

    >>> lies_in("/town/north/east", ["/town/north"]), lies_in("/town/northern", ["/town/north"])
    (True, False)
    """
    path = scope.rstrip("/") + "/"
    return any(path.startswith(area.rstrip("/") + "/") for area in areas)
