"""Whether the server lives, whether it is ready, and its figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kota.access.identity import ROOT_TENANT
from kota.api.metrics import exposition, figures
from kota.supervisor import State

if TYPE_CHECKING:
    from kota.api.live.hub import Hub
    from kota.api.rooms import Rooms
    from kota.connect.health import Health


def connections(rooms: Rooms) -> list[Health]:
    """How each connection to the field is doing."""
    mqtt = [] if rooms.mqtt is None else [rooms.mqtt.health]
    modbus = [one.health for one in rooms.modbus]
    return [*mqtt, *modbus, *(one.health for one in rooms.opcua)]


def troubles(rooms: Rooms) -> list[str]:
    """Why requests may not be served well; empty where all is well."""
    found = []
    if rooms.intake.trouble:
        found.append(f"ingest: {rooms.intake.trouble}")
    if rooms.drain.failure is not None:
        found.append(f"history: {rooms.drain.failure}")
    found += [
        f"{one.name}: {one.detail}"
        for one in connections(rooms)
        if one.state in ("waiting", "failed")
    ]
    found += [
        f"solution {health.name}: failed"
        for health in rooms.supervisor.health()
        if health.state is State.FAILED
    ]
    if rooms.access.tenant == ROOT_TENANT:
        for name, others in sorted(rooms.tenants.opened().items()):
            found += [f"tenant {name}: {one}" for one in troubles(others)]
    return found


def probes(rooms: Rooms, hub: Hub, requests: dict[str, int]) -> list[Route]:
    """The endpoints ``/healthz``, ``/readyz`` and ``/metrics``.

    A failing solution or broker leaves the server ready: it can answer, and says so. A store
    that cannot commit does not.
    """

    async def alive(_: Request) -> Response:
        return _json({"status": "ok"})

    async def ready(_: Request) -> Response:
        blocked = bool(rooms.intake.trouble) or rooms.drain.failure is not None
        status = "unavailable" if blocked else "ready"
        return _json({"status": status, "troubles": troubles(rooms)}, 503 if blocked else 200)

    async def metrics(_: Request) -> Response:
        body, media_type = exposition(await figures(rooms, hub, requests))
        return Response(body, media_type=media_type)

    return [Route("/healthz", alive), Route("/readyz", ready), Route("/metrics", metrics)]


def _json(body: dict[str, object], status: int = 200) -> Response:
    return Response(
        msgspec.json.encode(body),
        status_code=status,
        media_type="application/json",
        headers={"cache-control": "no-store"},
    )
