"""``/jsonldContexts``: the JSON-LD contexts that are kept here (clauses 6.29 and 6.30)."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from kota.api.ngsi_ld.answer import location
from kota.api.ngsi_ld.binding import Endpoint
from kota.api.ngsi_ld.call import Call
from kota.api.ngsi_ld.reply import NO_CONTENT, Reply, created
from kota.context.stored_context import ContextKind
from kota.errors import BadRequestDataError, InvalidRequestError

LIST: Final = frozenset({"details", "kind"})
ONE: Final = frozenset({"details"})
DELETE: Final = frozenset({"reload"})
NONE: Final[frozenset[str]] = frozenset()


async def add(call: Call) -> Reply:
    """Host a context (5.13.2)."""
    call.parameters(NONE)
    document = await call.document()
    if "@context" not in document:
        raise InvalidRequestError("body: no member @context")
    stored = await call.services.contexts.add(document["@context"])
    return created(location("jsonldContexts", stored.key))


async def list_all(call: Call) -> Reply:
    """List the contexts: their addresses or, on wish, their details (5.13.3)."""
    parameters = call.parameters(LIST)
    media = call.accept()
    found = call.services.contexts.library.all(_kind(parameters.kind))
    if parameters.details:
        return _json([one.details() for one in found], media)
    return _json([one.address for one in found], media)


async def serve(call: Call) -> Reply:
    """Serve a context or, on wish, its details (5.13.4)."""
    parameters = call.parameters(ONE)
    media = call.accept()
    stored = call.services.contexts.library.serve(call.path[0])
    return _json(stored.details() if parameters.details else stored.body, media)


async def delete(call: Call) -> Reply:
    """Delete a context, or fetch a cached one again (5.13.5)."""
    parameters = call.parameters(DELETE)
    contexts = call.services.contexts
    if parameters.reload:
        await contexts.reload(call.path[0])
    else:
        await contexts.delete(call.path[0])
    return NO_CONTENT


def _kind(text: str | None) -> ContextKind | None:
    if text is None:
        return None
    try:
        return ContextKind(text)
    except ValueError:
        known = ", ".join(kind.value for kind in ContextKind)
        raise BadRequestDataError(f"kind: {text!r} is none of {known}") from None


def _json(body: Any, media: str) -> Reply:
    return Reply(200, msgspec.json.encode(body), ((b"content-type", media.encode()),))


ENDPOINTS: Final = (
    Endpoint("jsonldContexts", {"POST": add, "GET": list_all}),
    Endpoint("jsonldContexts/{}", {"GET": serve, "DELETE": delete}),
)
