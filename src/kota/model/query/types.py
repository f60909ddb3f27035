"""The entity type selection language (ETSI GS CIM 009 V1.9.1, clause 4.17).

``Junction,Tank`` and ``Junction|Tank`` are entities of either type, ``Building;School`` those
of both, parentheses group, ``*`` is every type.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

import msgspec

from kota.errors import BadRequestDataError
from kota.model.query.cursor import Cursor

_STOPS = ",|;()"


class OfType(msgspec.Struct, frozen=True, tag=True):
    """Entities of this expanded type."""

    name: str


class AnyType(msgspec.Struct, frozen=True, tag=True):
    """Every entity."""


class AllOf(msgspec.Struct, frozen=True, tag=True):
    """Entities that meet every part."""

    parts: tuple[TypeTree, ...]


class AnyOf(msgspec.Struct, frozen=True, tag=True):
    """Entities that meet at least one part."""

    parts: tuple[TypeTree, ...]


TypeTree = OfType | AnyType | AllOf | AnyOf


class TypeQuery:
    """Which entity types.

    Args:
        tree: the expression, all names expanded.
    """

    __slots__ = ("any_of", "matches", "tree")

    matches: Callable[[Collection[str]], bool]
    """Whether an entity with these expanded types is meant."""

    any_of: frozenset[str] | None
    """Types of which every match has at least one; None where any type may match."""

    def __init__(self, tree: TypeTree) -> None:
        self.tree = tree
        self.matches = _compile(tree)
        self.any_of = _needed(tree)

    def render(self, compact: Callable[[str], str] = str) -> str:
        """Write the expression again, with each name as `compact` gives it.

        >>> parse("(A,B);C", str).render()
        '(A|B);C'
        """
        return _render(self.tree, compact)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TypeQuery) and self.tree == other.tree

    def __hash__(self) -> int:
        return hash(self.tree)

    def __repr__(self) -> str:
        return f"TypeQuery({self.render()!r})"


def parse(text: str, expand: Callable[[str], str]) -> TypeQuery:
    """Read a type expression.

    Args:
        text: for example ``(Pump,Valve);CriticalAsset``.
        expand: turns a type name into its IRI.

    Raises:
        BadRequestDataError: not a type expression; says the position.
        TooComplexError: too long or too deeply nested.

    >>> sorted(parse("Pump,Valve", str).any_of)
    ['Pump', 'Valve']
    """
    cursor = Cursor(text, "type")
    tree = _either(cursor, expand)
    if not cursor.done:
        cursor.refuse("expected ',', '|' or ';'")
    return TypeQuery(tree)


def of(names: Iterable[str]) -> TypeQuery:
    """Entities of any of these expanded types.

    >>> of(["Pump"]).matches(("Pump", "Asset"))
    True
    """
    parts = tuple(OfType(name) for name in names)
    if not parts:
        raise BadRequestDataError("type: no type is named", hint="name at least one")
    return TypeQuery(parts[0] if len(parts) == 1 else AnyOf(parts))


def _either(cursor: Cursor, expand: Callable[[str], str]) -> TypeTree:
    parts = [_both(cursor, expand)]
    while cursor.take(",") or cursor.take("|"):
        parts.append(_both(cursor, expand))
    return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))


def _both(cursor: Cursor, expand: Callable[[str], str]) -> TypeTree:
    parts = [_name(cursor, expand)]
    while cursor.take(";"):
        parts.append(_name(cursor, expand))
    return parts[0] if len(parts) == 1 else AllOf(tuple(parts))


def _name(cursor: Cursor, expand: Callable[[str], str]) -> TypeTree:
    if cursor.peek() == "(":
        cursor.enter()
        tree = _either(cursor, expand)
        cursor.leave()
        return tree
    start = cursor.at
    name = cursor.take_until(_STOPS)
    if name == "*":
        return AnyType()
    if not name or any(sign.isspace() or sign in '<>"{}\\^`' for sign in name):
        cursor.refuse("expected a type name", at=start)
    return OfType(expand(name))


def _compile(tree: TypeTree) -> Callable[[Collection[str]], bool]:
    match tree:
        case OfType(name):
            return lambda types: name in types
        case AnyType():
            return lambda _: True
        case AllOf(parts):
            tests = [_compile(part) for part in parts]
            return lambda types: all(test(types) for test in tests)
        case AnyOf(parts):
            names = frozenset(part.name for part in parts if isinstance(part, OfType))
            rest = [_compile(part) for part in parts if not isinstance(part, OfType)]
            return lambda types: not names.isdisjoint(types) or any(test(types) for test in rest)


def _needed(tree: TypeTree) -> frozenset[str] | None:
    match tree:
        case OfType(name):
            return frozenset((name,))
        case AnyType():
            return None
        case AllOf(parts):
            known = [needed for part in parts if (needed := _needed(part)) is not None]
            return min(known, key=len, default=None)
        case AnyOf(parts):
            sets = [_needed(part) for part in parts]
            return None if None in sets else frozenset().union(*(s for s in sets if s))


def _render(tree: TypeTree, compact: Callable[[str], str], inside: bool = False) -> str:
    match tree:
        case OfType(name):
            return compact(name)
        case AnyType():
            return "*"
        case AllOf(parts):
            return ";".join(_render(part, compact, True) for part in parts)
        case AnyOf(parts):
            text = "|".join(_render(part, compact, True) for part in parts)
            return f"({text})" if inside else text
