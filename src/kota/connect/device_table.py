"""Tables of devices: a CSV with one row for each, enrolled by the thousand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from kota.connect.devices import Device, Devices
from kota.connect.entity_names import entity_name
from kota.connect.profile import Profile
from kota.connect.raw_values import point
from kota.connect.row_source import open_rows
from kota.context.ingest import Ingest, Patch
from kota.errors import BadRequestDataError, ConnectError
from kota.model.entity import Attribute, Kind
from kota.model.terms import LOCATION

COLUMNS: Final = ("id", "profile", "entity", "name", "group", "lon", "lat")
_LONGEST_ID: Final = 256


class DeviceRow(msgspec.Struct, frozen=True):
    """One line of a table: its number [1…] and its cells by column."""

    line: int
    cells: dict[str, str | None]


class DeviceTable(msgspec.Struct, frozen=True):
    """What a table says.

    Args:
        devices: the good rows.
        faults: the others, each with its line and reason.
    """

    devices: list[Device]
    faults: list[str]


class Enrolment(msgspec.Struct, frozen=True):
    """What enrolling a table did or would do: numbers of devices, and the faulty lines."""

    new: int
    changed: int
    same: int
    faults: list[str]


class Difference(msgspec.Struct, frozen=True):
    """What enrolling a table would do, by device id."""

    new: list[str]
    changed: list[str]
    same: list[str]


def read_device_rows(path: Path) -> list[DeviceRow]:
    """Read a table of devices, unchecked.

    Args:
        path: a CSV, also compressed, with the columns of `COLUMNS`; only ``id`` must be there.

    Raises:
        ConnectError: the file cannot be read, or has columns that are not known.
    """
    with open_rows(path) as rows:
        _check_columns(path, rows.columns)
        return [
            DeviceRow(number, dict(zip(rows.columns, cells, strict=False)))
            for number, cells in rows.rows
        ]


def check_devices(rows: Iterable[DeviceRow], profiles: Iterable[str]) -> DeviceTable:
    """Make devices of rows.

    Args:
        rows: of the table.
        profiles: ids of the profiles there are.
    """
    known = frozenset(profiles)
    devices: dict[str, Device] = {}
    lines: dict[str, int] = {}
    faults: list[str] = []
    for row in rows:
        try:
            device = _device(row.cells, known)
            if device.id in devices:
                raise ValueError(f"{device.id!r} stands in line {lines[device.id]} too")
        except ValueError as error:
            faults.append(f"line {row.line}: {error}")
            continue
        devices[device.id] = device
        lines[device.id] = row.line
    return DeviceTable(list(devices.values()), faults)


async def enrol_rows(
    rows: Iterable[DeviceRow],
    registry: Devices,
    profiles: Mapping[str, Profile],
    ingest: Ingest,
    *,
    dry_run: bool = False,
    skip_faults: bool = False,
    audit: Callable[[Sequence[str]], bytes] | None = None,
) -> Enrolment:
    """Enrol the devices of a table, and put those with a place on the map.

    Args:
        rows: of the table.
        registry: takes the devices.
        profiles: by id.
        ingest: takes the places and names of their entities.
        dry_run: only say what would change.
        skip_faults: leave faulty rows out.
        audit: makes the line for the audit from the ids of the devices that are enrolled.

    Raises:
        BadRequestDataError: a row is faulty, and faults are not to be skipped; nothing was done.
    """
    table = check_devices(rows, profiles)
    if table.faults and not skip_faults and not dry_run:
        raise BadRequestDataError(
            f"{table.faults[0]} ({len(table.faults)} faults in all, nothing was enrolled)",
            hint="correct the file, or leave the faulty lines out with --skip-faults",
        )
    present = {device.id: device for device in registry.listed("approved")}
    difference = compare(table.devices, present)
    same = frozenset(difference.same)
    wanted = [device for device in table.devices if device.id not in same]
    if wanted and not dry_run:
        lines = [] if audit is None else [audit([device.id for device in wanted])]
        await registry.enrol(wanted, audit=lines)
        await ingest.observe(places(wanted, profiles))
    return Enrolment(
        len(difference.new), len(difference.changed), len(difference.same), table.faults
    )


def compare(devices: Iterable[Device], present: Mapping[str, Device]) -> Difference:
    """What enrolling devices would change of those that are enrolled."""
    difference = Difference([], [], [])
    for device in devices:
        before = present.get(device.id)
        if before is None:
            difference.new.append(device.id)
        elif before == device:
            difference.same.append(device.id)
        else:
            difference.changed.append(device.id)
    return difference


def places(devices: Iterable[Device], profiles: Mapping[str, Profile]) -> list[Patch]:
    """Entities of devices whose place or name is known, so that they are on the map at once.

    Devices without a profile, or whose entity's id needs more than the device's, come with their
    first message.
    """
    patches = []
    for device in devices:
        profile = profiles.get(device.profile or "")
        if profile is None:
            continue
        entity_id = device.entity or entity_name(profile.entity_id, {"device": device.id})
        attrs: dict[str, tuple[Attribute, ...]] = {}
        if device.lon is not None and device.lat is not None:
            attrs[LOCATION] = (Attribute(Kind.GEO_PROPERTY, point(device.lon, device.lat)),)
        if device.name is not None:
            attrs[profile.context.expand("name")] = (Attribute(Kind.PROPERTY, device.name),)
        if attrs and "{" not in entity_id:
            patches.append(Patch(entity_id, profile.types, attrs, profile.scope))
    return patches


def _check_columns(path: Path, columns: list[str]) -> None:
    if "id" not in columns:
        raise ConnectError(f"{path}: no column 'id'", hint=f"columns are {', '.join(COLUMNS)}")
    unknown = [name for name in columns if name not in COLUMNS]
    if unknown:
        raise ConnectError(
            f"{path}: the column {unknown[0]!r} is unknown",
            hint=f"columns are {', '.join(COLUMNS)}",
        )


def _device(row: Mapping[str, Any], profiles: frozenset[str]) -> Device:
    name = (row.get("id") or "").strip()
    if not name or len(name) > _LONGEST_ID or any(mark in name for mark in "/+#\0"):
        raise ValueError(f"{name!r} cannot be a device's id")
    profile = row.get("profile")
    if profile is not None and profile not in profiles:
        raise ValueError(
            f"there is no profile {profile!r}; there are {', '.join(sorted(profiles))}"
        )
    entity = row.get("entity")
    if entity is not None and ":" not in entity:
        raise ValueError(f"{entity!r} is not the id of an entity; it is a URI such as urn:…")
    lon, lat = row.get("lon"), row.get("lat")
    if (lon is None) != (lat is None):
        raise ValueError("lon and lat stand together")
    if lon is not None:
        lon, lat = point(lon, lat)["coordinates"]
    return Device(
        id=name,
        state="approved",
        profile=profile,
        entity=entity,
        name=row.get("name"),
        group=row.get("group"),
        lon=lon,
        lat=lat,
    )
