"""A data folder copied while it is written to, and put back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from kota.errors import ConflictError, StoreError
from kota.model.entity import Attribute, Entity, Kind
from kota.store.backup import MANIFEST_FILE, Source, back_up, restore, verify
from kota.store.history.drain import Drain
from kota.store.history.duckdb import DuckHistory
from kota.store.history.protocol import ALWAYS, SeriesFilter
from kota.store.ownership import Ownership
from kota.store.state import Write
from kota.store.state.sqlite import FILE_NAME, SqliteState


class Stores:
    """Both stores on one folder, draining."""

    def __init__(self, folder: Path, clock: Any) -> None:
        self.folder = folder
        self.state = SqliteState(folder, clock)
        self.history = DuckHistory(folder)

    @property
    def source(self) -> Source:
        """What a backup copies of it."""
        return Source(self.state, self.history, self.folder)

    async def open(self) -> None:
        await self.state.open()
        await self.history.open()
        self.drain = Drain(self.state.journal, self.history)
        await self.drain.start()

    async def close(self) -> None:
        await self.drain.close()
        await self.history.close()
        await self.state.close()

    async def observe(self, value: int) -> None:
        attrs = {"urn:level": (Attribute(Kind.PROPERTY, value, observed_at=value),)}
        entity = Entity("urn:tank", ("urn:Tank",), attrs)
        await self.state.apply([Write("urn:tank", lambda before: entity)])

    async def values(self) -> list[Any]:
        series = SeriesFilter(entity_ids=("urn:tank",), attributes=("urn:level",))
        return [one.instance.value for one in await self.history.instances(series, ALWAYS)]


@pytest.fixture
async def stores(tmp_path: Path, clock: Any) -> AsyncIterator[Stores]:
    stores = Stores(tmp_path / "live", clock)
    await stores.open()
    yield stores
    await stores.close()


async def test_restored_backup_has_every_observation_once(
    stores: Stores, tmp_path: Path, clock: Any
) -> None:
    async def write() -> None:
        for value in range(2, 201):
            await stores.observe(value)

    await stores.observe(1)
    writing = asyncio.create_task(write())
    await asyncio.sleep(0.05)
    backup = await back_up(stores.source, tmp_path / "copy")
    await writing
    assert backup.entities == 1
    restore(tmp_path / "copy", tmp_path / "second")
    copy = Stores(tmp_path / "second", clock)
    await copy.open()
    entity = await copy.state.get("urn:tank")
    assert entity is not None
    newest = entity.attrs["urn:level"][0].value
    assert set(range(1, newest + 1)) <= set(await copy.values())
    for value in range(500, 505):
        await copy.observe(value)
    values = await copy.values()
    assert values[-5:] == [500, 501, 502, 503, 504]
    assert len(values) == len(set(values))
    await copy.close()


async def test_backup_goes_into_a_new_folder_only(stores: Stores, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "diary.txt").write_text("mine")
    with pytest.raises(ConflictError, match="new folder"):
        await back_up(stores.source, tmp_path / "full")


async def test_damaged_backup_is_refused_and_nothing_is_touched(
    stores: Stores, tmp_path: Path
) -> None:
    await stores.observe(1)
    await back_up(stores.source, tmp_path / "copy")
    body = bytearray((tmp_path / "copy" / FILE_NAME).read_bytes())
    body[-1] ^= 1
    (tmp_path / "copy" / FILE_NAME).write_bytes(body)
    with pytest.raises(StoreError, match="not the file that was backed up"):
        restore(tmp_path / "copy", tmp_path / "second")
    assert not (tmp_path / "second").exists()


async def test_data_is_set_aside_only_on_request_and_never_while_in_use(
    stores: Stores, tmp_path: Path
) -> None:
    await stores.observe(1)
    await back_up(stores.source, tmp_path / "copy")
    restore(tmp_path / "copy", tmp_path / "second")
    with pytest.raises(ConflictError, match="--replace"):
        restore(tmp_path / "copy", tmp_path / "second")
    ownership = Ownership(tmp_path / "second")
    with pytest.raises(StoreError, match="in use"):
        restore(tmp_path / "copy", tmp_path / "second", replace=True)
    ownership.release()
    spent = tmp_path / "second" / "solutions" / "people_flow" / "budget.json"
    spent.parent.mkdir(parents=True)
    spent.write_text("spent after the backup")
    restore(tmp_path / "copy", tmp_path / "second", replace=True)
    assert spent.read_text() == "spent after the backup"
    assert len(list(tmp_path.glob("second.replaced-*"))) == 1


async def test_what_people_wrote_comes_back_with_the_data(stores: Stores, tmp_path: Path) -> None:
    await stores.observe(1)
    told = {"rules/leak.toml": "then", "notices/duty.toml": "then", "work/7/a.jpg": "then"}
    for name, text in told.items():
        (stores.folder / name).parent.mkdir(parents=True)
        (stores.folder / name).write_text(text)
    backup = await back_up(stores.source, tmp_path / "copy")
    assert set(backup.files or ()) == set(told)
    restore(tmp_path / "copy", tmp_path / "second")
    (tmp_path / "second" / "rules" / "leak.toml").write_text("later")
    restore(tmp_path / "copy", tmp_path / "second", replace=True)
    assert {name: (tmp_path / "second" / name).read_text() for name in told} == told


async def test_a_file_that_was_changed_or_put_in_afterwards_is_refused(
    stores: Stores, tmp_path: Path
) -> None:
    await stores.observe(1)
    rule = stores.folder / "rules" / "leak.toml"
    rule.parent.mkdir()
    rule.write_text("a rule")
    await back_up(stores.source, tmp_path / "copy")
    copied = tmp_path / "copy" / "rules" / "leak.toml"
    copied.write_text("another rule")
    with pytest.raises(StoreError, match=r"leak\.toml is not the file"):
        verify(tmp_path / "copy")
    copied.write_text("a rule")
    verify(tmp_path / "copy")
    (tmp_path / "copy" / "rules" / "more.toml").write_text("put in")
    with pytest.raises(StoreError, match=r"more\.toml is no file"):
        restore(tmp_path / "copy", tmp_path / "second")
    assert not (tmp_path / "second").exists()


async def test_a_backup_of_an_older_kota_leaves_what_people_wrote(
    stores: Stores, tmp_path: Path
) -> None:
    await stores.observe(1)
    await back_up(stores.source, tmp_path / "copy")
    manifest = tmp_path / "copy" / MANIFEST_FILE
    told = msgspec.json.decode(manifest.read_bytes())
    told.pop("files")
    manifest.write_bytes(msgspec.json.encode(told))
    restore(tmp_path / "copy", tmp_path / "second")
    rule = tmp_path / "second" / "rules" / "leak.toml"
    rule.parent.mkdir()
    rule.write_text("mine")
    restore(tmp_path / "copy", tmp_path / "second", replace=True)
    assert rule.read_text() == "mine"


def test_folder_without_a_backup_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="holds no backup"):
        verify(tmp_path)
    (tmp_path / MANIFEST_FILE).write_text("{")
    with pytest.raises(StoreError, match="damaged"):
        verify(tmp_path)
