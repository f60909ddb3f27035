"""Tenants: who they are, how they form a tree, and what they may use."""

from __future__ import annotations

import re
from typing import Final

import msgspec

from kota.access.identity import ROOT_TENANT
from kota.access.policy import Tenants
from kota.access.shelf import Shelf
from kota.errors import AlreadyExistsError, BadRequestDataError, ConflictError, KotaError
from kota.store.state import StateStore

KIND: Final = "tenant"
NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,49}")
MOST: Final = 1_000
"""Tenants of one Kota."""
_DEEPEST: Final = 10


class NonexistentTenantError(KotaError):
    """A tenant was named that is not there, or in which the caller was given nothing.

    Args:
        name: as it was asked for.
    """

    def __init__(self, name: str) -> None:
        super().__init__(
            f"tenant {name[:80]!r}: there is none", hint="kota tenants list says which there are"
        )
        self.name = name


class Quota(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How much a tenant may use; None: as much as there is.

    Args:
        entities: at the same time.
        observations: a day (UTC), deletions and what history alone takes in included.
    """

    entities: int | None = None
    observations: int | None = None

    def __post_init__(self) -> None:
        for name in ("entities", "observations"):
            limit = getattr(self, name)
            if limit is not None and not 0 <= limit < 2**53:
                raise BadRequestDataError(f"{name}: {limit} is no quota; use 0 or more, or none")


class Tenant(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One party that keeps its data apart.

    Args:
        name: unique; also the name of its folder.
        parent: the tenant above it.
        title: as it stands on the screen; empty: the name.
        quota: what it may use.
        solutions: names of those that run on its data.
        created_at: an instant.
        removing: whether its data are being deleted.
    """

    name: str
    parent: str = ROOT_TENANT
    title: str = ""
    quota: Quota = Quota()
    solutions: tuple[str, ...] = ()
    created_at: int = 0
    removing: bool = False


class TenantBook:
    """All tenants but the default one, which is always there.

    Args:
        store: keeps them; the default tenant's.
        tree: learns how they belong together.
    """

    def __init__(self, store: StateStore, tree: Tenants) -> None:
        self._shelf = Shelf(store, KIND, Tenant)
        self.tree = tree

    async def load(self) -> None:
        """Take up what the store kept."""
        await self._shelf.load()
        for name, one in self._shelf.items():
            self.tree.put(name, one.parent)

    def all(self) -> list[Tenant]:
        """Every tenant, by name, those that are being removed included."""
        return [one for _, one in self._shelf.items()]

    def is_known(self, name: str) -> bool:
        """Whether there is a tenant with this name, be it one that is being removed."""
        return self._shelf.get(name) is not None

    def find(self, name: str) -> Tenant | None:
        """The tenant with this name, or None."""
        found = self._shelf.get(name)
        return None if found is None or found.removing else found

    def get(self, name: str) -> Tenant:
        """The tenant with this name.

        Raises:
            NonexistentTenantError: there is none.
        """
        found = self.find(name)
        if found is None:
            raise NonexistentTenantError(name)
        return found

    async def add(self, tenant: Tenant) -> None:
        """Make a tenant.

        Raises:
            BadRequestDataError: no such name can be.
            NonexistentTenantError: there is none to be above it.
            AlreadyExistsError: there is one.
            ConflictError: there are too many, or it would lie too deep.
        """
        if not NAME.fullmatch(tenant.name):
            raise BadRequestDataError(
                f"name: {tenant.name[:80]!r} is none of a tenant",
                hint="use lower-case letters, digits, _ and -, at most 50",
            )
        if tenant.name == ROOT_TENANT or self._shelf.get(tenant.name) is not None:
            raise AlreadyExistsError(f"tenant {tenant.name!r} exists already")
        if tenant.parent != ROOT_TENANT:
            self.get(tenant.parent)
        if len(self._shelf) >= MOST:
            raise ConflictError(f"there are {MOST} tenants", hint="remove some")
        if len(self.tree.above(tenant.parent)) > _DEEPEST:
            raise ConflictError(f"tenant {tenant.parent!r} lies {_DEEPEST} deep already")
        await self._shelf.put(tenant.name, tenant)
        self.tree.put(tenant.name, tenant.parent)

    async def change(self, tenant: Tenant) -> None:
        """Put a tenant in the place of the one with its name; its parent stays."""
        await self._shelf.put(tenant.name, tenant)

    async def drop(self, name: str) -> None:
        """Forget a tenant whose data are gone."""
        await self._shelf.drop(name)
        self.tree.drop(name)
