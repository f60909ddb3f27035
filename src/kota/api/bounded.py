"""Bodies that are too large are refused before they fill the memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException

from kota.api.problem import problem

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Bounded:
    """An application whose requests have bodies of at most so many bytes.

    Args:
        app: answers them.
        limit: of a body [bytes]; above it the answer is 413.
    """

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        told = Headers(scope=scope).get("content-length", "0")
        if told.isdigit() and int(told) > self._limit:
            await problem(413, self._words)(scope, receive, send)
            return
        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self._limit:
                raise HTTPException(413, self._words)
            return message

        await self._app(scope, counted, send)

    @property
    def _words(self) -> str:
        return f"body: larger than {self._limit} bytes; send it in smaller parts"
