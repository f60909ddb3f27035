"""Observations that no store ever sees: from the border to who counts them, in memory alone."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Sequence
from typing import Final

from kota.context.ingest import Patch

MOST_FLEETING: Final = 200_000
"""Observations that wait for one listener; beyond, the oldest are lost and counted."""


class Inbox:
    """What came for one listener since it last looked.

    Args:
        types: expanded entity types that it hears of.
        most: observations that wait at most.
    """

    def __init__(self, types: Collection[str], most: int) -> None:
        self.lost = 0
        self._types = frozenset(types)
        self._waiting: deque[Patch] = deque(maxlen=most)

    def put(self, patches: Sequence[Patch]) -> None:
        """Add those of the types."""
        heard = [patch for patch in patches if self._types.intersection(patch.types)]
        room = (self._waiting.maxlen or 0) - len(self._waiting)
        self.lost += max(0, len(heard) - room)
        self._waiting.extend(heard)

    def take(self) -> list[Patch]:
        """All that waits, oldest first; it is gone then."""
        taken = list(self._waiting)
        self._waiting.clear()
        return taken


class Fleeting:
    """Hands fleeting observations to every listener; what nobody hears is gone.

    Args:
        most: observations that wait for one listener at most.
    """

    def __init__(self, most: int = MOST_FLEETING) -> None:
        self._most = most
        self._inboxes: list[Inbox] = []

    def listen(self, types: Collection[str]) -> Inbox:
        """A new inbox for entities of these expanded types."""
        inbox = Inbox(types, self._most)
        self._inboxes.append(inbox)
        return inbox

    def put(self, patches: Sequence[Patch]) -> None:
        """Hand out what was observed."""
        for inbox in self._inboxes:
            inbox.put(patches)
