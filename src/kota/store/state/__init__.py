"""The latest value of every attribute, and the small documents that belong to the broker."""

from kota.store.state.protocol import (
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
    "Change",
    "Deliver",
    "Document",
    "Journal",
    "Letter",
    "Mutation",
    "Observation",
    "Outbox",
    "OutboxItem",
    "StateStore",
    "Write",
]
