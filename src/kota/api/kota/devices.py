"""The devices that Kota knows, and those that wait for a person's yes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec
from fastapi import APIRouter, Request

from kota.api.eyes import eyes_of
from kota.api.kota.acting import line_of
from kota.api.kota.answers import Model, problems
from kota.connect.device_table import DeviceRow, enrol_rows
from kota.connect.devices import Device, check_profile
from kota.errors import ConnectError
from kota.model.instant import render

if TYPE_CHECKING:
    from kota.api.rooms import Rooms

State = Literal["pending", "approved", "rejected"]


class DeviceView(Model):
    """One device; `payload` is the last message of one that waits."""

    id: str
    state: State
    profile: str | None
    entity: str | None
    name: str | None
    group: str | None
    topic: str | None
    payload: str | None
    messages: int
    first_seen: str | None
    last_seen: str | None


class Approval(Model):
    """How a device's messages are to be read; what is missing stays as its topic suggests."""

    profile: str | None = None
    entity: str | None = None


class TableRow(Model):
    """One line of a table of devices: its number, and its cells by column."""

    line: int
    cells: dict[str, str | None]


class TableOfDevices(Model):
    """Devices to enrol; with `dry_run` only what would change is said."""

    rows: list[TableRow]
    dry_run: bool = False
    skip_faults: bool = False


class Enrolled(Model):
    """How many devices were or would be new, changed or the same, and the faulty lines."""

    new: int
    changed: int
    same: int
    faults: list[str]


class Approved(DeviceView):
    """A device that was approved; `refused` says why its last message could not be taken in."""

    refused: str | None = None


def _view(device: Device) -> dict[str, Any]:
    fields = msgspec.structs.asdict(device)
    del fields["lon"], fields["lat"]
    payload = device.payload
    return {
        **fields,
        "payload": None if payload is None else payload.decode("utf-8", "replace"),
        "first_seen": None if device.first_seen is None else render(device.first_seen),
        "last_seen": None if device.last_seen is None else render(device.last_seen),
    }


def router(rooms: Rooms) -> APIRouter:
    """The endpoints of this topic."""
    routes = APIRouter(tags=["operation"])

    async def take_in_last(device: Device) -> str | None:
        """Take in the message that was held; returns why it could not be."""
        if device.topic is None or device.payload is None:
            return None
        try:
            await rooms.intake.resubmit(device.topic, device.payload)
        except ConnectError as error:
            return str(error)
        return None

    @routes.get("/devices")
    async def devices(request: Request, state: State | None = None) -> list[DeviceView]:
        """Devices in a state, or all, by id."""
        found = rooms.devices.listed(state)
        if not eyes_of(rooms, request.scope).everything:
            found = [msgspec.structs.replace(one, payload=None) for one in found]
        return [DeviceView(**_view(device)) for device in found]

    @routes.post("/devices", responses=problems(400))
    async def enrol(request: Request, table: TableOfDevices) -> Enrolled:
        """Approve the devices of a table, all or, where one is faulty, none."""
        outcome = await enrol_rows(
            [DeviceRow(row.line, row.cells) for row in table.rows],
            rooms.devices,
            rooms.intake.router.profiles,
            rooms.ingest,
            dry_run=table.dry_run,
            skip_faults=table.skip_faults,
            audit=lambda ids: line_of(rooms, request, "device.enrol", "devices", devices=list(ids)),
        )
        return Enrolled(**msgspec.structs.asdict(outcome))

    @routes.post("/devices/{device_id}/approve", responses=problems(404, 409))
    async def approve(request: Request, device_id: str, approval: Approval) -> Approved:
        """Take a device's messages from now on, and the last one that was held."""
        if approval.profile is not None:
            wanted = Device(id=device_id, profile=approval.profile)
            check_profile(wanted, rooms.intake.router.profiles)
        given = approval.model_dump()
        line = line_of(rooms, request, "device.approve", f"device:{device_id}", **given)
        device = await rooms.devices.approve(device_id, **given, audit=[line])
        return Approved(**_view(device), refused=await take_in_last(device))

    @routes.post("/devices/{device_id}/reject", responses=problems(404))
    async def reject(request: Request, device_id: str) -> DeviceView:
        """Drop a device's messages from now on."""
        line = line_of(rooms, request, "device.reject", f"device:{device_id}")
        return DeviceView(**_view(await rooms.devices.reject(device_id, audit=[line])))

    return routes
