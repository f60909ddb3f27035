"""What a controller of sewers is told about them: a mapping or a TOML file of the same fields."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from kota.errors import ConfigurationError

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Positive = Annotated[float, msgspec.Meta(gt=0)]
Id = Annotated[str, msgspec.Meta(min_length=1)]


class Actuator(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A gate, weir or pump.

    Args:
        id: of the link.
        kind: what it is.
        from_node: where its water comes from; a storage where it can be held back.
        to: where its water goes.
        min: the lowest setting it is given [0..1].
        max: the highest, which is also the safe one [0..1].
    """

    id: Id
    kind: Literal["orifice", "weir", "pump"]
    from_node: Id = msgspec.field(name="from")
    to: Id
    min: Share = 0.0
    max: Share = 1.0


class Sensors(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is measured: depths at nodes [m] and flows in links [m³/s]."""

    depths: tuple[Id, ...] = ()
    flows: tuple[Id, ...] = ()


class Storage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A basin or tank: its depth when it is full [m], and the volume that it then holds [m³]."""

    id: Id
    max_depth: Positive
    volume: Positive


class Objective(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be small (flooding, overflow, flow over a limit) or large (throughput)."""

    kind: Literal["flooding", "cso", "limit", "throughput"]
    ids: tuple[Id, ...] = ()


class ControlConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A system of sewers as its controller knows it; no model of it is needed.

    Args:
        name: of the system.
        interval_s: from one control step to the next [s].
        actuators: what is moved.
        sensors: what is measured.
        storages: where water can be held.
        limits: the highest flow wanted, by link [m³/s].
        objectives: what is to be reached.
    """

    name: str
    interval_s: Positive
    actuators: tuple[Actuator, ...]
    sensors: Sensors
    storages: tuple[Storage, ...] = ()
    limits: dict[Id, Positive] = {}
    objectives: tuple[Objective, ...] = ()


def make_config(
    fields: Mapping[str, Any] | ControlConfig, *, where: str = "control config"
) -> ControlConfig:
    """A checked configuration.

    Args:
        fields: as in `ControlConfig`, `from_node` being called ``from``.
        where: what an error calls it.

    Raises:
        ConfigurationError: a field is missing, unknown, of the wrong type or out of range, or two
            parts share an id; names the field and what was expected.
    """
    if isinstance(fields, ControlConfig):
        return fields
    try:
        config = msgspec.convert(dict(fields), ControlConfig)
    except (msgspec.ValidationError, TypeError, ValueError) as error:
        raise ConfigurationError(
            f"{where}: {error}", hint="the fields are described in kota.solutions.sewage.config"
        ) from error
    _check(config, where)
    return config


def read_config(path: Path) -> ControlConfig:
    """A configuration from a TOML file.

    Raises:
        ConfigurationError: it cannot be read, is no TOML (with its line), or as `make_config`.
    """
    try:
        fields = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path}: is not TOML: {error}") from error
    return make_config(fields, where=str(path))


def _check(config: ControlConfig, where: str) -> None:
    _once((each.id for each in config.actuators), f"{where}: `actuators`")
    _once((each.id for each in config.storages), f"{where}: `storages`")
    _once(config.sensors.depths, f"{where}: `sensors.depths`")
    _once(config.sensors.flows, f"{where}: `sensors.flows`")
    for each in config.actuators:
        if each.min > each.max:
            raise ConfigurationError(
                f"{where}: actuator {each.id!r} has min {each.min:g} above max {each.max:g}",
                hint="swap them",
            )
        if each.from_node == each.to:
            raise ConfigurationError(
                f"{where}: actuator {each.id!r} leads from {each.to!r} to itself"
            )
    for number in (config.interval_s, *config.limits.values()):
        if number == float("inf") or number != number:
            raise ConfigurationError(f"{where}: {number} is not a finite number")
    for storage in config.storages:
        if not storage.max_depth < float("inf") or not storage.volume < float("inf"):
            raise ConfigurationError(f"{where}: storage {storage.id!r} is not finite")


def _once(ids: Iterable[str], where: str) -> None:
    seen: set[str] = set()
    for each in ids:
        if each in seen:
            raise ConfigurationError(f"{where}: {each!r} stands there twice", hint="remove one")
        seen.add(each)
