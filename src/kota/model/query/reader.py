"""Reads the NGSI-LD query language into its syntax tree."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

import msgspec

from kota.errors import BadRequestDataError, NotSupportedError
from kota.model import instant
from kota.model.query.cursor import Cursor
from kota.model.query.pattern import compile_pattern
from kota.model.query.syntax import (
    And,
    Compare,
    Day,
    Exists,
    Linked,
    Literal,
    Missing,
    Moment,
    Operator,
    Or,
    Path,
    Span,
    TimeOfDay,
    Tree,
)

ENTITY_MEMBERS = frozenset({"id", "type", "scope", "createdAt", "modifiedAt", "expiresAt"})
INSTANCE_MEMBERS = frozenset(
    {"observedAt", "createdAt", "modifiedAt", "expiresAt", "unitCode", "datasetId", "objectType"}
)
TIME_MEMBERS = frozenset({"observedAt", "createdAt", "modifiedAt", "expiresAt"})
MAX_VALUES = 1000

_NAME = re.compile(r"[^\W\d_][\w@\-]*(?::[\w@\-]+)*")
_IRI = re.compile(r"(?:https?://|urn:)[^\s;|(),=!<>~\"\[\]{}]+")
_KEY = re.compile(r"[^\s.\[\]\";|(){}=<>!~]+")
_OPERATOR = re.compile(r"!~=|==|!=|>=|<=|~=|>|<")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d([.,]\d+)?)?(Z|[+-]\d\d:?\d\d)", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIME = re.compile(r"\d\d:\d\d:\d\d([.,]\d+)?(Z|[+-]\d\d:?\d\d)?", re.ASCII)
_BARE = re.compile(r"[^\s\"=<>!~\[\]{}]+")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPE = re.compile(r'\\(["\\])')
_TYPE = re.compile(r"<([^<>\s\"]+)>|(?!https?://|urn:)[^\W\d_][\w\-]*")
_Link = tuple[Path, tuple[str, ...]]
_EQUALITY = (Operator.EQUAL, Operator.UNEQUAL)
_MATCHING = (Operator.PATTERN, Operator.NOT_PATTERN)


class Names(msgspec.Struct, frozen=True):
    """How names and values of a query become IRIs.

    Args:
        expand: turns an attribute, type or vocabulary term into its IRI.
        expand_values: attributes, as written in the query, whose text values are expanded too.
        links: whether linked entities in braces are allowed.
    """

    expand: Callable[[str], str]
    expand_values: frozenset[str] = frozenset()
    links: bool = False


def read(text: str, names: Names) -> Tree:
    """Read a query text.

    Raises:
        BadRequestDataError: not a query; says the position.
        NotSupportedError: a linked entity in braces where that is not allowed.
        TooComplexError: too long, too deeply nested, or with a pattern that costs too much.
    """
    cursor = Cursor(text, "q")
    tree = _either(cursor, names)
    if not cursor.done:
        cursor.refuse("expected ';', '|' or an operator")
    return tree


def _either(cursor: Cursor, names: Names) -> Tree:
    parts = [_both(cursor, names)]
    while cursor.take("|"):
        parts.append(_both(cursor, names))
    return parts[0] if len(parts) == 1 else Or(tuple(parts))


def _both(cursor: Cursor, names: Names) -> Tree:
    parts = [_term(cursor, names)]
    while cursor.take(";"):
        parts.append(_term(cursor, names))
    return parts[0] if len(parts) == 1 else And(tuple(parts))


def _term(cursor: Cursor, names: Names) -> Tree:
    if cursor.peek() == "(":
        cursor.enter()
        group = _either(cursor, names)
        cursor.leave()
        return group
    if cursor.take("!"):
        path, _ = _path(cursor, names)
        if cursor.peek() == "{":
            cursor.refuse("'!' does not reach into linked entities")
        return Missing(path)
    links, path, written = _subject(cursor, names)
    tree: Tree = Exists(path)
    found = _OPERATOR.match(cursor.text, cursor.at)
    if found is not None:
        cursor.at = found.end()
        tree = _compare(cursor, names, path, written, Operator(found.group()))
    for link, types in reversed(links):
        tree = Linked(link, types, tree)
    return tree


def _subject(cursor: Cursor, names: Names) -> tuple[list[_Link], Path, str]:
    """The links to follow, then the path in the last entity, and its first name as written."""
    path, written = _path(cursor, names)
    if cursor.peek() != "{":
        return [], path, written
    if not names.links:
        raise NotSupportedError(
            f"q: the linked entity in braces at position {cursor.at + 1} is not followed here",
            hint="query the linked entities themselves, then these by relationship",
        )
    if path.keys or path.names[-1] in (ENTITY_MEMBERS | INSTANCE_MEMBERS):
        cursor.refuse("only a relationship leads to another entity")
    cursor.enter()
    types = _hint(cursor, names)
    links, inner, written = _subject(cursor, names)
    if not cursor.take("}"):
        cursor.refuse("expected '}'")
    cursor.depth -= 1
    return [(path, types), *links], inner, written


def _hint(cursor: Cursor, names: Names) -> tuple[str, ...]:
    """The types before a colon, if that is how the braces begin."""
    start = cursor.at
    types: list[str] = []
    while (found := _TYPE.match(cursor.text, cursor.at)) is not None:
        cursor.at = found.end()
        types.append(found.group(1) or names.expand(found.group()))
        if cursor.take(":"):
            return tuple(types)
        if not (cursor.take("|") or cursor.take(",")):
            break
    cursor.at = start
    return ()


def _path(cursor: Cursor, names: Names) -> tuple[Path, str]:
    """The path, and its first name as it was written."""
    written = _name(cursor)
    steps = [written if written in ENTITY_MEMBERS else names.expand(written)]
    while cursor.take("."):
        if steps[-1] in (ENTITY_MEMBERS if len(steps) == 1 else INSTANCE_MEMBERS):
            cursor.refuse(f"{steps[-1]!r} has no members")
        name = _name(cursor)
        steps.append(name if name in INSTANCE_MEMBERS else names.expand(name))
    return Path(tuple(steps), _keys(cursor)), written


def _name(cursor: Cursor) -> str:
    if cursor.peek() == "<":
        start = cursor.at + 1
        end = cursor.text.find(">", start)
        name = cursor.text[start:end] if end > 0 else ""
        if not name or name in ENTITY_MEMBERS or any(s.isspace() or s in '<"' for s in name):
            cursor.refuse("expected an IRI in angle brackets")
        cursor.at = end + 1
        return name
    found = _IRI.match(cursor.text, cursor.at) or _NAME.match(cursor.text, cursor.at)
    if found is None:
        cursor.refuse("expected an attribute name")
    cursor.at = found.end()
    return found.group()


def _keys(cursor: Cursor) -> tuple[str, ...]:
    if not cursor.take("["):
        return ()
    keys = [_key(cursor)]
    while cursor.take("."):
        keys.append(_key(cursor))
    if not cursor.take("]"):
        cursor.refuse("expected ']'")
    return tuple(keys)


def _key(cursor: Cursor) -> str:
    if cursor.peek() == '"':
        return _quoted(cursor)
    found = _KEY.match(cursor.text, cursor.at)
    if found is None:
        cursor.refuse("expected a key")
    cursor.at = found.end()
    return found.group()


def _compare(cursor: Cursor, names: Names, path: Path, written: str, operator: Operator) -> Compare:
    if operator in _MATCHING:
        pattern = _pattern(cursor)
        compile_pattern(pattern, "q")
        return Compare(path, operator, (pattern,))
    start = cursor.at
    values = [_value(cursor)]
    while cursor.take(","):
        values.append(_value(cursor))
        if len(values) > MAX_VALUES:
            cursor.refuse(f"more than {MAX_VALUES} values", at=start)
    if operator not in _EQUALITY and (len(values) > 1 or isinstance(values[0], Span | bool)):
        cursor.refuse(f"{operator.value} takes one number, text, date or time", at=start)
    if path.names[0] == "type" or written in names.expand_values:
        values = [names.expand(v) if isinstance(v, str) else v for v in values]
    return Compare(path, operator, tuple(values))


def _value(cursor: Cursor) -> Literal | Span:
    start = cursor.at
    low = _literal(cursor)
    if not cursor.take(".."):
        return low
    high = _literal(cursor)
    if isinstance(low, bool) or isinstance(high, bool) or _sort(low) != _sort(high):
        cursor.refuse("a range needs two numbers, texts, dates or times", at=start)
    return Span(low, high)


def _sort(literal: Literal) -> str:
    return "number" if isinstance(literal, int | float) else type(literal).__name__


def _literal(cursor: Cursor) -> Literal:
    if cursor.peek() == '"':
        return _quoted(cursor)
    start = cursor.at
    token = cursor.take_until(";|(),")
    low, dots, _ = token.partition("..")
    if dots and low:
        token = low
        cursor.at = start + len(low)
    literal = _scalar(token)
    if literal is None:
        cursor.refuse("expected a value (texts with signs stand in double quotes)", at=start)
    return literal


def _scalar(token: str) -> Literal | None:
    if token in ("true", "false"):
        return token == "true"
    number = _NUMBER.fullmatch(token)
    if number is not None and len(token) <= 64:
        value = float(token) if number.group(1) or number.group(2) else int(token)
        return value if math.isfinite(value) else None
    try:
        if _MOMENT.fullmatch(token):
            return Moment(token, instant.parse(token))
        if _DAY.fullmatch(token):
            instant.parse(f"{token}T00:00:00Z")
            return Day(token)
    except BadRequestDataError:
        return None
    if _TIME.fullmatch(token):
        return TimeOfDay(token)
    return token if _BARE.fullmatch(token) else None


def _quoted(cursor: Cursor) -> str:
    found = _QUOTED.match(cursor.text, cursor.at)
    if found is None:
        cursor.refuse("a text in double quotes that does not end")
    cursor.at = found.end()
    return _ESCAPE.sub(r"\1", found.group(1))


def _pattern(cursor: Cursor) -> str:
    """A regular expression: in quotes, or up to what ends the term outside its own brackets."""
    if cursor.peek() == '"':
        return _quoted(cursor)
    start, text, depth = cursor.at, cursor.text, 0
    while not cursor.done:
        sign = text[cursor.at]
        if depth == 0 and sign in ";|)":
            break
        depth += (sign == "(") - (sign == ")")
        cursor.at += 2 if sign == "\\" else 1
    cursor.at = min(cursor.at, len(text))
    if cursor.at == start:
        cursor.refuse("expected a regular expression")
    return text[start : cursor.at]
