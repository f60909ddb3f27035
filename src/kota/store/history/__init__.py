"""Every observation, kept and answered fast."""

from kota.store.history.protocol import (
    ALWAYS,
    Aggregate,
    Chart,
    EntityFilter,
    EntityRecord,
    HistoryStore,
    Manifest,
    SeriesFilter,
    Span,
    Stored,
)

__all__ = [
    "ALWAYS",
    "Aggregate",
    "Chart",
    "EntityFilter",
    "EntityRecord",
    "HistoryStore",
    "Manifest",
    "SeriesFilter",
    "Span",
    "Stored",
]
