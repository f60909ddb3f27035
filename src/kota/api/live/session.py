"""One WebSocket connection of the live stream."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable
from typing import TYPE_CHECKING

import msgspec
from starlette.websockets import WebSocket, WebSocketDisconnect

from kota.api.live.channel import Client
from kota.api.live.hub import MAX_CLIENTS, Hub
from kota.api.live.watch import read_watch
from kota.api.security import is_foreign
from kota.errors import InvalidRequestError
from kota.model.jsonld import Context

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

_FOREIGN = 1008
_TRY_LATER = 1013


class Live:
    """The endpoint.

    Args:
        hub: all connections.
        context: expands the types that clients watch.
    """

    def __init__(self, hub: Hub, context: Context) -> None:
        self._hub = hub
        self._context = context

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection until it ends."""
        socket = WebSocket(scope, receive, send)
        if is_foreign(scope):
            await socket.close(_FOREIGN, "pages of other hosts may not watch")
            return
        await socket.accept()
        if self._hub.clients >= MAX_CLIENTS:
            await socket.close(_TRY_LATER, f"{MAX_CLIENTS} clients watch already")
            return
        client = Client()
        try:
            await self._greet(socket)
            await _either(self._read(socket, client), self._write(socket, client))
        except (WebSocketDisconnect, RuntimeError):
            return
        finally:
            self._hub.leave(client)

    async def _greet(self, socket: WebSocket) -> None:
        clock = self._hub.clock
        await _send(socket, {"op": "hello", "now": clock.iso(), "speed": clock.speed})

    async def _read(self, socket: WebSocket, client: Client) -> None:
        while True:
            text = await socket.receive_text()
            try:
                self._hub.watch(client, read_watch(text, self._context))
            except InvalidRequestError as error:
                await _send(socket, {"op": "error", "detail": str(error)})

    async def _write(self, socket: WebSocket, client: Client) -> None:
        while True:
            frame = await client.take()
            for text in frame.texts(self._hub.clock.iso()):
                await socket.send_text(text)


async def _send(socket: WebSocket, message: dict[str, object]) -> None:
    await socket.send_text(msgspec.json.encode(message).decode())


async def _either(*works: Awaitable[None]) -> None:
    """Run several until the first ends; the others are cancelled."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with contextlib.suppress(asyncio.CancelledError, WebSocketDisconnect, RuntimeError):
                await task
