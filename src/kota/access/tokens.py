"""Tokens of services and credentials of devices: long random texts, kept as digests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from secrets import token_hex
from typing import Final

import msgspec

from kota.access.identity import ROOT_TENANT, Grant, Identity, outside
from kota.access.right import Role
from kota.access.secret import digest, new_secret
from kota.access.shelf import Shelf
from kota.clock import Clock
from kota.errors import BadRequestDataError, NotFoundError
from kota.model.instant import DAY
from kota.store.state import StateStore

KIND: Final = "token"
PREFIX: Final = "kota_"
LONGEST_DAYS: Final = 3660


class Token(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is kept of a token.

    Args:
        id: its public part.
        name: what it is for; of a device, the device's id.
        digest: of the whole text.
        grants: what it allows.
        made_at, expires_at: instants; None: it does not expire.
        made_by: name of who made it.
        device: whether it is a device's.
        tenant: whose administrators keep it; of a device, whose device it is.
    """

    id: str
    name: str
    digest: str
    grants: tuple[Grant, ...]
    made_at: int
    made_by: str = ""
    expires_at: int | None = None
    device: bool = False
    tenant: str = ROOT_TENANT

    @property
    def identity(self) -> Identity:
        """Who shows it."""
        kind = "device" if self.device else "token"
        key = device_key(self.name, self.tenant) if self.device else self.id
        return Identity(id=f"{kind}:{key}", name=self.name, grants=self.grants, person=False)


def device_key(device: str, tenant: str) -> str:
    """What tells a device apart from those of the same id in other tenants."""
    return device if tenant == ROOT_TENANT else f"{tenant}/{device}"


class Made(msgspec.Struct, frozen=True):
    """A token and its text, which is shown once."""

    token: Token
    text: str


class Tokens:
    """All of them.

    Args:
        store: keeps them.
        clock: wall time.
    """

    def __init__(self, store: StateStore, clock: Clock) -> None:
        self._shelf = Shelf(store, KIND, Token)
        self._clock = clock
        self._by_digest: dict[str, Token] = {}

    async def load(self) -> None:
        """Take up what the store kept."""
        await self._shelf.load()
        self._by_digest = {one.digest: one for _, one in self._shelf.items()}

    def all(self, *, device: bool | None = None, tenant: str | None = None) -> list[Token]:
        """Every token, or those of devices, or of none, or of a tenant; by name."""
        found = [
            one
            for _, one in self._shelf.items()
            if device in (None, one.device) and tenant in (None, one.tenant)
        ]
        return sorted(found, key=lambda one: (one.name, one.made_at))

    def find(self, text: str) -> Token | None:
        """The token with this text, where it holds."""
        token = self._by_digest.get(digest(text))
        if token is None or self.is_over(token):
            return None
        return token

    def get(self, key: str) -> Token | None:
        """A token by its id, where it holds."""
        token = self._shelf.get(key)
        return None if token is None or self.is_over(token) else token

    def of_device(self, key: str) -> Token | None:
        """A token of a device that holds, by its `device_key`."""
        held = [one for one in self.all(device=True) if device_key(one.name, one.tenant) == key]
        return next((one for one in held if not self.is_over(one)), None)

    def is_over(self, token: Token) -> bool:
        """Whether it has expired."""
        return token.expires_at is not None and token.expires_at <= self._clock.now()

    async def make(
        self,
        name: str,
        given: Iterable[Grant],
        *,
        by: str,
        days: float | None = 365,
        tenant: str = ROOT_TENANT,
    ) -> Made:
        """Make a token for a service.

        Args:
            name: what it is for.
            given: what it allows.
            by: who makes it.
            days: for how long; None: until revoked.
            tenant: whose administrators keep it.

        Raises:
            BadRequestDataError: no name, or a time that is none.
        """
        if not 1 <= len(name) <= 200 or not name.isprintable():
            raise BadRequestDataError("name: say in at most 200 characters what the token is for")
        token = self._made(name, tuple(given), by=by, days=days)
        made = Made(msgspec.structs.replace(token.token, tenant=tenant), token.text)
        await self._keep([made.token])
        return made

    async def issue(
        self,
        devices: Sequence[str],
        *,
        by: str,
        days: float | None = None,
        areas: tuple[str, ...] = (),
        tenant: str = ROOT_TENANT,
    ) -> list[Made]:
        """Give devices new credentials; those that they had are revoked.

        Args:
            devices: their ids.
            by: who does.
            days: for how long; None: until revoked.
            areas: scopes they observe in; empty: anywhere.
            tenant: whose devices they are.
        """
        given = (Grant(role=Role.DEVICE, tenant=tenant, areas=areas),)
        wanted = list(dict.fromkeys(devices))
        plain = [self._made(one, given, by=by, days=days) for one in wanted]
        made = [
            Made(msgspec.structs.replace(one.token, device=True, tenant=tenant), one.text)
            for one in plain
        ]
        old = [one.id for one in self.all(device=True, tenant=tenant) if one.name in set(wanted)]
        await self._keep([one.token for one in made])
        await self._revoke(old)
        return made

    async def revoke(self, key: str) -> Token:
        """Let a token hold no more.

        Raises:
            NotFoundError: there is none.
        """
        token = self._shelf.get(key)
        if token is None:
            raise NotFoundError(f"token {key!r}: there is none")
        await self._revoke([key])
        return token

    async def revoke_devices(self, devices: Iterable[str], tenant: str = ROOT_TENANT) -> int:
        """Take the credentials of a tenant's devices away; returns how many there were."""
        wanted = set(devices)
        keys = [one.id for one in self.all(device=True, tenant=tenant) if one.name in wanted]
        await self._revoke(keys)
        return len(keys)

    async def forget_tenant(self, tenant: str) -> None:
        """Revoke a tenant's tokens, and take from all others what they allow there."""
        await self._revoke([one.id for one in self.all(tenant=tenant)])
        narrowed = [
            msgspec.structs.replace(one, grants=outside(one.grants, tenant))
            for one in self.all()
            if outside(one.grants, tenant) != one.grants
        ]
        if narrowed:
            await self._keep(narrowed)

    def _made(self, name: str, given: tuple[Grant, ...], *, by: str, days: float | None) -> Made:
        if days is not None and not 0 < days <= LONGEST_DAYS:
            raise BadRequestDataError(f"days: use more than 0 and at most {LONGEST_DAYS}")
        text = PREFIX + new_secret()
        now = self._clock.now()
        token = Token(
            id=token_hex(6),
            name=name,
            digest=digest(text),
            grants=given,
            made_at=now,
            made_by=by,
            expires_at=None if days is None else now + int(days * DAY),
        )
        return Made(token, text)

    async def _keep(self, tokens: Sequence[Token]) -> None:
        await self._shelf.put_all({one.id: one for one in tokens})
        self._by_digest |= {one.digest: one for one in tokens}

    async def _revoke(self, keys: Sequence[str]) -> None:
        for key in keys:
            token = self._shelf.get(key)
            if token is not None:
                self._by_digest.pop(token.digest, None)
        await self._shelf.drop(*keys)
