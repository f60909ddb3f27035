"""Actuator definitions out of TOML files; every fault names file and line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from kota.connect.toml_source import TomlSource
from kota.errors import ConfigurationError, SolutionError
from kota.operate.commands.actuator import ActuatorDefinition
from kota.operate.commands.definition_check import faults


class _File(msgspec.Struct, frozen=True):
    """A whole file."""

    actuator: tuple[ActuatorDefinition, ...] = ()


def read_actuators(paths: Iterable[Path]) -> tuple[ActuatorDefinition, ...]:
    """Read and check files, and the files ``*.toml`` of folders.

    Raises:
        ConfigurationError: a definition is wrong, or two share an id or a target; names file and
            line.
    """
    found: dict[str, tuple[ActuatorDefinition, str]] = {}
    for path in _files(paths):
        source = TomlSource.read(path)
        for i, definition in enumerate(source.convert(_File).actuator):
            place = ("actuator", i)
            for fault in faults(definition):
                raise source.error((*place, *fault.place), fault.message, hint=fault.hint)
            where = f"{path} line {source.line((*place, 'id'))}"
            for other, first in found.values():
                clash = _clash(definition, other)
                if clash is not None:
                    raise source.error((*place, clash), "is defined already", hint=f"see {first}")
            found[definition.id] = (definition, where)
    return tuple(definition for definition, _ in found.values())


def merged(
    stated: Iterable[tuple[str, Sequence[ActuatorDefinition]]],
    written: Sequence[ActuatorDefinition],
) -> tuple[ActuatorDefinition, ...]:
    """The definitions that hold: those of files stand before those of solutions.

    Args:
        stated: solutions' names and what each defines.
        written: what the city's files define, checked already.

    Raises:
        SolutionError: a solution's definition is wrong, or clashes with another solution's.
    """
    found: list[ActuatorDefinition] = []
    for solution, definitions in stated:
        for definition in definitions:
            where = f"solution {solution!r}: actuator {definition.id!r}"
            for fault in faults(definition):
                place = ".".join(str(part) for part in fault.place)
                message = f"{where}: {place}: {fault.message}" if place else fault.message
                raise SolutionError(message, hint=fault.hint)
            clash = next((c for other in found if (c := _clash(definition, other))), None)
            if clash is not None:
                raise SolutionError(f"{where}: {clash}: is defined already")
            found.append(definition)
    kept = [one for one in found if not any(_clash(one, other) for other in written)]
    return (*kept, *written)


def _clash(one: ActuatorDefinition, other: ActuatorDefinition) -> str | None:
    """The key in which two definitions are about the same; None where they are not."""
    for key in ("id", "type", "entity"):
        value = getattr(one, key)
        if value is not None and value == getattr(other, key):
            return key
    return None


def _files(paths: Iterable[Path]) -> list[Path]:
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            files += sorted(path.glob("*.toml"))
        elif path.is_file():
            files.append(path)
        else:
            raise ConfigurationError(f"actuators {path}: there is no such file or folder")
    return files
