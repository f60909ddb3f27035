"""Checks of alarm definitions that types alone cannot make."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from kota.errors import KotaError
from kota.model.names import is_uri
from kota.model.query import q, scope
from kota.operate.alarms.definition import AlarmDefinition, Condition

Place = tuple[str | int, ...]
Expand = Callable[[str], str]

_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_NAME: Final = re.compile(r"[^\W\d_]\w*|[A-Za-z][A-Za-z0-9+.-]*:\S+")
_LONGEST: Final = 2000
_THRESHOLDS: Final = ("high-high", "high", "low", "low-low")
_RATES: Final = ("rising", "falling")

_NEEDS: Final[dict[str, tuple[str, ...]]] = {
    **dict.fromkeys(_THRESHOLDS, ("attribute",)),
    **dict.fromkeys(_RATES, ("attribute", "limit", "window")),
    "deviation": ("attribute", "limit", "against"),
    "equals": ("attribute", "value"),
    "differs": ("attribute", "value"),
    "stale": ("attribute",),
    "bad": ("attribute",),
    "query": ("q",),
}
"""Which keys a kind of condition cannot do without."""

_KNOWS: Final[dict[str, tuple[str, ...]]] = {
    **dict.fromkeys(_THRESHOLDS, ("limit", "against", "lag", "window", "over", "deadband")),
    **dict.fromkeys(_RATES, ("deadband",)),
    "deviation": ("lag", "deadband"),
    "stale": ("limit",),
    "bad": ("quality",),
}
"""Which further keys mean something to it, beside ``only_while``."""


class Fault(msgspec.Struct, frozen=True):
    """What is wrong with a definition, and under which key."""

    place: Place
    message: str
    hint: str | None = None


def faults(definition: AlarmDefinition, expand: Expand) -> Iterator[Fault]:
    """What is wrong with a definition, if anything.

    Args:
        definition: whose types are right already.
        expand: turns a short name into its IRI.
    """
    if not _ID.fullmatch(definition.id):
        yield Fault(("id",), f"{definition.id!r} cannot be an id", "such as water.tank-low")
    for name in ("title", "consequence", "action"):
        text = getattr(definition, name)
        if not text.strip() or len(text) > _LONGEST or not _is_shown(text):
            yield Fault((name,), f"needs 1 to {_LONGEST} characters that can be shown")
    yield from _target(definition, expand)
    yield from _times(definition)
    yield from _condition(definition.when, expand)
    if definition.cause_kind and not _ID.fullmatch(definition.cause_kind):
        yield Fault(("cause_kind",), f"{definition.cause_kind!r} cannot be a kind of cause")
    for name in definition.cause:
        if not _NAME.fullmatch(name):
            yield Fault(("cause",), f"{name!r} cannot be the name of an attribute")
    for i, suppression in enumerate(definition.suppress):
        place = ("suppress", i)
        yield from _query(suppression.q, (*place, "q"), expand)
        if suppression.entity is not None and not is_uri(suppression.entity):
            yield Fault((*place, "entity"), f"{suppression.entity!r} is not the id of an entity")


def _target(definition: AlarmDefinition, expand: Expand) -> Iterator[Fault]:
    kind, entity = definition.type, definition.entity
    if (kind is None) == (entity is None):
        yield Fault((), "name either a type or an entity that it is for")
    if kind is not None and not _NAME.fullmatch(kind):
        yield Fault(("type",), f"{kind!r} cannot be the name of a type")
    if kind is not None and expand(kind) == expand("Alert"):
        yield Fault(("type",), "an alarm is an Alert itself; name the type that it watches")
    if entity is not None and not is_uri(entity):
        yield Fault(("entity",), f"{entity!r} is not the id of an entity", "urn:ngsi-ld:Tank:T-1")
    if definition.scope is not None:
        try:
            scope.parse(definition.scope)
        except KotaError as error:
            yield Fault(("scope",), error.message, error.hint)


def _times(definition: AlarmDefinition) -> Iterator[Fault]:
    for name in ("delay_on", "delay_off", "cause_near"):
        yield from _number((name,), getattr(definition, name), least=0.0)
    for name in ("respond_within", "group_within", "shelve_at_most"):
        yield from _number((name,), getattr(definition, name), least=1.0)
    if definition.escalate_after is not None:
        yield from _number(("escalate_after",), definition.escalate_after, least=1.0)
    if (definition.escalate_after is None) != (not definition.escalate_to):
        yield Fault((), "escalate_after and escalate_to stand together")


def _condition(when: Condition, expand: Expand) -> Iterator[Fault]:
    kind, here = when.kind, "when"
    needed = _NEEDS[kind]
    for name in needed:
        if getattr(when, name) is None or (name == "window" and not when.window):
            yield Fault((here,), f"{kind!r} needs {name!r}")
    for name, default in _DEFAULTS.items():
        if name in needed or name in _KNOWS.get(kind, ()) or name in ("kind", "only_while"):
            continue
        if getattr(when, name) != default:
            yield Fault((here, name), f"means nothing to {kind!r}")
    if kind in _THRESHOLDS and when.limit is None and when.against is None:
        yield Fault((here,), f"{kind!r} needs 'limit' or 'against'")
    if when.over != "last" and not when.window:
        yield Fault((here, "over"), "needs a window [s]")
    if when.lag and when.against is None:
        yield Fault((here, "lag"), "needs 'against'")
    for name in ("attribute", "against"):
        value = getattr(when, name)
        if value is not None and not _NAME.fullmatch(value):
            yield Fault((here, name), f"{value!r} cannot be the name of an attribute")
    for name in ("lag", "window", "deadband"):
        yield from _number((here, name), getattr(when, name), least=0.0)
    if when.limit is not None:
        least = 0.0 if kind in (*_RATES, "deviation", "stale") else -math.inf
        yield from _number((here, "limit"), when.limit, least=least)
    for name in ("q", "only_while"):
        text = getattr(when, name)
        if text is not None:
            yield from _query(text, (here, name), expand)


def _number(place: Place, value: float, *, least: float) -> Iterator[Fault]:
    if not math.isfinite(value) or value < least:
        yield Fault(place, f"{value:g} is not a number of at least {least:g}")


def _query(text: str, place: Place, expand: Expand) -> Iterator[Fault]:
    try:
        q.parse(text, expand)
    except KotaError as error:
        yield Fault(place, error.message, error.hint)


def _is_shown(text: str) -> bool:
    return all(sign.isprintable() or sign == "\n" for sign in text)


_DEFAULTS: Final = {
    field.name: field.default
    for field in msgspec.structs.fields(Condition)
    if field.default is not msgspec.NODEFAULT
}
