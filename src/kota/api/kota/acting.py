"""Who stands behind a request, and how the audit is told what it did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
from starlette.requests import Request

from kota.access.caller import Caller
from kota.access.identity import Identity
from kota.operate.actor import Actor, told

if TYPE_CHECKING:
    from kota.api.rooms import Rooms

ACTOR: Final = "kota.actor"
"""Where in a request's scope whoever knows the caller puts the `Actor`."""

LOCAL: Final = Actor("operator", "operator")
"""Whoever uses this machine: without identity, Kota listens on nothing else."""

LOCAL_CALLER: Final = Caller(who=Identity(id="local", name=LOCAL.name))
"""The same, for the audit."""


def actor_of(request: Request) -> Actor:
    """The caller, for the journal and the audit."""
    found = request.scope.get(ACTOR)
    actor = found if isinstance(found, Actor) else LOCAL
    if actor.where or request.client is None:
        return actor
    return msgspec.structs.replace(actor, where=request.client.host)


def line_of(
    rooms: Rooms,
    request: Request,
    what: str,
    subject: str,
    *,
    why: str | None = None,
    **detail: Any,
) -> bytes:
    """A line for the audit of what a request does."""
    actor = actor_of(request)
    return told(actor, rooms.clock.now(), what, subject, why=why, detail=detail)
