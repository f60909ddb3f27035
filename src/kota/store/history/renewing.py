"""Writes a history file anew, so that nothing of what was deleted is left on the disk.

DuckDB marks rows as deleted and gives blocks free; their bytes stay until something else is written
there. Where somebody was erased the file is copied at the next start, when nobody has it open, and
the old one is overwritten before it goes. A file system that writes elsewhere than it was told
(copy on write, flash memory) may keep old blocks all the same.
"""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import duckdb

from kota.errors import KotaError
from kota.store.history import archive

MARK: Final = "history.renew"
"""File of the data folder that says that the history file is to be written anew."""
_ARRIVING: Final = "history.arriving"
_LEAVING: Final = "history.leaving"
_PIECE: Final = 2**20
_log = logging.getLogger(__name__)


def order(folder: Path) -> None:
    """Have the history file written anew at the next start."""
    (folder / MARK).touch()


def renew_if_ordered(folder: Path, config: Mapping[str, Any]) -> None:
    """Write the history file anew where that was ordered; where it cannot be, the order stays.

    Whatever moment the process is killed at, one of the two files is whole and in its place.

    Args:
        folder: of the file, which nobody has open.
        config: of DuckDB.
    """
    _overwrite(folder / _LEAVING)
    if not (folder / MARK).exists() or not (folder / archive.FILE_NAME).exists():
        return
    arriving = folder / _ARRIVING
    shutil.rmtree(arriving, ignore_errors=True)
    try:
        with duckdb.connect(folder / archive.FILE_NAME, config=dict(config)) as connection:
            archive.backup(connection, arriving)
        os.link(folder / archive.FILE_NAME, folder / _LEAVING)
        (arriving / archive.FILE_NAME).replace(folder / archive.FILE_NAME)
    except (duckdb.Error, OSError, KotaError) as error:
        _log.error(
            "what was erased is still on the disk, trying again at the next start: %s", error
        )
        return
    finally:
        shutil.rmtree(arriving, ignore_errors=True)
    _overwrite(folder / _LEAVING)
    (folder / MARK).unlink()


def _overwrite(path: Path) -> None:
    """Overwrite a file, where there is one, and let it go."""
    if not path.exists():
        return
    with path.open("r+b") as file:
        left = path.stat().st_size
        while left > 0:
            left -= file.write(bytes(min(left, _PIECE)))
        os.fsync(file.fileno())
    path.unlink()
