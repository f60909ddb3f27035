"""Credentials of devices: issued in bulk, rotated, revoked; MQTT's broker is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from fastapi import APIRouter, Request
from pydantic import Field

from kota.access.tokens import Token
from kota.api.calling import caller_of
from kota.api.kota.acting import LOCAL_CALLER
from kota.api.kota.answers import Model, problems
from kota.api.kota.grants import require_areas
from kota.errors import BadRequestDataError
from kota.model.instant import render

if TYPE_CHECKING:
    from kota.api.rooms import Rooms

MOST: Final = 10_000
_DEVICE: Final = 256
RIGHT: Final = "devices.manage"


class KeyView(Model):
    """The credential of one device; its secret is not kept."""

    device: str
    made_at: str
    made_by: str
    expires_at: str | None
    expired: bool


class KeyOrder(Model):
    """Devices that are to have new credentials; those that they had are revoked."""

    devices: Annotated[list[str], Field(min_length=1, max_length=MOST)]
    days: Annotated[float, Field(gt=0, le=3660, allow_inf_nan=False)] | None = None
    areas: Annotated[list[str], Field(max_length=50, default_factory=list)]


class Key(Model):
    """A device and its new secret, which is shown once: the password of MQTT and of HTTP."""

    device: str
    secret: str


class Revocation(Model):
    """Devices whose credentials are to be taken away."""

    devices: Annotated[list[str], Field(min_length=1, max_length=MOST)]


class Revoked(Model):
    """How many there were."""

    revoked: int


def router(rooms: Rooms) -> APIRouter:
    """The endpoints of this topic."""
    routes = APIRouter(tags=["operation"])
    access = rooms.access
    tokens = access.recogniser.tokens

    def view(token: Token) -> KeyView:
        return KeyView(
            device=token.name,
            made_at=render(token.made_at),
            made_by=token.made_by,
            expires_at=None if token.expires_at is None else render(token.expires_at),
            expired=tokens.is_over(token),
        )

    @routes.get("/devices/keys")
    async def keys() -> list[KeyView]:
        """Which devices have credentials."""
        return [view(one) for one in tokens.all(device=True, tenant=access.tenant)]

    @routes.post("/devices/keys", status_code=201, responses=problems(400, 503))
    async def issue(request: Request, order: KeyOrder) -> list[Key]:
        """Give devices new credentials, all or none."""
        for device in order.devices:
            _check(device)
        require_areas(order.areas)
        caller = caller_of(request.scope) or LOCAL_CALLER
        made = await tokens.issue(
            order.devices,
            by=caller.who.name,
            days=order.days,
            areas=tuple(order.areas),
            tenant=access.tenant,
        )
        if rooms.device_broker is not None:
            await rooms.device_broker.admit({one.token.name: one.text for one in made})
        await access.note(caller, RIGHT, "device.issue", f"{len(made)} devices")
        return [Key(device=one.token.name, secret=one.text) for one in made]

    @routes.delete("/devices/keys", responses=problems(400, 503))
    async def revoke(request: Request, revocation: Revocation) -> Revoked:
        """Take credentials away; an open MQTT connection ends."""
        caller = caller_of(request.scope) or LOCAL_CALLER
        count = await tokens.revoke_devices(revocation.devices, access.tenant)
        if rooms.device_broker is not None:
            await rooms.device_broker.expel(revocation.devices)
        await access.note(caller, RIGHT, "device.revoke", f"{len(revocation.devices)} devices")
        return Revoked(revoked=count)

    return routes


def _check(device: str) -> None:
    """Refuse an id that could mean more than one device in a topic.

    Raises:
        BadRequestDataError: it could.
    """
    bad = any(sign in "+#/%:" or not sign.isprintable() for sign in device)
    if not 1 <= len(device) <= _DEVICE or bad:
        raise BadRequestDataError(
            f"device {device[:80]!r}: not an id", hint="no + # / % : and at most 256 characters"
        )
