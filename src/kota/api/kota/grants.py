"""Grants as the API writes and reads them."""

from __future__ import annotations

from pydantic import Field

from kota.access.identity import ROOT_TENANT, Grant
from kota.access.right import Role
from kota.api.kota.answers import Model
from kota.errors import BadRequestDataError
from kota.model.names import read_scope


class GrantView(Model):
    """A role, and where it holds; empty lists: everywhere, of all solutions, for no purpose."""

    role: Role
    tenant: str = ROOT_TENANT
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
        areas=list(grant.areas),
        solutions=list(grant.solutions),
        purposes=list(grant.purposes),
    )


def read(given: list[GrantView]) -> tuple[Grant, ...]:
    """Grants that were sent.

    Raises:
        BadRequestDataError: an area that is no scope, or more than anybody needs.
    """
    if len(given) > 50:
        raise BadRequestDataError(f"grants: {len(given)}; give at most 50")
    for one in given:
        if one.tenant != ROOT_TENANT:
            raise BadRequestDataError(f"tenant: {one.tenant!r} is not known")
        require_areas(one.areas)
        for word in (*one.solutions, *one.purposes):
            if not 1 <= len(word) <= 100 or not word.isprintable():
                raise BadRequestDataError(f"{word[:80]!r}: not a name")
    return tuple(
        Grant(
            role=one.role,
            tenant=one.tenant,
            areas=tuple(one.areas),
            solutions=tuple(one.solutions),
            purposes=tuple(one.purposes),
        )
        for one in given
    )
