"""Copies of the data, written where the server runs."""

from __future__ import annotations

import re
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Final

from fastapi import APIRouter, Request

from kota.access.identity import ROOT_TENANT
from kota.access.policy import Resource
from kota.api.calling import caller_of
from kota.api.eyes import eyes_of
from kota.api.kota.acting import line_of
from kota.api.kota.answers import Model, problems
from kota.errors import BadRequestDataError, ConflictError
from kota.model import instant
from kota.store.backup import Source, back_up

if TYPE_CHECKING:
    from kota.api.rooms import Rooms


_PLAIN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


class BackupOrder(Model):
    """Where a backup is to be written: a new folder, absolute."""

    target: str


class BackupMade(Model):
    """What a backup holds."""

    target: str
    entities: int
    observations: int


class ExportOrder(Model):
    """Where history is to be written, and from when to before when."""

    target: str
    start: str | None = None
    end: str | None = None


class ExportMade(Model):
    """What an export holds."""

    target: str
    observations: int


def router(rooms: Rooms) -> APIRouter:
    """The endpoints of this topic."""
    routes = APIRouter(tags=["keeping"])

    async def tell(request: Request, what: str, target: Path, **detail: str | None) -> None:
        """Write down who takes data out, before it is done."""
        line = line_of(rooms, request, what, str(target), **detail)
        await rooms.state.apply([], audit=[line])

    def folder(request: Request, name: str, right: str, kind: str) -> Path:
        """Where to write: whoever is trusted with a tenant alone names no place of the server."""
        caller = caller_of(request.scope)
        whole = Resource(tenant=ROOT_TENANT)
        policy = rooms.access.sights.policy
        if caller is None or policy.decide(caller.who, right, whole).allowed:
            return _new_folder(name)
        if not _PLAIN.fullmatch(name):
            raise BadRequestDataError(
                f"target: {name[:80]!r} is not a plain name",
                hint=f"it becomes a folder of {kind} of the tenant; use letters, digits, _ and -",
            )
        return _new_folder(str((rooms.settings.data / kind / name).absolute()))

    @routes.post("/backups", status_code=201, responses=problems(409, 503))
    async def create_backup(request: Request, order: BackupOrder) -> BackupMade:
        """Copy all data into a new folder on the server, verified; the default tenant's hold all.

        In a tenant `target` is a plain name, unless the caller may back up the whole Kota.
        """
        target = folder(request, order.target, "backups.make", "backups")
        await tell(request, "backup.make", target)
        async with AsyncExitStack() as stack:
            others = {}
            for name in rooms.tenants.names() if rooms.access.tenant == ROOT_TENANT else ():
                others[name] = _source(await stack.enter_async_context(rooms.tenants.lease(name)))
            made = await back_up(_source(rooms), target, others)
        return BackupMade(
            target=str(target), entities=made.entities, observations=made.history.rows
        )

    @routes.post("/exports", status_code=201, responses=problems(409, 503))
    async def create_export(request: Request, order: ExportOrder) -> ExportMade:
        """Write history into a new folder on the server, as Parquet by type and day.

        Attributes that tell of persons are left out, unless a purpose is stated that they may be
        seen for.
        """
        target = folder(request, order.target, "data.export", "exports")
        sight = eyes_of(rooms, request.scope).sight

        def hidden(types: tuple[str, ...]) -> frozenset[str]:
            return frozenset() if sight is None else sight.hidden_past(types, ()) or frozenset()

        start, end = _instant("start", order.start), _instant("end", order.end)
        await tell(request, "export.make", target, start=order.start, end=order.end)
        rows = await rooms.history.export(
            target,
            start=start,
            end=end,
            without=None if sight is None else hidden,
        )
        return ExportMade(target=str(target), observations=rows)

    return routes


def _source(rooms: Rooms) -> Source:
    return Source(rooms.state, rooms.history, rooms.settings.data)


def _new_folder(name: str) -> Path:
    if "\0" in name or not Path(name).is_absolute():
        raise BadRequestDataError(f"target: {name!r} is not an absolute path on the server")
    target = Path(name)
    if target.exists():
        raise ConflictError(f"target: {target} exists", hint="name a new folder")
    try:
        target.mkdir(parents=True)
        target.rmdir()
    except OSError as error:
        hint = "name a folder that the server may write"
        raise ConflictError(f"target: {target}: {error.strerror}", hint=hint) from error
    return target


def _instant(where: str, text: str | None) -> int | None:
    return None if text is None else instant.parse(text, where=where)
