"""One WebSocket connection of the live stream."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.websockets import WebSocket, WebSocketDisconnect

from kota.api.calling import caller_of
from kota.api.live.channel import Client
from kota.api.live.hub import MAX_CLIENTS, Hub
from kota.api.live.watch import read_watch
from kota.api.security import is_foreign
from kota.errors import InvalidRequestError
from kota.model.jsonld import Context

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from kota.access.caller import Caller
    from kota.access.sight import Sight

_FOREIGN = 1008
_TRY_LATER = 1013
_SIGNED_OUT = 4401
_LOOK_S = 1.0


class Live:
    """The endpoint.

    Args:
        hub: all connections.
        context: expands the types that clients watch.
        sight: what the caller of a request sees; None: everything.
    """

    def __init__(
        self,
        hub: Hub,
        context: Context,
        sight: Callable[[Mapping[str, Any]], Sight | None] = lambda _: None,
    ) -> None:
        self._hub = hub
        self._context = context
        self._sight = sight

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
            sight = self._sight(scope)
            works = [self._read(socket, client, sight), self._write(socket, client)]
            caller = caller_of(scope)
            if caller is not None:
                works.append(_over(socket, caller))
            await _either(*works)
        except (WebSocketDisconnect, RuntimeError):
            return
        finally:
            self._hub.leave(client)

    async def _greet(self, socket: WebSocket) -> None:
        clock = self._hub.clock
        await _send(socket, {"op": "hello", "now": clock.iso(), "speed": clock.speed})

    async def _read(self, socket: WebSocket, client: Client, sight: Sight | None) -> None:
        while True:
            text = await socket.receive_text()
            try:
                self._hub.watch(client, read_watch(text, self._context), sight)
            except InvalidRequestError as error:
                await _send(socket, {"op": "error", "detail": str(error)})

    async def _write(self, socket: WebSocket, client: Client) -> None:
        while True:
            frame = await client.take()
            for text in frame.texts(self._hub.clock.iso()):
                await socket.send_text(text)


async def _over(socket: WebSocket, caller: Caller) -> None:
    """Wait until what the caller was recognised by holds no more, and end the connection."""
    while True:
        await asyncio.sleep(_LOOK_S)
        if not caller.holds():
            break
    await socket.close(_SIGNED_OUT, "what this connection was opened by holds no more")


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
