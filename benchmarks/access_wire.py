"""How the campaign of access talks: requests straight into the application, streams, a receiver."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from aiohttp import web

from benchmarks.access_world import Actor
from benchmarks.processes import free_port
from kota.api.app import Door


class Reply:
    """What came back."""

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body


async def call(
    app: Door, method: str, path: str, headers: dict[str, str], body: Any = None
) -> Reply:
    """One request straight into the application."""
    pure, _, query = path.partition("?")
    content = b"" if body is None else json.dumps(body).encode()
    sent = {"host": "localhost", **headers}
    if body is not None:
        sent |= {"content-type": "application/json", "content-length": str(len(content))}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": pure,
        "raw_path": pure.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in sent.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 1),
    }
    started: dict[str, Any] = {}
    parts: list[bytes] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": content, "more_body": False}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            started.update(message)
        else:
            parts.append(message.get("body", b""))

    await app(scope, receive, send)
    named = {name.decode().lower(): value.decode() for name, value in started["headers"]}
    return Reply(int(started["status"]), named, b"".join(parts))


class Watcher:
    """A live connection of one actor, driven without a socket."""

    def __init__(self, app: Door, actor: Actor, purpose: str | None, tenant: str) -> None:
        self.actor = actor
        self.purpose = purpose
        self.frames: list[bytes] = []
        self.accepted = False
        self._in: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        headers = {"host": "localhost", **actor.headers}
        if purpose is not None:
            headers["kota-purpose"] = purpose
        scope = {
            "type": "websocket",
            "path": "/api/v1/live",
            "raw_path": b"/api/v1/live",
            "query_string": f"tenant={tenant}".encode(),
            "scheme": "ws",
            "headers": [(k.lower().encode(), v.encode()) for k, v in headers.items()],
            "client": ("127.0.0.1", 1),
            "subprotocols": [],
        }
        self._in.put_nowait({"type": "websocket.connect"})
        wish = json.dumps({"op": "watch", "all": True, "interval_ms": 50})
        self._in.put_nowait({"type": "websocket.receive", "text": wish})
        self._task = asyncio.create_task(app(scope, self._in.get, self._send))

    async def _send(self, message: Any) -> None:
        if message["type"] == "websocket.accept":
            self.accepted = True
        if message.get("text"):
            self.frames.append(message["text"].encode())

    async def close(self) -> None:
        """Hang up."""
        self._in.put_nowait({"type": "websocket.disconnect", "code": 1000})
        await asyncio.wait([self._task], timeout=2)
        self._task.cancel()


class Receiver:
    """Takes notifications, each subscriber's at a path of his own."""

    def __init__(self) -> None:
        self.got: dict[str, list[bytes]] = {}
        self.port = free_port()

    async def start(self) -> web.AppRunner:
        """Listen."""
        app = web.Application(client_max_size=1 << 26)
        app.router.add_post("/{name}", self._take)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", self.port).start()
        return runner

    async def _take(self, request: web.Request) -> web.Response:
        self.got.setdefault(request.match_info["name"], []).append(await request.read())
        return web.Response(status=204)
