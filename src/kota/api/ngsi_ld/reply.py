"""Answers of the NGSI-LD binding, ready to be sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from starlette.types import Send

Headers = tuple[tuple[bytes, bytes], ...]


class Reply(msgspec.Struct, frozen=True):
    """Status, body and headers of one answer.

    Args:
        status: of HTTP.
        body: already encoded.
        headers: names in lower case; the content length is added.
    """

    status: int
    body: bytes = b""
    headers: Headers = ()

    async def send(self, send: Send, *, without_body: bool = False) -> None:
        """Send it; `without_body` answers HEAD."""
        headers = self.headers
        if self.status != 204:
            headers = (*headers, (b"content-length", b"%d" % len(self.body)))
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if without_body else self.body})


NO_CONTENT: Final = Reply(204)


def with_headers(reply: Reply, headers: Headers) -> Reply:
    """A reply with further headers."""
    return msgspec.structs.replace(reply, headers=(*reply.headers, *headers)) if headers else reply


def created(location: str) -> Reply:
    """The answer to a creation; `location` is the path of what was made."""
    return Reply(201, headers=((b"location", location.encode("ascii")),))
