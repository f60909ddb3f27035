"""Local accounts: made, changed, and signed in to."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Final

import msgspec

from kota.access import totp
from kota.access.account import Account, require_account_name, wait_after
from kota.access.identity import ROOT_TENANT, Grant, outside
from kota.access.right import Role, grants
from kota.access.sealing import Sealing
from kota.access.secret import Passwords, check_password, one_time_password
from kota.access.shelf import Shelf
from kota.clock import Clock
from kota.errors import (
    AlreadyExistsError,
    BadRequestDataError,
    ConflictError,
    NotFoundError,
    UnrecognisedError,
)
from kota.model.instant import DAY, SECOND
from kota.store.state import StateStore

KIND: Final = "account"
FIRST_NAME: Final = "admin"
FIRST_PASSWORD: Final = "first-password"
"""File of the data folder, for its owner's eyes, until the password was changed."""
ONE_TIME_DAYS: Final = 7
_ISSUER: Final = "Kota"
_STRANGERS: Final = 10_000


class WaitError(UnrecognisedError):
    """Too many wrong passwords.

    Args:
        seconds: how long to wait.
    """

    def __init__(self, seconds: int) -> None:
        super().__init__(f"too many wrong attempts: wait {seconds} s")
        self.seconds = seconds


class SecondFactorError(UnrecognisedError):
    """The password was right, and a code is asked for."""


class Accounts:
    """Everybody who signs in here.

    Args:
        store: keeps them.
        clock: wall time.
        sealing: seals second factors.
    """

    def __init__(self, store: StateStore, clock: Clock, sealing: Sealing) -> None:
        self._shelf = Shelf(store, KIND, Account)
        self._clock = clock
        self._sealing = sealing
        self._passwords = Passwords()
        self._strangers: dict[str, tuple[int, int]] = {}
        self._changing = asyncio.Lock()

    async def load(self) -> None:
        """Take up what the store kept."""
        await self._shelf.load()

    def all(self, tenant: str | None = None) -> list[Account]:
        """Every account, or those of a tenant, by name."""
        found = [account for _, account in self._shelf.items()]
        return [one for one in found if tenant in (None, one.tenant)]

    def find(self, name: str) -> Account | None:
        """The account with this name, or None."""
        return self._shelf.get(name)

    def get(self, name: str) -> Account:
        """The account with this name.

        Raises:
            NotFoundError: there is none.
        """
        account = self._shelf.get(name)
        if account is None:
            raise NotFoundError(f"account {name!r}: there is none")
        return account

    async def add(
        self,
        name: str,
        given: Iterable[Grant] = (),
        *,
        title: str = "",
        tenant: str = ROOT_TENANT,
    ) -> str:
        """Make an account; returns its one-time password.

        Raises:
            BadRequestDataError: no such name can be.
            AlreadyExistsError: there is one.
        """
        require_account_name(name)
        password = one_time_password()
        hashed = await self._passwords.hashed(password)
        async with self._changing:
            if self._shelf.get(name) is not None:
                raise AlreadyExistsError(f"account {name!r} exists already")
            now = self._clock.now()
            await self._shelf.put(
                name,
                Account(
                    name=name,
                    title=title,
                    password=hashed,
                    grants=tuple(given),
                    must_change=True,
                    expires_at=now + ONE_TIME_DAYS * DAY,
                    created_at=now,
                    tenant=tenant,
                ),
            )
        return password

    async def reset(self, name: str) -> str:
        """Give an account a new one-time password and no second factor; sessions are over.

        Raises:
            NotFoundError: there is none.
        """
        password = one_time_password()
        hashed = await self._passwords.hashed(password)
        await self._change(
            name,
            password=hashed,
            must_change=True,
            expires_at=self._clock.now() + ONE_TIME_DAYS * DAY,
            totp=None,
            totp_step=0,
            failures=0,
            locked_until=0,
        )
        return password

    async def set_grants(self, name: str, given: Iterable[Grant]) -> Account:
        """Say what somebody may do from now on.

        Raises:
            NotFoundError: there is no such account.
            ConflictError: nobody would be left who may say who may do what.
        """
        given = tuple(given)
        async with self._changing:
            account = self.get(name)
            if _administers(account.grants) and not _administers(given):
                self._require_another_administrator(name)
            changed = msgspec.structs.replace(account, grants=given)
            await self._shelf.put(name, changed)
        return changed

    async def remove(self, name: str) -> None:
        """Take an account away.

        Raises:
            NotFoundError: there is none.
            ConflictError: it is the last that may say who may do what.
        """
        async with self._changing:
            if _administers(self.get(name).grants):
                self._require_another_administrator(name)
            await self._shelf.drop(name)

    async def forget_tenant(self, tenant: str) -> list[Account]:
        """Take a tenant's accounts away, and from all others what they were given there.

        Returns:
            The accounts that are gone.
        """
        async with self._changing:
            gone = self.all(tenant)
            await self._shelf.drop(*(one.name for one in gone))
            narrowed = {
                one.name: msgspec.structs.replace(one, grants=outside(one.grants, tenant))
                for one in self.all()
                if outside(one.grants, tenant) != one.grants
            }
            if narrowed:
                await self._shelf.put_all(narrowed)
        return gone

    async def sign_in(self, name: str, password: str, code: str | None = None) -> Account:
        """Recognise somebody by name, password and, where there is one, second factor.

        Raises:
            UnrecognisedError: not so; it does not say what was wrong.
            WaitError: too many attempts.
            SecondFactorError: the code is missing.
        """
        account = self._shelf.get(name)
        self._require_patience(name, account)
        right = await self._passwords.matches(password, account.password if account else None)
        now = self._clock.now()
        if account is None or not right or _is_over(account, now):
            await self._failed(name)
            raise UnrecognisedError("name or password is wrong")
        step = await self._second_factor(account, code)
        changes: dict[str, object] = {"failures": 0, "locked_until": 0}
        if step is not None:
            changes["totp_step"] = step
        if self._passwords.is_old(account.password):
            changes["password"] = await self._passwords.hashed(password)
        if any(getattr(account, field) != value for field, value in changes.items()):
            return await self._change(name, same_sessions=True, **changes)
        return account

    async def change_password(self, name: str, old: str, new: str) -> Account:
        """Take a new password; sessions that rest on the old one are over.

        Raises:
            UnrecognisedError: the old one is wrong.
            BadRequestDataError: the new one will not do.
        """
        account = self.get(name)
        self._require_patience(name, account)
        if not await self._passwords.matches(old, account.password):
            await self._failed(name)
            raise UnrecognisedError("the present password is wrong")
        check_password(new, name)
        if new == old:
            raise BadRequestDataError("password: is the present one")
        hashed = await self._passwords.hashed(new)
        return await self._change(name, password=hashed, must_change=False, expires_at=None)

    def offer_second_factor(self, name: str) -> tuple[str, str]:
        """A new secret for a phone, and the address that it reads; not yet in force."""
        self.get(name)
        key = totp.new_key()
        return key, totp.address(key, name=name, issuer=_ISSUER)

    async def set_second_factor(self, name: str, key: str, code: str) -> Account:
        """Put a second factor into force, once a code of it was shown.

        Raises:
            BadRequestDataError: the code is not of this secret.
        """
        try:
            step = totp.accepted(key, code, self._clock.now() / SECOND)
        except ValueError:
            raise BadRequestDataError("key: not a secret in base 32") from None
        if step is None:
            raise BadRequestDataError("code: not the one of this moment")
        sealed = self._sealing.seal(key, name)
        return await self._change(name, totp=sealed, totp_step=step)

    async def _second_factor(self, account: Account, code: str | None) -> int | None:
        if account.totp is None:
            return None
        key = self._sealing.open(account.totp, account.name)
        if key is None:
            raise UnrecognisedError(
                "the second factor cannot be read: the store was brought from elsewhere",
                hint="have the account reset",
            )
        if not code:
            raise SecondFactorError("a code of the second factor is asked for")
        step = totp.accepted(key, code, self._clock.now() / SECOND, after=account.totp_step)
        if step is None:
            await self._failed(account.name)
            raise UnrecognisedError("the code is wrong, or was used")
        return step

    def _require_patience(self, name: str, account: Account | None) -> None:
        until = account.locked_until if account else self._strangers.get(name, (0, 0))[1]
        left = until - self._clock.now()
        if left > 0:
            raise WaitError(left // SECOND + 1)

    async def _failed(self, name: str) -> None:
        """Count a wrong attempt; names that nobody has are treated alike."""
        now = self._clock.now()
        account = self._shelf.get(name)
        if account is not None:
            failures = account.failures + 1
            until = now + wait_after(failures)
            await self._change(name, same_sessions=True, failures=failures, locked_until=until)
            return
        if len(self._strangers) >= _STRANGERS:
            self._strangers.clear()
        failures = self._strangers.get(name, (0, 0))[0] + 1
        self._strangers[name] = (failures, now + wait_after(failures))

    async def _change(
        self, name: str, *, same_sessions: bool = False, **changes: object
    ) -> Account:
        async with self._changing:
            account = self.get(name)
            version = account.version if same_sessions else account.version + 1
            changed = msgspec.structs.replace(account, version=version, **changes)
            await self._shelf.put(name, changed)
        return changed

    def _require_another_administrator(self, name: str) -> None:
        if not any(_administers(one.grants) for one in self.all() if one.name != name):
            raise ConflictError(
                f"account {name!r} is the last that may say who may do what",
                hint="make another administrator first",
            )


def _administers(given: Iterable[Grant]) -> bool:
    return any(
        grants(one.role, "users.manage")
        and not one.areas
        and one.role is Role.ADMINISTRATOR
        and one.tenant == ROOT_TENANT
        for one in given
    )


def _is_over(account: Account, now: int) -> bool:
    return account.expires_at is not None and account.expires_at <= now
