"""The HTTP application: NGSI-LD, Kota's own API, the dashboard."""

from __future__ import annotations

from typing import Protocol

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from kota.api import ngsi_ld
from kota.clock import Clock
from kota.config import Settings
from kota.context.broker import Broker
from kota.context.contexts import Contexts
from kota.context.subscriptions import Subscriptions
from kota.context.temporal import Temporal


class Rooms(Protocol):
    """What the application stands on."""

    @property
    def settings(self) -> Settings: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def broker(self) -> Broker: ...
    @property
    def temporal(self) -> Temporal: ...
    @property
    def contexts(self) -> Contexts: ...
    @property
    def subscriptions(self) -> Subscriptions: ...


def application(rooms: Rooms) -> Starlette:
    """Mount every face of Kota."""
    services = ngsi_ld.Services(
        broker=rooms.broker,
        temporal=rooms.temporal,
        contexts=rooms.contexts,
        subscriptions=rooms.subscriptions,
        clock=rooms.clock,
        body_limit=rooms.settings.body_limit,
    )
    return Starlette(
        routes=[Route("/healthz", _alive), Route("/readyz", _alive), *ngsi_ld.routes(services)]
    )


async def _alive(request: Request) -> PlainTextResponse:
    return PlainTextResponse("ok")
