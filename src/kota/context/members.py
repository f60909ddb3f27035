"""Reads the members of a JSON object one by one, each error with the place of the member."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from kota.errors import BadRequestDataError
from kota.model.jsonld import Context
from kota.model.names import require_name

T = TypeVar("T")


class Members:
    """The members of one JSON object.

    Args:
        document: the object.
        context: expands names.
        where: the object's own place, for messages.
    """

    def __init__(self, document: dict[str, Any], context: Context, where: str = "") -> None:
        self._document = document
        self._where = where
        self.context = context

    def place(self, name: str) -> str:
        """Where a member stands, for example ``notification.endpoint.uri``."""
        return f"{self._where}.{name}" if self._where else name

    def value(self, name: str) -> Any:
        """A member as it stands, None where it is missing."""
        return self._document.get(name)

    def text(self, name: str) -> str | None:
        """A text that is not empty."""
        value = self.value(name)
        if value is not None and (not isinstance(value, str) or not value):
            raise self.wrong(name, value, "must be a text that is not empty")
        return value

    def flag(self, name: str) -> bool | None:
        """True or false."""
        value = self.value(name)
        if value is not None and not isinstance(value, bool):
            raise self.wrong(name, value, "must be true or false")
        return value

    def positive(self, name: str) -> float | None:
        """A number above 0, and not absurdly large."""
        value = self.value(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.wrong(name, value, "must be a number")
        if not 0 < value < 1e12:
            raise self.wrong(name, value, "must be greater than 0")
        return value

    def one_of(self, name: str, allowed: tuple[str, ...]) -> str | None:
        """One of these words."""
        value = self.value(name)
        if value is not None and value not in allowed:
            raise self.wrong(name, value, f"must be one of {', '.join(allowed)}")
        return cast("str | None", value)

    def items(self, name: str) -> list[Any]:
        """A list that is not empty; empty where the member is missing."""
        value = self.value(name)
        if value is None:
            return []
        if not isinstance(value, list) or not value:
            raise self.wrong(name, value, "must be a list that is not empty")
        return value

    def one_or_more(self, name: str) -> list[Any]:
        """A text alone, or `items`."""
        value = self.value(name)
        return [value] if isinstance(value, str) else self.items(name)

    def each(self, name: str, read: Callable[[Members], T]) -> tuple[T, ...]:
        """A list of objects, each read by a function."""
        found = []
        for number, item in enumerate(self.items(name)):
            where = f"{self.place(name)}[{number}]"
            if not isinstance(item, dict):
                raise wrong(where, item, "must be an object")
            found.append(read(Members(item, self.context, where)))
        return tuple(found)

    def names(self, name: str, *, as_they_are: frozenset[str] = frozenset()) -> tuple[str, ...]:
        """A list of attribute names, expanded, each once.

        Args:
            name: the member.
            as_they_are: words that stand for themselves.
        """
        expand, place = self.context.expand, self.place(name)
        found: dict[str, None] = {}
        for item in self.items(name):
            plain = isinstance(item, str) and item in as_they_are
            found[item if plain else expand(require_name(item, place))] = None
        return tuple(found)

    def inner(self, name: str) -> Members:
        """An object."""
        value = self.value(name)
        if not isinstance(value, dict):
            raise self.wrong(name, value, "must be an object")
        return Members(value, self.context, self.place(name))

    def wrong(self, name: str, value: object, rule: str) -> BadRequestDataError:
        """The error that a member breaks a rule."""
        return wrong(self.place(name), value, rule)


def wrong(where: str, value: object, rule: str) -> BadRequestDataError:
    """The error that what stands at a place breaks a rule."""
    shown = repr(value)
    shown = shown if len(shown) <= 80 else shown[:77] + "..."
    return BadRequestDataError(f"{where}: {shown} {rule}")
