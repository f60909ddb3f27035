"""What the embedded state store does when its disk, its file or its process fails."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from kota.errors import StoreError, UnkeepableError
from kota.model.entity import Attribute, Entity, Kind
from kota.store.ownership import Ownership, owner_of
from kota.store.state import Change, Write
from kota.store.state.schema import MIGRATIONS
from kota.store.state.sqlite import FILE_NAME, SqliteState


@pytest.fixture
async def store(tmp_path: Path, clock: Any) -> AsyncIterator[SqliteState]:
    store = SqliteState(tmp_path, clock)
    await store.open()
    yield store
    await store.close()


def nested() -> Any:
    """Lists within lists, deeper than any encoder goes."""
    value: Any = 1
    for _ in range(5_000):
        value = [value]
    return value


def putting(name: str, value: Any = 1) -> Write:
    entity = Entity(name, ("T",), {"a": (Attribute(Kind.PROPERTY, value),)})
    return Write(name, lambda before: entity)


async def test_failed_commit_is_told_to_all_and_leaves_no_trace(
    store: SqliteState, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.apply([putting("urn:a")])
    with monkeypatch.context() as patch:

        def full(group: Any) -> None:
            raise sqlite3.OperationalError("database or disk is full")

        patch.setattr(store._committer, "write", full)
        outcomes = await asyncio.gather(
            *(store.apply([putting(f"urn:{n}")]) for n in range(20)), return_exceptions=True
        )
        assert all(isinstance(outcome, StoreError) for outcome in outcomes)
        assert await store.get("urn:3") is None
    (change,) = await store.apply([putting("urn:3")])
    assert isinstance(change, Change)
    assert change.before is None
    assert await store.type_counts() == {"T": 2}


@pytest.mark.parametrize("value", [2**80, "\ud800", nested()])
async def test_value_that_cannot_be_kept_fails_its_request_only(
    store: SqliteState, value: Any
) -> None:
    with pytest.raises(UnkeepableError, match="cannot be kept"):
        await store.apply([putting("urn:huge", value)])
    assert await store.get("urn:huge") is None
    await store.apply([putting("urn:fine")])
    assert await store.get("urn:fine") is not None


async def test_readers_see_nothing_that_is_not_committed(store: SqliteState) -> None:
    pending = asyncio.ensure_future(store.apply([putting("urn:a")]))
    await asyncio.sleep(0)
    assert await store.get("urn:a") is None
    await pending
    assert await store.get("urn:a") is not None


async def test_file_of_a_newer_kota_is_refused(tmp_path: Path, clock: Any) -> None:
    connection = sqlite3.connect(tmp_path / FILE_NAME)
    connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    connection.close()
    with pytest.raises(StoreError, match="upgrade Kota"):
        await SqliteState(tmp_path, clock).open()


async def test_damaged_file_is_named(tmp_path: Path, clock: Any) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"this is no database" * 1000)
    with pytest.raises(StoreError, match=FILE_NAME):
        await SqliteState(tmp_path, clock).open()


def test_second_owner_of_a_folder_is_refused_and_learns_who_holds_it(tmp_path: Path) -> None:
    first = Ownership(tmp_path, "http://127.0.0.1:9090")
    with pytest.raises(StoreError, match="in use by process"):
        Ownership(tmp_path)
    owner = owner_of(tmp_path)
    assert owner is not None
    assert owner.url == "http://127.0.0.1:9090"
    first.release()
    assert owner_of(tmp_path) is None
    Ownership(tmp_path).release()
