"""Checks of conditions, and of what definitions have in common, that types alone cannot make."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Final

import msgspec

from kota.errors import KotaError
from kota.model.names import is_uri
from kota.model.query import q, scope
from kota.operate.conditions.condition import Condition
from kota.operate.conditions.probe import Expand

Place = tuple[str | int, ...]

ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
NAME: Final = re.compile(r"[^\W\d_]\w*|[A-Za-z][A-Za-z0-9+.-]*:\S+")
LONGEST: Final = 2000
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


def text_faults(place: Place, text: str, *, needed: bool = True) -> Iterator[Fault]:
    """Whether a text can be shown to a person."""
    if (needed and not text.strip()) or len(text) > LONGEST or not _is_shown(text):
        least = 1 if needed else 0
        yield Fault(place, f"needs {least} to {LONGEST} characters that can be shown")


def target_faults(kind: str | None, entity: str | None, scope_q: str | None) -> Iterator[Fault]:
    """Whether exactly one of a type and an entity is named, and a scope can be read."""
    if (kind is None) == (entity is None):
        yield Fault((), "name either a type or an entity that it is for")
    if kind is not None and not NAME.fullmatch(kind):
        yield Fault(("type",), f"{kind!r} cannot be the name of a type")
    if entity is not None:
        yield from entity_faults(("entity",), entity)
    if scope_q is not None:
        try:
            scope.parse(scope_q)
        except KotaError as error:
            yield Fault(("scope",), error.message, error.hint)


def entity_faults(place: Place, entity: str) -> Iterator[Fault]:
    """Whether a text can be the id of an entity."""
    if not is_uri(entity):
        yield Fault(place, f"{entity!r} is not the id of an entity", "urn:ngsi-ld:Tank:T-1")


def condition_faults(when: Condition, expand: Expand, here: str = "when") -> Iterator[Fault]:
    """What is wrong with a condition, if anything, whose place is under the key `here`."""
    kind = when.kind
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
        if value is not None and not NAME.fullmatch(value):
            yield Fault((here, name), f"{value!r} cannot be the name of an attribute")
    for name in ("lag", "window", "deadband"):
        yield from number_faults((here, name), getattr(when, name), least=0.0)
    if when.limit is not None:
        least = 0.0 if kind in (*_RATES, "deviation", "stale") else -math.inf
        yield from number_faults((here, "limit"), when.limit, least=least)
    for name in ("q", "only_while"):
        text = getattr(when, name)
        if text is not None:
            yield from query_faults(text, (here, name), expand)


def number_faults(place: Place, value: float, *, least: float) -> Iterator[Fault]:
    """Whether a number is finite and large enough."""
    if not math.isfinite(value) or value < least:
        yield Fault(place, f"{value:g} is not a number of at least {least:g}")


def query_faults(text: str, place: Place, expand: Expand) -> Iterator[Fault]:
    """Whether a text is a query."""
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
