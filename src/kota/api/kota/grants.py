"""Grants as the API writes and reads them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from pydantic import Field

from kota.access.identity import Grant
from kota.access.right import Role
from kota.access.tenant import NonexistentTenantError
from kota.api.kota.answers import Model
from kota.errors import BadRequestDataError, ForbiddenError
from kota.model.names import read_scope

if TYPE_CHECKING:
    from kota.access.access import Access
    from kota.access.caller import Caller


class GrantView(Model):
    """A role, and where it holds; empty lists: everywhere, of all solutions, for no purpose.

    `tenant` null: the one that is asked; `below`: in those below it too.
    """

    role: Role
    tenant: str | None = None
    below: bool = False
    areas: list[str] = Field(default_factory=list)
    solutions: list[str] = Field(default_factory=list)
    purposes: list[str] = Field(default_factory=list)


def require_areas(areas: list[str]) -> None:
    """Refuse areas that are no scopes.

    Raises:
        BadRequestDataError: names the first.
    """
    for area in areas:
        if read_scope(area) != (area,):
            raise BadRequestDataError(
                f"areas: {area[:80]!r} is no scope", hint="write it as /town/north"
            )


def view(grant: Grant) -> GrantView:
    """A grant to be shown."""
    return GrantView(
        role=grant.role,
        tenant=grant.tenant,
        below=grant.below,
        areas=list(grant.areas),
        solutions=list(grant.solutions),
        purposes=list(grant.purposes),
    )


def read(given: list[GrantView], tenant: str) -> tuple[Grant, ...]:
    """Grants that were sent to a tenant.

    Raises:
        BadRequestDataError: an area that is no scope, or more than anybody needs.
    """
    if len(given) > 50:
        raise BadRequestDataError(f"grants: {len(given)}; give at most 50")
    for one in given:
        require_areas(one.areas)
        for word in (*one.solutions, *one.purposes):
            if not 1 <= len(word) <= 100 or not word.isprintable():
                raise BadRequestDataError(f"{word[:80]!r}: not a name")
    read = (
        Grant(
            role=one.role,
            tenant=one.tenant or tenant,
            below=one.below,
            areas=tuple(one.areas),
            solutions=tuple(one.solutions),
            purposes=tuple(one.purposes),
        )
        for one in given
    )
    return tuple(dict.fromkeys(read))


class Giving:
    """Says which grants somebody may give and take, in one tenant and those below.

    Args:
        access: of the tenant.
        caller: who gives; None: nobody was asked, and may give everything.
    """

    def __init__(self, access: Access, caller: Caller | None) -> None:
        self._caller = caller
        self._policy = access.sights.policy
        self._there = self._policy.tenants.below(access.tenant)

    def shown(self, grants: Iterable[Grant]) -> tuple[Grant, ...]:
        """Those that lie in these tenants; of others not even the names are told."""
        return tuple(one for one in grants if one.tenant in self._there)

    def replaced(self, present: tuple[Grant, ...], wanted: tuple[Grant, ...]) -> tuple[Grant, ...]:
        """What somebody has once those that are shown were replaced.

        Raises:
            NonexistentTenantError: a grant names a tenant that is none of these.
            ForbiddenError: one that is new or gone is not the caller's to give.
        """
        shown = self.shown(present)
        self.require([one for one in (*wanted, *shown) if (one in wanted) is not (one in shown)])
        return (*(one for one in present if one not in shown), *wanted)

    def require(self, grants: Iterable[Grant]) -> None:
        """Refuse grants that the caller may not give.

        Raises:
            NonexistentTenantError: one names a tenant that is none of these.
            ForbiddenError: one reaches further than he himself manages users.
        """
        for one in grants:
            if one.tenant not in self._there:
                raise NonexistentTenantError(one.tenant)
            if self._caller is not None and not self._policy.may_give(self._caller.who, one):
                below = " and those below" if one.below else ""
                raise ForbiddenError(
                    f"{self._caller.who.name} does not manage users in {one.tenant}{below}"
                )

    def require_all(self, grants: Iterable[Grant]) -> None:
        """Refuse to take over somebody who was given more than the caller could give.

        Raises:
            ForbiddenError: he was.
        """
        if self._caller is None:
            return
        if not all(self._policy.may_give(self._caller.who, one) for one in grants):
            raise ForbiddenError("this account has rights beyond those that you manage here")
