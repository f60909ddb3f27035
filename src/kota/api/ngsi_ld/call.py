"""One request to the NGSI-LD binding: its path, parameters, body and JSON-LD context."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from kota.api.json_body import decode
from kota.api.ngsi_ld import negotiation
from kota.api.ngsi_ld.link import context_address
from kota.api.ngsi_ld.parameters import NONE_GIVEN, Parameters, parse_query
from kota.api.ngsi_ld.problem import RefusedError
from kota.errors import BadRequestDataError, InvalidRequestError
from kota.model.jsonld import Context, core_context

if TYPE_CHECKING:
    from starlette.types import Receive, Scope

    from kota.api.ngsi_ld.services import Services

BODY_TYPES: Final = (negotiation.JSON, negotiation.LD_JSON)
PATCH_TYPES: Final = (*BODY_TYPES, negotiation.MERGE_PATCH)
_MISSING: Final = object()


class Call:
    """A request as handlers see it.

    Args:
        scope, receive: of ASGI.
        services: what handlers may use.
        path: what stood in the path where the endpoint has placeholders, decoded.
    """

    __slots__ = ("_headers", "_receive", "path", "scope", "services")

    def __init__(
        self, scope: Scope, receive: Receive, services: Services, path: tuple[str, ...]
    ) -> None:
        self.scope = scope
        self.services = services
        self.path = path
        self._receive = receive
        self._headers: dict[bytes, bytes] = {}
        for name, value in scope["headers"]:
            known = self._headers.get(name)
            self._headers[name] = value if known is None else known + b", " + value

    def header(self, name: bytes) -> str:
        """A header's value, empty where absent; `name` in lower case."""
        return self._headers.get(name, b"").decode("latin-1")

    def accept(self, offered: tuple[str, ...] = negotiation.PLAIN) -> str:
        """The media type to answer in; raises `RefusedError` (406) where none fits."""
        return negotiation.choose(self.header(b"accept"), offered)

    def parameters(self, allowed: frozenset[str]) -> Parameters:
        """The query parameters.

        Raises:
            InvalidRequestError: one that this endpoint does not have.
            BadRequestDataError: one with a wrong value.
        """
        query: bytes = self.scope["query_string"]
        return parse_query(query.decode("latin-1"), allowed) if query else NONE_GIVEN

    async def context(self) -> Context:
        """The context that the ``Link`` header names, else the core context."""
        header = self._headers.get(b"link")
        address = context_address(header.decode("latin-1")) if header is not None else None
        if address is None:
            return core_context()
        return await self.services.contexts.resolve(address)

    async def context_of(self, document: dict[str, Any]) -> Context:
        """The context of a document in the body, which loses its ``@context`` (clause 6.3.5).

        Raises:
            BadRequestDataError: the context is missing, or is where it may not be.
            ContextUnavailableError: it cannot be had.
        """
        embedded = document.pop("@context", _MISSING)
        media = self.media_type()
        if media == negotiation.JSON and embedded is not _MISSING:
            raise BadRequestDataError(
                "@context: not allowed in application/json",
                hint="name it in the Link header, or send application/ld+json",
            )
        if media == negotiation.LD_JSON and embedded is _MISSING:
            raise BadRequestDataError("@context: missing in application/ld+json")
        if embedded is _MISSING:
            return await self.context()
        if self._has_context_link():
            raise BadRequestDataError(
                "@context: given in the body and in the Link header", hint="drop the Link header"
            )
        return await self.services.contexts.resolve(embedded)

    def media_type(self) -> str:
        """The media type of the body; raises `RefusedError` (415) for one that is not JSON."""
        accepted = PATCH_TYPES if self.scope["method"] == "PATCH" else BODY_TYPES
        return negotiation.content_type(self.header(b"content-type"), accepted)

    async def body(self) -> bytes:
        """The body as sent.

        Raises:
            RefusedError: 415, it is not JSON; 413, it is too large.
        """
        self.media_type()
        limit = self.services.body_limit
        if int(self.header(b"content-length") or 0) > limit:
            raise _too_large(limit)
        message = await self._receive()
        body: bytes = message.get("body", b"")
        if not message.get("more_body", False):
            return body
        chunks = [body]
        size = len(body)
        while message.get("more_body", False):
            message = await self._receive()
            chunks.append(message.get("body", b""))
            size += len(chunks[-1])
            if size > limit:
                raise _too_large(limit)
        return b"".join(chunks)

    async def document(self) -> dict[str, Any]:
        """The body, a JSON object.

        Raises:
            InvalidRequestError: it is not JSON, the message names the place; or no object.
        """
        decoded = decode(await self.body())
        if not isinstance(decoded, dict):
            raise InvalidRequestError("body: not a JSON object")
        return decoded

    async def documents(self) -> list[Any]:
        """The body, a JSON array that is not empty and holds no null.

        Raises:
            InvalidRequestError: it is not JSON.
            BadRequestDataError: it is no such array.
        """
        decoded = decode(await self.body())
        if not isinstance(decoded, list) or not decoded:
            raise BadRequestDataError("body: not a JSON array with at least one item")
        if None in decoded:
            raise BadRequestDataError(f"body[{decoded.index(None)}]: null is not allowed")
        if self.media_type() == negotiation.LD_JSON and self._has_context_link():
            raise BadRequestDataError(
                "Link: a JSON-LD context is not allowed beside application/ld+json"
            )
        return decoded

    def _has_context_link(self) -> bool:
        return context_address(self.header(b"link")) is not None


def _too_large(limit: int) -> RefusedError:
    return RefusedError(
        413, "Payload too large", f"body: larger than {limit} bytes; send it in smaller parts"
    )
