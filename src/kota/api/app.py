"""The HTTP application: every face of Kota behind one door."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware

from kota.api import ngsi_ld
from kota.api.calling import CALLER
from kota.api.dashboard import Dashboard
from kota.api.eyes import eyes_of
from kota.api.gate import Gate
from kota.api.hosts import Hosts
from kota.api.live.hub import Hub
from kota.api.live.session import Live
from kota.api.narrowing import Narrowing
from kota.api.ngsi_ld.binding import PREFIX, Binding
from kota.api.ngsi_ld.problem import problem_reply
from kota.api.ngsi_ld.routes import ENDPOINTS
from kota.api.probes import probes
from kota.api.problem import answer_http_error, problem, problem_of
from kota.api.security import Security
from kota.api.tenant_door import TenantDoor, echoing, tenant_asked
from kota.api.writing_down import WritingDown
from kota.context.entity_maps import EntityMaps
from kota.errors import KotaError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from kota.api.rooms import Rooms

LIVE: Final = "/api/v1/live"
_NGSI_LD: Final = PREFIX + "/"
_OWN: Final = ("/api/", "/openapi.json")
_LARGE: Final = 4096
"""Answers shorter than this are not worth compressing [bytes]."""


class Door:
    """Recognises whoever comes, and sends him to the faces of the tenant that he names.

    Args:
        faces: of the default tenant.
        tenants: of the others.
        hosts: by which name a request may call this server.
        gate: recognises callers; None: nobody is asked who he is.
    """

    def __init__(
        self, faces: Faces, tenants: TenantDoor, hosts: Hosts, gate: Gate | None = None
    ) -> None:
        self._faces = faces
        self._tenants = tenants
        self._hosts = hosts
        self._gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request or serve one connection."""
        if not self._hosts.own(scope):
            await _misdirected(scope, receive, send)
            return
        tenant = tenant_asked(scope)
        try:
            if self._gate is not None:
                caller = await self._gate.recognise(scope)
                tenant = tenant or caller.tenant
            if tenant is None:
                await self._faces(scope, receive, send)
            else:
                await self._tenants(tenant, scope, receive, send)
        except KotaError as error:
            answer = send if tenant is None else echoing(send, tenant)
            await _refused(error, scope, receive, answer)


class Faces:
    """The faces of one tenant: sends each request to its own, by how its path begins.

    NGSI-LD, which programs call thousands of times a second, is reached without detour; what
    browsers load gets their headers and is compressed.

    Args:
        binding: NGSI-LD.
        pages: everything else.
        requests: counted, by face.
        gate: of this tenant; None: nobody is asked who he is.
    """

    def __init__(
        self,
        binding: ASGIApp,
        pages: ASGIApp,
        requests: dict[str, int],
        gate: Gate | None = None,
    ) -> None:
        self._binding = binding
        self._pages = pages
        self._requests = requests
        self._gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request or serve one connection."""
        if self._gate is not None:
            await self._gate.note_purpose(scope[CALLER])
        if scope["type"] == "http" and scope["path"].startswith(_NGSI_LD):
            self._requests["ngsi_ld"] += 1
            await self._binding(scope, receive, send)
        else:
            self._requests["pages"] += 1
            await self._pages(scope, receive, send)


class Pages:
    """What a browser or an operator's tool asks for.

    Args:
        own: Kota's own API.
        live: the live stream.
        probes: health and figures, by path.
        dashboard: any other path.
        gate: refuses what the caller has no right to; None: nothing.
    """

    def __init__(
        self,
        *,
        own: ASGIApp,
        live: ASGIApp,
        probes: dict[str, ASGIApp],
        dashboard: ASGIApp,
        gate: Gate | None = None,
    ) -> None:
        self._gate = gate
        self._own = own
        self._live = live
        self._probes = probes
        self._dashboard = dashboard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request or serve one connection."""
        if self._gate is not None:
            try:
                self._gate.admit(scope)
            except KotaError as error:
                await _refused(error, scope, receive, send)
                return
        await self._face(scope)(scope, receive, send)

    def _face(self, scope: Scope) -> ASGIApp:
        path = scope["path"]
        if scope["type"] == "websocket":
            return self._live if path == LIVE else _hang_up
        if path.startswith(_OWN):
            return self._own
        if path in self._probes:
            return self._probes[path]
        if path.startswith("/ngsi-ld"):
            return problem(404, f"{path}: there is no such resource; NGSI-LD is at {PREFIX}")
        return self._dashboard


class Lazy:
    """An application that is built when it is first asked, beside the event loop.

    FastAPI and its models take half a second to import, which the start need not wait for.

    Args:
        build: makes it.
    """

    def __init__(self, build: Callable[[], ASGIApp]) -> None:
        self._build = build
        self._app: ASGIApp | None = None
        self._lock = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if self._app is None:
            async with self._lock:
                if self._app is None:
                    self._app = await asyncio.to_thread(self._build)
        await self._app(scope, receive, send)


def application(rooms: Rooms) -> Door:
    """Build the application.

    Args:
        rooms: what it stands on.
    """
    requests = {"ngsi_ld": 0, "pages": 0}
    settings = rooms.settings
    gate = None if settings.auth == "none" else Gate(rooms.access, secure=settings.secure)
    faces = _faces(rooms, requests, gate)

    def build(others: Rooms) -> ASGIApp:
        own = None if gate is None else Gate(others.access, secure=settings.secure)
        return _faces(others, requests, own)

    tenants = TenantDoor(rooms, faces, build, asks=gate is not None)
    return Door(faces, tenants, Hosts(_names(rooms)), gate)


def _faces(rooms: Rooms, requests: dict[str, int], gate: Gate | None) -> Faces:
    hub = Hub(rooms)
    routes = probes(rooms, hub, requests)
    small = Starlette(routes=routes, exception_handlers={HTTPException: answer_http_error})
    pages = Pages(
        own=Lazy(lambda: _own_api(rooms)),
        live=Live(hub, rooms.names, lambda scope: eyes_of(rooms, scope).sight),
        probes={route.path: small for route in routes},
        dashboard=Dashboard(),
        gate=gate,
    )
    shown = Security(GZipMiddleware(pages, _LARGE, 4))
    return Faces(_binding(rooms, gate), shown, requests, gate)


def _names(rooms: Rooms) -> tuple[str, ...]:
    settings = rooms.settings
    public = urlsplit(settings.public_url or "").hostname
    return (settings.host, *settings.server_names, *([public] if public else []))


def _binding(rooms: Rooms, gate: Gate | None) -> Binding:
    services = ngsi_ld.Services(
        broker=rooms.broker,
        temporal=rooms.temporal,
        contexts=rooms.contexts,
        subscriptions=rooms.subscriptions,
        sources=rooms.sources,
        maps=EntityMaps(rooms.clock),
        clock=rooms.clock,
        body_limit=rooms.settings.body_limit,
    )
    if gate is None:
        return Binding(services, ENDPOINTS)
    return Binding(services, ENDPOINTS, Narrowing(rooms, gate, services), WritingDown(rooms.access))


def _own_api(rooms: Rooms) -> ASGIApp:
    from kota.api.kota.app import create

    return create(rooms)


async def _refused(error: KotaError, scope: Scope, receive: Receive, send: Send) -> None:
    """Say why a request is not answered."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008, "reason": str(error)[:120]})
    elif scope["path"].startswith(_NGSI_LD):
        await problem_reply(error).send(send, without_body=scope["method"] == "HEAD")
    else:
        await problem_of(error)(scope, receive, send)


async def _misdirected(scope: Scope, receive: Receive, send: Send) -> None:
    """Refuse what calls this server by a name that is not its own."""
    if scope["type"] == "websocket":
        await _hang_up(scope, receive, send)
        return
    refusal = problem(421, "Host: not a name of this server; add it to server_names")
    await refusal(scope, receive, send)


async def _hang_up(_: Scope, receive: Receive, send: Send) -> None:
    """Refuse a WebSocket at a path that has none."""
    await receive()
    await send({"type": "websocket.close", "code": 1008, "reason": f"the live stream is at {LIVE}"})
