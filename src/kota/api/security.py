"""What every answer to a browser carries, and which requests of a browser are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from kota.api.problem import problem

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY: Final = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
"""Nothing from other hosts. MapLibre starts its worker from a blob, Radix sets styles inline."""

_HEADERS: Final = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
)
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class Security:
    """Adds the headers, and refuses changes that a page of another host asks for.

    Until there is identity, whoever reaches the port may change things; so at least no foreign
    page in the operator's browser may do so in the operator's name.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *_HEADERS]
            await send(message)

        if scope["method"] not in _SAFE and is_foreign(scope):
            refusal = problem(403, "Origin: pages of other hosts may not change anything here")
            await refusal(scope, receive, with_headers)
            return
        await self._app(scope, receive, with_headers)


def is_foreign(scope: Scope) -> bool:
    """Whether a browser says that a page of another host sends this."""
    headers = {name: value for name, value in scope["headers"] if name in (b"origin", b"host")}
    origin: bytes | None = headers.get(b"origin")
    host: bytes = headers.get(b"host", b"")
    if origin is None:
        return False
    try:
        return urlsplit(origin).netloc != host
    except ValueError:
        return True
