"""One process owns a data folder; others learn where it listens."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import msgspec

from kota.errors import StoreError

LOCK_NAME = "owner.json"


class Owner(msgspec.Struct, frozen=True):
    """Who holds a data folder.

    Args:
        pid: its process.
        url: where it answers HTTP; empty where it does not.
    """

    pid: int
    url: str


class Ownership:
    """Holds a data folder until released or until the process ends, however it ends.

    Args:
        folder: the data folder; made if it is not there.
        url: where this process will answer HTTP.

    Raises:
        StoreError: another process holds it.
    """

    def __init__(self, folder: Path, url: str = "") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = os.open(folder / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._file)
            owner = owner_of(folder)
            who = f"process {owner.pid}" if owner is not None else "another process"
            raise StoreError(
                f"data folder {folder} is in use by {who}",
                hint="stop that one, or give this one a folder of its own with --data",
            ) from None
        self.tell(url)

    def tell(self, url: str) -> None:
        """Say where this process answers HTTP."""
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, msgspec.json.encode(Owner(os.getpid(), url)), 0)

    def release(self) -> None:
        """Let go of the folder."""
        os.ftruncate(self._file, 0)
        os.close(self._file)


def owner_of(folder: Path) -> Owner | None:
    """Who holds a data folder now, or None."""
    try:
        file = os.open(folder / LOCK_NAME, os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        try:
            return msgspec.json.decode(os.read(file, 4096), type=Owner)
        except msgspec.MsgspecError:
            return Owner(0, "")
    else:
        return None
    finally:
        os.close(file)
