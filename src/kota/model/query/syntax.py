"""The syntax tree of the NGSI-LD query language, and how it is written again."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum

import msgspec

from kota.model import instant

_PLAIN_NAME = re.compile(r"[^\W\d_][\w@\-]*")


class Moment(msgspec.Struct, frozen=True, tag=True):
    """A date and time.

    Args:
        text: as it was written.
        at: the instant that it means.
    """

    text: str
    at: int


class Day(msgspec.Struct, frozen=True, tag=True):
    """A date without a time, written ``2026-11-23``."""

    text: str

    @property
    def at(self) -> int:
        """The instant at which the day begins, UTC."""
        return instant.parse(f"{self.text}T00:00:00Z")


class TimeOfDay(msgspec.Struct, frozen=True, tag=True):
    """A time without a date, written ``08:00:00Z``."""

    text: str


Literal = bool | int | float | str | Moment | Day | TimeOfDay


class Span(msgspec.Struct, frozen=True, tag=True):
    """All values from `low` to `high`, both included."""

    low: Literal
    high: Literal


class Operator(Enum):
    """How a value is compared."""

    EQUAL = "=="
    UNEQUAL = "!="
    GREATER = ">"
    GREATER_OR_EQUAL = ">="
    LESS = "<"
    LESS_OR_EQUAL = "<="
    PATTERN = "~="
    NOT_PATTERN = "!~="


class Path(msgspec.Struct, frozen=True):
    """What of an entity is meant.

    Args:
        names: the attribute, then sub-attributes of it, expanded; members that the standard
            defines (``observedAt``, ``createdAt``, ``id`` …) stand as they are.
        keys: the way on inside the value, ``["city"]`` for ``address[city]``.
    """

    names: tuple[str, ...]
    keys: tuple[str, ...] = ()


class Exists(msgspec.Struct, frozen=True, tag=True):
    """The element is there."""

    path: Path


class Missing(msgspec.Struct, frozen=True, tag=True):
    """The element is not there."""

    path: Path


class Compare(msgspec.Struct, frozen=True, tag=True):
    """The element is there and compares so with one of these values.

    Args:
        path: what is compared.
        operator: how.
        values: at least one; several only with ``==`` and ``!=``.
    """

    path: Path
    operator: Operator
    values: tuple[Literal | Span, ...]


class Linked(msgspec.Struct, frozen=True, tag=True):
    """An entity that a relationship leads to meets a condition.

    Args:
        path: the relationship.
        types: expanded types of which the linked entity has one; empty: any.
        inner: a comparison, an existence, or another link.
    """

    path: Path
    types: tuple[str, ...]
    inner: Tree


class And(msgspec.Struct, frozen=True, tag=True):
    """All parts hold."""

    parts: tuple[Tree, ...]


class Or(msgspec.Struct, frozen=True, tag=True):
    """At least one part holds."""

    parts: tuple[Tree, ...]


Tree = Exists | Missing | Compare | Linked | And | Or


def render(tree: Tree, compact: Callable[[str], str] = str) -> str:
    """Write a tree as a query text that reads as the same tree.

    Args:
        tree: what to write.
        compact: gives each expanded name as it is to be written.
    """
    match tree:
        case Missing(path):
            return "!" + _path(path, compact)
        case Exists() | Compare() | Linked():
            return "".join(_term(tree, compact))
        case And(parts):
            return ";".join(_part(part, compact) for part in parts)
        case Or(parts):
            return "|".join(_part(part, compact) for part in parts)


def _term(tree: Tree, compact: Callable[[str], str]) -> tuple[str, str]:
    """What is compared, and how; braces stand around a linked entity's part of the former."""
    match tree:
        case Linked(path, types, inner):
            subject, rest = _term(inner, compact)
            hint = "|".join(_name(compact(name)) for name in types)
            within = f"{hint}:{subject}" if hint else subject
            return f"{_path(path, compact)}{{{within}}}", rest
        case Compare(path, operator, values):
            listed = ",".join(_value(value) for value in values)
            return _path(path, compact), f"{operator.value}{listed}"
        case Exists(path):
            return _path(path, compact), ""
    raise AssertionError("only one condition stands in braces")


def _part(tree: Tree, compact: Callable[[str], str]) -> str:
    text = render(tree, compact)
    return f"({text})" if isinstance(tree, And | Or) else text


def _path(path: Path, compact: Callable[[str], str]) -> str:
    names = ".".join(_name(compact(name)) for name in path.names)
    return f"{names}[{'.'.join(_key(key) for key in path.keys)}]" if path.keys else names


def _name(name: str) -> str:
    return name if _PLAIN_NAME.fullmatch(name) else f"<{name}>"


def _key(key: str) -> str:
    return key if _PLAIN_NAME.fullmatch(key) else quote(key)


def _value(value: Literal | Span) -> str:
    match value:
        case Span(low, high):
            return f"{_value(low)}..{_value(high)}"
        case bool():
            return "true" if value else "false"
        case str():
            return quote(value)
        case Moment(text) | Day(text) | TimeOfDay(text):
            return text
        case int() | float():
            return repr(value)


def quote(text: str) -> str:
    r"""Write a text in double quotes, with ``\"`` and ``\\`` where it needs them.

    >>> quote('a "b"')
    '"a \\"b\\""'
    """
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
