"""The query languages of NGSI-LD: entity types, q, scopeQ, geo-queries and temporal queries."""

from kota.model.query.selection import EntityQuery, Lens, Order

__all__ = ["EntityQuery", "Lens", "Order"]
