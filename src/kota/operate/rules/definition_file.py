"""Rules out of TOML files; every fault names file and line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from kota.connect.toml_source import TomlSource
from kota.errors import ConfigurationError
from kota.operate.conditions.probe import Expand
from kota.operate.rules.definition import RuleDefinition
from kota.operate.rules.definition_check import faults


class _File(msgspec.Struct, frozen=True):
    """A whole file."""

    rule: tuple[RuleDefinition, ...] = ()


def read_rules(sources: Iterable[TomlSource], expand: Expand) -> tuple[RuleDefinition, ...]:
    """Read and check rules.

    Args:
        sources: files, or what shall become files.
        expand: turns a short name into its IRI.

    Raises:
        ConfigurationError: a rule is wrong, or two share an id; names file and line.
    """
    found: dict[str, tuple[RuleDefinition, str]] = {}
    for source in sources:
        for i, definition in enumerate(source.convert(_File).rule):
            place = ("rule", i)
            for fault in faults(definition, expand):
                raise source.error((*place, *fault.place), fault.message, hint=fault.hint)
            if definition.id in found:
                first = found[definition.id][1]
                raise source.error(
                    (*place, "id"), f"{definition.id!r} is defined already", hint=f"see {first}"
                )
            where = f"{source.path} line {source.line((*place, 'id'))}"
            found[definition.id] = (definition, where)
    return tuple(definition for definition, _ in found.values())


def sources_of(paths: Iterable[Path]) -> list[TomlSource]:
    """The files, and the files ``*.toml`` of folders, in order.

    Raises:
        ConfigurationError: there is no such file, or it is no TOML.
    """
    found: list[TomlSource] = []
    for path in paths:
        if path.is_dir():
            found += [TomlSource.read(file) for file in sorted(path.glob("*.toml"))]
        elif path.is_file():
            found.append(TomlSource.read(path))
        else:
            raise ConfigurationError(f"rules {path}: there is no such file or folder")
    return found


def sources_given(texts: Mapping[str, str]) -> list[TomlSource]:
    """Texts as if they were files of these names."""
    return [TomlSource(Path(name), text) for name, text in sorted(texts.items())]
