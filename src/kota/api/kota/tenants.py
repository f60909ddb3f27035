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


class _Below:
    """The tenants below one, as a caller sees and manages them.

    Args:
        rooms: of the tenant that is asked.
        caller: who asks; None: nobody was asked who he is.
    """

    def __init__(self, rooms: Rooms, caller: Caller | None) -> None:
        self._caller = caller
        self._policy = rooms.access.sights.policy
        self._book = rooms.tenants.book
        self.names = self._book.tree.below(rooms.access.tenant) - {rooms.access.tenant}

    def all(self) -> list[Tenant]:
        """Those in which the caller was given something, or which he manages."""
        found = [one for one in self._book.all() if one.name in self.names and not one.removing]
        return [one for one in found if self._sees(one)]

    def manages(self, parent: str) -> bool:
        """Whether the caller makes and removes tenants below another."""
        if self._caller is None:
            return True
        return self._policy.decide(self._caller.who, RIGHT, Resource(tenant=parent)).allowed

    def managed(self, name: str) -> Tenant:
        """A tenant whose parent the caller manages.

        Raises:
            NonexistentTenantError: there is none, as far as he sees.
            ForbiddenError: he manages none there.
        """
        found = next((one for one in self.all() if one.name == name), None)
        if found is None:
            raise NonexistentTenantError(name)
        if not self.manages(found.parent):
            raise ForbiddenError(f"tenant {name!r}: whoever asks manages none there")
        return found

    def _sees(self, one: Tenant) -> bool:
        if self._caller is None or self._policy.rights(self._caller.who, one.name):
            return True
        return self.manages(one.parent)


def router(rooms: Rooms) -> APIRouter:
    """The endpoints of this topic."""
    routes = APIRouter(tags=["tenants"])
    _lists(routes, rooms)
    _changes(routes, rooms)
    return routes


def _lists(routes: APIRouter, rooms: Rooms) -> None:
    @routes.get("/tenants")
    async def listed(request: Request) -> list[TenantView]:
        """The tenants below this one, by name."""
        return [_view(one) for one in _Below(rooms, caller_of(request.scope)).all()]

    @routes.get("/portfolio")
    async def portfolio(request: Request) -> list[PortfolioRow]:
        """How this tenant and those below do, as far as the caller sees them."""
        caller = caller_of(request.scope)
        rows = [await _row(rooms, caller, None)]
        for one in _Below(rooms, caller).all():
            async with rooms.tenants.lease(one.name) as theirs:
                rows.append(await _row(theirs, caller, one))
        return rows


def _changes(routes: APIRouter, rooms: Rooms) -> None:
    tenants = rooms.tenants

    async def tell(request: Request, what: str, name: str, **detail: Any) -> None:
        caller = caller_of(request.scope) or LOCAL_CALLER
        told = {key: str(value) for key, value in detail.items() if value is not None}
        await rooms.access.note(caller, RIGHT, what, name, **told)

    @routes.post("/tenants", status_code=201, responses=problems(400, 403, 404, 409))
    async def add(request: Request, wanted: NewTenant) -> TenantView:
        """Make a tenant."""
        caller = caller_of(request.scope)
        below, parent = _Below(rooms, caller), wanted.parent or rooms.access.tenant
        if parent != rooms.access.tenant and parent not in below.names:
            raise NonexistentTenantError(parent)
        if not below.manages(parent):
            raise ForbiddenError(f"tenant {parent!r}: whoever asks makes none below it")
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
        _Below(rooms, caller_of(request.scope)).managed(name)
        changed = await tenants.set_quota(name, _quota(wanted))
        await tell(request, "tenant.quota", name, **wanted.model_dump())
        return _view(changed)

    @routes.delete("/tenants/{name}", responses=problems(403, 404, 409, 503))
    async def remove(request: Request, name: str) -> Removed:
        """Delete a tenant: its data, accounts and tokens, and what others were given in it."""
        _Below(rooms, caller_of(request.scope)).managed(name)
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
