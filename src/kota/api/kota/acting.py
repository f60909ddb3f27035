"""Who stands behind a request."""

from __future__ import annotations

from typing import Final

from fastapi import Request

from kota.operate.actor import Actor

ACTOR: Final = "kota.actor"
"""Where in a request's scope whoever knows the caller puts the `Actor`."""

LOCAL: Final = Actor("operator", "operator")
"""Whoever uses this machine: without identity, Kota listens on nothing else."""


def actor_of(request: Request) -> Actor:
    """The caller, for the journal."""
    found = request.scope.get(ACTOR)
    return found if isinstance(found, Actor) else LOCAL
