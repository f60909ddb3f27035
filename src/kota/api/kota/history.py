"""The past of one attribute, for charts and for tables."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Query, Request, Response

from kota.api.eyes import Eyes, eyes_of
from kota.api.kota.answers import Model, problems, quick
from kota.api.kota.entities import UnitView, unit_view
from kota.errors import BadRequestDataError
from kota.model import instant
from kota.model.instant import DAY, SECOND, render
from kota.model.terms import DEFAULT_VOCABULARY
from kota.store.history.protocol import Chart

if TYPE_CHECKING:
    from kota.api.rooms import Rooms


class History(Model):
    """One series: observations as they came where they are few (`raw`), else buckets of time.

    `t` holds milliseconds since the epoch, the start of each bucket; in raw answers `mean` is
    the value. `quality` is the worst level of a bucket: 0 good, 1 uncertain, 2 bad.
    """

    entity: str
    attribute: str
    unit: UnitView | None
    bucket_s: float
    raw: bool
    t: list[int]
    min: list[float | None]
    max: list[float | None]
    mean: list[float | None]
    last: list[float | None]
    count: list[int]
    quality: list[int]


_ENTITY = Query(min_length=1, max_length=2048)
_ATTRIBUTE = Query(min_length=1, max_length=2048, description="Short name, or IRI.")
_START = Query(None, description="ISO 8601; a day before the end where it is missing.")
_END = Query(None, description="ISO 8601; now, by the entity's clock, where it is missing.")
_POINTS = Query(600, ge=2, le=10_000, description="About how many points.")


def router(rooms: Rooms) -> APIRouter:
    """The endpoints of this topic."""
    routes = APIRouter(tags=["history"])

    async def name_of(eyes: Eyes, entity_id: str, attribute: str) -> str:
        """The IRI of an attribute; one that only the standard's own vocabulary has counts too."""
        iri = rooms.names.expand(attribute)
        entity = await eyes.state.get(entity_id)
        by_default = DEFAULT_VOCABULARY + attribute
        if entity is not None and iri not in entity.attrs and by_default in entity.attrs:
            return by_default
        return iri

    async def span(
        eyes: Eyes, entity_id: str, start: str | None, end: str | None
    ) -> tuple[int, int]:
        last = await _now(eyes, entity_id) if end is None else instant.parse(end, where="end")
        first = last - DAY if start is None else instant.parse(start, where="start")
        if first >= last:
            raise BadRequestDataError(f"start: {render(first)} is not before {render(last)}")
        return first, last

    async def _now(eyes: Eyes, entity_id: str) -> int:
        entity = await eyes.state.get(entity_id)
        return 1 + (rooms.clock.now() if entity is None else rooms.staleness.now(entity))

    async def chart(
        request: Request,
        entity: str,
        attribute: str,
        start: str | None,
        end: str | None,
        points: int,
    ) -> Chart:
        eyes = eyes_of(rooms, request.scope)
        first, last = await span(eyes, entity, start, end)
        iri = await name_of(eyes, entity, attribute)
        return await eyes.history.chart(entity, iri, start=first, end=last, points=points)

    @routes.get("/history", response_model=History, responses=problems(400))
    async def history(
        request: Request,
        entity: str = _ENTITY,
        attribute: str = _ATTRIBUTE,
        start: str | None = _START,
        end: str | None = _END,
        points: int = _POINTS,
    ) -> Response:
        """One series of numbers, for a chart."""
        found = await chart(request, entity, attribute, start, end, points)
        return quick(_body(entity, attribute, found))

    @routes.get(
        "/history.csv",
        response_class=Response,
        responses={200: {"content": {"text/csv": {}}}, **problems(400)},
    )
    async def history_csv(
        request: Request,
        entity: str = _ENTITY,
        attribute: str = _ATTRIBUTE,
        start: str | None = _START,
        end: str | None = _END,
        points: int = _POINTS,
    ) -> Response:
        """The same series as a table."""
        found = await chart(request, entity, attribute, start, end, points)
        name = "".join(sign if sign.isalnum() else "-" for sign in attribute)[:80]
        name = name.encode("ascii", "replace").decode().replace("?", "-")
        return Response(
            _table(found),
            media_type="text/csv; charset=utf-8; header=present",
            headers={"content-disposition": f'attachment; filename="{name}.csv"'},
        )

    return routes


def _body(entity: str, attribute: str, chart: Chart) -> dict[str, Any]:
    unit = unit_view(chart.unit)
    return {
        "entity": entity,
        "attribute": attribute,
        "unit": None if unit is None else unit.model_dump(),
        "bucket_s": chart.width / SECOND,
        "raw": chart.width == 0,
        "t": [at // 1000 for at in chart.at],
        "min": chart.low,
        "max": chart.high,
        "mean": chart.last if chart.width == 0 else chart.mean,
        "last": chart.last,
        "count": chart.count,
        "quality": chart.quality,
    }


def _table(chart: Chart) -> str:
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    unit = chart.unit or ""
    if chart.width == 0:
        rows.writerow(["time", "value", "unit", "quality"])
        for at, value, quality in zip(chart.at, chart.last, chart.quality, strict=True):
            rows.writerow([render(at), value, unit, quality])
        return text.getvalue()
    rows.writerow(["time", "min", "max", "mean", "last", "count", "unit", "quality"])
    columns = (chart.at, chart.low, chart.high, chart.mean, chart.last, chart.count, chart.quality)
    for at, low, high, mean, last, count, quality in zip(*columns, strict=True):
        rows.writerow([render(at), low, high, mean, last, count, unit, quality])
    return text.getvalue()
