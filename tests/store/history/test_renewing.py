"""A history file written anew, and what becomes of it when that goes wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kota.errors import StoreError
from kota.model.entity import Attribute, Kind
from kota.store.history import archive, renewing
from kota.store.history.duckdb import DuckHistory
from kota.store.history.protocol import ALWAYS, SeriesFilter
from kota.store.state.protocol import Observation

GONE, STAYS = "urn:gone", "urn:stays"


async def fill(folder: Path) -> None:
    """Two entities, one of which is deleted, with what it held."""
    history = DuckHistory(folder)
    await history.open()
    for entity in (GONE, STAYS):
        values = [
            Observation(entity, "urn:name", Attribute(Kind.PROPERTY, f"name of {entity} {n}", n))
            for n in range(100)
        ]
        await history.write(entity, ("urn:Person",), values, now=1)
    await history.delete_entity(GONE)
    assert await history.rows() == 200
    await history.scrub()
    assert await history.rows() == 100
    await history.close()


async def values(folder: Path) -> list[Any]:
    """What the other one holds."""
    history = DuckHistory(folder)
    await history.open()
    stored = await history.instances(SeriesFilter(entity_ids=(STAYS,)), ALWAYS)
    await history.close()
    return [one.instance.value for one in stored]


async def test_file_when_renewed_then_it_holds_what_stays_and_no_byte_of_the_rest(
    tmp_path: Path,
) -> None:
    await fill(tmp_path)
    assert (tmp_path / renewing.MARK).exists()
    (tmp_path / "history.leaving").write_bytes(b"urn:gone")
    assert len(await values(tmp_path)) == 100
    assert b"name of urn:gone" not in (tmp_path / archive.FILE_NAME).read_bytes()
    assert not (tmp_path / renewing.MARK).exists()
    assert not (tmp_path / "history.leaving").exists()
    assert not (tmp_path / "history.arriving").exists()


async def test_file_when_it_cannot_be_renewed_then_it_stays_and_the_order_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(tmp_path)

    def full(*_: object) -> None:
        raise StoreError("disk full")

    with monkeypatch.context() as patched:
        patched.setattr(archive, "backup", full)
        assert len(await values(tmp_path)) == 100
    assert (tmp_path / renewing.MARK).exists()
    assert len(await values(tmp_path)) == 100
    assert not (tmp_path / renewing.MARK).exists()
