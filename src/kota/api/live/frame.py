"""What goes out at once: gathered value by value, written once, sent to many."""

from __future__ import annotations

import time
from typing import Any

import msgspec

Row = tuple[int, int, Any, int | None, int]
"""Handle, attribute index, value, observedAt [ms since the epoch], quality level."""
Now = tuple[str, float]
"""The town's time in ISO 8601 and its speed."""

_encode = msgspec.json.Encoder().encode


class Frame:
    """Messages for clients, at most one of each sort.

    Whoever fills it does so before `texts` is called for the first time; then it may be shared.
    """

    __slots__ = ("attributes", "clock", "entities", "gone", "rows", "stale", "written")

    def __init__(self) -> None:
        self.entities: dict[int, tuple[int, str, str, str | None]] = {}
        self.attributes: dict[int, tuple[int, str, str | None]] = {}
        self.rows: dict[int, dict[int, Row]] = {}
        self.gone: dict[int, None] = {}
        self.stale: dict[int, bool] = {}
        self.clock: Now | None = None
        self.written: list[str] | None = None

    def __bool__(self) -> bool:
        return bool(
            self.rows or self.stale or self.gone or self.entities or self.attributes or self.clock
        )

    def put(self, row: Row) -> None:
        """Add a value, in the place of an earlier one of the same attribute."""
        self.rows.setdefault(row[0], {})[row[1]] = row

    def drop(self, handle: int) -> None:
        """An entity is gone: nothing else is said of it."""
        self.gone[handle] = None
        self.stale.pop(handle, None)
        self.rows.pop(handle, None)

    def joined(self, later: Frame) -> Frame:
        """A new frame that says what this one and then a later one say."""
        both = Frame()
        for one in (self, later):
            for handle in one.gone:
                both.drop(handle)
            both.entities |= one.entities
            both.attributes |= one.attributes
            for handle, rows in one.rows.items():
                both.rows[handle] = both.rows.get(handle, {}) | rows
            both.stale |= one.stale
            both.clock = one.clock or both.clock
        return both

    def texts(self, now: str) -> list[str]:
        """The messages, written once.

        Args:
            now: the town's time, for the first who asks.
        """
        if self.written is None:
            self.written = [_encode(message).decode() for message in self._messages(now)]
        return self.written

    def _messages(self, now: str) -> list[dict[str, Any]]:
        messages: list[dict[str, Any]] = []
        if self.clock is not None:
            messages.append({"op": "clock", "now": self.clock[0], "speed": self.clock[1]})
        if self.entities or self.attributes:
            messages.append(
                {
                    "op": "names",
                    "entities": list(self.entities.values()),
                    "attributes": list(self.attributes.values()),
                }
            )
        if self.rows:
            at = int(time.time() * 1000)
            rows = [row for values in self.rows.values() for row in values.values()]
            messages.append({"op": "delta", "at": at, "now": now, "rows": rows})
        if self.stale:
            messages.append({"op": "stale", "rows": list(self.stale.items())})
        if self.gone:
            messages.append({"op": "gone", "entities": list(self.gone)})
        return messages
