"""How the whole does, for the operator's page."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

from fastapi import APIRouter, Query, Request

from kota.api.eyes import eyes_of
from kota.api.kota.answers import Model
from kota.api.probes import connections
from kota.api.words import Words
from kota.connect.intake import BOX as INGEST_BOX
from kota.context.notifications import LETTER_BOX
from kota.model.entity import Entity
from kota.model.instant import render

if TYPE_CHECKING:
    from kota.api.rooms import Rooms

_WINDOW_S = 10.0
_KEEP_ROWS_S = 5.0


class IngestView(Model):
    """What came in since the start, and how fast it comes now."""

    received: int
    observations: int
    rejected: int
    rate_s: float


class StoreView(Model):
    """What is kept."""

    entities: int
    journal_lag: int
    history_rows: int


class NotificationsView(Model):
    """What waits to leave, and what could not."""

    waiting: int
    dead: int


class ConnectionView(Model):
    """One way to the field."""

    name: str
    state: str
    detail: str | None


class SilentView(Model):
    """An entity whose numbers have stopped coming."""

    id: str
    type: str
    last: str | None


class Health(Model):
    """How everything does."""

    ingest: IngestView
    store: StoreView
    notifications: NotificationsView
    connections: list[ConnectionView]
    silent: list[SilentView]
    letters: int


class Rate:
    """How fast a counter grows, over the last ten seconds that were looked at."""

    def __init__(self) -> None:
        self._samples: deque[tuple[float, int]] = deque()

    def of(self, count: int, *, at: float) -> float:
        """Growth a second.

        Args:
            count: of the counter now.
            at: monotonic time [s].
        """
        samples = self._samples
        if not samples or at - samples[-1][0] >= 0.5:
            samples.append((at, count))
        while len(samples) > 2 and at - samples[1][0] >= _WINDOW_S:
            samples.popleft()
        begun, first = samples[0]
        return 0.0 if at <= begun else (count - first) / (at - begun)


class Rows:
    """The number of rows in history, counted at most every five seconds."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self._count = 0
        self._until = 0.0

    async def count(self) -> int:
        """How many there are."""
        if time.monotonic() >= self._until:
            self._until = time.monotonic() + _KEEP_ROWS_S
            self._count = await self._rooms.history.rows()
        return self._count


def _last(entity: Entity) -> str | None:
    times = [
        instance.observed_at
        for instances in entity.attrs.values()
        for instance in instances
        if instance.observed_at is not None
    ]
    return render(max(times)) if times else None


def router(rooms: Rooms) -> APIRouter:
    """The endpoints of this topic."""
    routes = APIRouter(tags=["operation"])
    short = Words(rooms.names)
    rate, rows = Rate(), Rows(rooms)

    async def entities() -> int:
        return sum((await rooms.state.type_counts()).values())

    @routes.get("/health")
    async def health(request: Request, silent: int = Query(50, ge=0, le=1000)) -> Health:
        """Ingest, stores, notifications, connections and what has fallen silent."""
        counts = rooms.intake.counts
        observations = rooms.ingest.observations
        rooms.staleness.sweep()
        eyes = eyes_of(rooms, request.scope)
        return Health(
            ingest=IngestView(
                received=counts.received,
                observations=observations,
                rejected=counts.rejected,
                rate_s=round(rate.of(observations, at=time.monotonic()), 1),
            ),
            store=StoreView(
                entities=await entities(),
                journal_lag=rooms.drain.lag,
                history_rows=await rows.count(),
            ),
            notifications=NotificationsView(
                waiting=await rooms.state.outbox.waiting(),
                dead=await rooms.state.count_letters(LETTER_BOX),
            ),
            connections=[
                ConnectionView(name=one.name, state=one.state, detail=one.detail)
                for one in connections(rooms)
            ],
            silent=[
                SilentView(id=entity.id, type=short.type_of(entity), last=_last(entity))
                for entity in filter(None, map(eyes.sees, rooms.staleness.silent(silent)))
            ],
            letters=await rooms.state.count_letters(INGEST_BOX),
        )

    return routes
