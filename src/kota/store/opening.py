"""Where a town's data are: in its folder, or in a database that the folder names."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from kota.clock import Clock
from kota.errors import ConfigurationError
from kota.store.history import HistoryStore
from kota.store.history.archive import FILE_NAME as HISTORY_FILE
from kota.store.history.duckdb import DuckHistory
from kota.store.postgres import require_driver
from kota.store.postgres.address import Address, parse
from kota.store.state import StateStore
from kota.store.state.sqlite import FILE_NAME as STATE_FILE
from kota.store.state.sqlite import SqliteState

MARKER: Final = "store.json"
"""File of the data folder that names the database which holds the town's state and history."""
EMBEDDED: Final = (STATE_FILE, HISTORY_FILE)
_MEGABYTE: Final = 2**20


class Marker(msgspec.Struct, frozen=True):
    """What the file says: the address, without its password."""

    store: str


def stores_of(
    data: Path, store: str | None, clock: Clock, *, history_memory: int
) -> tuple[StateStore, HistoryStore]:
    """The stores of a town, not opened.

    Args:
        data: its folder.
        store: the address of a database; None: the one that the folder names, or its own files.
        clock: stamps changes.
        history_memory: what the embedded history may use [MB].

    Raises:
        ConfigurationError: the address is none, the folder is another town's, or the library is
            not installed.
    """
    address = address_of(data, store)
    if address is None:
        return SqliteState(data, clock), DuckHistory(data, memory_limit=history_memory * _MEGABYTE)
    require_driver()
    from kota.store.history.postgres import PostgresHistory
    from kota.store.state.postgres import PostgresState

    return PostgresState(address, clock), PostgresHistory(address)


def address_of(data: Path, store: str | None) -> Address | None:
    """The database that holds a town; None where its folder does.

    A folder that is served with a database for the first time names it from then on.

    Raises:
        ConfigurationError: the address is none, or the folder is another town's.
    """
    named = database_of(data)
    if store is None:
        return None if named is None else parse(named, where=str(data / MARKER))
    address = parse(store)
    if named is None:
        if (data / STATE_FILE).exists():
            raise ConfigurationError(
                f"{data} holds a town in files of its own, not in {address}",
                hint=f"move it with kota migrate --from sqlite:{data} --to {address}",
            )
        mark(data, address)
    elif named != str(address):
        raise ConfigurationError(
            f"{data} belongs to the town in {named}, not in {address}",
            hint="give each town a data folder of its own",
        )
    return address


def database_of(data: Path) -> str | None:
    """The database that a folder names, or None.

    Raises:
        ConfigurationError: the file that names it is damaged.
    """
    path = data / MARKER
    try:
        return msgspec.json.decode(path.read_bytes(), type=Marker).store
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError) as error:
        raise ConfigurationError(
            f"{path}: {error}", hint='write {"store": "postgresql://USER@HOST:PORT/DATABASE"}'
        ) from error


def mark(data: Path, address: Address) -> None:
    """Let a folder name the database that holds its town."""
    data.mkdir(parents=True, exist_ok=True)
    growing = data / (MARKER + ".growing")
    growing.write_bytes(msgspec.json.encode(Marker(str(address))))
    growing.replace(data / MARKER)


def set_aside(data: Path, name: str) -> Path:
    """Move the files of a town that was moved to a database into a folder beside them."""
    aside = data / name
    aside.mkdir()
    for file in EMBEDDED:
        for one in data.glob(file + "*"):
            one.replace(aside / one.name)
    return aside
