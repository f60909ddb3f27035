"""The scope query language (ETSI GS CIM 009 V1.9.1, clause 4.19).

``/town/north`` is that scope alone, ``/town/#`` it and everything below, ``/+/north`` any one
level; ``;`` joins conditions that must all hold, ``,`` and ``|`` those of which one must.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from kota.model.query.cursor import Cursor


class Pattern(msgspec.Struct, frozen=True, tag=True):
    """A scope with wildcards, level by level.

    Args:
        levels: each a name or ``+``.
        below: whether everything below is meant as well (``#``).
    """

    levels: tuple[str, ...]
    below: bool = False

    def covers(self, scope: str) -> bool:
        """Whether `scope` (such as ``/town/north``) is meant."""
        levels = scope.strip("/").split("/")
        wanted = self.levels
        if len(levels) < len(wanted) or (len(levels) > len(wanted) and not self.below):
            return False
        return all(want in ("+", level) for want, level in zip(wanted, levels, strict=False))


class AllOf(msgspec.Struct, frozen=True, tag=True):
    """Every part must hold, each for some scope of the entity."""

    parts: tuple[ScopeTree, ...]


class AnyOf(msgspec.Struct, frozen=True, tag=True):
    """At least one part must hold."""

    parts: tuple[ScopeTree, ...]


ScopeTree = Pattern | AllOf | AnyOf


class ScopeQuery(msgspec.Struct, frozen=True):
    """Which scopes.

    Args:
        tree: the expression.
    """

    tree: ScopeTree

    def matches(self, scopes: Sequence[str]) -> bool:
        """Whether an entity with these scopes is meant; one without any never is."""
        return _holds(self.tree, scopes)

    def render(self) -> str:
        """Write the expression again.

        >>> parse("town/#,/a;/b").render()
        '/town/#|/a;/b'
        """
        return _render(self.tree)


def parse(text: str) -> ScopeQuery:
    """Read a scope query.

    Args:
        text: for example ``/town/north/#;/risk/+``.

    Raises:
        BadRequestDataError: not a scope query; says the position.
        TooComplexError: too long or too deeply nested.

    >>> parse("/town/#").matches(("/town/north",))
    True
    """
    cursor = Cursor(text, "scopeQ")
    tree = _either(cursor)
    if not cursor.done:
        cursor.refuse("expected ',', '|' or ';'")
    return ScopeQuery(tree)


def _either(cursor: Cursor) -> ScopeTree:
    parts = [_both(cursor)]
    while cursor.take(",") or cursor.take("|"):
        parts.append(_both(cursor))
    return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))


def _both(cursor: Cursor) -> ScopeTree:
    parts = [_pattern(cursor)]
    while cursor.take(";"):
        parts.append(_pattern(cursor))
    return parts[0] if len(parts) == 1 else AllOf(tuple(parts))


def _pattern(cursor: Cursor) -> ScopeTree:
    if cursor.peek() == "(":
        cursor.enter()
        tree = _either(cursor)
        cursor.leave()
        return tree
    start = cursor.at
    cursor.take("/")
    levels = cursor.take_until(",|;()").split("/")
    below = levels[-1] == "#"
    if below:
        levels.pop()
    for level in levels:
        if level != "+" and not all(sign.isalnum() or sign in "_-." for sign in level or "/"):
            cursor.refuse("expected a scope such as /town/north or /town/#", at=start)
    return Pattern(tuple(levels), below)


def _holds(tree: ScopeTree, scopes: Sequence[str]) -> bool:
    match tree:
        case Pattern():
            return any(tree.covers(scope) for scope in scopes)
        case AllOf(parts):
            return all(_holds(part, scopes) for part in parts)
        case AnyOf(parts):
            return any(_holds(part, scopes) for part in parts)


def _render(tree: ScopeTree, inside: bool = False) -> str:
    match tree:
        case Pattern(levels, below):
            return "/" + "/".join((*levels, "#") if below else levels)
        case AllOf(parts):
            return ";".join(_render(part, True) for part in parts)
        case AnyOf(parts):
            text = "|".join(_render(part, True) for part in parts)
            return f"({text})" if inside else text
