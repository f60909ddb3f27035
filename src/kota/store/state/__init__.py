"""The latest value of every attribute, and the small documents that belong to the broker."""

from kota.store.state.chain import Link
from kota.store.state.protocol import (
    Audit,
    Change,
    Deliver,
    Document,
    Journal,
    Letter,
    Mutation,
    Observation,
    Outbox,
    OutboxItem,
    StateStore,
    Write,
)

__all__ = [
    "Audit",
    "Change",
    "Deliver",
    "Document",
    "Journal",
    "Letter",
    "Link",
    "Mutation",
    "Observation",
    "Outbox",
    "OutboxItem",
    "StateStore",
    "Write",
]
