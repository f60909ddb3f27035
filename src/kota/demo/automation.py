"""What operators have left to automatic control before the day begins."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from kota.operate.commands.command import Mode, Record
from kota.operate.commands.entity import asset_write
from kota.operate.commands.keeping import KIND
from kota.store.state import Document, StateStore


async def leave_to_automation(store: StateStore, entities: Sequence[str], now: int) -> None:
    """Write down that actuators with a safe state are in automatic, as a person would set them.

    Args:
        store: of the town.
        entities: ids of the actuators' entities.
        now: wall time [µs].
    """
    record = Record(mode=Mode.AUTOMATIC)
    await store.apply(
        [asset_write(entity, record, True, now) for entity in entities],
        documents=[Document(KIND, entity, msgspec.json.encode(record)) for entity in entities],
    )
