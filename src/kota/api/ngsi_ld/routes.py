"""All endpoints of the binding, in one table."""

from __future__ import annotations

from typing import Final

from starlette.routing import BaseRoute, Mount

from kota.api.ngsi_ld import (
    attributes,
    batch,
    contexts,
    discovery,
    entities,
    entity_maps,
    identity,
    query_body,
    sources,
    subscriptions,
    temporal,
)
from kota.api.ngsi_ld.binding import PREFIX, Binding, Endpoint
from kota.api.ngsi_ld.services import Services

ENDPOINTS: Final[tuple[Endpoint, ...]] = (
    *entities.ENDPOINTS,
    *attributes.ENDPOINTS,
    *batch.ENDPOINTS,
    *query_body.ENDPOINTS,
    *discovery.ENDPOINTS,
    *temporal.ENDPOINTS,
    *entity_maps.ENDPOINTS,
    *subscriptions.ENDPOINTS,
    *contexts.ENDPOINTS,
    *sources.ENDPOINTS,
    *identity.ENDPOINTS,
)


def routes(services: Services) -> list[BaseRoute]:
    """What an application mounts to offer the binding.

    Args:
        services: the rooms below.
    """
    return [Mount(PREFIX, app=Binding(services, ENDPOINTS))]
