"""Errors that learn their place on the way out, so that reading without errors costs nothing."""

from __future__ import annotations

from typing import Any

from kota.errors import BadRequestDataError

NAME = "name"
"""Where `Context.expand_name` says the fault is: in the name that leads to it."""


class PayloadError(BadRequestDataError):
    """What is wrong with one member of a document.

    Args:
        place: where, for example ``temperature.observedAt``; empty: right here.
        reason: what is wrong.
        hint: what to do about it.
    """

    def __init__(self, place: str, reason: str, *, hint: str | None = None) -> None:
        super().__init__(f"{place}: {reason}" if place else reason, hint=hint)
        self.place = place
        self.reason = reason


def under(outer: str, error: BadRequestDataError) -> PayloadError:
    """The same fault, seen from one level further out."""
    if isinstance(error, PayloadError):
        place, reason = error.place, error.reason
    else:
        place, _, reason = error.message.partition(": ")
        place = "" if place == NAME else place.removeprefix(".")
    separator = "." if place and not place.startswith("[") else ""
    return PayloadError(f"{outer}{separator}{place}", reason, hint=error.hint)


def short(value: Any) -> str:
    """A value in a message: itself where it is short and simple, else its JSON type."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "an array"
    text = "null" if value is None else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
