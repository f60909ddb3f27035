"""Every observation in PostgreSQL, partitioned by month."""

from kota.store.history.postgres.store import PostgresHistory

__all__ = ["PostgresHistory"]
