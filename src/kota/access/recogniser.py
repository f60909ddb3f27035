"""From a cookie or a token to whoever shows it."""

from __future__ import annotations

from typing import Final, Protocol

import msgspec

from kota.access.accounts import Accounts
from kota.access.caller import Caller
from kota.access.identity import NOBODY, ROOT_TENANT, Identity, outside
from kota.access.sessions import Session, Sessions
from kota.access.shelf import Shelf
from kota.access.tokens import PREFIX, Tokens
from kota.store.state import StateStore

STRANGER: Final = Caller(who=NOBODY)
PERSON_KIND: Final = "person"


class Bearers(Protocol):
    """Reads tokens that others have issued."""

    async def recognise(self, text: str) -> Identity | None:
        """Whoever a token names, or None where it does not hold."""
        ...


class Recogniser:
    """Knows everybody.

    Args:
        store: keeps who came from elsewhere and what he was given, for what he left behind.
        accounts, sessions, tokens: of this town.
        bearers: for tokens of others; None: there are none.
    """

    def __init__(
        self,
        store: StateStore,
        accounts: Accounts,
        sessions: Sessions,
        tokens: Tokens,
        bearers: Bearers | None = None,
    ) -> None:
        self.accounts = accounts
        self.sessions = sessions
        self.tokens = tokens
        self.bearers = bearers
        self._others = Shelf(store, PERSON_KIND, Identity)
        self._owners: dict[str, Caller] = {}

    async def load(self) -> None:
        """Take up what the store kept."""
        for part in (self.accounts, self.sessions, self.tokens, self._others):
            await part.load()

    def trust(self, secret: str, who: Identity) -> None:
        """Recognise whoever shows this secret until the process ends."""
        self._owners[secret] = Caller(who=who)

    async def remember(self, who: Identity) -> None:
        """Keep what somebody who came from elsewhere was given last."""
        if self._others.get(who.id) != who:
            await self._others.put(who.id, who)

    def known(self, identity: str) -> Identity:
        """Whoever has this id, with what he is given now; nobody where he is gone."""
        kind, _, key = identity.partition(":")
        if kind == "account":
            account = self.accounts.find(key)
            return NOBODY if account is None else account.identity
        if kind in ("token", "device"):
            token = self.tokens.get(key) if kind == "token" else self.tokens.of_device(key)
            return NOBODY if token is None else token.identity
        for caller in self._owners.values():
            if caller.who.id == identity:
                return caller.who
        return self._others.get(identity) or NOBODY

    async def by_token(self, text: str) -> Caller | None:
        """Whoever shows a bearer token, or None where it does not hold."""
        if text.startswith(PREFIX):
            owner = self._owners.get(text)
            if owner is not None:
                return owner
            token = self.tokens.find(text)
            if token is None:
                return None
            key = token.id
            return Caller(
                who=token.identity,
                tenant=token.tenant if token.device and token.tenant != ROOT_TENANT else None,
                holds=lambda: self.tokens.get(key) is token,
            )
        if self.bearers is None:
            return None
        who = await self.bearers.recognise(text)
        if who is None:
            return None
        await self.remember(who)
        return Caller(who=who)

    async def forget_tenant(self, tenant: str) -> None:
        """Take away whoever a tenant keeps, and whatever others were given in it."""
        for account in await self.accounts.forget_tenant(tenant):
            await self.sessions.end_all(account.identity.id)
        await self.tokens.forget_tenant(tenant)
        narrowed = {
            key: msgspec.structs.replace(one, grants=outside(one.grants, tenant))
            for key, one in self._others.items()
            if outside(one.grants, tenant) != one.grants
        }
        for key in narrowed:
            await self.sessions.end_all(key)
        if narrowed:
            await self._others.put_all(narrowed)

    def by_session(self, secret: str) -> tuple[Caller, Session] | None:
        """Whoever's browser shows a session's secret, or None where it is over."""
        found = self.sessions.find(secret)
        if found is None:
            return None
        key, session = found
        caller = self.of_session(key, session)
        return None if caller is None else (caller, session)

    def of_session(self, key: str, session: Session) -> Caller | None:
        """Whoever a session belongs to, or None where what it rests on has changed."""
        who, must_change = session.identity, False
        if session.account is not None:
            account = self.accounts.find(session.account)
            if account is None or account.version != session.version:
                return None
            who, must_change = account.identity, account.must_change
        if who is None:
            return None
        if must_change:
            who = msgspec.structs.replace(who, grants=())
        given = who.grants
        account_name, version, purpose = session.account, session.version, session.purpose

        def holds() -> bool:
            present_session = self.sessions.holding(key)
            if present_session is None or present_session.purpose != purpose:
                return False
            if account_name is None:
                return True
            present = self.accounts.find(account_name)
            return present is not None and present.version == version and present.grants == given

        return Caller(
            who=who,
            purpose=session.purpose,
            session=key,
            account=session.account,
            must_change=must_change,
            holds=holds,
        )
