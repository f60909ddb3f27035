"""Tenants below the one that is asked, and how they do."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import APIRouter, Request
from pydantic import Field

from kota.access.policy import Resource
from kota.access.tenant import NonexistentTenantError, Quota, Tenant
from kota.api.calling import caller_of
from kota.api.eyes import Eyes
from kota.api.kota.acting import LOCAL_CALLER
from kota.api.kota.answers import Model, problems
from kota.api.tenant_door import add_tenant
from kota.api.words import Words, plain
from kota.errors import BadRequestDataError, ForbiddenError, StoreError
from kota.model.instant import render
from kota.operate.alarms.states import State
from kota.operate.work.states import State as OrderState

if TYPE_CHECKING:
    from kota.access.caller import Caller
    from kota.api.rooms import Rooms
    from kota.operate.alarms.alarm import Alarm

RIGHT: Final = "tenants.manage"
_MOST: Final = 2**53 - 1
_UNACKNOWLEDGED: Final = frozenset({State.UNACKNOWLEDGED, State.RETURNED})
_STANDING: Final = _UNACKNOWLEDGED | {State.ACKNOWLEDGED, State.LATCHED}
_TO_DO: Final = frozenset({OrderState.OPEN, OrderState.ASSIGNED, OrderState.UNDER_WAY})
Limit = Annotated[int, Field(ge=0, le=_MOST)] | None


class QuotaView(Model):
    """How much a tenant may use: entities at the same time, observations a day; null: any."""

    entities: Limit = None
    observations: Limit = None


class NewTenant(Model):
    """A tenant to be made below another; `parent` null: below the one that is asked."""

    name: Annotated[str, Field(min_length=1, max_length=50)]
    parent: Annotated[str, Field(max_length=50)] | None = None
    title: Annotated[str, Field(max_length=100)] = ""
    quota: QuotaView = QuotaView()
    solutions: Annotated[list[str], Field(max_length=50, default_factory=list)]


class TenantView(Model):
    """One tenant."""

    name: str
    parent: str
    title: str
    quota: QuotaView
    solutions: list[str]
    created_at: str


class Removed(Model):
    """A tenant that is gone; `audit` is the end of its chain, for whoever keeps a copy."""

    name: str
    entities: int
    audit: str | None


class FigureView(Model):
    """One card of a solution's panel."""

    solution: str
    title: str
    value: float | str | bool | None
    unit: str | None


class PortfolioRow(Model):
    """How one tenant does, as far as the caller sees it; null: he does not."""

    tenant: str
    parent: str | None
    title: str
    entities: int
    types: dict[str, int]
    entities_quota: int | None
    observations_today: int | None
    observations_quota: int | None
    alarms: int | None
    unacknowledged: int | None
    open_orders: int | None
    dead_letters: int | None
    figures: list[FigureView]


def router(rooms: Rooms) -> APIRouter:
    """The endpoints of this topic."""
    routes = APIRouter(tags=["tenants"])
    access, tenants = rooms.access, rooms.tenants
    policy = access.sights.policy

    def below(caller: Caller | None) -> list[Tenant]:
        """Those below in which the caller was given something, or which he manages."""
        names = tenants.book.tree.below(access.tenant) - {access.tenant}
        found = [one for one in tenants.book.all() if one.name in names and not one.removing]
        return [
            one
            for one in found
            if caller is None or policy.rights(caller.who, one.name) or manages(caller, one.parent)
        ]

    def manages(caller: Caller, parent: str) -> bool:
        return policy.decide(caller.who, RIGHT, Resource(tenant=parent)).allowed

    def managed(request: Request, name: str) -> Tenant:
        """A tenant below whose parent the caller manages."""
        caller = caller_of(request.scope)
        found = next((one for one in below(caller) if one.name == name), None)
        if found is None:
            raise NonexistentTenantError(name)
        if caller is not None and not manages(caller, found.parent):
            raise ForbiddenError(f"tenant {name!r}: {caller.who.name} does not manage those there")
        return found

    async def tell(request: Request, what: str, name: str, **detail: Any) -> None:
        caller = caller_of(request.scope) or LOCAL_CALLER
        told = {key: str(value) for key, value in detail.items() if value is not None}
        await access.note(caller, RIGHT, what, name, **told)

    @routes.get("/tenants")
    async def listed(request: Request) -> list[TenantView]:
        """The tenants below this one, by name."""
        return [_view(one) for one in below(caller_of(request.scope))]

    @routes.post("/tenants", status_code=201, responses=problems(400, 403, 404, 409))
    async def add(request: Request, wanted: NewTenant) -> TenantView:
        """Make a tenant."""
        caller = caller_of(request.scope)
        parent = wanted.parent or access.tenant
        if parent not in tenants.book.tree.below(access.tenant):
            raise NonexistentTenantError(parent)
        if caller is not None and not manages(caller, parent):
            raise ForbiddenError(f"tenant {parent!r}: {caller.who.name} makes none below it")
        missing = set(wanted.solutions) - set(tenants.solutions)
        if missing:
            raise BadRequestDataError(
                f"solutions: {', '.join(sorted(missing))}: not run by the default tenant"
            )
        given = wanted.model_dump() | {"parent": parent, "quota": _quota(wanted.quota)}
        given["solutions"] = tuple(wanted.solutions)
        return _view(await add_tenant(rooms, caller, Tenant(**given)))

    @routes.put("/tenants/{name}/quota", responses=problems(400, 403, 404))
    async def set_quota(request: Request, name: str, wanted: QuotaView) -> TenantView:
        """Say how much a tenant may use from now on; those who use it cannot."""
        managed(request, name)
        changed = await tenants.set_quota(name, _quota(wanted))
        await tell(request, "tenant.quota", name, **wanted.model_dump())
        return _view(changed)

    @routes.delete("/tenants/{name}", responses=problems(403, 404, 409, 503))
    async def remove(request: Request, name: str) -> Removed:
        """Delete a tenant: its data, accounts and tokens, and what others were given in it."""
        managed(request, name)
        tenants.require_leaf(name)
        entities, end = 0, None
        with contextlib.suppress(StoreError):
            async with tenants.lease(name) as theirs:
                last = await theirs.state.audit.last()
                end = None if last is None else last.digest.hex()
                entities = 0 if theirs.meter is None else theirs.meter.present
        await tell(request, "tenant.remove", name, entities=entities, audit=end)
        await tenants.remove(name)
        return Removed(name=name, entities=entities, audit=end)

    @routes.get("/portfolio")
    async def portfolio(request: Request) -> list[PortfolioRow]:
        """How this tenant and those below do, as far as the caller sees them."""
        caller = caller_of(request.scope)
        rows = [await _row(rooms, caller, None)]
        for one in below(caller):
            async with tenants.lease(one.name) as theirs:
                rows.append(await _row(theirs, caller, one))
        return rows

    return routes


async def _row(rooms: Rooms, caller: Caller | None, tenant: Tenant | None) -> PortfolioRow:
    eyes = Eyes(rooms, caller)
    access = rooms.access
    words = Words(rooms.names)
    counts = await eyes.state.type_counts()
    types = {words.compact(name): count for name, count in sorted(counts.items())}
    whole = caller is None or access.may(caller, "entities.read")
    alarms: list[Alarm] | None = None
    if caller is None or access.may_somewhere(caller, "alarms.read"):
        standing = [one for one in rooms.alarms.book.alarms.values() if one.state in _STANDING]
        alarms = [one for one in standing if await eyes.sees_alarm(one)]
    meter = rooms.meter if whole else None
    return PortfolioRow(
        tenant=access.tenant,
        parent=None if tenant is None else tenant.parent,
        title=rooms.settings.title,
        entities=sum(counts.values()),
        types=types,
        entities_quota=None if meter is None else meter.entities,
        observations_today=None if meter is None else meter.observed(),
        observations_quota=None if meter is None else meter.observations,
        alarms=None if alarms is None else len(alarms),
        unacknowledged=None
        if alarms is None
        else sum(one.state in _UNACKNOWLEDGED for one in alarms),
        open_orders=_open_orders(rooms) if whole else None,
        dead_letters=await _dead_letters(rooms) if whole else None,
        figures=await _figures(rooms, eyes),
    )


def _open_orders(rooms: Rooms) -> int:
    return sum(one.state in _TO_DO for one in rooms.operation.work.orders.values())


async def _dead_letters(rooms: Rooms) -> int:
    return sum([await rooms.state.count_letters(box) for box in ("ingest", "notification")])


async def _figures(rooms: Rooms, eyes: Eyes) -> list[FigureView]:
    """The cards of the solutions that run there."""
    found = []
    for solution in rooms.solutions:
        panel = None if solution.panel is None else solution.panel()
        for card in () if panel is None else panel.cards:
            entity = await eyes.state.get(card.entity)
            name = rooms.names.expand(card.attribute)
            instance = None if entity is None else entity.default(name)
            value = None if instance is None else plain(name, instance)
            shown = value if isinstance(value, int | float | str | bool) else None
            found.append(
                FigureView(solution=solution.name, title=card.title, value=shown, unit=card.unit)
            )
    return found


def _quota(view: QuotaView) -> Quota:
    return Quota(entities=view.entities, observations=view.observations)


def _view(tenant: Tenant) -> TenantView:
    return TenantView(
        name=tenant.name,
        parent=tenant.parent,
        title=tenant.title or tenant.name,
        quota=QuotaView(entities=tenant.quota.entities, observations=tenant.quota.observations),
        solutions=list(tenant.solutions),
        created_at=render(tenant.created_at),
    )
