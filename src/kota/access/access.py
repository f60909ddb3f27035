"""Identity, policy and sight of one running Kota, together."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import Final

import msgspec

from kota.access.accounts import FIRST_NAME
from kota.access.auditor import Auditor, Deed
from kota.access.caller import Caller
from kota.access.identity import ROOT_TENANT, Grant, Identity
from kota.access.policy import Resource
from kota.access.recogniser import Recogniser
from kota.access.right import Role
from kota.access.sight import Sight, Sights
from kota.errors import ForbiddenError, StoreError

_log = logging.getLogger(__name__)
SWEEP_S: Final = 60.0
LEGACY: Final = Identity(
    id="legacy",
    name="made before there was identity",
    grants=(Grant(role=Role.VIEWER),),
    person=False,
)
"""Whatever was left behind by nobody: sees the town, and nothing that tells of persons."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Everything that decides who may do what.

    Args:
        recogniser: knows everybody.
        sights: say what somebody sees and may change.
        auditor: is told of what people do.
        tenant: whose data this is.
    """

    recogniser: Recogniser
    sights: Sights
    auditor: Auditor
    tenant: str = ROOT_TENANT

    @property
    def _legacy(self) -> Identity:
        given = tuple(msgspec.structs.replace(one, tenant=self.tenant) for one in LEGACY.grants)
        return msgspec.structs.replace(LEGACY, grants=given)

    def sight(self, caller: Caller, right: str) -> Sight:
        """What a caller may see or change."""
        return self.sights.of(caller.who, right, tenant=self.tenant, purpose=caller.purpose)

    def sight_of(self, identity: str | None, purpose: str | None = None) -> Sight:
        """What somebody sees who left something behind, with what he is given now."""
        who = self._legacy if identity is None else self.recogniser.known(identity)
        return self.sights.of(who, "entities.read", tenant=self.tenant, purpose=purpose)

    def may(self, caller: Caller, right: str, *, solution: str | None = None) -> bool:
        """Whether a caller may do something to the whole of the tenant, or of a solution's part."""
        resource = Resource(tenant=self.tenant, solution=solution)
        return self.sights.policy.decide(caller.who, right, resource).allowed

    def may_somewhere(self, caller: Caller, right: str) -> bool:
        """Whether a caller may do something in some area at least."""
        return self.sights.policy.areas(caller.who, right, self.tenant) is not None

    def require(self, caller: Caller, right: str, *, solution: str | None = None) -> None:
        """Refuse what a caller may not do to the whole of the tenant.

        Raises:
            ForbiddenError: says what is missing.
        """
        resource = Resource(tenant=self.tenant, solution=solution)
        verdict = self.sights.policy.decide(caller.who, right, resource)
        if not verdict.allowed:
            raise ForbiddenError(verdict.words)

    def require_somewhere(self, caller: Caller, right: str) -> None:
        """Refuse what a caller may do nowhere.

        Raises:
            ForbiddenError: says what is missing.
        """
        if not self.may_somewhere(caller, right):
            self.require(caller, right)

    def role(self, caller: Caller, right: str) -> str:
        """The duty in which a caller does something."""
        policy = self.sights.policy
        for grant in caller.who.grants:
            alone = Identity(id=caller.who.id, name=caller.who.name, grants=(grant,))
            if policy.areas(alone, right, self.tenant) is not None:
                return str(grant.role)
        return "nobody"

    async def note(
        self, caller: Caller, right: str, what: str, subject: str, **detail: str
    ) -> None:
        """Tell the audit what a caller did."""
        await self.auditor.note(
            Deed(
                who=caller.who.name,
                role=self.role(caller, right),
                what=what,
                subject=subject,
                where=caller.where,
                why=caller.purpose or "",
                detail=detail,
            )
        )

    async def first_start(self) -> str | None:
        """Where there is nobody yet, make an administrator; returns the one-time password."""
        accounts = self.recogniser.accounts
        if accounts.all():
            return None
        given = (Grant(role=Role.ADMINISTRATOR, below=True),)
        password = await accounts.add(FIRST_NAME, given, title="Administrator")
        deed = Deed(who="Kota", role="system", what="user.add", subject=FIRST_NAME)
        await self.auditor.note(deed)
        return password

    async def run(self) -> None:
        """Forget sessions that are over, until cancelled."""
        while True:
            await asyncio.sleep(SWEEP_S)
            try:
                await self.recogniser.sessions.sweep()
            except StoreError as error:
                _log.error("sessions that are over are still kept: %s", error)
