"""A whole data folder, copied while Kota runs and put back when it does not."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import sqlite3
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from kota import __version__
from kota.config import (
    ALARMS,
    AUDIT_KEY,
    ERASED,
    ERASED_PENDING,
    NOTICES,
    RULES,
    SOLUTIONS,
    TENANTS,
    WORK,
)
from kota.errors import ConflictError, StoreError
from kota.store.history import HistoryStore
from kota.store.history.archive import inspect
from kota.store.history.archive import restore as restore_history
from kota.store.history.protocol import Manifest
from kota.store.opening import MARKER
from kota.store.ownership import Ownership
from kota.store.state import StateStore
from kota.store.state.sqlite import FILE_NAME as STATE_FILE

MANIFEST_FILE = "backup.json"
FOLDERS = (RULES, NOTICES, ALARMS, WORK)
"""Folders of the data folder that are copied: what people wrote and photographed."""


class Backup(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a backup says of itself.

    Args:
        kota: version that wrote it.
        entities: how many the state holds.
        state_sha256: of the state file.
        history: what the history file holds.
        files: SHA-256 of each file of the folders, by its path; None: an older Kota wrote it, and
            copied none.
        tenants: whose backups lie in it too.
    """

    kota: str
    entities: int
    state_sha256: str
    history: Manifest
    files: dict[str, str] | None = None
    tenants: tuple[str, ...] = ()


class Source(msgspec.Struct, frozen=True):
    """What is to be copied of one tenant.

    Args:
        state, history: its stores, open.
        data: its data folder.
    """

    state: StateStore
    history: HistoryStore
    data: Path


async def back_up(
    source: Source, target: Path, tenants: Mapping[str, Source] | None = None
) -> Backup:
    """Write a consistent, verified copy of both stores and of the folders into a new folder.

    State is copied first: what history holds beyond it does no harm, the reverse would lose
    observations.

    Args:
        source: what is copied.
        target: where to.
        tenants: copied likewise, by name.

    Raises:
        ConflictError: the folder exists and holds something.
        StoreError: a copy is damaged, or the disk is full; nothing is left behind.
    """
    if target.exists() and any(target.iterdir()):
        raise ConflictError(f"{target} is not empty", hint="back up into a new folder")
    growing = target.with_name(target.name + ".growing")
    shutil.rmtree(growing, ignore_errors=True)
    try:
        for name, one in sorted((tenants or {}).items()):
            await _copied(one, growing / TENANTS / name, ())
        backup = await _copied(source, growing, tuple(sorted(tenants or ())))
        growing.replace(target)
    except OSError as error:
        raise StoreError(f"backup {target}: {error.strerror}") from error
    finally:
        shutil.rmtree(growing, ignore_errors=True)
    return backup


async def _copied(source: Source, folder: Path, tenants: tuple[str, ...]) -> Backup:
    folder.mkdir(parents=True, exist_ok=True)
    await source.state.backup(folder)
    manifest = await source.history.backup(folder)
    await asyncio.to_thread(_copy_folders, source.data, folder, FOLDERS)
    return await asyncio.to_thread(_sign, folder, manifest, tenants)


def verify(source: Path) -> Backup:
    """Compare a backup with what it says of itself.

    Raises:
        StoreError: there is none, or it is damaged.
    """
    try:
        backup = msgspec.json.decode((source / MANIFEST_FILE).read_bytes(), type=Backup)
    except OSError as error:
        raise StoreError(
            f"{source} holds no backup: {error.strerror}",
            hint="name a folder that kota backup wrote",
        ) from error
    except msgspec.MsgspecError as error:
        raise StoreError(f"{source / MANIFEST_FILE} is damaged: {error}") from error
    unknown = [] if backup.files is None else sorted(set(_files(source)) - set(backup.files))
    if unknown:
        raise StoreError(f"{source / unknown[0]} is no file that was backed up")
    _verify_files(source, {STATE_FILE: backup.state_sha256, **(backup.files or {})})
    history = inspect(source / "history.duckdb")
    if history != backup.history:
        raise StoreError(f"the history in {source} is not the one that was backed up")
    for name in backup.tenants:
        if Path(name).name != name:
            raise StoreError(f"{source / MANIFEST_FILE}: {name!r} is no name of a tenant")
        verify(source / TENANTS / name)
    return backup


def restore(source: Path, data: Path, *, replace: bool = False) -> Backup:
    """Put a backup in the place of a new or stopped Kota's data.

    Args:
        source: a folder that `back_up` wrote.
        data: the data folder.
        replace: whether data that is there may be set aside (it is renamed, not deleted). What
            solutions keep in folders of their own is carried over as it is: a privacy budget that
            was spent after the backup stays spent. So are the key that seals the audit, and the
            list of what was erased: what the backup brings back of it is erased at the next
            start. A backup of an older Kota holds no rules, notices and photos of work; those are
            carried over then.

    Raises:
        StoreError: the backup is damaged, or a Kota runs on the data.
        ConflictError: there is data, and `replace` is false.
    """
    backup = verify(source)
    occupied = (data / STATE_FILE).exists() or (data / MARKER).exists()
    if occupied and not replace:
        raise ConflictError(
            f"{data} holds data", hint="restore into a new folder, or set it aside with --replace"
        )
    aside = data.with_name(f"{data.name}.replaced-{time.strftime('%Y%m%d-%H%M%S')}")
    if occupied:
        Ownership(data).release()
        data.rename(aside)
    ownership = Ownership(data)
    try:
        _put(source, data, aside, backup)
        for name in backup.tenants:
            theirs = verify(source / TENANTS / name)
            _put(source / TENANTS / name, data / TENANTS / name, aside / TENANTS / name, theirs)
    finally:
        ownership.release()
    return backup


def _put(source: Path, data: Path, aside: Path, backup: Backup) -> None:
    """Put the backup of one tenant into its folder, with what is carried over."""
    data.mkdir(parents=True, exist_ok=True)
    _copy_folders(aside, data, (SOLUTIONS,))
    _copy_folders(aside if backup.files is None else source, data, FOLDERS)
    if (aside / AUDIT_KEY).is_file():
        shutil.copy2(aside / AUDIT_KEY, data / AUDIT_KEY)
    if (aside / ERASED).is_file():
        for name in (ERASED, ERASED_PENDING):
            shutil.copy2(aside / ERASED, data / name)
    restore_history(source, data)
    arriving = data / (STATE_FILE + ".arriving")
    shutil.copyfile(source / STATE_FILE, arriving)
    if _sha256(arriving) != backup.state_sha256:
        raise StoreError(f"{arriving} differs from its backup", hint="check the disk")
    arriving.replace(data / STATE_FILE)


def _copy_folders(origin: Path, target: Path, names: Iterable[str]) -> None:
    for name in names:
        if (origin / name).is_dir():
            shutil.copytree(origin / name, target / name)


def _sign(folder: Path, history: Manifest, tenants: tuple[str, ...]) -> Backup:
    backup = Backup(
        __version__,
        _count_entities(folder / STATE_FILE),
        _sha256(folder / STATE_FILE),
        history,
        {name: _sha256(folder / name) for name in _files(folder)},
        tenants,
    )
    (folder / MANIFEST_FILE).write_bytes(msgspec.json.encode(backup))
    return backup


def _files(folder: Path) -> list[str]:
    """The files of the folders that are copied, by their paths."""
    found = [one for name in FOLDERS for one in (folder / name).rglob("*") if one.is_file()]
    return sorted(one.relative_to(folder).as_posix() for one in found)


def _verify_files(source: Path, digests: Mapping[str, str]) -> None:
    for name, digest in digests.items():
        try:
            found = _sha256(source / name)
        except OSError as error:
            raise StoreError(f"backup {source}: {error.strerror}: {error.filename}") from error
        if found != digest:
            raise StoreError(f"{source / name} is not the file that was backed up")


def _count_entities(path: Path) -> int:
    connection = sqlite3.connect(path)
    try:
        (count,) = connection.execute("SELECT count(*) FROM entity").fetchone()
    finally:
        connection.close()
    return int(count)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
