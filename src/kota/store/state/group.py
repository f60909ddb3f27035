"""What is committed together: the unit of durability of the embedded store."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from kota.model.entity import Entity
from kota.store.state.protocol import Change, Letter, Observation, OutboxItem
from kota.store.state.stretch import Stretch

Statement = tuple[str, Sequence[Any]]
"""SQL and its parameters."""

Commit = Callable[[Sequence[Statement]], Awaitable[None]]
"""Adds statements to the next commit and returns when they are durable."""


class Group:
    """Everything accepted since the last commit began.

    Its observations become `stretch` when they are written.

    Args:
        number: rises from group to group.
    """

    def __init__(self, number: int) -> None:
        self.number = number
        self.entities: dict[str, tuple[int, Entity | None]] = {}
        self.changes: list[Change] = []
        self.observations: list[Observation] = []
        self.stretch: Stretch | None = None
        self.outbox: list[OutboxItem] = []
        self.letters: list[Letter] = []
        self.receipts: list[bytes] = []
        self.statements: list[Statement] = []
        self.audit: list[bytes] = []
        self.committed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @property
    def empty(self) -> bool:
        """Whether there is nothing to commit."""
        return not (
            self.entities
            or self.observations
            or self.outbox
            or self.letters
            or self.receipts
            or self.statements
            or self.audit
        )
