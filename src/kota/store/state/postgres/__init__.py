"""The present of the city in PostgreSQL."""

from kota.store.state.postgres.store import PostgresState

__all__ = ["PostgresState"]
