"""One typed configuration, from a TOML file and from the command line."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from kota.errors import ConfigurationError

DEFAULT_PORT = 9090
SOLUTIONS = "solutions"
"""Folder of the data folder in which each solution has its own."""
AUDIT_KEY = "audit.key"
"""File of the data folder with the key that seals the audit."""
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one Kota is to run.

    Args:
        data: folder of the embedded store.
        host, port: where it listens.
        title: the town's name on the dashboard.
        timezone: IANA name of the town's zone: the dashboard shows times in it, and solutions
            take hours and holidays of it. Where None, the dashboard takes the viewer's own.
        mqtt: broker to take observations from, ``mqtt://HOST:PORT``.
        profiles: device profiles, TOML files.
        alarms: alarm definitions, TOML files or folders of them.
        actuators: definitions of what can be commanded, likewise.
        modbus: devices over Modbus TCP, a TOML file each.
        opcua: servers over OPC UA, a TOML file each.
        server_names: further names by which requests may call this server, behind a proxy.
        auth: ``none``: everybody may do everything, so only while bound to loopback.
        context_map: JSON-LD context addresses that are answered from files.
        allow_hosts: hosts that Kota may call, besides this machine.
        solutions: names of the solutions to run; None: all that are installed.
        history_memory: memory limit of the history store [MB].
        temporal_page: instances in one answer to a temporal request.
        body_limit: largest request body [bytes].
    """

    data: Path
    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    title: str = "Kota"
    timezone: str | None = None
    mqtt: str | None = None
    profiles: tuple[Path, ...] = ()
    alarms: tuple[Path, ...] = ()
    actuators: tuple[Path, ...] = ()
    modbus: tuple[Path, ...] = ()
    opcua: tuple[Path, ...] = ()
    server_names: tuple[str, ...] = ()
    auth: Literal["none"] = "none"
    context_map: dict[str, Path] = {}
    allow_hosts: tuple[str, ...] = ()
    solutions: tuple[str, ...] | None = None
    history_memory: int = 512
    temporal_page: int = 10_000
    body_limit: int = 32 * 1024 * 1024

    def __post_init__(self) -> None:
        if self.host not in LOOPBACK:
            raise ConfigurationError(
                f"host {self.host!r}: without identity Kota listens on this machine only",
                hint="use --host 127.0.0.1 and put a proxy that asks for identity before it",
            )
        if not 0 <= self.port <= 65535:
            raise ConfigurationError(f"port {self.port}: not a port", hint="use 0 to 65535")
        if self.timezone is not None:
            _check_zone(self.timezone)


def _check_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ConfigurationError(
            f"timezone {name!r}: there is no such zone", hint="write it as Asia/Jakarta"
        ) from None


def load(path: Path | None, **given: Any) -> Settings:
    """Settings from a file, overridden by what was given on the command line.

    Args:
        path: a TOML file whose keys are the fields of `Settings`, or None. Paths in it are
            relative to its folder.
        given: fields by name; those that are None were not given.

    Raises:
        ConfigurationError: names the file and the key.
    """
    fields = _read(path) if path is not None else {}
    fields.update({name: value for name, value in given.items() if value is not None})
    try:
        return msgspec.convert(fields, Settings, strict=False, dec_hook=_path)
    except msgspec.ValidationError as error:
        where = f"configuration {path}" if path is not None else "configuration"
        raise ConfigurationError(f"{where}: {error}") from error


def read_context_map(path: Path) -> dict[str, Path]:
    """A TOML or JSON object from context address to file, relative to the map's folder."""
    try:
        text = path.read_bytes()
        table = (
            msgspec.json.decode(text, type=dict[str, str])
            if path.suffix == ".json"
            else tomllib.loads(text.decode())
        )
    except OSError as error:
        raise ConfigurationError(f"context map {path}: {error.strerror}") from error
    except (msgspec.MsgspecError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"context map {path}: {error}") from error
    files = {address: path.parent / str(file) for address, file in table.items()}
    for address, file in files.items():
        if not file.is_file():
            raise ConfigurationError(f"context map {path}: {address}: no file {file}")
    return files


def _read(path: Path) -> dict[str, Any]:
    try:
        fields = tomllib.loads(path.read_text())
    except OSError as error:
        raise ConfigurationError(f"configuration {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"configuration {path}: {error}") from error
    folder = path.parent
    if "data" in fields:
        fields["data"] = str(folder / str(fields["data"]))
    for name in ("profiles", "alarms", "actuators", "modbus", "opcua"):
        if isinstance(fields.get(name), list):
            fields[name] = [str(folder / str(file)) for file in fields[name]]
    if isinstance(fields.get("context_map"), dict):
        fields["context_map"] = {a: str(folder / str(f)) for a, f in fields["context_map"].items()}
    return fields


def _path(expected: type, value: object) -> object:
    if expected is Path:
        return Path(str(value))
    raise TypeError(f"no way to read {expected}")
