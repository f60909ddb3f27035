"""``/subscriptions``: who is told of what (clauses 6.10 and 6.11)."""

from __future__ import annotations

import re
from typing import Final

from kota.api.ngsi_ld.answer import answer, count_header, location, page_links
from kota.api.ngsi_ld.binding import Endpoint
from kota.api.ngsi_ld.call import Call
from kota.api.ngsi_ld.reply import NO_CONTENT, Headers, Reply, created

DEFAULT_LIMIT: Final = 20
LIST: Final = frozenset({"count", "limit", "offset", "options"})
ONE: Final = frozenset({"options"})
NONE: Final[frozenset[str]] = frozenset()

_VERSION = re.compile(r'\s*ngsi-ld\s*=\s*"?([\d.]+)"?\s*(;|$)', re.IGNORECASE)


async def create(call: Call) -> Reply:
    """Create a subscription (5.8.1)."""
    call.parameters(NONE)
    document = await call.document()
    context = await call.context_of(document)
    subscription = await call.services.subscriptions.create(document, context)
    return created(location("subscriptions", subscription.id))


async def query(call: Call) -> Reply:
    """List the subscriptions, oldest first (5.8.4)."""
    parameters = call.parameters(LIST)
    media, context = call.accept(), await call.context()
    subscriptions = call.services.subscriptions
    found = subscriptions.all()
    limit = DEFAULT_LIMIT if parameters.limit is None else parameters.limit
    end = parameters.offset + limit
    body = [
        subscriptions.write(one, context, sys_attrs="sysAttrs" in parameters.options)
        for one in found[parameters.offset : end]
    ]
    headers = count_header(len(found) if parameters.wants_count else None)
    headers += page_links(
        call, offset=parameters.offset, limit=limit, more=end < len(found), media=media
    )
    return await answer(call, body, context, media, headers=headers)


async def retrieve(call: Call) -> Reply:
    """Retrieve a subscription (5.8.3)."""
    parameters = call.parameters(ONE)
    media, context = call.accept(), await call.context()
    subscriptions = call.services.subscriptions
    subscription = subscriptions.retrieve(call.path[0])
    body = subscriptions.write(subscription, context, sys_attrs="sysAttrs" in parameters.options)
    return await answer(call, body, context, media, headers=_version_header(call))


async def update(call: Call) -> Reply:
    """Replace members of a subscription (5.8.2)."""
    call.parameters(NONE)
    call.media_type()
    subscriptions = call.services.subscriptions
    subscriptions.retrieve(call.path[0])
    fragment = await call.document()
    context = await call.context_of(fragment)
    await subscriptions.update(call.path[0], fragment, context)
    return NO_CONTENT


async def delete(call: Call) -> Reply:
    """Delete a subscription (5.8.5)."""
    call.parameters(NONE)
    await call.services.subscriptions.delete(call.path[0])
    return NO_CONTENT


def _version_header(call: Call) -> Headers:
    """A subscription is the same in every version of the standard (4.3.6.8): say so if asked."""
    for part in call.header(b"prefer").split(","):
        found = _VERSION.match(part)
        if found is not None:
            return ((b"preference-applied", b"ngsi-ld=" + found.group(1).encode()),)
    return ()


ENDPOINTS: Final = (
    Endpoint("subscriptions", {"POST": create, "GET": query}),
    Endpoint("subscriptions/{}", {"GET": retrieve, "PATCH": update, "DELETE": delete}),
)
