"""A whole data folder, copied while Kota runs and put back when it does not."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import sqlite3
import time
from pathlib import Path

import msgspec

from kota import __version__
from kota.config import (
    AUDIT_KEY,
    ERASED,
    ERASED_PENDING,
    NOTICES,
    RULES,
    SOLUTIONS,
    WORK,
)
from kota.errors import ConflictError, StoreError
from kota.store.history import HistoryStore
from kota.store.history.archive import inspect
from kota.store.history.archive import restore as restore_history
from kota.store.history.protocol import Manifest
from kota.store.ownership import Ownership
from kota.store.state import StateStore
from kota.store.state.sqlite import FILE_NAME as STATE_FILE

MANIFEST_FILE = "backup.json"


class Backup(msgspec.Struct, frozen=True):
    """What a backup says of itself.

    Args:
        kota: version that wrote it.
        entities: how many the state holds.
        state_sha256: of the state file.
        history: what the history file holds.
    """

    kota: str
    entities: int
    state_sha256: str
    history: Manifest


async def back_up(state: StateStore, history: HistoryStore, target: Path) -> Backup:
    """Write a consistent, verified copy of both stores into a new folder.

    State is copied first: what history holds beyond it does no harm, the reverse would lose
    observations.

    Raises:
        ConflictError: the folder exists and holds something.
        StoreError: a copy is damaged, or the disk is full; nothing is left behind.
    """
    if target.exists() and any(target.iterdir()):
        raise ConflictError(f"{target} is not empty", hint="back up into a new folder")
    growing = target.with_name(target.name + ".growing")
    shutil.rmtree(growing, ignore_errors=True)
    try:
        growing.mkdir(parents=True)
        await state.backup(growing)
        manifest = await history.backup(growing)
        backup = await asyncio.to_thread(_sign, growing, manifest)
        growing.replace(target)
    except OSError as error:
        raise StoreError(f"backup {target}: {error.strerror}") from error
    finally:
        shutil.rmtree(growing, ignore_errors=True)
    return backup


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
    try:
        found = _sha256(source / STATE_FILE)
    except OSError as error:
        raise StoreError(f"backup {source}: {error.strerror}: {error.filename}") from error
    if found != backup.state_sha256:
        raise StoreError(f"{source / STATE_FILE} is not the file that was backed up")
    history = inspect(source / "history.duckdb")
    if history != backup.history:
        raise StoreError(f"the history in {source} is not the one that was backed up")
    return backup


def restore(source: Path, data: Path, *, replace: bool = False) -> Backup:
    """Put a backup in the place of a new or stopped Kota's data.

    Args:
        source: a folder that `back_up` wrote.
        data: the data folder.
        replace: whether data that is there may be set aside (it is renamed, not deleted). What
            solutions keep in folders of their own is carried over as it is: a privacy budget that
            was spent after the backup stays spent. So are the town's rules and notices, photos
            of work, the key that seals the audit, and the list of what was erased: what the
            backup brings back of it is erased at the next start.

    Raises:
        StoreError: the backup is damaged, or a Kota runs on the data.
        ConflictError: there is data, and `replace` is false.
    """
    backup = verify(source)
    occupied = (data / STATE_FILE).exists()
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
        for name in (SOLUTIONS, RULES, NOTICES, WORK):
            if (aside / name).is_dir():
                shutil.copytree(aside / name, data / name)
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
    finally:
        ownership.release()
    return backup


def _sign(folder: Path, history: Manifest) -> Backup:
    backup = Backup(
        __version__,
        _count_entities(folder / STATE_FILE),
        _sha256(folder / STATE_FILE),
        history,
    )
    (folder / MANIFEST_FILE).write_bytes(msgspec.json.encode(backup))
    return backup


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
