"""What makes rooms those of a tenant: who is who in them, what they may use, where they lie."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from kota.access.access import Access
from kota.access.accounts import Accounts
from kota.access.auditor import StoreAuditor
from kota.access.identity import ROOT_TENANT
from kota.access.policy import Policy, Tenants
from kota.access.recogniser import Recogniser
from kota.access.sealing import Sealing
from kota.access.sessions import Sessions
from kota.access.sight import Sights
from kota.access.tenancy import Tenancy
from kota.access.tenant import Quota, Tenant, TenantBook
from kota.access.tokens import Tokens
from kota.authority import give_owner_token, protection, provider_of, role_rights
from kota.clock import Clock
from kota.config import ALARMS, TENANTS, Settings
from kota.model.instant import SECOND
from kota.model.jsonld import Context
from kota.operation import running
from kota.solution import Solution
from kota.store.state import StateStore
from kota.store.state.meter import Meter

if TYPE_CHECKING:
    from kota.access.oidc import Provider
    from kota.runtime import Kota

HEADER: Final = "NGSILD-Tenant"
_MEMORY: Final = 128
"""Memory limit of a tenant's history [MB]."""
_SHARED: Final = (
    "host",
    "port",
    "timezone",
    "smtp",
    "retention",
    "auth",
    "oidc",
    "public_url",
    "tls_cert",
    "tls_key",
    "session_idle",
    "session_hours",
    "protects",
    "role_rights",
    "context_map",
    "allow_hosts",
    "temporal_page",
    "body_limit",
)
"""Settings that hold for all tenants; connections to devices are the default tenant's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Who is who in some rooms, and what they may use.

    Args:
        access: says who may do what.
        tenants: all tenants.
        provider: vouches for people; None: there is none.
        meter: counts what comes in; None: there is no quota.
        known: solutions whose terms are understood.
        headers: of notifications.
    """

    access: Access
    tenants: Tenancy[Kota]
    provider: Provider | None
    meter: Meter | None
    known: tuple[Solution, ...]
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A tenant whose rooms are to be opened, and the standing of the default one."""

    tenant: Tenant
    town: Standing

    async def stand(self, state: StateStore, clock: Clock) -> Standing:
        """What holds in its rooms, which stand on a state store of their own."""
        quota = self.tenant.quota
        meter = Meter(state, clock, entities=quota.entities, observations=quota.observations)
        await meter.open()
        town = self.town
        access = Access(
            recogniser=town.access.recogniser,
            sights=town.access.sights,
            auditor=StoreAuditor(state, clock),
            tenant=self.tenant.name,
        )
        return Standing(
            access=access,
            tenants=town.tenants,
            provider=town.provider,
            meter=meter,
            known=town.known,
            headers={HEADER: self.tenant.name},
        )


async def stand(
    stack: AsyncExitStack,
    settings: Settings,
    state: StateStore,
    clock: Clock,
    *,
    solutions: tuple[Solution, ...],
    names: Context,
    opened: Callable[[Settings, Member], AbstractAsyncContextManager[Kota]],
) -> Standing:
    """Identity, policy and tenants of the default tenant; closed with the stack.

    Args:
        stack: closes them.
        settings, state, clock, solutions, names: of the default tenant.
        opened: opens the rooms of another.
    """
    provider = provider_of(settings)
    if provider is not None:
        stack.push_async_callback(provider.close)
    recogniser = _recogniser(settings, state, clock, provider)
    await recogniser.load()
    tree = Tenants({ROOT_TENANT: None})
    book = TenantBook(state, tree)
    await book.load()
    access = Access(
        recogniser=recogniser,
        sights=Sights(
            Policy(tree, role_rights(settings, solutions)), protection(settings, solutions, names)
        ),
        auditor=StoreAuditor(state, clock),
    )
    if settings.auth != "none":
        stack.callback(give_owner_token(settings.data, recogniser))
        await stack.enter_async_context(running(access.run(), "kota-access"))
    towns: list[Standing] = []

    def opener(tenant: Tenant) -> AbstractAsyncContextManager[Kota]:
        folder = settings.data / TENANTS / tenant.name
        return opened(settings_of(settings, tenant, folder), Member(tenant=tenant, town=towns[0]))

    async def forget(tenant: str) -> None:
        await recogniser.forget_tenant(tenant)
        access.sights.forget()

    tenants: Tenancy[Kota] = Tenancy(
        book,
        settings.data / TENANTS,
        opener,
        works,
        limit,
        forget,
        frozenset(one.name for one in solutions),
    )
    stack.push_async_callback(tenants.close)
    await tenants.end_removals()
    towns.append(
        Standing(
            access=access,
            tenants=tenants,
            provider=provider,
            meter=None,
            known=solutions,
            headers={},
        )
    )
    return towns[0]


def _recogniser(
    settings: Settings, state: StateStore, clock: Clock, provider: Provider | None
) -> Recogniser:
    """Knows the accounts, sessions and tokens that a store keeps."""
    sessions = Sessions(
        state,
        clock,
        idle=int(settings.session_idle * 60 * SECOND),
        longest=int(settings.session_hours * 3600 * SECOND),
    )
    accounts = Accounts(state, clock, Sealing(settings.data))
    return Recogniser(state, accounts, sessions, Tokens(state, clock), provider)


def settings_of(settings: Settings, tenant: Tenant, folder: Path) -> Settings:
    """How the rooms of a tenant are to run."""
    shared: dict[str, Any] = {name: getattr(settings, name) for name in _SHARED}
    return Settings(
        data=folder,
        title=tenant.title or tenant.name,
        alarms=(folder / ALARMS,) if (folder / ALARMS).is_dir() else (),
        solutions=tenant.solutions,
        history_memory=min(settings.history_memory, _MEMORY),
        **shared,
    )


def limit(kota: Kota, quota: Quota) -> None:
    """Tell open rooms of a new quota."""
    if kota.meter is not None:
        kota.meter.entities, kota.meter.observations = quota.entities, quota.observations


async def works(kota: Kota) -> bool:
    """Whether rooms do something that nobody asks for."""
    if kota.solutions or kota.subscriptions.all() or await kota.state.outbox.waiting():
        return True
    operation = kota.operation
    return bool(
        kota.alarms.definitions
        or operation.rules.definitions
        or operation.notices.counts()["waiting"]
        or kota.settings.retention
    )
