"""Copies of history: while it runs, verified, and put back."""

from __future__ import annotations

import pytest

from kota.errors import ConflictError, StoreError
from kota.store.history import archive, runs
from kota.store.history.duckdb import DuckHistory
from kota.store.history.protocol import ALWAYS, EntityFilter, SeriesFilter

ONE = "urn:ngsi-ld:Junction:1"


async def fill(history, make, first, last):
    batch = [make.born(ONE), *(make.seen(ONE, float(n), n) for n in range(first, last))]
    await history.drain(make.numbered(first, batch))


async def test_a_backup_taken_while_running_is_restored_elsewhere(
    history, make, tmp_path, monkeypatch
):
    monkeypatch.setattr(runs, "RECENT_ROWS", 100)
    await fill(history, make, 1, 250)
    if isinstance(history, DuckHistory):
        await history.clustered()

    manifest = await history.backup(tmp_path / "copy")
    await fill(history, make, 251, 300)
    restored = archive.restore(tmp_path / "copy", tmp_path / "elsewhere")

    assert restored == manifest
    assert (manifest.rows, manifest.drained, manifest.entities) == (249, 250, 1)
    other = DuckHistory(tmp_path / "elsewhere")
    await other.open()
    found = await other.instances(SeriesFilter(entity_ids=(ONE,)), ALWAYS)
    assert [one.instance.value for one in found] == list(range(1, 250))
    assert await other.count(EntityFilter()) == 1
    await fill(other, make, 251, 300)
    await other.close()


async def test_a_backup_never_overwrites_another(history, make, tmp_path):
    await history.backup(tmp_path / "copy")

    with pytest.raises(ConflictError, match="exists"):
        await history.backup(tmp_path / "copy")


def test_restoring_from_nothing_or_from_rubbish_changes_nothing(tmp_path):
    with pytest.raises(StoreError, match="does not exist"):
        archive.restore(tmp_path / "none", tmp_path / "data")
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / archive.FILE_NAME).write_bytes(b"rubbish" * 1000)
    with pytest.raises(StoreError, match="not a readable"):
        archive.restore(tmp_path / "bad", tmp_path / "data")
    assert not (tmp_path / "data").exists()
