"""Registrations are kept, found again after a kill, and guard what one source alone holds."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from kota.clock import WallClock
from kota.context import entities
from kota.context.sources.registration import Registration
from kota.context.sources.registrations import Registrations
from kota.errors import AlreadyExistsError, BadRequestDataError, ConflictError, NotFoundError
from kota.model.entity import Attribute, Entity, Kind
from kota.model.jsonld import core_context
from kota.store.state import Write
from kota.store.state.sqlite import SqliteState

CORE = core_context()
TANK, LEVEL = CORE.expand("Tank"), CORE.expand("level")


def body(**changes: Any) -> dict[str, Any]:
    return {
        "id": "urn:r:1",
        "type": "ContextSourceRegistration",
        "endpoint": "http://township.example",
        "information": [
            {"entities": [{"type": "Tank", "id": "urn:t:1"}], "propertyNames": ["level"]}
        ],
        **changes,
    }


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteState]:
    state = SqliteState(tmp_path, WallClock())
    await state.open()
    yield state
    await state.close()


@pytest.fixture
async def registrations(store: SqliteState) -> Registrations:
    found = Registrations(store, WallClock())
    await found.open()
    return found


async def held(store: SqliteState) -> None:
    tank = Entity("urn:t:1", (TANK,), {LEVEL: (Attribute(Kind.PROPERTY, 2.5),)})
    await store.apply([Write(tank.id, entities.create(tank))])


async def test_a_registration_is_found_again_after_a_start(
    store: SqliteState, registrations: Registrations
) -> None:
    made = await registrations.create(body(), CORE)
    again = Registrations(store, WallClock())
    await again.open()
    assert again.all() == [made]
    with pytest.raises(AlreadyExistsError):
        await again.create(body(), CORE)


async def test_an_acknowledged_registration_survives_a_kill(tmp_path: Path) -> None:
    script = f"""
import asyncio, os, signal
from pathlib import Path
from kota.clock import WallClock
from kota.context.sources.registrations import Registrations
from kota.model.jsonld import core_context
from kota.store.state.sqlite import SqliteState
async def main():
    state = SqliteState(Path({str(tmp_path)!r}), WallClock())
    await state.open()
    registrations = Registrations(state, WallClock())
    await registrations.create({body()!r}, core_context())
    os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(main())
"""
    ended = subprocess.run([sys.executable, "-c", script], env=os.environ, timeout=60, check=False)
    assert ended.returncode == -signal.SIGKILL
    state = SqliteState(tmp_path, WallClock())
    await state.open()
    registrations = Registrations(state, WallClock())
    await registrations.open()
    assert [one.id for one in registrations.all()] == ["urn:r:1"]
    await state.close()


async def test_a_change_replaces_members_and_null_takes_them_away(
    registrations: Registrations,
) -> None:
    await registrations.create(body(description="old", owner="board"), CORE)
    changed = await registrations.update(
        "urn:r:1", {"endpoint": "http://new.example", "description": None, "owner": None}, CORE
    )
    assert (changed.endpoint, changed.description, changed.properties) == (
        "http://new.example",
        None,
        {},
    )
    with pytest.raises(BadRequestDataError):
        await registrations.update("urn:r:1", {"information": None}, CORE)
    assert registrations.retrieve("urn:r:1") == changed


async def test_who_watches_is_told_of_what_was_and_what_is(registrations: Registrations) -> None:
    told: list[tuple[Registration | None, Registration | None]] = []

    async def tell(before: Registration | None, after: Registration | None) -> None:
        told.append((before, after))

    registrations.on_change(tell)
    made = await registrations.create(body(), CORE)
    changed = await registrations.update("urn:r:1", {"description": "x"}, CORE)
    await registrations.delete("urn:r:1")
    assert told == [(None, made), (made, changed), (changed, None)]
    with pytest.raises(NotFoundError):
        registrations.retrieve("urn:r:1")


@pytest.mark.parametrize("mode", ["exclusive", "redirect"])
async def test_what_this_server_holds_is_not_handed_over(
    store: SqliteState, registrations: Registrations, mode: str
) -> None:
    await held(store)
    with pytest.raises(ConflictError, match="urn:t:1"):
        await registrations.create(body(mode=mode), CORE)
    assert not registrations
    other = [{"entities": [{"type": "Tank", "id": "urn:t:1"}], "propertyNames": ["name"]}]
    await registrations.create(body(mode="exclusive", information=other), CORE)


async def test_nothing_is_registered_beside_an_exclusive_source(
    registrations: Registrations,
) -> None:
    await registrations.create(body(mode="exclusive"), CORE)
    for mode in ("exclusive", "redirect"):
        with pytest.raises(ConflictError, match="urn:r:1"):
            await registrations.create(body(id="urn:r:2", mode=mode), CORE)
    await registrations.create(body(id="urn:r:2", mode="inclusive"), CORE)


async def test_an_expired_registration_is_gone(registrations: Registrations) -> None:
    later = Registrations(registrations._store, _Later())
    await registrations.create(body(expiresAt="2999-01-01T00:00:00Z"), CORE)
    await later.open()
    assert later.all() == []
    with pytest.raises(NotFoundError):
        later.retrieve("urn:r:1")
    await later.forget_expired()
    assert not later


class _Later(WallClock):
    def now(self) -> int:
        return super().now() + 1000 * 366 * 86_400 * 1_000_000
