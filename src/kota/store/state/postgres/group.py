"""What is committed together: requests that came while the group before was being written."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

from kota.errors import KotaError
from kota.model.entity import Entity
from kota.store.state.protocol import (
    Change,
    Deliver,
    Document,
    Letter,
    Observation,
    OutboxItem,
    Write,
)
from kota.store.state.stretch import Stretch

Statement = tuple[str, tuple[Any, ...]]
"""SQL and its values."""
Outcomes = list[Change | KotaError | None]
Held = dict[str, tuple[int | None, Entity | None]]
"""Entities by id, each with its key, as the group has them by now."""


class Request:
    """One call of the store: what it wants, and the future that it waits for."""

    def __init__(
        self,
        at: int,
        *,
        writes: Sequence[Write] = (),
        late: Sequence[Observation] = (),
        receipts: Sequence[bytes] = (),
        letters: Sequence[Letter] = (),
        documents: Sequence[Document] = (),
        gone: Sequence[tuple[str, str]] = (),
        statements: Sequence[Statement] = (),
        audit: Sequence[bytes] = (),
    ) -> None:
        self.at = at
        self.writes = writes
        self.late = late
        self.receipts = receipts
        self.letters = letters
        self.documents = documents
        self.gone = gone
        self.statements = statements
        self.audit = audit
        self.outcomes: Outcomes = []
        self.done: asyncio.Future[Outcomes] = asyncio.get_running_loop().create_future()

    def fail(self, error: BaseException) -> None:
        """Let whoever waits know that nothing of this happened."""
        if not self.done.done():
            self.done.set_exception(error)
            self.done.exception()

    def succeed(self) -> None:
        """Let whoever waits know that all of it is durable."""
        if not self.done.done():
            self.done.set_result(self.outcomes)


class Group:
    """Requests run one after the other against what the database holds.

    Args:
        number: of the commit, one more than the last.
        changes: the sequence of the last change.
        held: the entities that the requests write, as committed.
    """

    def __init__(self, number: int, changes: int, held: Held) -> None:
        self.number = number
        self.sequence = changes
        self.held = held
        self.requests: list[Request] = []
        self.touched: dict[str, None] = {}
        self.changes: list[Change] = []
        self.observations: list[Observation] = []
        self.stretch: Stretch | None = None
        self.outbox: list[OutboxItem] = []
        self.letters: list[Letter] = []
        self.receipts: list[bytes] = []
        self.documents: dict[tuple[str, str], bytes | None] = {}
        self.statements: list[Statement] = []
        self.audit: list[bytes] = []

    @property
    def empty(self) -> bool:
        """Whether there is nothing to commit."""
        return not (
            self.touched
            or self.observations
            or self.outbox
            or self.letters
            or self.receipts
            or self.documents
            or self.statements
            or self.audit
        )

    def run(self, request: Request, deliver: Iterable[Deliver]) -> None:
        """Run a request's writes upon those of the requests before.

        An exception that is no `KotaError` is the request's own and leaves the group as it was.
        """
        trial: Held = {}
        sequence = self.sequence
        changes: list[Change] = []
        outcomes: Outcomes = []
        for write in request.writes:
            key, before = trial.get(write.entity_id) or self.held[write.entity_id]
            try:
                after = write.mutate(before)
            except KotaError as error:
                outcomes.append(error)
                continue
            if after is before:
                outcomes.append(None)
                continue
            sequence += 1
            trial[write.entity_id] = (key, after)
            changes.append(Change(sequence, request.at, before, after))
            outcomes.append(changes[-1])
        observations = [one for change in changes for one in change.record()]
        outbox = [item for each in deliver for item in each(changes)] if changes else []
        self.sequence = sequence
        self.held.update(trial)
        self.touched.update(dict.fromkeys(trial))
        self.changes += changes
        self.observations += observations
        self.outbox += outbox
        request.outcomes = outcomes
        self._take(request)

    def _take(self, request: Request) -> None:
        self.requests.append(request)
        self.observations.extend(request.late)
        self.receipts.extend(request.receipts)
        self.letters.extend(request.letters)
        for document in request.documents:
            self.documents[document.kind, document.key] = document.body
        self.documents.update(dict.fromkeys(request.gone))
        self.statements.extend(request.statements)
        self.audit.extend(request.audit)
