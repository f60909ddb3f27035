"""Makes a decision durable: record, command entities, asset and audit, in one commit."""

from __future__ import annotations

from typing import Final

import msgspec

from kota.clock import Clock
from kota.operate.actor import told
from kota.operate.commands.command import Entry, Record
from kota.operate.commands.entity import asset_write, command_writes, urn
from kota.operate.commands.keeper import Decision
from kota.operate.commands.seat import Seat
from kota.store.state import Document, StateStore, Write

KIND: Final = "actuator"
"""Kind of the documents that hold records, by id of the actuator's entity."""


async def load_records(store: StateStore) -> dict[str, Record]:
    """What was kept of every actuator."""
    return {
        document.key: msgspec.json.decode(document.body, type=Record)
        for document in await store.list_documents(KIND)
    }


async def keep(
    store: StateStore, clock: Clock, seat: Seat, decision: Decision, plant: str | None
) -> None:
    """Write a decision; returns when it is durable, and the seat holds the new record.

    Args:
        store, clock: of the town.
        seat: whose it is.
        decision: of its keeper.
        plant: name of the plant whose clock it follows.

    Raises:
        StoreError: nothing was written; the seat is as it was.
    """
    before, after = seat.record, decision.record
    if decision.entries or _is_worth_keeping(before, after):
        now = clock.now()
        gone = [key for key in before.recent if key not in after.recent]
        writes = [
            *command_writes(decision.entries, plant, now),
            *(Write(urn(key), lambda _: None) for key in gone),
        ]
        if before.mode != after.mode or before.safe != after.safe or decision.entries:
            has_safe = seat.definition.safe is not None
            writes.append(asset_write(seat.entity, after, has_safe, now))
        await store.apply(
            writes,
            documents=[Document(KIND, seat.entity, msgspec.json.encode(after))],
            audit=[line_of(entry, now) for entry in decision.entries],
        )
    seat.record = after


def line_of(entry: Entry, now: int) -> bytes:
    """What the audit says of one step.

    Args:
        entry: the step.
        now: wall time [µs].
    """
    command = entry.command
    detail: dict[str, object] = {}
    what = f"actuator.{entry.what}"
    if command is not None:
        what = f"command.{command.state}"
        detail = {
            "command": urn(command.id),
            "value": command.value,
            "requested_by": command.actor.name,
            "reason": command.reason or None,
            "sequence": command.sequence,
            "restores": command.restores,
        }
    return told(
        entry.actor,
        now,
        what,
        entry.entity,
        why=entry.words,
        cause=None if command is None else command.cause,
        plant_at=entry.at,
        detail=detail,
    )


def _is_worth_keeping(before: Record, after: Record) -> bool:
    """Whether more than the time of the last feedback is new."""
    return msgspec.structs.replace(before, told_at=after.told_at) != after
