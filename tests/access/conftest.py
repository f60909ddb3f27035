"""A store on a fresh folder, and what stands on it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kota.access.accounts import Accounts
from kota.access.sealing import Sealing
from kota.clock import Clock
from kota.store.state.sqlite import SqliteState


@pytest.fixture
async def store(tmp_path: Path, clock: Clock) -> AsyncIterator[SqliteState]:
    """An open store."""
    state = SqliteState(tmp_path, clock)
    await state.open()
    yield state
    await state.close()


@pytest.fixture
async def accounts(store: SqliteState, clock: Clock, tmp_path: Path) -> Accounts:
    """No accounts yet."""
    found = Accounts(store, clock, Sealing(tmp_path))
    await found.load()
    return found
