"""Checks of actuator definitions that types alone cannot make."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Final

import msgspec

from kota.model.names import is_uri
from kota.operate.commands.actuator import ActuatorDefinition
from kota.operate.commands.interlock import (
    AnyInterlock,
    Excludes,
    MaximumStarts,
    MinimumTime,
    Range,
    Rate,
    Requires,
    Value,
)

Place = tuple[str | int, ...]

_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_NAME: Final = re.compile(r"[^\W\d_]\w*|[A-Za-z][A-Za-z0-9+.-]*:\S+")
_LONGEST: Final = 2000
_POSITIVE: Final = ("confirm_within", "expire_after", "fresh")


class Fault(msgspec.Struct, frozen=True):
    """What is wrong with a definition, and under which key."""

    place: Place
    message: str
    hint: str | None = None


def faults(definition: ActuatorDefinition) -> Iterator[Fault]:
    """What is wrong with a definition, if anything, whose types are right already."""
    if not _ID.fullmatch(definition.id):
        yield Fault(("id",), f"{definition.id!r} cannot be an id", "such as water.pump")
    for name in ("title", "consequence"):
        text = getattr(definition, name)
        if not text.strip() or len(text) > _LONGEST or not text.isprintable():
            yield Fault((name,), f"needs 1 to {_LONGEST} characters that can be shown")
    for name in ("command", "feedback"):
        if not _NAME.fullmatch(getattr(definition, name)):
            yield Fault((name,), f"{getattr(definition, name)!r} cannot be a name")
    yield from _target(definition)
    yield from _numbers(definition)
    yield from _settings(definition)
    for i, interlock in enumerate(definition.interlocks):
        for fault in _interlock(interlock, definition):
            yield Fault(("interlocks", i, *fault.place), fault.message, fault.hint)


def _target(definition: ActuatorDefinition) -> Iterator[Fault]:
    if (definition.type is None) == (definition.entity is None):
        yield Fault((), "name either a type or an entity that it is for")
    if definition.type is not None and not _NAME.fullmatch(definition.type):
        yield Fault(("type",), f"{definition.type!r} cannot be the name of a type")
    if definition.entity is not None and not is_uri(definition.entity):
        yield Fault(("entity",), f"{definition.entity!r} is not the id of an entity")


def _numbers(definition: ActuatorDefinition) -> Iterator[Fault]:
    for name in _POSITIVE:
        if not 0 < getattr(definition, name) < math.inf:
            yield Fault((name,), f"{getattr(definition, name):g} is not a time above 0 s")
    for name in ("tolerance", "undo_within"):
        if not 0 <= getattr(definition, name) < math.inf:
            yield Fault((name,), f"{getattr(definition, name):g} is not a number from 0 on")


def _settings(definition: ActuatorDefinition) -> Iterator[Fault]:
    if definition.values and len(set(map(repr, definition.values))) < len(definition.values):
        yield Fault(("values",), "a setting stands twice")
    if definition.safe is not None:
        unknown = definition.knows(definition.safe)
        if unknown is not None:
            yield Fault(("safe",), unknown)
    if definition.on_timeout == "safe" and definition.safe is None:
        yield Fault(("on_timeout",), "needs a safe setting", "write safe = …")


def _interlock(interlock: AnyInterlock, definition: ActuatorDefinition) -> Iterator[Fault]:
    for value in interlock.only:
        yield from _known(("only",), value, definition)
    if definition.values and isinstance(interlock, Range | Rate):
        yield Fault((), "is for actuators of which the setting is a number")
    match interlock:
        case Range(low=low, high=high):
            if not (math.isfinite(low) and math.isfinite(high) and low <= high):
                yield Fault(("low",), f"{low:g} is not below {high:g}")
        case Rate(by=by, within=within):
            yield from _above(("by",), by)
            yield from _above(("within",), within)
        case MinimumTime(at=at, seconds=seconds):
            yield from _known(("at",), at, definition)
            yield from _above(("seconds",), seconds)
        case MaximumStarts(at=at, count=count, seconds=seconds):
            yield from _known(("at",), at, definition)
            yield from _above(("seconds",), seconds)
            if count < 1:
                yield Fault(("count",), f"{count} is not at least 1")
        case Requires():
            yield from _above(("fresh",), interlock.fresh)
            if (interlock.limit is None) == (interlock.against is None):
                yield Fault(("limit",), "name either a limit, or the attribute that is one")
            if interlock.via is not None and interlock.entity is not None:
                yield Fault(("via",), "name an entity, or a relationship to it, not both")
            yield from _entity(interlock.entity)
            if isinstance(interlock.limit, str | bool) and interlock.compare not in ("==", "!="):
                yield Fault(("compare",), f"{interlock.limit!r} has no order", "use == or !=")
        case Excludes():
            yield from _above(("fresh",), interlock.fresh)
            yield from _entity(interlock.entity)


def _entity(entity: str | None) -> Iterator[Fault]:
    if entity is not None and not is_uri(entity):
        yield Fault(("entity",), f"{entity!r} is not the id of an entity")


def _known(place: Place, value: Value, definition: ActuatorDefinition) -> Iterator[Fault]:
    unknown = definition.knows(value)
    if unknown is not None:
        yield Fault(place, unknown)


def _above(place: Place, value: float) -> Iterator[Fault]:
    if not 0 < value < math.inf:
        yield Fault(place, f"{value:g} is not a number above 0")
