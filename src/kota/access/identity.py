"""Somebody, and what they were given."""

from __future__ import annotations

import msgspec

from kota.access.right import Role

ROOT_TENANT = "city"
"""The tenant that everything belongs to where nobody names one."""


class Grant(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A role, and where it holds.

    Args:
        role: what somebody may do.
        tenant: whose data.
        below: whether it holds in the tenants below that one too.
        areas: scopes (``/kuala-lestari/north``), each with everything below; empty: everywhere.
        solutions: whose rights; empty: of all solutions.
        purposes: for which personal data may be seen, such as ``care``; empty: none may.
    """

    role: Role
    tenant: str = ROOT_TENANT
    below: bool = False
    areas: tuple[str, ...] = ()
    solutions: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()


class Identity(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody who was recognised.

    Args:
        id: unique and lasting; a local account's name, or issuer and subject of a token.
        name: as it stands on the screen and in the audit.
        grants: what they were given.
        person: whether it is a person; services and devices are not.
    """

    id: str
    name: str
    grants: tuple[Grant, ...] = ()
    person: bool = True


NOBODY = Identity(id="", name="nobody", person=False)
"""Whoever was not recognised: may do nothing."""


def outside(grants: tuple[Grant, ...], tenant: str) -> tuple[Grant, ...]:
    """Grants but those in a tenant."""
    return tuple(one for one in grants if one.tenant != tenant)
