"""The map as it was: the values of one type, moment by moment."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow.compute as pc
from fastapi import APIRouter, Header, Query, Request, Response
from numpy.typing import NDArray

from kota.api.eyes import eyes_of
from kota.api.kota.answers import Model, problems, quick_and_small
from kota.api.words import Words
from kota.context.staleness import PATIENCE
from kota.errors import BadRequestDataError, TooComplexError
from kota.model import instant
from kota.model.instant import SECOND, render
from kota.model.quality import Source

if TYPE_CHECKING:
    import pyarrow as pa

    from kota.api.rooms import Rooms

MOST_CELLS: Final = 1_000_000
"""Values in one answer."""
_SOURCES: Final = len(Source)
"""By which a quality's code is divided to get its level."""
_LAST: Final = instant.parse("9999-12-31T00:00:00Z", where="the end of time")
_BREATH: Final = 500


class PastView(Model):
    """What a type was like: `frames` holds a list of values for each moment, one for each of `ids`.

    Moments begin at `start_ms` since the epoch and are `step_ms` apart. A value is null where none
    was known or the last one had become stale. `levels` is the worst quality where it is not good:
    for each moment pairs of place in `ids` and level.
    """

    type: str
    attribute: str
    unit: str | None
    start_ms: int
    step_ms: int
    ids: list[str]
    frames: list[list[float | None]]
    levels: list[list[tuple[int, int]]]


def frames_of(
    table: pa.Table, ids: list[str], moments: NDArray[np.int64], patience: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int8]]:
    """The last value before each moment, and its quality level.

    Args:
        table: by series and time, as `HistoryStore.table` answers, of one attribute.
        ids: the entities.
        moments: rising instants [µs], shape ``(n_moments,)``.
        patience: how long a value of each entity holds [µs], shape ``(n_ids,)``.

    Returns:
        Values (NaN: none) and levels, each of shape ``(n_moments, n_ids)``.
    """
    values = np.full((len(moments), len(ids)), np.nan)
    levels = np.zeros((len(moments), len(ids)), np.int8)
    column = {entity: index for index, entity in enumerate(ids)}
    entities = table["entity_id"].to_numpy(zero_copy_only=False)
    times = table["observed_at"].cast("int64").to_numpy()
    numbers = table["number"].to_numpy(zero_copy_only=False)
    level = table["quality"].fill_null(0).to_numpy(zero_copy_only=False) // _SOURCES
    cuts = np.flatnonzero(entities[1:] != entities[:-1]) + 1
    for first, last in zip([0, *cuts], [*cuts, len(entities)], strict=True):
        at = column.get(entities[first]) if last > first else None
        if at is None:
            continue
        own = times[first:last]
        place = np.searchsorted(own, moments, side="right") - 1
        known = (place >= 0) & (moments - own[place] <= patience[at])
        values[known, at] = numbers[first:last][place[known]]
        levels[known, at] = level[first:last][place[known]]
    return values, levels


def router(rooms: Rooms) -> APIRouter:
    """The endpoints of this topic."""
    routes = APIRouter(tags=["history"])
    short = Words(rooms.names)

    @routes.get("/map/past", response_model=PastView, responses=problems(400))
    async def past(
        request: Request,
        type: str = Query(min_length=1, max_length=2048, description="Short name."),  # noqa: A002
        attribute: str = Query(min_length=1, max_length=2048, description="Short name, or IRI."),
        start: str = Query(description="ISO 8601: the first moment."),
        step: int = Query(60, ge=1, le=7 * 86_400, description="Seconds from moment to moment."),
        count: int = Query(60, ge=1, le=1000, description="Moments."),
        accept_encoding: str = Header(""),
    ) -> Response:
        """The numbers of one attribute of all entities of a type, moment by moment."""
        first = instant.parse(start, where="start")
        moments = first + np.arange(count, dtype=np.int64) * step * SECOND
        if moments[-1] > _LAST:
            raise BadRequestDataError(f"start: {count} moments from {render(first)} end too late")
        iri = short.expand(attribute)
        ids: list[str] = []
        patience: list[float] = []
        async for entity in eyes_of(rooms, request.scope).state.scan([short.expand(type)]):
            if iri in entity.attrs:
                ids.append(entity.id)
                patience.append(PATIENCE * rooms.staleness.interval(entity, iri))
            if len(ids) % _BREATH == 0:
                await asyncio.sleep(0)
        if len(ids) * count > MOST_CELLS:
            raise TooComplexError(
                f"count: {count} moments of {len(ids)} entities are more than {MOST_CELLS} values",
                hint=f"ask for at most {max(1, MOST_CELLS // len(ids))} moments at once",
            )
        body: dict[str, Any] = {"type": type, "attribute": attribute, "unit": None, "ids": ids}
        body |= {"start_ms": first // 1000, "step_ms": step * 1000}
        body |= {"frames": [[]] * count, "levels": [[]] * count}
        if ids:
            hold = np.array(patience, np.int64)
            table = await rooms.history.table(
                ids, [iri], start=int(first - hold.max()), end=int(moments[-1]) + 1
            )
            table = table.filter(pc.is_null(table["dataset_id"]))
            body |= await asyncio.to_thread(_filled, table, ids, moments, hold)
        return await quick_and_small(body, accept_encoding)

    return routes


def _filled(
    table: pa.Table, ids: list[str], moments: NDArray[np.int64], patience: NDArray[np.int64]
) -> dict[str, Any]:
    values, levels = frames_of(table, ids, moments, patience)
    units = table["unit"].drop_null()
    pairs: list[list[tuple[int, int]]] = [[] for _ in moments]
    for moment, at in zip(*np.nonzero(levels), strict=True):
        pairs[moment].append((int(at), int(levels[moment, at])))
    known = np.isfinite(values)
    frames = [
        [float(value) if told else None for value, told in zip(row, mask, strict=True)]
        for row, mask in zip(values, known, strict=True)
    ]
    unit = str(units[-1].as_py()) if len(units) else None
    return {"unit": unit, "frames": frames, "levels": pairs}
