"""Every observation ever made, by series and time."""

from kota.store.history.protocol import HistoryStore

__all__ = ["HistoryStore"]
