"""TOML files whose errors name the line: profiles, maps and codecs are written in them."""

from __future__ import annotations

import difflib
import math
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin

import msgspec

from kota.errors import ConfigurationError

Place = tuple[str | int, ...]
"""Keys and list positions that lead from the top of the file to a value."""

T = TypeVar("T", bound=msgspec.Struct)

_KEY = r"""(?:[A-Za-z0-9_-]+|"(?:\\.|[^"\\])*"|'[^']*')"""
_DOTTED = rf"{_KEY}(?:\s*\.\s*{_KEY})*"
_HEADER = re.compile(rf"\s*(\[\[?)\s*({_DOTTED})\s*\]\]?")
_ASSIGNMENT = re.compile(rf"\s*({_DOTTED})\s*=(.*)", re.DOTALL)
_STRING = re.compile(r""""(?:\\.|[^"\\])*"|'[^']*\'""")
_SYNTAX = re.compile(r"(.*) \(at line (\d+), column \d+\)$|(.*) \(at end of document\)$")


class TomlSource:
    """A TOML file and where in it each key stands.

    Args:
        path: named in every message.
        text: the file's content.

    Raises:
        ConfigurationError: the text is not TOML; names file and line.
    """

    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        self._last_line = text.count("\n") + 1
        try:
            self.data: dict[str, Any] = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise self._syntax(str(error)) from error
        self._lines = _key_lines(text)

    @classmethod
    def read(cls, path: Path) -> TomlSource:
        """Read a file.

        Raises:
            ConfigurationError: it cannot be read, or is not TOML.
        """
        try:
            return cls(path, path.read_text(encoding="utf-8"))
        except OSError as error:
            raise ConfigurationError(f"{path}: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise ConfigurationError(f"{path}: not UTF-8 text", hint="save it as UTF-8") from error

    def line(self, place: Place) -> int:
        """Line [1…] on which a value, or the nearest table around it, is written."""
        for length in range(len(place), 0, -1):
            found = self._lines.get(place[:length])
            if found is not None:
                return found
        return 1

    def error(self, place: Place, message: str, *, hint: str | None = None) -> ConfigurationError:
        """An error that says where in this file the fault is."""
        where = f"{self.path} line {self.line(place)}"
        key = next((part for part in reversed(place) if isinstance(part, str)), None)
        return ConfigurationError(
            f"{where}: {key}: {message}" if key else f"{where}: {message}", hint=hint
        )

    def convert(self, kind: type[T], *, place: Place = ()) -> T:
        """Check a table against a Struct and make it.

        Raises:
            ConfigurationError: an unknown or missing key, or a value of the wrong type; names
                file, line and, for an unknown key, the nearest right one.
        """
        value: Any = self.data
        for part in place:
            value = value[part]
        return cast(T, self._build(value, kind, place))

    def _build(self, value: Any, kind: Any, place: Place) -> Any:
        origin, arguments = get_origin(kind), get_args(kind)
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            return self._struct(value, kind, place)
        if origin in (Union, UnionType) and NoneType in arguments and len(arguments) == 2:
            (inner,) = (argument for argument in arguments if argument is not NoneType)
            return self._build(value, inner, place)
        if origin is tuple and arguments[-1] is Ellipsis and _tagged(arguments[0]):
            return self._structs(value, arguments[0], place)
        if tagged := _tagged(kind):
            return self._one_of(value, tagged, place)
        if origin is Literal and value not in arguments:
            raise self.error(place, f"{value!r} is unknown", hint=_suggest(str(value), arguments))
        if isinstance(value, float) and not math.isfinite(value):
            raise self.error(place, f"{value} is not a finite number")
        try:
            return msgspec.convert(value, kind)
        except msgspec.ValidationError as error:
            raise self.error(place, _plain(str(error))) from error

    def _struct(self, value: Any, kind: type[msgspec.Struct], place: Place) -> msgspec.Struct:
        if not isinstance(value, dict):
            raise self.error(place, f"expected a table, got {value!r}")
        fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
        value = {key: item for key, item in value.items() if key != _tag_field(kind)}
        for key in value:
            if key not in fields:
                raise self.error((*place, key), "unknown key", hint=_suggest(key, fields))
        for name, field in fields.items():
            if field.required and name not in value:
                raise self.error(place, f"the key {name!r} is missing")
        members = {
            fields[key].name: self._build(item, fields[key].type, (*place, key))
            for key, item in value.items()
        }
        return kind(**members)

    def _one_of(self, value: Any, tagged: dict[str, type], place: Place) -> msgspec.Struct:
        """One of several sorts of table, which its tag tells."""
        key = _tag_field(next(iter(tagged.values()))) or "type"
        if not isinstance(value, dict) or key not in value:
            raise self.error(place, f"the key {key!r} is missing", hint=_suggest("", tagged))
        kind = tagged.get(value[key])
        if kind is None:
            wrong = value[key]
            hint = _suggest(str(wrong), tagged)
            raise self.error((*place, key), f"{wrong!r} is unknown", hint=hint)
        return self._struct(value, kind, place)

    def _structs(self, value: Any, kind: Any, place: Place) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise self.error(place, f"expected [[{place[-1]}]] tables, got {value!r}")
        return tuple(self._build(item, kind, (*place, i)) for i, item in enumerate(value))

    def _syntax(self, message: str) -> ConfigurationError:
        match = _SYNTAX.match(message)
        if match is None:
            return ConfigurationError(f"{self.path}: {message}")
        line = match[2] or self._last_line
        return ConfigurationError(f"{self.path} line {line}: {match[1] or match[3]}")


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _tagged(kind: Any) -> dict[str, type[msgspec.Struct]]:
    """The Structs of a union by their tags, a lone Struct by its name; empty: it is neither."""
    kinds = get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)
    if not all(_is_struct(one) for one in kinds):
        return {}
    return {str(one.__struct_config__.tag or one.__name__): one for one in kinds}


def _tag_field(kind: Any) -> str | None:
    config = kind.__struct_config__
    return None if config.tag is None else str(config.tag_field)


def _suggest(word: str, known: Iterable[Any]) -> str:
    words = [str(one) for one in known]
    near = difflib.get_close_matches(word, words, n=1, cutoff=0.5)
    return f"did you mean {near[0]!r}?" if near else f"known are {', '.join(sorted(words))}"


def _plain(message: str) -> str:
    return message.split(" - at `$")[0].replace("`", "")


def _parts(dotted: str) -> list[str]:
    found: list[str] = []
    for part in re.findall(_KEY, dotted):
        quoted = part[0] in "\"'"
        found.append(part[1:-1] if quoted else part)
    return found


class _Open:
    """What a value that runs over several lines still waits for."""

    def __init__(self) -> None:
        self.depth = 0
        self.quotes: str | None = None

    def __bool__(self) -> bool:
        return self.depth > 0 or self.quotes is not None

    def read(self, text: str) -> None:
        while text:
            if self.quotes is not None:
                _, closed, text = text.partition(self.quotes)
                if not closed:
                    return
                self.quotes = None
                continue
            start = min(
                (at for at in (text.find('"""'), text.find("'''")) if at >= 0), default=len(text)
            )
            bare = _STRING.sub("", text[:start])
            comment = bare.find("#")
            if comment >= 0:
                bare, start = bare[:comment], len(text)
            self.depth += bare.count("[") + bare.count("{") - bare.count("]") - bare.count("}")
            self.quotes = text[start : start + 3] or None
            text = text[start + 3 :]


def _key_lines(text: str) -> dict[Place, int]:
    lines: dict[Place, int] = {}
    lengths: dict[Place, int] = {}
    table: Place = ()
    open_value = _Open()
    for number, line in enumerate(text.splitlines(), start=1):
        if open_value:
            open_value.read(line)
        elif header := _HEADER.match(line):
            table = _table(_parts(header[2]), header[1] == "[[", lengths)
            lines.setdefault(table, number)
        elif assignment := _ASSIGNMENT.match(line):
            place = table
            for part in _parts(assignment[1]):
                place = (*place, part)
                lines.setdefault(place, number)
            open_value.read(assignment[2])
    return lines


def _table(parts: list[str], listed: bool, lengths: dict[Place, int]) -> Place:
    place: Place = ()
    for i, part in enumerate(parts):
        place = (*place, part)
        if listed and i == len(parts) - 1:
            lengths[place] = lengths.get(place, 0) + 1
        if place in lengths:
            place = (*place, lengths[place] - 1)
    return place
