"""Alarm definitions out of TOML files; every fault names file and line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from kota.connect.toml_source import TomlSource
from kota.errors import ConfigurationError, SolutionError
from kota.operate.alarms.definition import AlarmDefinition
from kota.operate.alarms.definition_check import faults
from kota.operate.conditions.probe import Expand


class _File(msgspec.Struct, frozen=True):
    """A whole file."""

    alarm: tuple[AlarmDefinition, ...] = ()


def read_definitions(paths: Iterable[Path], expand: Expand) -> tuple[AlarmDefinition, ...]:
    """Read and check files, and the files ``*.toml`` of folders.

    Args:
        paths: files and folders.
        expand: turns a short name into its IRI.

    Raises:
        ConfigurationError: a definition is wrong, or two share an id; names file and line.
    """
    found: dict[str, tuple[AlarmDefinition, str]] = {}
    for path in _files(paths):
        source = TomlSource.read(path)
        for i, definition in enumerate(source.convert(_File).alarm):
            place = ("alarm", i)
            for fault in faults(definition, expand):
                raise source.error((*place, *fault.place), fault.message, hint=fault.hint)
            where = f"{path} line {source.line((*place, 'id'))}"
            if definition.id in found:
                first = found[definition.id][1]
                raise source.error(
                    (*place, "id"), f"{definition.id!r} is defined already", hint=f"see {first}"
                )
            found[definition.id] = (definition, where)
    return tuple(definition for definition, _ in found.values())


def merged(
    stated: Iterable[tuple[str, Sequence[AlarmDefinition]]],
    written: Sequence[AlarmDefinition],
    expand: Expand,
) -> tuple[AlarmDefinition, ...]:
    """The definitions that hold: those of files stand before those of solutions.

    Args:
        stated: solutions' names and what each defines.
        written: what the city's files define, checked already.
        expand: turns a short name into its IRI.

    Raises:
        SolutionError: a solution's definition is wrong, or two solutions share an id.
    """
    found: dict[str, AlarmDefinition] = {}
    for solution, definitions in stated:
        for definition in definitions:
            where = f"solution {solution!r}: alarm {definition.id!r}"
            for fault in faults(definition, expand):
                place = ".".join(str(part) for part in fault.place)
                message = f"{where}: {place}: {fault.message}" if place else fault.message
                raise SolutionError(message, hint=fault.hint)
            if definition.id in found:
                raise SolutionError(f"{where} is defined already", hint="give it another id")
            found[definition.id] = definition
    for definition in written:
        found[definition.id] = definition
    return tuple(found.values())


def _files(paths: Iterable[Path]) -> list[Path]:
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            files += sorted(path.glob("*.toml"))
        elif path.is_file():
            files.append(path)
        else:
            raise ConfigurationError(f"alarms {path}: there is no such file or folder")
    return files
