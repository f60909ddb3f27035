"""``/info/sourceIdentity``: who this server is before other brokers (clauses 5.15 and 6.33)."""

from __future__ import annotations

from typing import Any, Final

from kota.api.ngsi_ld.answer import answer
from kota.api.ngsi_ld.binding import Endpoint
from kota.api.ngsi_ld.call import Call
from kota.api.ngsi_ld.problem import RefusedError
from kota.api.ngsi_ld.reply import Reply
from kota.model.instant import SECOND, render

NONE: Final[frozenset[str]] = frozenset()


async def retrieve(call: Call) -> Reply:
    """Say by which alias this server is known, and for how long it has been up (5.15.1)."""
    call.parameters(NONE)
    media, context = call.accept(), await call.context()
    sources = call.services.sources
    if sources is None:
        raise RefusedError(404, "Not found", "this server does not federate")
    now = call.services.clock.now()
    alias = sources.federation.peers.alias
    body: dict[str, Any] = {
        "id": f"urn:ngsi-ld:ContextSourceIdentity:{alias}",
        "type": "ContextSourceIdentity",
        "contextSourceAlias": alias,
        "contextSourceUptime": f"PT{max(0, now - sources.opened_at) // SECOND}S",
        "contextSourceTimeAt": render(now),
    }
    return await answer(call, body, context, media)


ENDPOINTS: Final = (Endpoint("info/sourceIdentity", {"GET": retrieve}),)
