"""The audit: who did what, and a seal to keep."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from fastapi import APIRouter, Query, Request
from starlette.responses import StreamingResponse

from kota.access.audit_chain import Seal
from kota.access.audit_line import Line
from kota.access.audit_reading import Wanted, exported, newest
from kota.api.kota.acting import line_of
from kota.api.kota.answers import Model, problems
from kota.model import instant
from kota.model.instant import render

if TYPE_CHECKING:
    from kota.api.rooms import Rooms

_TEXT = 2048


class LineView(Model):
    """One line; `plant_at` is the time by the clock of the plant, where that is another."""

    number: int
    at: str
    plant_at: str | None
    who: str
    role: str
    where: str
    what: str
    subject: str
    why: str
    cause: str | None
    detail: dict[str, Any]


class SealView(Model):
    """A signature over all lines up to a number; bytes in base 64."""

    number: int
    at: int
    digest: str
    signature: str
    key: str


def line_view(number: int, line: Line) -> LineView:
    """A line for people and programs."""
    return LineView(
        number=number,
        at=render(line.at),
        plant_at=None if line.plant_at is None else render(line.plant_at),
        who=line.who,
        role=line.role,
        where=line.where,
        what=line.what,
        subject=line.subject,
        why=line.why,
        cause=line.cause,
        detail=line.detail,
    )


def router(rooms: Rooms) -> APIRouter:
    """The endpoints of this topic."""
    routes = APIRouter(tags=["audit"])

    @routes.get("/audit", responses=problems(400))
    async def audit(
        what: str | None = Query(None, max_length=_TEXT, description="Or how it begins."),
        subject: str | None = Query(None, max_length=_TEXT),
        who: str | None = Query(None, max_length=_TEXT),
        cause: str | None = Query(None, max_length=_TEXT),
        start: str | None = Query(None, description="ISO 8601, wall time."),
        end: str | None = Query(None, description="ISO 8601, wall time."),
        before: int | None = Query(None, ge=1, le=2**62, description="A number, to page on."),
        limit: int = Query(100, ge=1, le=1000),
    ) -> list[LineView]:
        """What was done, newest first."""
        wanted = Wanted(
            what=what,
            subject=subject,
            who=who,
            cause=cause,
            start=None if start is None else instant.parse(start, where="start"),
            end=None if end is None else instant.parse(end, where="end"),
        )
        found = await newest(rooms.state.audit, wanted, limit=limit, before=before)
        return [line_view(number, line) for number, line in found]

    @routes.get("/audit/export", response_class=StreamingResponse)
    async def export(request: Request) -> StreamingResponse:
        """Everything, as JSON lines with digests; that it was taken is written down."""
        line = line_of(rooms, request, "audit.export", "audit")
        await rooms.state.apply([], audit=[line])
        return StreamingResponse(exported(rooms.state.audit), media_type="application/x-ndjson")

    @routes.post("/audit/seal", responses=problems(404, 503))
    async def seal() -> SealView:
        """A seal on everything so far: kept elsewhere, it betrays whoever forges the audit."""
        return _seal_view(await rooms.sealer.seal())

    return routes


def _seal_view(seal: Seal) -> SealView:
    return SealView(**msgspec.to_builtins(seal))
